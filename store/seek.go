package store

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Seek says who is looked for, and among whom. A zero field but Who leaves
// nobody out.
type Seek struct {
	Account int64
	Owner   string // in batches that this user brought
	Batch   int64
	States  []State // with a Batch
	Code    string  // the error code, with a Batch
	Who     string  // a part of the name, e-mail, phone number, external id or session id
	From    Key     // goes on after this row: see [Sought]
	Limit   int
}

// Sought is what a search has found, and how far it came: through the newest
// batches first, and through each in row order.
type Sought struct {
	Found []Found
	Next  Key // where it goes on; the zero Key when it is through
	Rows  int // it has looked at, without those that an index left out
}

// The rows that are read at a time: as many as take about stepTime.
const (
	fewestRows = 1_000
	firstRows  = 5_000
	mostRows   = 50_000
	stepTime   = 25 * time.Millisecond
)

// Seek looks for parts of what people are known by, row by row, for about so long:
// no index knows parts, and to read a million rows takes a second or two. Names
// are found with and without their accents. It goes on where it stopped when it
// is called with From set to Next, and comes a step further however short the
// time.
func (q queries) Seek(ctx context.Context, s Seek, about time.Duration) (Sought, error) {
	var done Sought
	who := understand(s.Who)
	if who.text == "" || s.Limit < 1 {
		return done, nil
	}
	batches, err := q.soughtBatches(ctx, s)
	if err != nil {
		return done, err
	}
	until := time.Now().Add(about)
	step := firstRows
	for _, b := range batches {
		at := Key{Batch: b.id}
		if b.id == s.From.Batch {
			at = s.From
		}
		last, err := q.lastRow(ctx, b.id)
		if err != nil {
			return done, err
		}
		for at.Row < last {
			began := time.Now()
			if err := q.seekIn(ctx, s, who, b.name, &at, step, &done); err != nil || done.Next != (Key{}) {
				return done, err
			}
			step = nextStep(step, time.Since(began))
			if at.Row < last && !time.Now().Before(until) {
				done.Next = at
				return done, nil
			}
		}
		if done.Rows > 0 && !time.Now().Before(until) && b.id != batches[len(batches)-1].id {
			done.Next = Key{b.id, last}
			return done, nil
		}
	}
	return done, nil
}

func nextStep(step int, took time.Duration) int {
	switch {
	case took < stepTime/2:
		return min(2*step, mostRows)
	case took > 2*stepTime:
		return max(step/2, fewestRows)
	}
	return step
}

type named struct {
	id   int64
	name string
}

// narrow adds which batches b are looked in.
func (s Seek) narrow(c *conditions) {
	c.add("b.state <> 'importing'")
	if s.Account != 0 {
		c.add("b.account_id = %s", s.Account)
	}
	if s.Owner != "" {
		c.add("b.owner = %s", s.Owner)
	}
	if s.Batch != 0 {
		c.add("b.id = %s", s.Batch)
	}
}

// soughtBatches are those that are looked through, from where a search goes on.
func (q queries) soughtBatches(ctx context.Context, s Seek) ([]named, error) {
	c := &conditions{}
	s.narrow(c)
	if s.From.Batch != 0 {
		c.add("b.id <= %s", s.From.Batch)
	}
	all, err := collect(ctx, q, `SELECT b.id, b.name FROM batches b WHERE `+c.String()+` ORDER BY b.id DESC`, c.args,
		func(r rows) (b named, err error) { return b, r.Scan(&b.id, &b.name) })
	return all, wrap("read batches", err)
}

func (q queries) lastRow(ctx context.Context, batch int64) (int, error) {
	all, err := collect(ctx, q, `SELECT row_no FROM applicants WHERE batch_id = $1 ORDER BY row_no DESC LIMIT 1`, []any{batch}, scanRow)
	if err != nil || len(all) == 0 {
		return 0, wrap("read rows", err)
	}
	return all[0], nil
}

// seekIn looks at the next rows of a batch, and moves at to the last of them.
func (q queries) seekIn(ctx context.Context, s Seek, who search, batchName string, at *Key, rows int, done *Sought) error {
	c := PeopleFilter{Batch: at.Batch, After: at.Row, Before: at.Row + rows + 1, Code: s.Code}.conditions()
	if len(s.States) > 0 {
		c.add("state IN (" + c.states(s.States) + ")")
	}
	parts := c.anyPart(who)
	if len(who.words) > 0 { // what has more bytes than letters may have accents
		parts = "(" + parts + "\n    OR octet_length(first_name || last_name) > length(first_name || last_name))"
	}
	c.all = append(c.all, parts)
	all, err := q.applicants(ctx, "WHERE "+c.String()+"\nORDER BY row_no", c.args...)
	if err != nil {
		return err
	}
	at.Row += rows
	done.Rows += rows
	for i := range all {
		if !who.isPartOf(&all[i]) {
			continue
		}
		done.Found = append(done.Found, Found{all[i], batchName})
		if len(done.Found) == s.Limit {
			done.Next = all[i].Key
			return nil
		}
	}
	return nil
}

// states are places of states in a list.
func (c *conditions) states(all []State) string {
	places := make([]string, len(all))
	for i, state := range all {
		places[i] = c.arg(string(state))
	}
	return strings.Join(places, ", ")
}

// isPartOf reports whether what was typed is a part of what somebody is known by.
func (s search) isPartOf(a *Applicant) bool {
	text := strings.ToLower(s.text)
	for _, value := range []string{a.Email, a.ExternalID, a.SessionID} {
		if strings.Contains(strings.ToLower(value), text) {
			return true
		}
	}
	if s.digits != "" && strings.Contains(a.Phone, s.digits) {
		return true
	}
	return len(s.words) > 0 && hasWords(a.FirstName+" "+a.LastName, s.words)
}

func hasWords(name string, words []string) bool {
	if isASCII(name) {
		name = strings.ToLower(name)
	} else {
		name = folded(name)
	}
	for _, word := range words {
		if !strings.Contains(name, word) {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
