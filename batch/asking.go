package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/store"
)

// SendWords ask for a yes to so many invitations, with what they cost and where they
// go. What says which they are, such as "again"; it may be empty.
func (q Question) SendWords(what string) string {
	if what != "" {
		what = " " + what
	}
	return fmt.Sprintf("Send %s%s (%s) through %s?", Counted(q.Invitations, "invitation", "invitations"), what,
		Counted(q.Cost.Tokens, "token", "tokens"), q.API)
}

// AskWords ask whether an import is to be sent: what became of its rows, and what
// is sent to whom.
func (p *Pending) AskWords() string {
	c := p.Batch.Counts
	words := []string{Thousands(c.Open()) + " to invite"}
	for _, of := range []struct {
		n         int
		one, many string
	}{
		{c[Invited], "invited already", "invited already"},
		{c[Rejected], "rejected", "rejected"},
		{c[Duplicate], "duplicate", "duplicates"},
		{c[Failed], "failed", "failed"},
		{c[Unknown], "unknown", "unknown"},
	} {
		if of.n > 0 {
			words = append(words, Counted(of.n, of.one, of.many))
		}
	}
	return fmt.Sprintf("%s: %s. %s", Counted(c.Total(), "row", "rows"), strings.Join(words, ", "), p.Ask.SendWords(""))
}

// DeclinedHint is what to do next after a no to [Pending.AskWords].
func (p *Pending) DeclinedHint() string {
	if p.Known {
		return fmt.Sprintf("batch %d is as it was: run the same command again to go on with it, or 'usher cancel %d' to give it up", p.Batch.ID, p.Batch.ID)
	}
	return "nothing of the list was kept; 'usher check' shows what is wrong with it, and the same command asks again"
}

// AnewWords say that the same list was imported before and given up, so that this is
// a new batch; empty if it was not.
func (p *Pending) AnewWords() string {
	if p.cancelled == 0 {
		return ""
	}
	return fmt.Sprintf("this list was batch %d, which was cancelled; this is a new one, batch %d", p.cancelled, p.Batch.ID)
}

// seeCancelled notes whether the same list was given up before.
func (p *Pending) seeCancelled(ctx context.Context) error {
	if p.Known {
		return nil
	}
	b, err := p.s.st.CancelledByFingerprint(ctx, p.staged.Batch.Account, p.staged.Batch.Fingerprint)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	p.cancelled = b.ID
	return err
}

// PlanCancel is the batch that [Service.Cancel] would give up. One that is over
// cannot be cancelled, which is a [StateError].
func (s *Service) PlanCancel(ctx context.Context, batch int64) (Batch, error) {
	b, err := s.Batch(ctx, batch)
	if err == nil && b.State != Running && b.State != Paused {
		err = stateHint(&store.StateError{Batch: b.ID, State: store.BatchState(b.State), What: "cancelled"}, batch)
	}
	return b, err
}

// GiveUpWords ask whether the batch is to be given up.
func (b Batch) GiveUpWords() string {
	return fmt.Sprintf("Batch %d, %s: %s. Give up on %s?", b.ID, b.Name, invitedAlready(b.Counts), notSentTo(b.Counts[Queued]))
}

// GivenUpWords say what came of cancelling a batch: n people are not sent to. The
// batch is as it is afterwards.
func (b Batch) GivenUpWords(n int) string {
	words := fmt.Sprintf("Batch %d is cancelled: %s will not be sent to; %s.", b.ID, Counted(n, "person", "people"), invitedAlready(b.Counts))
	if b.Report != "" {
		words += "\nReport: " + b.Report
	}
	return words
}

// invitedAlready says how many people cannot be taken back.
func invitedAlready(c Counts) string {
	words := "nobody was invited"
	if n := c[Invited]; n > 0 {
		words = Counted(n, "person was", "people were") + " invited already, and an invitation cannot be taken back"
	}
	if n := c[Sending]; n > 0 {
		words += fmt.Sprintf("; %s being sent or checked, and brought to an end", Counted(n, "is", "are"))
	}
	return words
}

func notSentTo(n int) string {
	if n == 1 {
		return "the 1 person who was not sent to"
	}
	return fmt.Sprintf("the %s people who were not sent to", Thousands(n))
}

// interrupted is the end of a run that somebody stopped: how far it came, and how to
// go on or give up. The database may be away.
func (w *watcher) interrupted(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	left := fmt.Sprintf("batch %d was interrupted; everything is kept", w.batch)
	if c, err := w.st.Counts(ctx, w.batch); err == nil {
		left = fmt.Sprintf("batch %d was interrupted with %s of %s invited; everything is kept", w.batch,
			Thousands(c[Invited]), Thousands(c[Invited]+c.Open()))
	}
	fix := "run the same command again to go on"
	if !w.Rehearsal() {
		fix += fmt.Sprintf(", or 'usher work'; 'usher cancel %d' gives up on the others", w.batch)
	}
	return &InterruptedError{left, fix}
}
