package storetest

import (
	"time"

	"usher/store"
)

func uploadCheckTests() tests {
	return tests{"Claim": checkClaim, "AtOnce": checkAtOnce, "Outdated": checkOutdated, "Released": checkReleased, "ClockSetBack": checkClockSetBack}
}

func checkClaim(w *world) {
	ctx := w.Context()
	w.ready("a")
	claim := func(revision int, checker string) (bool, error) { return w.st.ClaimCheck(ctx, "a", revision, checker) }
	w.no("another revision")(claim(2, "p1"))
	w.yes("the first")(claim(1, "p1"))
	w.no("another process")(claim(1, "p2"))
	w.yes("it goes on")(w.st.BeatCheck(ctx, "a", 1, "p1", store.UploadProgress{Rows: 10, Bytes: 100, Total: 1 << 33}))
	if u := w.upload("a"); u.Progress != (store.UploadProgress{Rows: 10, Bytes: 100, Total: 1 << 33}) {
		w.Errorf("progress %+v", u.Progress)
	}
	w.exec("UPDATE uploads SET checker_at = $1", w.ago(9*time.Second))
	w.no("one that is quiet for a while")(claim(1, "p2"))
	w.exec("UPDATE uploads SET checker_at = $1", w.ago(11*time.Second))
	w.yes("one that is taken for dead")(claim(1, "p2"))
	w.no("the dead one goes on")(w.st.BeatCheck(ctx, "a", 1, "p1", store.UploadProgress{}))
	w.no("and has a plan")(w.st.SavePlan(ctx, "a", 1, "p1", "{}", ""))
	w.yes("the living one has")(w.st.SavePlan(ctx, "a", 1, "p2", `{"x":"\u0000ä"}`, "Blatt"))
	w.no("what is checked")(claim(1, "p1"))
	plan, revision, err := w.st.UploadPlan(ctx, "a")
	if u := w.upload("a"); err != nil || plan != `{"x":"\u0000ä"}` || revision != 1 || u.PlanRevision != 1 || u.Sheet != "Blatt" {
		w.Errorf("%q, %d, %v; %+v", plan, revision, err, u)
	}
}

func checkAtOnce(w *world) {
	w.ready("a")
	yes := w.atOnce(6, func(i int) (bool, error) {
		return w.st.ClaimCheck(w.Context(), "a", 1, string(rune('a'+i)))
	})
	if yes != 1 {
		w.Errorf("%d check at once", yes)
	}
}

// A check that somebody overtook with another choice is of no use.
func checkOutdated(w *world) {
	ctx := w.Context()
	w.ready("a")
	w.yes("claim")(w.st.ClaimCheck(ctx, "a", 1, "p1"))
	w.yes("choose")(w.st.ChooseUpload(ctx, "a", 1, "{}"))
	w.no("it goes on")(w.st.BeatCheck(ctx, "a", 1, "p1", store.UploadProgress{}))
	w.yes("another checks the new revision at once")(w.st.ClaimCheck(ctx, "a", 2, "p2"))
	w.no("the old plan")(w.st.SavePlan(ctx, "a", 1, "p1", "{}", ""))
	w.must(w.st.ReleaseCheck(ctx, "a", 1, "p1"))
	w.yes("the new plan")(w.st.SavePlan(ctx, "a", 2, "p2", "{}", ""))
}

func checkReleased(w *world) {
	ctx := w.Context()
	w.ready("a")
	w.yes("claim")(w.st.ClaimCheck(ctx, "a", 1, "p1"))
	w.must(w.st.ReleaseCheck(ctx, "a", 1, "p2"))
	w.no("what another gave back")(w.st.ClaimCheck(ctx, "a", 1, "p2"))
	w.must(w.st.ReleaseCheck(ctx, "a", 1, "p1"))
	w.yes("what was given back")(w.st.ClaimCheck(ctx, "a", 1, "p2"))
}

// An upload does not live longer, and no claim lasts, because a clock was wrong.
func checkClockSetBack(w *world) {
	ctx := w.Context()
	w.ready("a")
	w.yes("claim")(w.st.ClaimCheck(ctx, "a", 1, "dead"))
	_, err := w.st.SeeClock(ctx)
	w.must(err)
	for _, column := range []string{"expires_at", "touched_at", "created_at", "checker_at"} {
		w.exec("UPDATE uploads SET "+column+" = $1", w.ago(-time.Hour))
	}
	w.exec("UPDATE uploads SET expires_at = $1, checker_at = $2", w.ago(-25*time.Hour), w.ago(-time.Hour+11*time.Second))
	w.exec("UPDATE clock SET seen_at = $1", w.ago(-time.Hour))
	if back, err := w.st.SeeClock(ctx); err != nil || back < 59*time.Minute {
		w.Fatalf("%v, %v", back, err)
	}
	now, err := w.st.Now(ctx)
	w.must(err)
	if u := w.upload("a"); u.ExpiresAt.Sub(now).Round(time.Hour) != 24*time.Hour || u.TouchedAt.After(now) || u.CreatedAt.After(now) {
		w.Errorf("at %v: %+v", now, u)
	}
	w.yes("the dead one's claim is over")(w.st.ClaimCheck(ctx, "a", 1, "p2"))
}
