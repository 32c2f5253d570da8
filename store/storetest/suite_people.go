package storetest

import (
	"slices"

	"usher/store"
)

func peopleTests() tests {
	return tests{"Filter": peopleFilter, "Pages": peoplePages, "Search": peopleSearch, "Accents": peopleAccents}
}

func causeTests() tests {
	return tests{"MostFrequentFirst": causesMostFrequentFirst, "None": causesNone, "SoFar": causesSoFar}
}

// checkPeople checks which rows a filter lets through.
func (w *world) checkPeople(f store.PeopleFilter, want ...int) {
	w.Helper()
	got, err := w.st.People(w.Context(), f)
	w.must(err)
	if rows := rowsOf(got); !slices.Equal(rows, want) {
		w.Errorf("%+v: rows %v, want %v", f, rows, want)
	}
}

func rowsOf(all []store.Applicant) []int {
	rows := make([]int, len(all))
	for i, a := range all {
		rows[i] = a.Row
	}
	return rows
}

func peopleFilter(w *world) {
	id := w.batch(store.Applicant{}, store.Applicant{State: store.Failed, ErrorCode: "no_email"}, store.Applicant{State: store.Rejected, ErrorCode: "no_email"},
		store.Applicant{State: store.Failed, ErrorCode: "blocked"}, store.Applicant{})
	w.batch(store.Applicant{State: store.Failed, ErrorCode: "no_email"}) // of another batch
	in := func(states ...store.State) store.PeopleFilter { return store.PeopleFilter{Batch: id, States: states} }
	w.checkPeople(in(), 2, 3, 4, 5, 6)
	w.checkPeople(in(store.Queued), 2, 6)
	w.checkPeople(in(store.Rejected, store.Queued, store.Failed), 2, 3, 4, 5, 6)
	w.checkPeople(in(store.Invited))
	w.checkPeople(store.PeopleFilter{Batch: id, Code: "no_email"}, 3, 4)
	w.checkPeople(store.PeopleFilter{Batch: id, Code: "no_email", States: []store.State{store.Failed}}, 3)
	w.checkPeople(store.PeopleFilter{Batch: id + 99})
	all, err := w.st.People(w.Context(), in(store.Rejected))
	w.must(err)
	checkSame(w.T, []store.Applicant{w.applicant(store.Key{Batch: id, Row: 4})}, all)
}

func peoplePages(w *world) {
	id := w.batch(store.Applicant{}, store.Applicant{State: store.Failed, ErrorCode: "c"}, store.Applicant{},
		store.Applicant{State: store.Failed, ErrorCode: "c"}, store.Applicant{})
	w.checkPeople(store.PeopleFilter{Batch: id, Limit: 2}, 2, 3)
	w.checkPeople(store.PeopleFilter{Batch: id, After: 3, Limit: 2}, 4, 5)
	w.checkPeople(store.PeopleFilter{Batch: id, After: 5, Limit: 2}, 6)
	w.checkPeople(store.PeopleFilter{Batch: id, After: 6, Limit: 2})
	both := []store.State{store.Failed, store.Queued}
	w.checkPeople(store.PeopleFilter{Batch: id, States: both, After: 2, Limit: 3}, 3, 4, 5)
	w.checkPeople(store.PeopleFilter{Batch: id, Code: "c", After: 3, Limit: 3}, 5)
}

func peopleSearch(w *world) {
	id := w.batch(
		store.Applicant{FirstName: "Ann-Marie", LastName: "O'Neill", Email: "Ann@Example.com", Phone: "+447911123456", ExternalID: "E%17"},
		store.Applicant{FirstName: "Bel", LastName: "Annand", Email: "bel@example.com", Phone: "+447911123457", ExternalID: "E_17"})
	w.batch(store.Applicant{FirstName: "Ann"})
	w.settle(createdSession(w.claim(store.Key{Batch: id, Row: 3})[0].Key, "Session-7"))
	for typed, want := range map[string][]int{
		"ann": {2, 3}, "ANN-m": {2}, "o'neill ann": {2}, "Annand, Bel": {3}, "@example.com": {2, 3}, "NN@EX": {2},
		"07911 123456": {2}, "7911123": {2, 3}, "e%": {2}, "_17": {3}, "ssion-7": {3}, " ": {2, 3},
		"nobody": nil, "%": {2}, "!": nil, "'; --": nil, "bel neill": nil, "12345678": nil,
	} {
		w.checkPeople(store.PeopleFilter{Batch: id, Search: typed}, want...)
	}
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "ann", States: []store.State{store.Invited}}, 3)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "ann", Limit: 1}, 2)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "ann", After: 2, Limit: 1}, 3)
}

// peopleAccents: accents are passed over where nobody is found with them, on
// each page alike.
func peopleAccents(w *world) {
	id := w.batch(store.Applicant{FirstName: "Zoë"}, store.Applicant{FirstName: "ZOË", State: store.Failed, ErrorCode: "c"}, store.Applicant{FirstName: "Zoé"})
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "zoe"}, 2, 3, 4)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "zoe", Limit: 2}, 2, 3)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "zoe", After: 3, Limit: 2}, 4)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "zoe", States: []store.State{store.Queued}}, 2, 4)
	w.checkPeople(store.PeopleFilter{Batch: id, Search: "zoe", Code: "c"}, 3)
	plain := w.batch(store.Applicant{FirstName: "Zoe"}, store.Applicant{FirstName: "Zoë"})
	w.checkPeople(store.PeopleFilter{Batch: plain, Search: "zoe"}, 2)
	w.checkPeople(store.PeopleFilter{Batch: plain, Search: "zoe", After: 2})
}

func causesMostFrequentFirst(w *world) {
	var all []store.Applicant
	add := func(n int, a store.Applicant) {
		for range n {
			all = append(all, a)
		}
	}
	add(1, store.Applicant{State: store.Rejected, ErrorCode: "phone", Error: "The phone number is too short."})
	add(6, store.Applicant{State: store.Failed, ErrorCode: "blocked", Error: "Blocked."})
	add(1, store.Applicant{State: store.Failed, ErrorCode: "no_email", Error: "No a."})
	add(1, store.Applicant{State: store.Failed, ErrorCode: "no_email", Error: "No b."})
	add(1, store.Applicant{State: store.Rejected, ErrorCode: "no_email", Error: "No c."})
	add(3, store.Applicant{})
	id := w.batch(all...)
	w.batch(store.Applicant{State: store.Failed, ErrorCode: "blocked"}) // of another batch
	want := []store.Cause{
		{State: store.Failed, Code: "blocked", Count: 6, Message: "Blocked.", Rows: []int{3, 4, 5, 6, 7}},
		{State: store.Failed, Code: "no_email", Count: 2, Message: "No a.", Varies: true, Rows: []int{9, 10}},
		{State: store.Rejected, Code: "no_email", Count: 1, Message: "No c.", Rows: []int{11}},
		{State: store.Rejected, Code: "phone", Count: 1, Message: "The phone number is too short.", Rows: []int{2}},
	}
	got, err := w.st.Causes(w.Context(), id, 0)
	w.must(err)
	checkSame(w.T, want, got)
	got, err = w.st.Causes(w.Context(), id, 2)
	w.must(err)
	checkSame(w.T, want[:2], got)
	got, err = w.st.CausesSoFar(w.Context(), id, 0)
	w.must(err)
	checkSame(w.T, want, got)
}

// What is not counted to its end is told by the rest of its state, where that is one
// cause alone.
func causesSoFar(w *world) {
	var all []store.Applicant
	add := func(n int, state store.State, code string) {
		for range n {
			all = append(all, store.Applicant{State: state, ErrorCode: code})
		}
	}
	add(2_001, store.Failed, "a")
	add(2_100, store.Failed, "b")
	add(3, store.Failed, "c")
	add(2_500, store.Rejected, "d")
	add(4, store.Rejected, "e")
	add(2_001, store.Cancelled, "f") // of whom not everybody has a code
	id := w.batch(all...)
	got, err := w.st.CausesSoFar(w.Context(), id, 0)
	w.must(err)
	type brief struct {
		Code    string
		Count   int
		AtLeast bool
	}
	told := make([]brief, len(got))
	for i, c := range got {
		told[i] = brief{c.Code, c.Count, c.AtLeast}
	}
	checkSame(w.T, []brief{{"d", 2_500, false}, {"a", 2_000, true}, {"b", 2_000, true}, {"f", 2_000, true}, {"e", 4, false}, {"c", 3, false}}, told)
}

func causesNone(w *world) {
	got, err := w.st.Causes(w.Context(), w.batch(store.Applicant{}), 0)
	w.must(err)
	if len(got) != 0 {
		w.Errorf("causes %+v where nothing went wrong", got)
	}
}
