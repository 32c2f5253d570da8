package store

import (
	"context"
	"strconv"
	"strings"
)

// Known finds people at once, whom an index knows: by the whole of an e-mail
// address, of a phone number but for what differs between its forms, of an
// external id or of a session id. Surely reports whether nobody else can be meant,
// so that there is nobody to [queries.Seek].
func (s *Store) Known(ctx context.Context, k Seek) (found []Found, surely bool, err error) {
	err = s.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.conn.exec(ctx, tx.d.byIndex); err != nil {
			return err
		}
		found, surely, err = tx.known(ctx, k)
		return err
	})
	return found, surely, err
}

func (q queries) known(ctx context.Context, s Seek) (found []Found, surely bool, err error) {
	who := understand(s.Who)
	if who.text == "" || s.Limit < 1 {
		return nil, true, nil
	}
	ways := []way{{"applicants", "external_id = $1", who.text}, {"sessions", "session_id = $1" + ofAccount(s.Account), who.text}}
	switch {
	case !q.d.contacts:
	case who.wholeAddress():
		surely = true
		lower := strings.ToLower(who.text)
		ways = append(ways, way{"applicants", "lower(email) = $1", lower})
		if ascii := lowerASCII(who.text); ascii != lower {
			ways = append(ways, way{"applicants", "lower(email) = $1", ascii})
		}
	case len(who.digits) >= phoneTail:
		surely = true
		ways = append(ways, way{"applicants", phoneEnd + " = $1 AND phone LIKE '%" + who.digits + "'", who.digits[len(who.digits)-phoneTail:]})
	}
	for _, w := range ways {
		more, err := q.knownBy(ctx, s, w)
		if err != nil {
			return nil, false, err
		}
		found = append(found, more...)
	}
	return newestFirst(found, s.Limit), surely, nil
}

// way is a way to find people by an index of a table.
type way struct{ table, where, arg string }

// ofAccount is a condition by which the index of sessions finds one.
func ofAccount(account int64) string {
	if account == 0 {
		return ""
	}
	return " AND account_id = " + strconv.FormatInt(account, 10)
}

// phoneTail is how many digits of the end of a phone number the index knows.
const phoneTail = 8

var phoneEnd = "substr(phone, length(phone) - " + strconv.Itoa(phoneTail-1) + ")"

// wholeAddress reports whether it is an e-mail address, and not a part of one.
func (s search) wholeAddress() bool {
	name, domain, _ := strings.Cut(s.text, "@")
	return s.address && name != "" && strings.Contains(domain, ".") && !strings.Contains(domain, "@") &&
		!strings.HasSuffix(domain, ".") && !strings.Contains(s.text, " ")
}

// lowerASCII is lower() as SQLite has it.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// knownBy reads those whom an index finds. It is asked alone and once: the planner
// would go through it for every batch.
func (q queries) knownBy(ctx context.Context, s Seek, w way) ([]Found, error) {
	c := &conditions{args: []any{w.arg}}
	s.narrow(c)
	limit := c.arg(s.Limit)
	columns := "a." + strings.ReplaceAll(strings.Join(strings.Fields(applicantColumns), " "), ", ", ", a.")
	all, err := collect(ctx, q, `
WITH k AS MATERIALIZED (SELECT batch_id, row_no FROM `+w.table+` WHERE `+w.where+`)
SELECT `+columns+`, b.name
FROM k
JOIN applicants a ON a.batch_id = k.batch_id AND a.row_no = k.row_no
JOIN batches b ON b.id = a.batch_id
WHERE `+c.String()+`
ORDER BY a.batch_id DESC, a.row_no
LIMIT `+limit, c.args, scanFound)
	return all, wrap("find a person", err)
}
