package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

// invite says that a batch's people were invited some days ago.
func (w *world) invite(batch int64, days int) {
	w.Helper()
	at := time.Now().UTC().AddDate(0, 0, -days).Format("2006-01-02T15:04:05.000Z")
	w.exec(fmt.Sprintf("UPDATE applicants SET state = 'invited', settled_at = '%s' WHERE batch_id = %d", at, batch))
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		invited := w.run(people(1, 2), w.options()).Batch.ID
		w.invite(invited, 1)
		queued := w.run(people(3), w.options()).Batch.ID
		s := w.stage(people(1, 3, 4, 1, 4, 5), w.options())
		want := []string{
			fmt.Sprintf("2 duplicate invited_before %d/2", invited),
			fmt.Sprintf("3 duplicate in_batch %d/2", queued),
			"4 queued",
			fmt.Sprintf("5 duplicate invited_before %d/2", invited),
			fmt.Sprintf("6 duplicate duplicate_in_file %d/4", s.Batch.ID),
			"7 queued",
		}
		if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, a := range w.applicants(s.Batch.ID) {
			if a.State == store.Duplicate && (!strings.Contains(a.Error, fmt.Sprint("batch ", a.Holder.Batch)) ||
				!strings.Contains(a.Error, fmt.Sprint("row ", a.Holder.Row))) {
				t.Errorf("row %d says %q", a.Row, a.Error)
			}
		}
	})
}

// The same answers whether a person's rows are in one chunk or in two.
func TestDuplicatesAcrossChunks(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {AllowDuplicates: true}, {ReinviteAfter: 24 * time.Hour}} {
		w := newWorld(t, openSQLite(t))
		o.Account, o.By = w.account, ann
		before := w.run(people(1, 2, 3), o).Batch.ID
		w.invite(before, 30)
		numbers := append(upTo(1200), 2, 1100, 1100)
		s := w.stage(people(numbers...), o)
		want := store.Counts{}
		for _, state := range store.States {
			want[state] = 0
		}
		want[store.Queued], want[store.Duplicate] = 1200, 3
		if !o.AllowDuplicates && o.ReinviteAfter == 0 {
			want[store.Queued], want[store.Duplicate] = 1197, 6
		}
		if diff := cmp.Diff(want, s.Counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		all := w.outcomes(s.Batch.ID)
		second := fmt.Sprintf("1202 duplicate duplicate_in_file %d/3", s.Batch.ID)
		if want[store.Queued] == 1197 {
			second = fmt.Sprintf("1202 duplicate invited_before %d/3", before)
		}
		if got := all[1200:]; got[0] != second ||
			got[1] != fmt.Sprintf("1203 duplicate duplicate_in_file %d/1101", s.Batch.ID) ||
			got[2] != fmt.Sprintf("1204 duplicate duplicate_in_file %d/1101", s.Batch.ID) {
			t.Errorf("%+v: got %q", o, got)
		}
	}
}

func TestAllowDuplicates(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		before := w.run(people(1, 2), w.options()).Batch.ID
		o := w.options()
		o.AllowDuplicates = true
		s := w.run(people(1, 3, 1), o)
		want := []string{"2 queued", "3 queued", fmt.Sprintf("4 duplicate duplicate_in_file %d/2", s.Batch.ID)}
		if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := w.number(fmt.Sprintf("SELECT count(*) FROM people WHERE batch_id = %d", before)); n != 2 {
			t.Errorf("the earlier batch holds %d persons", n)
		}
	})
}

func TestReinvite(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		old := w.run(people(1, 2), w.options()).Batch.ID
		w.invite(old, 100)
		young := w.run(people(3), w.options()).Batch.ID
		w.invite(young, 10)
		queued := w.run(people(4), w.options()).Batch.ID
		holders := func(batch int64) int {
			return w.number(fmt.Sprintf("SELECT count(*) FROM people WHERE batch_id = %d", batch))
		}
		o := w.options()
		o.ReinviteAfter = 90 * 24 * time.Hour
		text := people(1, 3, 4, 5, 1)

		s := w.stage(text, o)
		want := []string{
			"2 queued",
			fmt.Sprintf("3 duplicate invited_before %d/2", young),
			fmt.Sprintf("4 duplicate in_batch %d/2", queued),
			"5 queued",
			fmt.Sprintf("6 duplicate duplicate_in_file %d/2", s.Batch.ID),
		}
		if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if holders(old) != 1 || holders(s.Batch.ID) != 2 {
			t.Errorf("the old batch holds %d, the new one %d", holders(old), holders(s.Batch.ID))
		}
		// Thought better of: the person belongs to the old batch again, or the
		// next import would invite it without being asked to.
		if err := s.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.empty(old, young, queued)
		if holders(old) != 2 {
			t.Errorf("the old batch holds %d after the new one was discarded", holders(old))
		}
		if s := w.run(text, o); holders(s.Batch.ID) != 2 {
			t.Errorf("the new batch holds %d", holders(s.Batch.ID))
		}
	})
}

func TestRecognition(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first := w.run(people(1, 2), w.options())
		again := w.stage(people(1, 2), w.options())
		if !again.Existing || again.Batch.ID != first.Batch.ID || again.Batch.State != store.BatchRunning || again.Counts[store.Queued] != 2 {
			t.Errorf("got %+v, %v", again.Batch, again.Counts)
		}
		if err := errors.Join(again.Activate(t.Context()), again.Discard(t.Context()), again.Close()); err != nil {
			t.Error(err)
		}
		w.empty(first.Batch.ID)

		o := w.options()
		o.Defaults.WorkflowID = "wf-9"
		other := w.stage(people(1, 2), o)
		if other.Existing || other.Counts[store.Duplicate] != 2 {
			t.Errorf("with other options: got %+v, %v", other.Batch, other.Counts)
		}
		if err := other.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		o = w.options()
		o.Again = true
		forced := w.run(people(1, 2), o)
		if forced.Existing || forced.Counts[store.Duplicate] != 2 {
			t.Errorf("again: got %+v, %v", forced.Batch, forced.Counts)
		}
		for _, id := range []int64{first.Batch.ID, forced.Batch.ID} {
			err := st.InTx(t.Context(), func(tx *store.Tx) error {
				_, err := tx.CancelBatch(t.Context(), id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if s := w.run(people(1, 2), w.options()); s.Existing || s.Counts[store.Queued] != 2 {
			t.Errorf("after it was cancelled: got %+v, %v", s.Batch, s.Counts)
		}
	})
}

func TestGeneratedIDs(t *testing.T) {
	t.Parallel()
	a, b := newIDMaker(), newIDMaker()
	seen := map[string]bool{}
	for row := range 1000 {
		for _, m := range []*idMaker{a, b} {
			id := m.id(row)
			if !isGenerated(id) || seen[id] || m.id(row) != id {
				t.Fatalf("row %d: %q", row, id)
			}
			seen[id] = true
		}
	}
}
