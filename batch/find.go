package batch

import (
	"context"
	"time"

	"usher/store"
)

// Person is somebody in a batch. Its JSON is part of the interface.
type Person struct {
	Batch      int64      `json:"batch"`
	BatchName  string     `json:"batch_name"`
	Row        int        `json:"row"`
	State      State      `json:"state"`
	ExternalID string     `json:"external_id"`
	FirstName  string     `json:"first_name"`
	LastName   string     `json:"last_name"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
	SessionID  string     `json:"session_id"`
	SessionURL string     `json:"session_url"`
	ErrorCode  string     `json:"error_code"`
	Error      string     `json:"error"`
	SentAt     *time.Time `json:"sent_at"`
	SettledAt  *time.Time `json:"settled_at"`

	// HolderBatch and HolderRow are where the same person is held; 0 if nowhere.
	HolderBatch int64 `json:"-"`
	HolderRow   int   `json:"-"`
}

func personOf(a *store.Applicant, batchName string) Person {
	return Person{a.Batch, batchName, a.Row, a.State, a.ExternalID, a.FirstName, a.LastName, a.Email, a.Phone,
		a.SessionID, a.SessionURL, a.ErrorCode, a.Error, timeOrNull(a.SentAt), timeOrNull(a.SettledAt), a.Holder.Batch, a.Holder.Row}
}

// MostFound is how many people [Service.Find] finds at most.
const MostFound = 100

// Find looks in every batch for somebody, by e-mail address, phone number,
// external id, session id or name. It returns the newest [MostFound], and whether
// there are more.
func (s *Service) Find(ctx context.Context, who string) (found []Person, more bool, err error) {
	all, err := s.st.Find(ctx, who, MostFound+1)
	more = len(all) > MostFound
	found = make([]Person, 0, min(len(all), MostFound))
	for i := range all[:min(len(all), MostFound)] {
		found = append(found, personOf(&all[i].Applicant, all[i].BatchName))
	}
	return found, more, err
}
