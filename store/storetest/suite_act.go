package storetest

import (
	"context"
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/store"
)

func actTests() tests {
	return tests{
		"Record": actRecord, "List": actList, "Reinvite": actReinvite, "Cleaned": actCleaned, "NoActor": actNoActor, "NothingPersonal": actNothingPersonal,
		"RolledBack": actRolledBack, "AtOnce": actAtOnce,
	}
}

var ann = store.Actor{Name: "ann", Role: "system user", Way: store.WayCommandLine}

func (w *world) acts(f store.ActFilter) []store.Act {
	w.Helper()
	all, err := w.st.Acts(w.Context(), f)
	w.must(err)
	return all
}

// act records that ann did something.
func (w *world) act(a store.Act) {
	w.Helper()
	if a.Actor == (store.Actor{}) {
		a.Actor = ann
	}
	w.must(w.st.RecordAct(w.Context(), a))
}

func actRecord(w *world) {
	batch := w.batch(store.Applicant{})
	other := w.newAccount("another")
	w.act(store.Act{What: store.ActImport, Batch: batch, Numbers: map[string]int{"queued": 412, "not_sent": -3, "rows": 1 << 40}, Rows: "12, 15, 20-31 … and 57 more"})
	w.act(store.Act{What: store.ActGateClose, Account: other})
	w.act(store.Act{What: store.ActUserAdd, Subject: "Bel\u202e Roe\x00"})
	got := w.acts(store.ActFilter{})
	want := []store.Act{
		{Actor: ann, What: store.ActUserAdd, Subject: "Bel Roe", Numbers: map[string]int{}},
		{Actor: ann, What: store.ActGateClose, Account: other, Numbers: map[string]int{}},
		{Actor: ann, What: store.ActImport, Account: w.account, Batch: batch,
			Numbers: map[string]int{"queued": 412, "not_sent": -3, "rows": 1 << 40}, Rows: "12, 15, 20-31 … and 57 more"},
	}
	checkSame(w.T, want, got, cmpopts.IgnoreFields(store.Act{}, "ID", "At"))
	for _, a := range got {
		w.checkTime("the time of an act", a.At)
	}
}

func actList(w *world) {
	for i := range 6 {
		w.act(store.Act{What: store.ActPause, Account: w.account, Batch: int64(i % 3), Numbers: map[string]int{"i": i}})
	}
	all := w.acts(store.ActFilter{})
	if len(all) != 6 {
		w.Fatalf("%d acts, want 6", len(all))
	}
	for name, c := range map[string]struct {
		filter store.ActFilter
		want   []int
	}{
		"all":           {store.ActFilter{}, []int{5, 4, 3, 2, 1, 0}},
		"the newest":    {store.ActFilter{Limit: 2}, []int{5, 4}},
		"the next page": {store.ActFilter{Limit: 2, Before: all[1].ID}, []int{3, 2}},
		"a batch":       {store.ActFilter{Batch: 1}, []int{4, 1}},
		"its older":     {store.ActFilter{Batch: 1, Before: all[1].ID}, []int{1}},
		"its newest":    {store.ActFilter{Batch: 1, Limit: 1}, []int{4}},
		"none before":   {store.ActFilter{Before: all[5].ID}, nil},
		"another batch": {store.ActFilter{Batch: 4711}, nil},
	} {
		var got []int
		for _, a := range w.acts(c.filter) {
			got = append(got, a.Numbers["i"])
		}
		w.Log(name)
		checkSame(w.T, c.want, got)
	}
}

// actReinvite: a batch of people of another one who are invited again is part of
// the story of that one.
func actReinvite(w *world) {
	old := w.batch(store.Applicant{})
	fresh, err := w.st.InsertBatch(w.Context(), store.Batch{Account: w.account, Name: "again", Source: store.ReinviteSource(old), Options: "{}"})
	w.must(err)
	for _, a := range []store.Act{{What: store.ActImport, Batch: old}, {What: store.ActReinvite, Batch: fresh}, {What: store.ActPause, Batch: fresh}} {
		w.act(a)
	}
	for batch, want := range map[int64][]store.ActName{old: {store.ActReinvite, store.ActImport}, fresh: {store.ActPause, store.ActReinvite}} {
		var got []store.ActName
		for _, a := range w.acts(store.ActFilter{Batch: batch}) {
			got = append(got, a.What)
		}
		checkSame(w.T, want, got)
	}
}

func actCleaned(w *world) {
	for name, want := range map[string]string{
		"ann\x00\x1b[2J\nlee":      "ann [2J lee",
		"  an\tn\u2028 lee\u0085 ": "an n lee",
		"nna\u202eeel\u2066":       "nnaeel",
		"ann\xff":                  "ann\ufffd",
		`DOMAIN\Ünal "x" 李`:        `DOMAIN\Ünal "x" 李`,
		strings.Repeat("李", 101):   strings.Repeat("李", 100),
	} {
		w.act(store.Act{Actor: store.Actor{Name: name, Role: name, Way: name}, What: store.ActPause})
		got := w.acts(store.ActFilter{Limit: 1})[0].Actor
		checkSame(w.T, store.Actor{Name: want, Role: want, Way: want}, got)
	}
}

func actNoActor(w *world) {
	for _, name := range []string{"", " ", "\x00\n", "\u202e"} {
		a := store.Actor{Name: name, Role: "system user", Way: store.WayPage}
		wantError(w.T, "record an act of nobody", w.st.RecordAct(w.Context(), store.Act{Actor: a, What: store.ActPause}), store.ErrNoActor)
		wantError(w.T, "check nobody", a.Check(), store.ErrNoActor)
	}
	w.must(ann.Check())
	if all := w.acts(store.ActFilter{}); len(all) != 0 {
		w.Errorf("recorded: %+v", all)
	}
}

// actNothingPersonal: what goes into an act besides its actor is numbers, and
// words of ours that name them.
func actNothingPersonal(w *world) {
	for _, personal := range []string{"ann@example.com", "Ann Lee", "+4477009", "https://x/s/1", "a1b2-session", "12, Lee", "lee\n"} {
		for what, a := range map[string]store.Act{
			"its name": {Actor: ann, What: store.ActName(personal)},
			"a number": {Actor: ann, What: store.ActRetry, Numbers: map[string]int{personal: 1}},
			"its rows": {Actor: ann, What: store.ActRetry, Rows: personal},
			"its user": {Actor: ann, What: store.ActRetry, Subject: personal},
		} {
			err := w.st.RecordAct(w.Context(), a)
			if err == nil {
				w.Errorf("%q was recorded as %s of an act", personal, what)
			} else if strings.Contains(err.Error(), personal) {
				w.Errorf("an error tells %q", personal)
			}
		}
	}
	if all := w.acts(store.ActFilter{}); len(all) != 0 {
		w.Errorf("recorded: %+v", all)
	}
}

func actRolledBack(w *world) {
	stop := errors.New("stop")
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		if err := tx.RecordAct(w.Context(), store.Act{Actor: ann, What: store.ActPause}); err != nil {
			return err
		}
		if all, err := tx.Acts(w.Context(), store.ActFilter{}); err != nil || len(all) != 1 {
			w.Errorf("in its transaction: %+v, %v", all, err)
		}
		return stop
	})
	wantError(w.T, "a transaction that was given up", err, stop)
	if all := w.acts(store.ActFilter{}); len(all) != 0 {
		w.Errorf("recorded: %+v", all)
	}
}

func actAtOnce(w *world) {
	n := w.atOnce(8, func(i int) (bool, error) {
		err := w.st.RecordAct(context.Background(), store.Act{Actor: ann, What: store.ActReport, Batch: 7, Numbers: map[string]int{"i": i}})
		return err == nil, err
	})
	seen := map[int]bool{}
	for _, a := range w.acts(store.ActFilter{Batch: 7}) {
		seen[a.Numbers["i"]] = true
	}
	if n != 8 || len(seen) != 8 {
		w.Errorf("%d recorded, %d found", n, len(seen))
	}
}
