package jobs

import "usher/store"

// noReturnPageError means that this process cannot say where somebody comes back
// to. Nothing was sent: without the address nobody would learn what became of it.
type noReturnPageError struct{ why string }

func (e *noReturnPageError) Error() string {
	return "A worker does not know the page of usher that people come back to: " + e.why + "."
}

// redirect is where somebody's browser goes after the session; empty for nowhere.
func (s *Service) redirect(a store.Applicant) (string, error) {
	switch {
	case a.RedirectURL != store.ReturnToUsher:
		return a.RedirectURL, nil
	case s.cfg.ReturnURL == nil:
		return "", &noReturnPageError{"it has none"}
	}
	address, err := s.cfg.ReturnURL(a.Key)
	if err != nil {
		return "", &noReturnPageError{err.Error()}
	}
	return address, nil
}
