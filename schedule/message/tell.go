package message

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"go.uber.org/zap"

	"usher/batch"
	"usher/config"
	"usher/store"
)

const (
	// tellMost is how many events one look takes up. So many of one kind wait for no
	// more.
	tellMost = 1000
	// named is how many events of a message are named in it.
	named = 100
	// stale is when an event is no news: nobody worked meanwhile.
	stale = 7 * 24 * time.Hour
	// kept is for how long events and messages are kept.
	kept = 30 * 24 * time.Hour
	// sweepEvery is how often older ones are looked for.
	sweepEvery = time.Hour
	// sayEvery is how often a log is told that events cannot be told.
	sayEvery = time.Minute
)

// gap is how long the next message of a kind waits after n within the last hour. A gate
// that opens and closes all day must not fill anybody's letter box.
func gap(n int) time.Duration {
	if n < 5 {
		return time.Minute
	}
	return 15 * time.Minute
}

// tell makes messages of events until ctx ends.
func (r *Room) tell(ctx context.Context) {
	var swept, said time.Time
	for ctx.Err() == nil {
		err := r.tellOnce(ctx)
		if err == nil && time.Since(swept) > sweepEvery {
			swept = time.Now()
			err = r.st.SweepEvents(ctx, r.account, kept)
		}
		if err != nil && ctx.Err() == nil && time.Since(said) > sayEvery {
			said = time.Now()
			level := zap.WarnLevel
			if store.Passing(err) {
				level = zap.DebugLevel // whoever works tells of it
			}
			r.log.Log(level, "people could not be told what happened; it is tried again", zap.Error(store.Clean(err)))
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.lookEvery()):
		}
	}
}

// lookEvery is how often it is looked for events. Where nobody is told of them, they are
// only taken off the list.
func (r *Room) lookEvery() time.Duration {
	if len(r.targets) == 0 {
		return 15 * r.times.look
	}
	return r.times.look
}

// tellOnce makes the messages that are due now.
func (r *Room) tellOnce(ctx context.Context) error {
	events, err := r.st.UntoldEvents(ctx, r.account, 2*tellMost)
	if err == nil {
		_, err = r.tellOf(ctx, events, false)
	}
	return err
}

// tellOf makes the messages of events, those that are due now or all of them, and
// returns which are to be sent.
func (r *Room) tellOf(ctx context.Context, events []store.Event, all bool) (ids []int64, err error) {
	if len(events) == 0 {
		return nil, nil
	}
	now, err := r.st.Now(ctx)
	if err != nil {
		return nil, err
	}
	made, err := r.st.Tellings(ctx, r.account, time.Hour)
	if err != nil {
		return nil, err
	}
	for _, what := range store.EventNames {
		var same []store.Event
		for _, e := range events {
			if e.What == what {
				same = append(same, e)
			}
		}
		if len(same) > 0 && (all || r.due(same, made, now)) {
			some, err := r.tellKind(ctx, what, same, now)
			if err != nil && !errors.Is(err, errTold) {
				return ids, err
			}
			ids = append(ids, some...)
		}
	}
	return ids, nil
}

// due reports whether events of one kind are to be told now, or wait for more.
func (r *Room) due(same []store.Event, made []store.Telling, now time.Time) bool {
	if len(same) >= tellMost {
		return true
	}
	if now.Sub(same[0].At) < r.times.gather && !same[0].At.After(now) { // one from the future has a clock that was set back
		return false
	}
	var last time.Time
	by := map[string]int{}
	most := 0
	for _, t := range made {
		if t.What != same[0].What {
			continue
		}
		if t.At.After(last) {
			last = t.At
		}
		by[t.Target]++
		most = max(most, by[t.Target])
	}
	return most == 0 || now.Sub(last) >= r.times.gap(most) || last.After(now)
}

// errTold means that another process decides on the events.
var errTold = errors.New("others tell these events")

// tellKind makes the messages of events of one kind: one for each target that wants any.
// It returns which are to be sent.
func (r *Room) tellKind(ctx context.Context, what store.EventName, same []store.Event, now time.Time) (ids []int64, err error) {
	stopped, err := r.st.StoppedTargets(ctx, r.account)
	if err != nil {
		return nil, err
	}
	err = r.st.InTx(ctx, func(tx *store.Tx) error {
		ids = nil
		all, err := tx.TellEvents(ctx, idsOf(same))
		if err == nil && !all {
			err = errTold
		}
		if err != nil {
			return err
		}
		for name, t := range r.targets {
			wanted := slices.DeleteFunc(slices.Clone(same), func(e store.Event) bool { return !wants(t, e) || now.Sub(e.At) > stale })
			if len(wanted) == 0 {
				continue
			}
			m := store.Message{Account: r.account, Key: batch.NewMessageKey(), Target: name, Kind: t.Kind(), What: what, Count: len(wanted),
				Events: idsOf(wanted[max(0, len(wanted)-named):]), State: store.MessageWaiting}
			if batch.TargetStopped(stopped, name, t) {
				m.State, m.Answer = store.MessageStopped, stoppedWords
			}
			id, err := tx.InsertMessage(ctx, m, batch.MessagePatience)
			if err == nil && m.State == store.MessageWaiting {
				ids = append(ids, id)
				err = r.svc.Base().Control.EnqueueErrand(ctx, tx, r.account, batch.MessageErrand, id, time.Time{})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		ids = nil
	}
	return ids, err
}

// wants reports whether a target is told of an event.
func wants(t config.Target, e store.Event) bool {
	if !slices.Contains(t.On, string(e.What)) {
		return false
	}
	if t.Batches == "" || e.What == store.EventGate { // the gate is everybody's
		return true
	}
	return slices.ContainsFunc([]string{e.BatchName, e.Name}, func(name string) bool {
		fits, _ := path.Match(t.Batches, name) // the pattern was checked with the settings
		return fits && name != ""
	})
}

func idsOf(events []store.Event) []int64 {
	ids := make([]int64, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	return ids
}
