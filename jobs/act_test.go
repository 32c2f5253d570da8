package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

var ann = store.Actor{Name: "ann", Role: "system user", Way: store.WayCommandLine}

// acts are those of a batch, or all; the newest first.
func (f *fleet) acts(t testing.TB, batch int64) []store.Act {
	t.Helper()
	all, err := f.st.Acts(context.Background(), store.ActFilter{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// become puts everybody of a batch into a state.
func (f *fleet) become(t testing.TB, batch int64, state store.State) {
	t.Helper()
	f.exec(t, `UPDATE applicants SET state = $2 WHERE batch_id = $1`, "", batch, string(state))
}

// picture is all that an act could change.
func (f *fleet) picture(t testing.TB, batch int64) string {
	t.Helper()
	ctx := context.Background()
	all, err := f.st.Batches(ctx, store.BatchFilter{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.st.Gate(ctx, f.account)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v\n%+v\ngate %d %s\njobs %d\nacts %d", all, f.everybody(t, batch), g.Generation, g.Reason,
		f.count(t, `SELECT count(*) FROM river_job`), len(f.acts(t, 0)))
}

// TestActsStandWithTheirChanges: what nobody did is not done, and what somebody
// did is recorded once, with the numbers and nothing personal.
func TestActsStandWithTheirChanges(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		for name, d := range deeds {
			t.Run(name, func(t *testing.T) {
				batch := d.prepared(t, f)
				before := f.picture(t, batch)
				if err := d.do(ctx, f, store.Actor{Role: "system user", Way: store.WayPage}, batch); !errors.Is(err, store.ErrNoActor) {
					t.Errorf("done by nobody: %v", err)
				}
				if diff := cmp.Diff(before, f.picture(t, batch)); diff != "" {
					t.Fatalf("changed by nobody (-before +after):\n%s", diff)
				}
				had := len(f.acts(t, 0))
				if err := d.do(ctx, f, ann, batch); err != nil {
					t.Fatal(err)
				}
				all := f.acts(t, 0)
				if len(all) != had+1 {
					t.Fatalf("%d acts, want one more than %d", len(all), had)
				}
				want := d.act
				want.Account, want.Batch = f.account, batch
				if d.on != nil {
					want.Account, want.Batch = d.on(f)
				}
				if want.What == store.ActReinvite {
					want.Numbers = map[string]int{"people": 3, "of_batch": int(batch)}
				}
				if diff := cmp.Diff(want, all[0], cmpopts.IgnoreFields(store.Act{}, "ID", "At")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				for _, personal := range []string{"example.com", "session-1", "+1519", "First", "Last"} {
					if text := fmt.Sprintf("%+v", all[0]); strings.Contains(text, personal) {
						t.Errorf("%q is in %s", personal, text)
					}
				}
				f.exec(t, `UPDATE gate SET reason = '', by_person = false, until = NULL, closed_at = NULL`, "")
			})
		}
	})
}

// TestRefusedActsLeaveNone: what could not be done, or came to nothing, and what
// was only asked.
func TestRefusedActsLeaveNone(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		batch, failed, over := f.batch(t, 3), f.batch(t, 2), f.batch(t, 1)
		f.become(t, failed, store.Failed)
		f.exec(t, `UPDATE batches SET state = 'finished' WHERE id = $1`, "", over)
		var state *store.StateError
		if err := f.control.Pause(ctx, ann, over); !errors.As(err, &state) {
			t.Errorf("pause a finished batch: %v", err)
		}
		if err := f.control.Pause(ctx, ann, 4711); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("pause no batch: %v", err)
		}
		if err := f.control.Resume(ctx, ann, batch); !errors.As(err, &state) {
			t.Errorf("resume a running batch: %v", err)
		}
		if _, err := f.control.Cancel(ctx, ann, over); !errors.As(err, &state) {
			t.Errorf("cancel a finished batch: %v", err)
		}
		if n, err := f.control.Retry(ctx, ann, batch, nil); n != 0 || err != nil {
			t.Errorf("retry nobody: %d, %v", n, err)
		}
		if n, err := f.control.Retryable(ctx, failed); n != 2 || err != nil {
			t.Errorf("retryable: %d, %v", n, err)
		}
		var row *store.RowStateError
		if _, err := f.control.Reinvite(ctx, ann, batch, []int{2}); !errors.As(err, &row) {
			t.Errorf("reinvite somebody queued: %v", err)
		}
		if opened, err := f.control.OpenGate(ctx, ann, f.account); opened || err != nil {
			t.Errorf("open an open gate: %t, %v", opened, err)
		}
		if err := f.control.Resolve(ctx, ann, batch, nil, true, ""); err != nil {
			t.Errorf("resolve nobody: %v", err)
		}
		if all := f.acts(t, 0); len(all) != 0 {
			t.Errorf("recorded: %+v", all)
		}
	})
}

// TestResolveAllOrNone: one row that cannot be settled, and none is.
func TestResolveAllOrNone(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx := context.Background()
		batch, other := f.batch(t, 3), f.batch(t, 1)
		f.become(t, batch, store.Unknown)
		f.become(t, other, store.Unknown)
		if err := f.control.Resolve(ctx, ann, other, []int{2}, true, "session-1"); err != nil {
			t.Fatal(err)
		}
		f.exec(t, `UPDATE applicants SET state = 'invited' WHERE batch_id = $1 AND row_no = 4`, "", batch)
		before := f.picture(t, batch)
		for _, bad := range []int{4, 99} {
			err := f.control.Resolve(ctx, ann, batch, []int{2, 3, bad}, false, "")
			var settled *jobs.NotUnknownError
			if !errors.As(err, &settled) || settled.Key != (store.Key{Batch: batch, Row: bad}) {
				t.Errorf("with row %d: %v", bad, err)
			}
		}
		err := f.control.Resolve(ctx, ann, batch, []int{3}, true, "session-1")
		var taken *jobs.SessionTakenError
		if !errors.As(err, &taken) || taken.Key != (store.Key{Batch: batch, Row: 3}) || strings.Contains(err.Error(), "session-1") {
			t.Errorf("with another's session: %v", err)
		}
		if err := f.control.Resolve(ctx, ann, 4711, []int{2}, true, ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("in no batch: %v", err)
		}
		if diff := cmp.Diff(before, f.picture(t, batch)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}

// TestTwoActAtOnce: of two who do the same at once one changes something, and
// that one's act is recorded.
func TestTwoActAtOnce(t *testing.T) {
	onBoth(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		for _, name := range []string{"pause", "resume", "cancel", "retry", "reinvite", "resolve not sent", "open the gate"} {
			d := deeds[name]
			batch := d.prepared(t, f)
			had := len(f.acts(t, 0))
			var both sync.WaitGroup
			for _, who := range []string{"ann", "bob"} {
				both.Go(func() {
					_ = d.do(context.Background(), f, store.Actor{Name: who, Way: store.WayPage}, batch) // one of them is refused
				})
			}
			both.Wait()
			if n := len(f.acts(t, 0)) - had; n != 1 {
				t.Errorf("%s: %d acts, want 1", name, n)
			}
		}
	})
}

// TestWorkersDoNotAct: that a batch is sent, finished and reported is nobody's
// act, nor is a gate that an answer closed.
func TestWorkersDoNotAct(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: 3})
	batch := f.batch(t, 5)
	f.start(t, "w1", nil)
	f.until(t, func() bool {
		g, err := f.st.Gate(context.Background(), f.account)
		return err == nil && !g.Open()
	})
	f.api.TopUp(10)
	f.finished(t, batch)
	if all := f.acts(t, 0); len(all) != 0 {
		t.Errorf("recorded: %+v", all)
	}
}
