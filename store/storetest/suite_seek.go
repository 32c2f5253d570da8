package storetest

import (
	"slices"
	"time"

	"usher/store"
)

func seekTests() tests {
	return tests{"Parts": seekParts, "GoesOn": seekGoesOn, "OwnBatches": seekOwnBatches, "Known": seekKnown, "PageBefore": peoplePageBefore, "NewPages": seekNewPages}
}

// sought goes through a search to its end, however often it stops, and returns
// whom it found.
func (w *world) sought(s store.Seek, about time.Duration) (keys []store.Key, stops int) {
	w.Helper()
	for {
		got, err := w.st.Seek(w.Context(), s, about)
		w.must(err)
		for _, f := range got.Found {
			keys = append(keys, f.Key)
		}
		if got.Next == (store.Key{}) {
			return keys, stops
		}
		s.From = got.Next
		stops++
	}
}

func (w *world) checkSought(s store.Seek, want ...store.Key) {
	w.Helper()
	if s.Limit == 0 {
		s.Limit = 10
	}
	if got, _ := w.sought(s, time.Minute); !slices.Equal(got, want) {
		w.Errorf("%+v: found %v, want %v", s, got, want)
	}
}

func seekParts(w *world) {
	older := w.batch(
		store.Applicant{FirstName: "Ann-Marie", LastName: "Müller", Email: "Ann@Example.com", Phone: "+447911123456", ExternalID: "E%17"},
		store.Applicant{FirstName: "Bel", LastName: "Annand", Email: "bel@example.com", Phone: "+447911123457", State: store.Failed, ErrorCode: "c"})
	newer := w.batch(store.Applicant{FirstName: "ANN", LastName: "Muller"}, store.Applicant{FirstName: "李", LastName: "Łukasz"})
	w.importing(store.Applicant{FirstName: "Ann"}) // is not there yet
	ann, bel, annAgain, li := store.Key{Batch: older, Row: 2}, store.Key{Batch: older, Row: 3}, store.Key{Batch: newer, Row: 2}, store.Key{Batch: newer, Row: 3}
	for typed, want := range map[string][]store.Key{
		"ann": {annAgain, ann, bel}, "müller ann": {annAgain, ann}, "Muller": {annAgain, ann}, "@example": {ann, bel}, "7911 12345": {ann, bel},
		"e%1": {ann}, "李": {li}, "nobody": nil, " ": nil, "%": {ann}, "'; --": nil,
	} {
		w.checkSought(store.Seek{Who: typed}, want...)
	}
	w.checkSought(store.Seek{Who: "ann", Batch: older}, ann, bel)
	w.checkSought(store.Seek{Who: "ann", Batch: older, States: []store.State{store.Queued}}, ann)
	w.checkSought(store.Seek{Who: "ann", Batch: older, States: []store.State{store.Failed}, Code: "c"}, bel)
	w.checkSought(store.Seek{Who: "ann", Batch: older, Code: "d"})
}

// A search that has no time, or as many as it may find, goes on where it stopped.
func seekGoesOn(w *world) {
	var want []store.Key
	for range 3 {
		all := make([]store.Applicant, 4)
		for i := range all {
			all[i].FirstName = "Zoë"
		}
		all[1].FirstName = "Bel"
		id := w.batch(all...)
		want = append([]store.Key{{Batch: id, Row: 2}, {Batch: id, Row: 4}, {Batch: id, Row: 5}}, want...)
	}
	for name, c := range map[string]struct {
		limit int
		about time.Duration
	}{"no time": {100, 0}, "one at a time": {1, time.Minute}, "two at a time": {2, 0}} {
		got, stops := w.sought(store.Seek{Who: "zoe", Limit: c.limit}, c.about)
		if !slices.Equal(got, want) || stops == 0 {
			w.Errorf("%s: found %v with %d stops, want %v with some", name, got, stops, want)
		}
	}
}

func seekOwnBatches(w *world) {
	person := store.Applicant{FirstName: "Ann", Email: "ann@example.com", Phone: "+447911123456", ExternalID: "E-1"}
	others, own := w.batch(person), w.batch(person)
	w.must(w.st.SetBatchOwner(w.Context(), own, "bel"))
	w.must(w.st.SetBatchOwner(w.Context(), others, "cy"))
	first, second := store.Key{Batch: own, Row: 2}, store.Key{Batch: others, Row: 2}
	w.checkSought(store.Seek{Who: "ann"}, first, second)
	w.checkSought(store.Seek{Who: "ann", Owner: "bel"}, first)
	w.checkSought(store.Seek{Who: "ann", Owner: "nobody"})
	w.checkSought(store.Seek{Who: "ann", Account: w.account}, first, second)
	w.checkSought(store.Seek{Who: "ann", Account: w.account + 1})
	for _, who := range []string{"ann@example.com", "07911 123456", "E-1"} {
		// An index, or the look through the rows that takes its place.
		w.checkKnown(store.Seek{Who: who}, first, second)
		w.checkKnown(store.Seek{Who: who, Owner: "bel", Limit: 1}, first)
		w.checkKnown(store.Seek{Who: who, Owner: "cy", Limit: 1}, second)
		w.checkKnown(store.Seek{Who: who, Account: w.account + 1})
	}
}

// checkKnown looks for somebody by an index and, unless that is enough, by parts.
func (w *world) checkKnown(s store.Seek, want ...store.Key) {
	w.Helper()
	if s.Limit == 0 {
		s.Limit = 10
	}
	found, surely, err := w.st.Known(w.Context(), s)
	w.must(err)
	var keys []store.Key
	for _, f := range found {
		keys = append(keys, f.Key)
	}
	if !surely {
		keys, _ = w.sought(s, time.Minute)
	}
	if !slices.Equal(keys, want) {
		w.Errorf("%+v: found %v, want %v", s, keys, want)
	}
}

func seekKnown(w *world) {
	id := w.batch(
		store.Applicant{FirstName: "Ann", Email: "Ann@Example.com", Phone: "+447911123456", ExternalID: "E-1"},
		store.Applicant{FirstName: "Bel", Email: "bel@example.com", Phone: "+449911123456", ExternalID: "911123456"},
		store.Applicant{FirstName: "Cy", Phone: "12", State: store.Rejected})
	w.settle(createdSession(w.claim(store.Key{Batch: id, Row: 3})[0].Key, "Session-7"))
	w.must(w.st.Analyze(w.Context()))
	ann, bel := store.Key{Batch: id, Row: 2}, store.Key{Batch: id, Row: 3}
	for who, want := range map[string][]store.Key{
		"ann@example.com": {ann}, " ANN@example.COM ": {ann}, "+44 7911 123456": {ann}, "07911-123456": {ann}, "11123456": {ann, bel},
		"911123456": {ann, bel}, "Session-7": {bel}, "E-1": {ann}, "nobody@example.com": nil, "+44 7911 123450": nil, "": nil, "%@example.com": nil,
	} {
		w.checkKnown(store.Seek{Who: who}, want...)
	}
	for who, want := range map[string]bool{"ann": false, "ann@": false, "@example.com": false, "7911123": false, " ": true} {
		if _, surely, err := w.st.Known(w.Context(), store.Seek{Who: who, Limit: 1}); err != nil || surely != want {
			w.Errorf("%q: nobody else can be meant: %t (%v), want %t", who, surely, err, want)
		}
	}
}

func peoplePageBefore(w *world) {
	id := w.batch(store.Applicant{}, store.Applicant{State: store.Failed, ErrorCode: "c"}, store.Applicant{},
		store.Applicant{State: store.Failed, ErrorCode: "c"}, store.Applicant{})
	w.checkPeople(store.PeopleFilter{Batch: id, Before: 6, Limit: 2}, 4, 5)
	w.checkPeople(store.PeopleFilter{Batch: id, Before: 4, Limit: 2}, 2, 3)
	w.checkPeople(store.PeopleFilter{Batch: id, Before: 3, Limit: 2}, 2)
	w.checkPeople(store.PeopleFilter{Batch: id, Before: 2, Limit: 2})
	w.checkPeople(store.PeopleFilter{Batch: id, States: []store.State{store.Failed, store.Queued}, Before: 6, Limit: 3}, 3, 4, 5)
	w.checkPeople(store.PeopleFilter{Batch: id, Code: "c", Before: 5, Limit: 3}, 3)
}

// The filters of who has which contact data know the newest pages once the numbers
// were brought up to date.
func seekNewPages(w *world) {
	if w.st.Pgx() == nil {
		return // SQLite has none
	}
	w.batch(make([]store.Applicant, 5000)...)
	w.must(w.st.Analyze(w.Context()))
	var unknown int
	w.must(w.st.Pgx().QueryRow(w.Context(), `
SELECT coalesce(sum(brin_summarize_new_values(c.oid)), -1)
FROM pg_class c
JOIN pg_am m ON m.oid = c.relam
WHERE c.relname IN ('applicants_email', 'applicants_phone') AND m.amname = 'brin'`).Scan(&unknown))
	if unknown > 0 {
		w.Errorf("%d ranges of pages were not known", unknown)
	}
}
