package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

func quietTests() tests {
	return tests{
		"Claim": quietClaim, "Probe": quietProbe, "Move": quietMove, "End": quietEnd, "Reinvite": quietReinvite, "Lookups": quietLookups,
	}
}

const quietTestRule = `{"hours":"20:00-07:00","zone":"UTC"}`

// quietFor gives a batch a window: so long ago the moment for which it was found, and
// so long from now its beginning and its end.
func (w *world) quietFor(batch int64, since, from, until time.Duration) store.QuietWindow {
	w.Helper()
	now, err := w.st.Now(w.Context())
	w.must(err)
	now = now.Truncate(time.Millisecond)
	v := store.QuietWindow{Since: now.Add(-since), From: now.Add(from), Until: now.Add(until)}
	w.must(w.st.SetQuiet(w.Context(), batch, quietTestRule))
	w.must(w.st.MoveQuiet(w.Context(), batch, quietTestRule, v))
	return v
}

// quietClaim: nobody is claimed in a window, nor where it is not known whether it is
// one: before the first was found, after one is over, and by a clock that was set back.
func quietClaim(w *world) {
	id, keys := w.queued(2)
	for _, c := range []struct {
		name               string
		since, from, until time.Duration
		quiet, astray      bool
	}{
		{"in the window", time.Hour, -time.Minute, time.Hour, true, false},
		{"when it begins", time.Hour, 0, time.Hour, true, false},
		{"after it", time.Hour, -time.Hour, -time.Second, true, true},
		{"before it was found", -time.Hour, 2 * time.Hour, 3 * time.Hour, true, true},
		{"before it", time.Hour, time.Hour, 2 * time.Hour, false, false},
	} {
		v := w.quietFor(id, c.since, c.from, c.until)
		b := w.batchNow(id)
		if b.IsQuiet != c.quiet || b.Astray != c.astray || b.Quiet != quietTestRule || !b.Window.From.Equal(v.From) || !b.Window.Until.Equal(v.Until) {
			w.Errorf("%s: %+v", c.name, b)
		}
		want := 0
		if !c.quiet {
			want = 1
		}
		if got := w.claim(keys[0]); len(got) != want {
			w.Errorf("%s: claimed %v", c.name, keysOf(got))
		}
	}
	p := w.params()
	p.Ahead = 2 * time.Hour
	if got := w.claimAs(p, keys[1]); len(got) != 0 {
		w.Errorf("ahead of a request in the window: claimed %v", keysOf(got))
	}
	w.must(w.st.SetQuiet(w.Context(), id, quietTestRule))
	if b := w.batchNow(id); !b.IsQuiet || !b.Astray {
		w.Errorf("without a window: %+v", b)
	}
	if got := w.claim(keys[1]); len(got) != 0 {
		w.Errorf("without a window: claimed %v", keysOf(got))
	}
	w.must(w.st.SetQuiet(w.Context(), id, ""))
	if b := w.batchNow(id); b.IsQuiet || b.Astray {
		w.Errorf("without quiet times: %+v", b)
	}
	if got := w.claim(keys[1]); len(got) != 1 {
		w.Errorf("without quiet times: claimed %v", keysOf(got))
	}
}

// quietProbe: a closed gate is not probed with somebody of a batch that is quiet.
func quietProbe(w *world) {
	quiet, keys := w.queued(1)
	loud, _ := w.queued(1)
	w.quietFor(quiet, 0, -time.Minute, time.Hour)
	g := w.close(store.GatePaymentRequired, -time.Second)
	if k, err := w.st.ProbeCandidate(w.Context(), w.account, 0); err != nil || k.Batch != loud {
		w.Errorf("probed with %v (%v), want one of batch %d", k, err, loud)
	}
	if k, err := w.st.ProbeCandidate(w.Context(), w.account, quiet); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("probed with %v (%v)", k, err)
	}
	if !w.takeProbe(worker, time.Hour) {
		w.Fatal("no probe was taken")
	}
	p := w.params()
	p.Probe, p.Generation = true, g.Generation
	if got := w.claimAs(p, keys...); len(got) != 0 {
		w.Errorf("a probe claimed %v", keysOf(got))
	}
}

// quietMove: a window that is of now is not moved, nor by a rule that is not the
// batch's any more.
func quietMove(w *world) {
	id, _ := w.queued(1)
	v := w.quietFor(id, 0, -time.Minute, time.Hour)
	other := store.QuietWindow{Since: v.Since, From: v.From.Add(48 * time.Hour), Until: v.Until.Add(48 * time.Hour)}
	w.must(w.st.MoveQuiet(w.Context(), id, quietTestRule, other))
	if b := w.batchNow(id); !b.Window.From.Equal(v.From) || !b.IsQuiet {
		w.Errorf("a window of now was moved: %+v", b)
	}
	w.quietFor(id, time.Hour, -time.Hour, -time.Minute)
	w.must(w.st.MoveQuiet(w.Context(), id, `{"days":"sun","zone":"UTC"}`, other))
	if b := w.batchNow(id); !b.Astray {
		w.Errorf("another rule moved it: %+v", b)
	}
	w.must(w.st.MoveQuiet(w.Context(), id, quietTestRule, other))
	if b := w.batchNow(id); b.Astray || b.IsQuiet || !b.Window.From.Equal(other.From) {
		w.Errorf("it was not moved: %+v", b)
	}
}

// quietEnd: a person ends the quiet time of a batch that runs, once.
func quietEnd(w *world) {
	id, keys := w.queued(1)
	v := w.quietFor(id, 0, -time.Minute, time.Hour)
	next := store.QuietWindow{Since: v.Since, From: v.From.Add(24 * time.Hour), Until: v.Until.Add(24 * time.Hour)}
	end := func(over time.Time) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.EndQuiet(ctx, id, quietTestRule, over, next)
		})
	}
	w.pause(id)
	if end(v.Until) {
		w.Error("the quiet time of a paused batch was ended")
	}
	w.exec("UPDATE batches SET state = 'running' WHERE id = $1", id)
	if end(v.Until.Add(time.Hour)) {
		w.Error("another quiet time was ended than the one that somebody saw")
	}
	if !end(v.Until) || end(v.Until) {
		w.Error("want it ended once")
	}
	if end(next.Until) {
		w.Error("a quiet time was ended that had not begun")
	}
	if b := w.batchNow(id); b.IsQuiet || !b.Window.From.Equal(next.From) {
		w.Errorf("after its end: %+v", b)
	}
	if got := w.claim(keys...); len(got) != 1 {
		w.Errorf("claimed %v", keysOf(got))
	}
}

// quietReinvite: who is invited again is so in the batch's quiet times as little.
func quietReinvite(w *world) {
	id, keys := w.sending(1)
	w.end(store.Invited, keys...)
	w.must(w.st.SetQuiet(w.Context(), id, quietTestRule))
	fresh := in(w, func(ctx context.Context, tx *store.Tx) (int64, error) {
		return tx.Reinvite(ctx, id, []int{keys[0].Row})
	})
	if b := w.batchNow(fresh); b.Quiet != quietTestRule || !b.IsQuiet {
		w.Errorf("the new batch: %+v", b)
	}
}

// quietLookups: who is in doubt is looked up all the same, as that invites nobody.
func quietLookups(w *world) {
	id, keys := w.sending(1)
	w.quietFor(id, 0, -time.Minute, time.Hour)
	w.exec("UPDATE applicants SET lookup_at = $1 WHERE batch_id = $2", w.ago(time.Second), id)
	due := in(w, func(ctx context.Context, tx *store.Tx) ([]store.Key, error) { return tx.DueLookups(ctx, w.account, 10) })
	if len(due) != 1 || due[0] != keys[0] {
		w.Errorf("due: %v", due)
	}
}
