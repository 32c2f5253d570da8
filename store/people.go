package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
)

// PeopleFilter says which applicants of a batch are read. A zero field does not
// filter.
type PeopleFilter struct {
	Batch  int64
	States []State
	Code   string // the error code
	Search string // a part of the name, e-mail, phone number, external id or session id
	After  int    // the last row of the page before
	Before int    // the first row of the page after, for the page before it; with no After, and nobody searched for
	Limit  int    // 0 is all
}

// People reads a page of a batch's applicants, in row order. By state and code an
// index finds them. What is searched for is looked for row by row, from After to
// the end of the page. A name that is found nowhere as it is written is looked
// for without regard to accents.
func (q queries) People(ctx context.Context, f PeopleFilter) ([]Applicant, error) {
	if f.Limit <= 0 {
		f.Limit = math.MaxInt32
	}
	s := understand(f.Search)
	found, err := q.peopleWritten(ctx, f, s)
	if err != nil || len(found) > 0 || len(s.words) == 0 {
		return found, err
	}
	if f.After > 0 { // there are no more, unless all of them were found by their accents
		before := f
		before.After, before.Limit = 0, 1
		if earlier, err := q.peopleWritten(ctx, before, s); err != nil || len(earlier) > 0 {
			return nil, err
		}
	}
	return q.peopleFolded(ctx, f, s)
}

// peopleWritten reads those who are found as they are written: state by state,
// as the index has them.
func (q queries) peopleWritten(ctx context.Context, f PeopleFilter, s search) ([]Applicant, error) {
	states := f.States
	if len(states) == 0 && f.Code != "" {
		states = States
	}
	if len(states) == 0 {
		return q.peopleIn(ctx, f, s, "")
	}
	var found []Applicant
	for _, state := range states {
		more, err := q.peopleIn(ctx, f, s, state)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	slices.SortFunc(found, func(a, b Applicant) int { return cmp.Compare(a.Row, b.Row) })
	if f.Before > 0 {
		return found[max(0, len(found)-f.Limit):], nil
	}
	return found[:min(len(found), f.Limit)], nil
}

func (q queries) peopleIn(ctx context.Context, f PeopleFilter, s search, state State) ([]Applicant, error) {
	c := f.conditions()
	if state != "" {
		c.add("state = %s", string(state))
	}
	if s.text != "" {
		c.all = append(c.all, c.anyPart(s))
	}
	limit := c.arg(f.Limit)
	if f.Before > 0 {
		all, err := q.applicants(ctx, "WHERE "+c.String()+"\nORDER BY row_no DESC\nLIMIT "+limit, c.args...)
		slices.Reverse(all)
		return all, err
	}
	return q.applicants(ctx, "WHERE "+c.String()+"\nORDER BY row_no\nLIMIT "+limit, c.args...)
}

// conditions are those but for the state and what is searched for. The code is
// compared with nothing as well, as only so the index is known to have it.
func (f PeopleFilter) conditions() *conditions {
	c := &conditions{}
	c.add("batch_id = %s AND row_no > %s", f.Batch, f.After)
	if f.Before > 0 {
		c.add("row_no < %s", f.Before)
	}
	if f.Code != "" {
		c.add("error_code = %s AND error_code <> ''", f.Code)
	}
	return c
}

// peopleFolded reads every name that the rest of the filter leaves.
func (q queries) peopleFolded(ctx context.Context, f PeopleFilter, s search) ([]Applicant, error) {
	c := f.conditions()
	if len(f.States) > 0 {
		places := make([]string, len(f.States))
		for i, state := range f.States {
			places[i] = c.arg(string(state))
		}
		c.add("state IN (" + strings.Join(places, ", ") + ")")
	}
	keys, err := q.foldedKeys(ctx, "WHERE "+c.String()+" ORDER BY row_no", c.args, s.words, f.Limit)
	if err != nil {
		return nil, err
	}
	found := make([]Applicant, len(keys))
	for i, k := range keys {
		if found[i], err = q.Applicant(ctx, k); err != nil {
			return nil, err
		}
	}
	return found, nil
}
