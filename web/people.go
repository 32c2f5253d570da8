package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"usher/batch"
)

// peopleShown is how many people a page lists.
const peopleShown = 50

// peoplePage is a page of the people of a batch.
type peoplePage struct {
	Batch  batch.Batch
	States []stateCount
	State  batch.State // of those who are listed; empty for all
	Code   string      // likewise, with a state
	Cause  batch.CodeMeaning
	Search string
	People []batch.Person
	// After is the row that the next page begins after, Before the one before which
	// the page before ends; 0 if there is none.
	After, Before int
	// Next is where the search goes on, Looked as far as it came.
	Next   batch.Place
	Looked int
}

// Total is how many rows the batch has.
func (p peoplePage) Total() int { return p.Batch.Counts.Total() }

// Filtered reports whether not everybody is listed.
func (p peoplePage) Filtered() bool { return p.State != "" || p.Search != "" }

// NextPage and PageBefore are addresses; empty where there is none, or where it would
// have to name what cannot stand in an address.
func (p peoplePage) NextPage() string { return p.at("after", p.After) }

// PageBefore is the address of the page before.
func (p peoplePage) PageBefore() string { return p.at("before", p.Before) }

func (p peoplePage) at(side string, row int) string {
	if row == 0 || p.Code != "" && !plainCode(p.Code) {
		return ""
	}
	q := url.Values{side: {strconv.Itoa(row)}}
	if p.State != "" {
		q.Set("state", string(p.State))
	}
	if p.Code != "" {
		q.Set("code", p.Code)
	}
	return batchPath(p.Batch.ID) + "/people?" + q.Encode()
}

// people lists the people of a batch. Whom somebody looks for comes in the body of a
// post, and never in an address.
func (h *Handler) people(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	p := peoplePage{Batch: b, States: statesOf(b.Counts), Search: searched(r), State: batch.State(r.FormValue("state")), Code: storable(r.FormValue("code"))}
	if !slices.Contains(batch.States, p.State) {
		p.State, p.Code = "", ""
	}
	if p.Code != "" {
		p.Cause = causeWords(p.State, p.Code)
	}
	if p.Search != "" {
		err = h.searchPeople(r, &p)
	} else {
		err = h.listPeople(r, &p)
	}
	if err != nil {
		return err
	}
	h.show(w, r, "people", page{Title: "People of " + b.Name, Section: "batches", Data: p})
	return nil
}

// searchMost is how many characters of what somebody looks for are read.
const searchMost = 200

// searched is what somebody looks for, from the body of a post alone.
func searched(r *http.Request) string {
	text := []rune(strings.Join(strings.Fields(storable(r.PostFormValue("who"))), " "))
	return string(text[:min(len(text), searchMost)])
}

// storable is what of a text a database can hold, and so look for.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func (p *peoplePage) states() []batch.State {
	if p.State == "" {
		return nil
	}
	return []batch.State{p.State}
}

func (h *Handler) searchPeople(r *http.Request, p *peoplePage) error {
	from, _ := strconv.Atoi(r.PostFormValue("from"))
	q := batch.Search{Batch: p.Batch.ID, Who: p.Search, States: p.states(), Code: p.Code, Limit: peopleShown}
	if from > 0 {
		q.From = batch.Place{Batch: p.Batch.ID, Row: from}
	}
	found, err := h.svc.SearchPeople(r.Context(), q)
	p.People, p.Next, p.Looked = found.People, found.Next, found.Next.Row
	return err
}

// listPeople reads a page, and one more to see whether there is another.
func (h *Handler) listPeople(r *http.Request, p *peoplePage) error {
	after, _ := strconv.Atoi(r.FormValue("after"))
	before, _ := strconv.Atoi(r.FormValue("before"))
	f := batch.PeopleFilter{Batch: p.Batch.ID, States: p.states(), Code: p.Code, After: max(after, 0), Limit: peopleShown + 1}
	if before > 0 {
		f.After, f.Before = 0, before
	}
	all, err := h.svc.People(r.Context(), f)
	if err != nil {
		return err
	}
	more := len(all) > peopleShown
	switch {
	case before > 0 && more:
		all = all[1:]
	case more:
		all = all[:peopleShown]
	}
	p.People = all
	if len(all) == 0 {
		return nil
	}
	if before > 0 || more {
		p.After = all[len(all)-1].Row
	}
	if after > 0 || before > 0 && more {
		p.Before = all[0].Row
	}
	return nil
}
