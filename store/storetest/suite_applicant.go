package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"usher/store"
)

func applicantTests() tests {
	return tests{
		"RoundTrip": applicantRoundTrip, "Chunk": applicantChunk, "Pages": applicantPages, "Counts": applicantCounts,
		"SameRowTwice": sameRowTwice, "NoRows": noRows,
	}
}

// awkward are texts that somebody's quoting or encoding could break.
var awkward = []string{
	`O'Brien; DROP TABLE applicants; --`, `"quoted" \ back\\slash \n`, "tab\tand\nnew\r\nline", "emoji 👩‍👩‍👧 🇩🇪",
	"עברית عربى \u202eRTL", "Ångström é e\u0301", "$1 ? :name %s {}", "NULL", `[["json"]]`, " spaces ", "\ufeffBOM", "\x7f\u2028",
}

func applicantRoundTrip(w *world) {
	settled := time.Date(2026, 3, 29, 2, 30, 0, 123e6, time.FixedZone("somewhere", 5*3600))
	want := store.Applicant{
		State: store.Duplicate, FirstName: awkward[0], LastName: awkward[1], Email: awkward[4], Phone: "+4930123456",
		ExternalID: awkward[3], SendEmailInvite: true, WorkflowID: "wf", RedirectURL: "https://example.com/?a=b&c=%20",
		Extra: []string{"", awkward[2], awkward[9]}, PersonKey: "p", Holder: store.Key{Batch: 7, Row: 9},
		ErrorCode: "in_file", Error: awkward[5], SettledAt: settled,
	}
	id := w.importing(want)
	got := w.applicant(store.Key{Batch: id, Row: 2})
	want.Key, want.Run = store.Key{Batch: id, Row: 2}, 1
	checkSame(w.T, want, got)
	if got.SettledAt.Location() != time.UTC {
		w.Errorf("SettledAt is in zone %v, want UTC", got.SettledAt.Location())
	}
}

func applicantChunk(w *world) {
	all := make([]store.Applicant, w.st.ChunkRows())
	for i := range all {
		text := awkward[i%len(awkward)]
		all[i] = store.Applicant{FirstName: text, LastName: text, Email: fmt.Sprintf("%d@example.com", i), Run: 1,
			SendPhoneInvite: i%2 == 0, Extra: []string{text, fmt.Sprint(i)}}
		if i%500 == 0 {
			all[i].Extra[0] = strings.Repeat("ß\"\\", 2500)
		}
	}
	id := w.importing(all...)
	w.must(w.st.Analyze(w.Context()))
	var got []store.Applicant
	for after := -1; ; {
		page, err := w.st.Applicants(w.Context(), id, after, 777)
		w.must(err)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1].Row
	}
	checkSame(w.T, all, got)
}

func applicantPages(w *world) {
	ctx := w.Context()
	id := w.batch(store.Applicant{}, store.Applicant{State: store.Rejected}, store.Applicant{}, store.Applicant{})
	w.batch(store.Applicant{}) // of another batch, never seen below
	page, err := w.st.Applicants(ctx, id, 2, 2)
	w.must(err)
	checkSame(w.T, []store.Key{{Batch: id, Row: 3}, {Batch: id, Row: 4}}, keysOf(page))
	page, err = w.st.People(ctx, store.PeopleFilter{Batch: id, States: []store.State{store.Queued}, After: 2, Limit: 1})
	w.must(err)
	checkSame(w.T, []store.Key{{Batch: id, Row: 4}}, keysOf(page))
	page, err = w.st.People(ctx, store.PeopleFilter{Batch: id, States: []store.State{store.Rejected}, After: 3, Limit: 10})
	w.must(err)
	checkSame(w.T, []store.Key{}, keysOf(page))
	rows, err := w.st.QueuedAfter(ctx, id, -1, 2)
	w.must(err)
	checkSame(w.T, []int{2, 4}, rows)
	rows, err = w.st.QueuedAfter(ctx, id, 4, 2)
	w.must(err)
	checkSame(w.T, []int{5}, rows)
}

func applicantCounts(w *world) {
	var all []store.Applicant
	for i, s := range store.States {
		for range i + 1 {
			all = append(all, store.Applicant{State: s})
		}
	}
	id := w.importing(all...)
	c, err := w.st.Counts(w.Context(), id)
	w.must(err)
	checkSame(w.T, store.Counts{store.Rejected: 1, store.Duplicate: 2, store.Queued: 3, store.Sending: 4,
		store.Invited: 5, store.Failed: 6, store.Unknown: 7, store.Cancelled: 8}, c)
	if c.Total() != 36 || c.Open() != 7 || c.Problems() != 14 {
		w.Errorf("total %d, open %d, problems %d; want 36, 7, 14", c.Total(), c.Open(), c.Problems())
	}
	for _, s := range store.States {
		id := w.importing(store.Applicant{State: s, PersonKey: "one-" + string(s)})
		open, err := w.st.HasOpen(w.Context(), id)
		w.must(err)
		if want := s == store.Queued || s == store.Sending; open != want {
			w.Errorf("a batch with one %s has somebody open: %t", s, open)
		}
	}
}

func sameRowTwice(w *world) {
	id := w.importing(store.Applicant{Email: "first@example.com"})
	again := []store.Applicant{{}, {}}
	fill(&again[0], id, 3)
	fill(&again[1], id, 2)
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error { return tx.InsertApplicants(w.Context(), again) })
	wantError(w.T, "a row that is there", err, store.ErrExists)
	w.checkStates(id, store.Counts{store.Queued: 1})
	if got := w.applicant(store.Key{Batch: id, Row: 2}).Email; got != "first@example.com" {
		w.Errorf("the row now has e-mail %q", got)
	}
}

// noRows calls with empty lists what is called with lists.
func noRows(w *world) {
	id := w.batch()
	w.tx(func(tx *store.Tx) error { return tx.InsertApplicants(w.Context(), nil) })
	if got := w.claim(); len(got) != 0 {
		w.Errorf("claimed %v", got)
	}
	if got := w.settle(); len(got) != 0 {
		w.Errorf("settled %v", got)
	}
	held := in(w, func(ctx context.Context, tx *store.Tx) (map[string]store.Holder, error) {
		return tx.ClaimPeople(ctx, w.account, id, nil)
	})
	holders, err := w.st.Holders(w.Context(), w.account, nil)
	w.must(err)
	sessions, err := w.st.SessionHolders(w.Context(), w.account, nil)
	w.must(err)
	if len(held)+len(holders)+len(sessions) != 0 {
		w.Errorf("found %v, %v, %v where nothing was asked", held, holders, sessions)
	}
}
