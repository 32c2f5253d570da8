package store

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Found is an applicant that was looked for, with the name of its batch.
type Found struct {
	Applicant
	BatchName string
}

// fewestDigits is how many digits make a phone number that is looked for: fewer
// are a part of very many.
const fewestDigits = 6

// Find looks in every batch for somebody: by e-mail address, phone number (its
// last digits are enough), external_id, session id, or words of the name. It
// returns the newest batches first, and at the most limit people. Only the
// external_id and the session id have an index: for the rest it reads all rows.
func (q queries) Find(ctx context.Context, who string, limit int) ([]Found, error) {
	s := understand(who)
	if s.text == "" || limit < 1 {
		return nil, nil
	}
	found, err := q.findWhere(ctx, `
a.external_id = $1
   OR (a.batch_id, a.row_no) IN (SELECT s.batch_id, s.row_no FROM sessions s WHERE s.session_id = $1)`, limit, s.text)
	if err != nil {
		return nil, err
	}
	more, err := q.findPerson(ctx, s, limit)
	if err != nil {
		return nil, err
	}
	return newestFirst(append(found, more...), limit), nil
}

// findPerson looks for what a person is known by.
func (q queries) findPerson(ctx context.Context, s search, limit int) ([]Found, error) {
	switch {
	case s.address:
		return q.findWhere(ctx, `a.email = $1 OR lower(a.email) = $2`, limit, s.text, strings.ToLower(s.text))
	case s.digits != "":
		return q.findWhere(ctx, `a.phone LIKE $1`, limit, "%"+s.digits)
	case len(s.words) > 0:
		return q.findName(ctx, s.words, limit)
	}
	return nil, nil
}

// phoneDigits are the digits of a phone number without what differs between its
// national and its international form; empty if it is none.
func phoneDigits(who string) string {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune(" +-./()", r):
			return -1
		}
		return 'x'
	}, who)
	digits = strings.TrimLeft(digits, "0")
	if len(digits) < fewestDigits || strings.Contains(digits, "x") {
		return ""
	}
	return digits
}

// findName looks for rows whose name has every word: as they are written, or
// else, which no database can do by itself, without regard to accents.
func (q queries) findName(ctx context.Context, words []string, limit int) ([]Found, error) {
	c := &conditions{}
	found, err := q.findWhere(ctx, c.nameHas(words), limit, c.args...)
	if err != nil || len(found) > 0 {
		return found, err
	}
	keys, err := q.foldedKeys(ctx, `ORDER BY batch_id DESC, row_no`, nil, words, limit)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		one, err := q.findWhere(ctx, `a.batch_id = $1 AND a.row_no = $2`, 1, k.Batch, k.Row)
		if err != nil {
			return nil, err
		}
		found = append(found, one...)
	}
	return found, nil
}

// foldedKeys reads names until there are limit that have every word. It is slow,
// and for those whom nothing else finds.
func (q queries) foldedKeys(ctx context.Context, where string, args []any, words []string, limit int) ([]Key, error) {
	rs, err := q.conn.query(ctx, `SELECT batch_id, row_no, first_name, last_name FROM applicants `+where, args...)
	if err != nil {
		return nil, wrap("find a name", err)
	}
	defer rs.Close()
	keys, err := namesWith(rs, words, limit)
	return keys, wrap("find a name", err)
}

func namesWith(rs rows, words []string, limit int) (keys []Key, err error) {
	for len(keys) < limit && rs.Next() {
		var k Key
		var first, last string
		if err := rs.Scan(&k.Batch, &k.Row, &first, &last); err != nil {
			return nil, scanError(err)
		}
		name := folded(first + " " + last)
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(name, word) }) {
			keys = append(keys, k)
		}
	}
	return keys, cleanError(rs.Err())
}

// folded is text in small letters and without accents.
func folded(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}

func (q queries) findWhere(ctx context.Context, where string, limit int, args ...any) ([]Found, error) {
	columns := "a." + strings.ReplaceAll(strings.Join(strings.Fields(applicantColumns), " "), ", ", ", a.")
	all, err := collect(ctx, q, `
SELECT `+columns+`, b.name
FROM applicants a
JOIN batches b ON b.id = a.batch_id
WHERE (`+where+`)
  AND b.state <> 'importing'
ORDER BY a.batch_id DESC, a.row_no
LIMIT $`+strconv.Itoa(len(args)+1), append(args, limit), scanFound)
	return all, wrap("find a person", err)
}

func scanFound(r rows) (f Found, err error) {
	f.Applicant, err = scanApplicant(&withMore{r, &f.BatchName})
	return f, err
}

// withMore scans one column more than it is asked for.
type withMore struct {
	rows
	more any
}

func (w *withMore) Scan(dest ...any) error { return w.rows.Scan(append(dest, w.more)...) }

// newestFirst puts people who were found in several ways together.
func newestFirst(all []Found, limit int) []Found {
	slices.SortFunc(all, func(a, b Found) int {
		return cmp.Or(-cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Row, b.Row))
	})
	all = slices.CompactFunc(all, func(a, b Found) bool { return a.Key == b.Key })
	return all[:min(len(all), limit)]
}
