package importer

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func (w *world) acts() []store.Act {
	w.Helper()
	all, err := w.st.Acts(w.Context(), store.ActFilter{})
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// TestImportIsRecorded: when its batch is set running, with what became of the
// rows; not before, not again, and not if it is given up.
func TestImportIsRecorded(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		text := people(1, 2, 2, 3) + "Ann,Lee,no address,no phone\n"
		s := w.stage(text, w.options())
		if err := s.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		s = w.stage(text, w.options())
		if all := w.acts(); len(all) != 0 {
			t.Fatalf("recorded before the batch runs: %+v", all)
		}
		if err := s.Activate(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []store.Act{{Actor: ann, What: store.ActImport, Account: w.account, Batch: s.Batch.ID,
			Numbers: map[string]int{"rows": 5, "queued": 3, "duplicate": 1, "rejected": 1}}}
		if diff := cmp.Diff(want, w.acts(), cmpopts.IgnoreFields(store.Act{}, "ID", "At")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		again := w.stage(text, w.options())
		if err := again.Activate(t.Context()); err != nil || !again.Existing {
			t.Fatalf("existing %t, %v", again.Existing, err)
		}
		dead := w.stage(people(4), w.options())
		if err := st.EndLeases(t.Context(), "import:"); err != nil {
			t.Fatal(err)
		}
		if n, err := New(st, w.jobs, "process-2", "").SweepDead(t.Context(), w.account); n != 1 || err != nil {
			t.Fatalf("swept %d, %v", n, err)
		}
		if err := dead.Activate(t.Context()); !errors.Is(err, ErrLeaseLost) {
			t.Errorf("activate what was swept: %v", err)
		}
		if all := w.acts(); len(all) != 1 {
			t.Errorf("%d acts, want the first import alone: %+v", len(all), all)
		}
	})
}

// TestNobodyImports: without an actor nothing is read, and no batch set running.
func TestNobodyImports(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		o := w.options()
		o.By.Name = ""
		if _, err := w.im.Stage(t.Context(), open(t, people(1)), o); !errors.Is(err, store.ErrNoActor) {
			t.Errorf("stage: %v", err)
		}
		w.empty()

		s := w.stage(people(1), w.options())
		s.by = store.Actor{}
		if err := s.Activate(t.Context()); !errors.Is(err, store.ErrNoActor) {
			t.Errorf("activate: %v", err)
		}
		if b, err := st.Batch(t.Context(), s.Batch.ID); err != nil || b.State != store.BatchImporting {
			t.Errorf("the batch is %s, %v", b.State, err)
		}
		s.by = ann
		if err := s.Activate(t.Context()); err != nil {
			t.Error(err)
		}
		if all := w.acts(); len(all) != 1 {
			t.Errorf("acts: %+v", all)
		}
	})
}
