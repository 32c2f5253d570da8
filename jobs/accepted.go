package jobs

import (
	"sync"

	"usher/store"
)

// accepted are requests that the API let through, which the pace was not told of yet.
type accepted struct {
	mu sync.Mutex
	n  int
	in int64 // the latest wave in which one was sent
}

// add counts n more, the last of them sent in a wave.
func (a *accepted) add(n int, wave int64) {
	if n == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n, a.in = a.n+n, max(a.in, wave)
}

func (a *accepted) take() (n int, in int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n, in = a.n, a.in
	a.n, a.in = 0, 0
	return n, in
}

// answers are what the pace is to be told now. What does not reach it is added again; a
// rate is named again by the next answer.
func (s *Service) answers() (told store.Answers) {
	told.Accepted, told.In = s.accepted.take()
	if rate, ok := s.api.NamedRate(); ok {
		told.Named = rate
	}
	return told
}
