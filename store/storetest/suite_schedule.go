package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

func scheduleTests() tests {
	return tests{
		"Put": schedulePut, "Pause": schedulePause, "Occurrence": occurrenceOnce, "Agree": occurrenceAgree, "Imported": occurrenceImported,
		"Folder": occurrenceFolder, "ForgetMissed": occurrenceForget, "Sweep": occurrenceSweep, "Make": scheduleMake, "Last": scheduleLast,
	}
}

// schedule makes a schedule that usher.yaml has.
func (w *world) schedule(name string) store.Schedule {
	w.Helper()
	if ok := in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.PutSchedule(ctx, w.account, name, store.OriginFile, `{"cron":"@daily"}`)
	}); !ok {
		w.Fatalf("the schedule %s was not made", name)
	}
	s, err := w.st.Schedule(w.Context(), w.account, name)
	w.must(err)
	return s
}

// occurrence makes an occurrence, and returns its id.
func (w *world) occurrence(s store.Schedule, local string, state store.OccurrenceState) int64 {
	w.Helper()
	return in(w, func(ctx context.Context, tx *store.Tx) (int64, error) {
		now, err := tx.Now(ctx)
		if err != nil {
			return 0, err
		}
		return tx.InsertOccurrence(ctx, store.Occurrence{Schedule: s.ID, Local: local, DueAt: now, State: state})
	})
}

func schedulePut(w *world) {
	first := w.schedule("a")
	if first.Revision != 1 || first.Origin != store.OriginFile || first.Paused() || first.LookedAt.IsZero() || !first.LookedFrom.Equal(first.LookedAt) {
		w.Errorf("a new one: %+v", first)
	}
	w.schedule("b")
	put := func(name, origin, spec string) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.PutSchedule(ctx, w.account, name, origin, spec)
		})
	}
	if put("a", store.OriginPage, "{}") {
		w.Error("one from a page took the place of one from the file")
	}
	if !put("a", store.OriginFile, `{"cron":"@hourly"}`) {
		w.Error("it was not changed")
	}
	a, err := w.st.Schedule(w.Context(), w.account, "a")
	w.must(err)
	if a.ID != first.ID || a.Revision != 2 || a.Spec != `{"cron":"@hourly"}` {
		w.Errorf("changed: %+v", a)
	}
	remove := func(origin string) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.RemoveSchedule(ctx, w.account, "a", origin)
		})
	}
	if remove(store.OriginPage) || !remove(store.OriginFile) || remove(store.OriginFile) {
		w.Error("it was to be removed once, where it comes from")
	}
	if _, err := w.st.Schedule(w.Context(), w.account, "a"); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("it is still there: %v", err)
	}
	if !put("a", store.OriginPage, "{}") {
		w.Error("its name is not free")
	}
	all, err := w.st.Schedules(w.Context(), w.account)
	w.must(err)
	if len(all) != 2 || all[0].ID != first.ID || all[0].Origin != store.OriginPage || all[1].Name != "b" {
		w.Errorf("%+v", all)
	}
}

func schedulePause(w *world) {
	s := w.schedule("a")
	w.exec("UPDATE schedules SET looked_at = $1", w.ago(24*time.Hour))
	pause := func() bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.PauseSchedule(ctx, s.ID, "olga") })
	}
	resume := func() bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.ResumeSchedule(ctx, s.ID) })
	}
	if resume() || !pause() || pause() {
		w.Error("it was to be paused once")
	}
	got, err := w.st.ScheduleByID(w.Context(), s.ID)
	w.must(err)
	if !got.Paused() || got.PausedBy != "olga" {
		w.Errorf("paused: %+v", got)
	}
	if !resume() || resume() {
		w.Error("it was to be resumed once")
	}
	got, err = w.st.ScheduleByID(w.Context(), s.ID)
	w.must(err)
	if now, _ := w.st.Now(w.Context()); got.Paused() || now.Sub(got.LookedAt) > time.Hour {
		w.Errorf("resumed: %+v", got)
	}
}

// However many make an occurrence at once, it is there once.
func occurrenceOnce(w *world) {
	s := w.schedule("a")
	if n := w.atOnce(8, func(int) (bool, error) {
		var id int64
		err := w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
			id, err = tx.InsertOccurrence(w.Context(), store.Occurrence{Schedule: s.ID, Local: "2026-03-29T02:30", DueAt: time.Now(), State: store.OccurrenceDue})
			return err
		})
		return id > 0, err
	}); n != 1 {
		w.Errorf("%d made it, want 1", n)
	}
	w.occurrence(s, "2026-03-30T02:30", store.OccurrenceSkipped)
	ids, err := w.st.DueOccurrences(w.Context(), w.account)
	w.must(err)
	open, err := w.st.OpenOccurrences(w.Context(), s.ID)
	w.must(err)
	if len(ids) != 1 || len(open) != 1 || open[0].ID != ids[0] || open[0].Local != "2026-03-29T02:30" {
		w.Errorf("due %v, open %+v", ids, open)
	}
	for i, want := range []bool{true, false} {
		ok, err := w.st.EndOccurrence(w.Context(), ids[0], store.OccurrenceFailed, "", "why")
		if w.must(err); ok != want {
			w.Errorf("end %d: %v", i, ok)
		}
	}
	o, err := w.st.Occurrence(w.Context(), ids[0])
	w.must(err)
	if o.State != store.OccurrenceFailed || o.Words != "why" || o.EndedAt.IsZero() {
		w.Errorf("%+v", o)
	}
}

func occurrenceAgree(w *world) {
	id := w.occurrence(w.schedule("a"), "x", store.OccurrenceDue)
	ok, err := w.st.BringOccurrence(w.Context(), id, "", "up-1", "")
	w.checkYes("brought", ok, err)
	ok, err = w.st.BringOccurrence(w.Context(), id, "", "up-2", "")
	w.checkNo("brought twice", ok, err)
	ok, err = w.st.AskOccurrence(w.Context(), id, "max_people", 12)
	w.checkYes("asks", ok, err)
	agree := func(people int) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.AgreeOccurrence(ctx, id, "olga", people)
		})
	}
	if agree(11) || !agree(12) || agree(12) {
		w.Error("it was to be agreed to once, for twelve")
	}
	o, err := w.st.Occurrence(w.Context(), id)
	w.must(err)
	if o.State != store.OccurrenceDue || o.By != "olga" || o.Agreed != 12 || o.Upload != "" || o.Tries != 1 {
		w.Errorf("%+v", o)
	}
}

// The batch of an upload is the one of its occurrence, at the same moment.
func occurrenceImported(w *world) {
	s := w.schedule("a")
	id := w.occurrence(s, "x", store.OccurrenceDue)
	w.must(w.st.InsertUpload(w.Context(), store.Upload{ID: "up-1", Account: w.account, State: store.UploadImporting}, time.Hour))
	ok, err := w.st.BringOccurrence(w.Context(), id, "", "up-1", `"v1"`)
	w.checkYes("brought", ok, err)
	batch, _ := w.queued(2)
	w.tx(func(tx *store.Tx) error { return tx.UploadImported(w.Context(), "up-1", batch, false, time.Hour) })
	o, err := w.st.Occurrence(w.Context(), id)
	w.must(err)
	if o.State != store.OccurrenceDone || o.Batch != batch || o.Why != "" || o.EndedAt.IsZero() {
		w.Errorf("%+v", o)
	}
	s, err = w.st.ScheduleByID(w.Context(), s.ID)
	w.must(err)
	if s.ETag != `"v1"` {
		w.Errorf("its version is %q", s.ETag)
	}
	unfinished := func(want int64) {
		w.Helper()
		if got, err := w.st.UnfinishedBatchOf(w.Context(), s.ID); got != want || err != nil {
			w.Errorf("batch %d is not over, %v, want %d", got, err, want)
		}
	}
	unfinished(batch)
	w.tx(func(tx *store.Tx) error { _, err := tx.CancelBatch(w.Context(), batch); return err })
	unfinished(0)
}

func occurrenceForget(w *world) {
	s := w.schedule("a")
	w.occurrence(s, "missed", store.OccurrenceSkipped)
	w.exec("UPDATE occurrences SET why = 'missed'")
	w.occurrence(s, "declined", store.OccurrenceSkipped)
	w.occurrence(s, "due", store.OccurrenceDue)
	now, err := w.st.Now(w.Context())
	w.must(err)
	for _, c := range []struct {
		after time.Time
		want  int
	}{{now.Add(time.Hour), 3}, {now.Add(-time.Hour), 2}} {
		w.tx(func(tx *store.Tx) error { return tx.ForgetMissed(w.Context(), s.ID, c.after) })
		all, err := w.st.Occurrences(w.Context(), s.ID, 10)
		w.must(err)
		if len(all) != c.want {
			w.Errorf("after %v: %d are left, want %d", c.after, len(all), c.want)
		}
	}
}

func occurrenceSweep(w *world) {
	s, other := w.schedule("a"), w.schedule("b")
	for _, local := range []string{"1", "2", "3"} {
		w.occurrence(s, local, store.OccurrenceSkipped)
	}
	w.occurrence(s, "4", store.OccurrenceDue)
	w.occurrence(other, "1", store.OccurrenceSkipped)
	w.exec("UPDATE occurrences SET ended_at = $1 WHERE ended_at IS NOT NULL", w.ago(48*time.Hour))
	now, err := w.st.Now(w.Context())
	w.must(err)
	w.must(w.st.SweepOccurrences(w.Context(), w.account, now.Add(-24*time.Hour), 2))
	var left []string
	for _, id := range []int64{s.ID, other.ID} {
		all, err := w.st.Occurrences(w.Context(), id, 10)
		w.must(err)
		for _, o := range all {
			left = append(left, o.Local)
		}
	}
	checkSame(w.T, []string{"4", "3", "1"}, left)
}
