package message

import (
	"context"
	"errors"
	"time"

	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// answer is what came of a try. Its words name nobody, no address and no file.
type answer struct {
	words string
	sent  bool
	stop  bool // the target wants nothing more
}

const (
	stoppedWords = "the receiver answered 410 before: it wants nothing more. Change the address in the settings, or send this again"
	goneWords    = "the process that was to send it has no target of this name in its settings"
	brokenWords  = "what is to be told could not be put together; the log says why"
)

// backoff is how long to wait after the n-th try that failed: half a minute, doubled
// each time, two hours at most, and up to a tenth more or less.
func backoff(n int) (d time.Duration) {
	waits := retry.WithJitterPercent(10, retry.WithCappedDuration(2*time.Hour, retry.NewExponential(30*time.Second)))
	for range min(n, 20) {
		d, _ = waits.Next()
	}
	return d
}

// hold is for how long a try has its message to itself: longer than any try takes.
const hold = 3 * time.Minute

// writeTime bounds the write of what came of a try, also when the process stops.
const writeTime = 10 * time.Second

// send does the errand of a message: it is sent if it is due, and is due again after a
// while if it did not arrive.
func (r *Room) send(ctx context.Context, id int64) (again time.Duration, err error) {
	m, claimed, again, err := r.claim(ctx, id)
	if err != nil || !claimed {
		return again, err
	}
	t, known := r.targets[m.Target]
	a := answer{words: goneWords}
	if known {
		a, err = r.deliver(ctx, t, m)
	}
	if err != nil && ctx.Err() == nil && !store.Passing(err) { // in a moment it would be no better
		r.log.Error("a message could not be put together", zap.Int64("message", id), zap.Error(store.Clean(err)))
		a, err = answer{words: brokenWords}, nil
	}
	written, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	if !a.sent && (err != nil || ctx.Err() != nil) { // it was broken off
		return 0, errors.Join(err, ctx.Err(), r.st.GiveMessageBack(written, id, m.Tries))
	}
	return r.settle(written, t, m, a, m.What == store.EventTest)
}

func (r *Room) claim(ctx context.Context, id int64) (m store.Message, claimed bool, again time.Duration, err error) {
	err = r.st.InTx(ctx, func(tx *store.Tx) error {
		m, claimed, again, err = tx.ClaimMessage(ctx, r.account, id, hold)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // swept
		err = nil
	}
	return m, claimed && err == nil, again, err
}

// deliver sends a message to its target. An error is one of the database.
func (r *Room) deliver(ctx context.Context, t config.Target, m store.Message) (answer, error) {
	events, err := r.st.Events(ctx, r.account, m.Events)
	if err != nil {
		return answer{}, err
	}
	l := r.letter(m, events)
	switch {
	case t.Webhook != nil:
		return r.post(ctx, *t.Webhook, l), nil
	case t.Email != nil:
		return r.mail(ctx, *t.Email, l)
	}
	return r.run(ctx, t.Command, l), nil
}

// settle writes what came of a try, which was the last one if it was to be tried once,
// and returns when to try again.
func (r *Room) settle(ctx context.Context, t config.Target, m store.Message, a answer, once bool) (again time.Duration, err error) {
	y := store.MessageTry{ID: m.ID, N: m.Tries, State: store.MessageWaiting, Answer: a.words}
	about := []zap.Field{zap.String("target", m.Target), zap.Int64("message", m.ID)}
	left := m.GiveUpAt.Sub(m.TriedAt)
	switch {
	case a.sent:
		y.State = store.MessageSent
	case a.stop:
		y.State = store.MessageStopped
	case once, left <= 0:
		y.State = store.MessageFailed
	default:
		y.Again = min(r.times.wait(m.Tries), left)
	}
	err = r.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.SettleMessage(ctx, y); err != nil {
			return err
		}
		switch {
		case a.sent:
			return tx.UnstopTarget(ctx, r.account, m.Target)
		case a.stop:
			return tx.StopTarget(ctx, r.account, m.Target, batch.TargetFingerprint(t), stoppedWords)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	switch {
	case once:
	case y.State == store.MessageStopped:
		r.log.Warn("a receiver answered 410 and is told nothing more until its settings change", about...)
	case y.State == store.MessageFailed:
		r.log.Warn("a message did not arrive within a day and is given up; 'usher notify log' says why", about...)
	}
	return y.Again, nil
}
