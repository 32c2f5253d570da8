package jobs

import (
	"cmp"
	"context"
	"sync"

	"usher/store"
)

// accepted are requests that the API let through, which the pace was not told of yet. It is
// with the next slots, or now if others wait for it.
type accepted struct {
	mu   sync.Mutex
	told store.Answers
	now  chan struct{}
}

// one counts one that was sent with a leave.
func (a *accepted) one(l leave) {
	a.add(store.Answers{Accepted: 1, In: l.wave, Day: l.day, OfDay: 1})
	if l.alone {
		nudge(a.now)
	}
}

// add counts more of them.
func (a *accepted) add(more store.Answers) {
	a.mu.Lock()
	defer a.mu.Unlock()
	countLatest(&a.told.In, &a.told.Accepted, more.In, more.Accepted)
	countLatest(&a.told.Day, &a.told.OfDay, more.Day, more.OfDay)
}

// countLatest counts n more of one kind where that is the latest, such as a wave or a day:
// of an older one nothing is learned any more.
func countLatest[K cmp.Ordered](latest *K, count *int, kind K, n int) {
	switch {
	case kind > *latest:
		*latest, *count = kind, n
	case kind == *latest:
		*count += n
	}
}

func (a *accepted) take() (told store.Answers) {
	a.mu.Lock()
	defer a.mu.Unlock()
	told, a.told = a.told, store.Answers{}
	return told
}

// answers are what the pace is to be told now. What does not reach it is added again; a
// rate is named again by the next answer.
func (s *Service) answers() (told store.Answers) {
	told = s.accepted.take()
	if rate, ok := s.api.NamedRate(); ok {
		told.Named = rate
	}
	return told
}

// tellAnswers tells the pace of the answers that it was not told of. If it cannot be told
// now, it is with the next slots.
func (s *Service) tellAnswers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	told := s.answers()
	if told == (store.Answers{}) {
		return
	}
	w, err := s.st.TellAnswers(ctx, s.account, s.cfg.Pace, told)
	if err != nil {
		s.accepted.add(told)
		return
	}
	s.gate.moveTo(w.Number, w.Wait)
}
