package storetest

import (
	"context"

	"usher/store"
)

// scheduleMake makes a schedule on a page where there is none, and changes it where the
// revision is the last one.
func scheduleMake(w *world) {
	made := func(name, spec string) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.MakeSchedule(ctx, w.account, name, spec)
		})
	}
	change := func(id int64, revision int) bool {
		return in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
			return tx.ChangeSchedule(ctx, id, revision, `{"zone":"UTC"}`)
		})
	}
	file := w.schedule("file")
	if made("file", "{}") || change(file.ID, file.Revision) {
		w.Error("a page changed one of the file")
	}
	if !made("page", "{}") || made("page", `{"cron":"@daily"}`) {
		w.Error("it was to be made once")
	}
	one, err := w.st.Schedule(w.Context(), w.account, "page")
	w.must(err)
	if one.Origin != store.OriginPage || one.Revision != 1 || one.Spec != "{}" || one.LookedAt.IsZero() || one.Paused() {
		w.Errorf("made: %+v", one)
	}
	if change(one.ID, 2) || !change(one.ID, 1) || change(one.ID, 1) {
		w.Error("it was to be changed once, in its last revision")
	}
	in(w, func(ctx context.Context, tx *store.Tx) (bool, error) { return tx.PauseSchedule(ctx, one.ID, "olga") })
	in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.RemoveSchedule(ctx, w.account, "page", store.OriginPage)
	})
	if change(one.ID, 2) || !made("page", "{}") {
		w.Error("one that was removed was to be made anew, and not changed")
	}
	again, err := w.st.Schedule(w.Context(), w.account, "page")
	w.must(err)
	if again.ID != one.ID || again.Revision != 3 || again.Spec != "{}" || again.Paused() {
		w.Errorf("made again: %+v", again)
	}
}

// scheduleLast finds the last occurrence of each schedule, and all that ask.
func scheduleLast(w *world) {
	a, b, gone := w.schedule("a"), w.schedule("b"), w.schedule("gone")
	w.schedule("never")
	w.occurrence(a, "1", store.OccurrenceAsks)
	w.occurrence(a, "2", store.OccurrenceSkipped)
	lastA := w.occurrence(a, "3", store.OccurrenceAsks)
	lastB := w.occurrence(b, "1", store.OccurrenceDue)
	w.occurrence(gone, "1", store.OccurrenceAsks)
	in(w, func(ctx context.Context, tx *store.Tx) (bool, error) {
		return tx.RemoveSchedule(ctx, w.account, "gone", store.OriginFile)
	})
	last, err := w.st.LastOccurrences(w.Context(), w.account)
	w.must(err)
	ids := map[int64]int64{}
	for _, o := range last {
		ids[o.Schedule] = o.ID
	}
	if len(last) != 2 || ids[a.ID] != lastA || ids[b.ID] != lastB {
		w.Errorf("the last ones: %+v", last)
	}
	asking, err := w.st.AskingOccurrences(w.Context(), w.account)
	w.must(err)
	if len(asking) != 2 || asking[0].Local != "1" || asking[1].ID != lastA {
		w.Errorf("those that ask: %+v", asking)
	}
}
