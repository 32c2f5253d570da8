package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// PersonKey names a person without holding anything about them: an HMAC of
// e-mail and phone under the database's secret, cut to 128 bits. The e-mail is
// compared without regard to case.
func PersonKey(secret []byte, email, phone string) string {
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte(strings.ToLower(email)))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(phone))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Claimant is a row that asks to hold a person.
type Claimant struct {
	Row       int
	PersonKey string
}

// Holder is the applicant who holds a person.
type Holder struct {
	Key
	State      State
	SettledAt  time.Time
	FirstName  string
	LastName   string
	ExternalID string
	PersonKey  string
}

// holderColumns are of applicants a, who need not be there: the chunk of a
// holder's row may not be written yet.
const holderColumns = `coalesce(a.state, ''), a.settled_at, coalesce(a.first_name, ''), coalesce(a.last_name, ''), coalesce(a.external_id, '')`

func scanHolder(r rows) (h Holder, err error) {
	return h, r.Scan(&h.PersonKey, &h.Batch, &h.Row, &h.State, timeOf(&h.SettledAt), &h.FirstName, &h.LastName, &h.ExternalID)
}

// ClaimPeople claims persons for rows of a batch and returns, by person key,
// the holders of those that others hold already. The claimants' keys must
// differ from each other. They are claimed in the order of their keys, whoever
// claims, so that two transactions do not deadlock, and so that keys that lie
// beside each other in the index are written together.
func (t *Tx) ClaimPeople(ctx context.Context, account, batch int64, all []Claimant) (map[string]Holder, error) {
	if len(all) == 0 {
		return nil, nil
	}
	all = slices.SortedFunc(slices.Values(all), func(a, b Claimant) int { return strings.Compare(a.PersonKey, b.PersonKey) })
	for {
		n, err := t.conn.claim(ctx, account, batch, all)
		if err != nil || int(n) == len(all) {
			return nil, wrap("claim people", err)
		}
		held, err := t.Holders(ctx, account, keysOf(all))
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(c Claimant) bool { return held[c.PersonKey].Key == Key{} }) {
			continue // a holder gave its person up in between: it can be had
		}
		for _, c := range all {
			if held[c.PersonKey].Key == (Key{batch, c.Row}) {
				delete(held, c.PersonKey)
			}
		}
		return held, nil
	}
}

func keysOf(all []Claimant) []string {
	keys := make([]string, len(all))
	for i, c := range all {
		keys[i] = c.PersonKey
	}
	return keys
}

// Holders tells, by person key, who holds these persons already. It changes
// nothing. It is no join with the keys: SQLite would go through all people, and
// all keys for each.
func (q queries) Holders(ctx context.Context, account int64, keys []string) (map[string]Holder, error) {
	arg, err := q.d.list(keys)
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT p.person_key, p.batch_id, p.row_no, `+holderColumns+`
FROM people p
LEFT JOIN applicants a ON a.batch_id = p.batch_id AND a.row_no = p.row_no
WHERE p.account_id = $2
  AND `+q.d.among("p.person_key"), []any{arg, account}, scanHolder)
	if err != nil {
		return nil, fmt.Errorf("read holders: %w", err)
	}
	found := make(map[string]Holder, len(all))
	for _, h := range all {
		found[h.PersonKey] = h
	}
	return found, nil
}

// TakePerson moves a person from a holder to a row of a newer batch, and
// reports whether the holder still had it. It is for a re-invitation: the row
// has the holder as its own, to whom the person goes back if it comes to
// nothing.
func (t *Tx) TakePerson(ctx context.Context, account int64, person string, from, to Key) (bool, error) {
	n, err := t.conn.exec(ctx, `
UPDATE people
SET batch_id = $5, row_no = $6, claimed_at = `+t.d.now+`
WHERE account_id = $1 AND person_key = $2 AND batch_id = $3 AND row_no = $4`,
		account, person, from.Batch, from.Row, to.Batch, to.Row)
	return n == 1, wrap("take person", err)
}

// DeadImports lists the batches whose import died: they are importing, and
// whoever imported them has lost the lease.
func (q queries) DeadImports(ctx context.Context, account int64) ([]Batch, error) {
	return q.batches(ctx, `
WHERE account_id = $1
  AND state = 'importing'
  AND NOT EXISTS (
      SELECT 1 FROM leases l
      WHERE l.holder = batches.importer AND l.name = $2 AND l.expires_at > `+q.d.now+`)`,
		account, ImportLease(account))
}

// DeleteImport removes an importing batch: its persons, its rows and itself.
// Its jobs are removed in the same transaction by the caller.
func (t *Tx) DeleteImport(ctx context.Context, batch int64) error {
	n, err := t.conn.exec(ctx, `UPDATE batches SET importer = importer WHERE id = $1 AND state = 'importing'`, batch)
	if err != nil {
		return fmt.Errorf("delete import: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	for _, query := range []string{
		`
DELETE FROM people
WHERE account_id = (SELECT b.account_id FROM batches b WHERE b.id = $1)
  AND batch_id = $1
  AND person_key IN (SELECT a.person_key FROM applicants a WHERE a.batch_id = $1)`,
		`DELETE FROM applicants WHERE batch_id = $1`,
		`DELETE FROM batches WHERE id = $1`,
		`DELETE FROM counts WHERE batch_id = $1`,
	} {
		if _, err := t.conn.exec(ctx, query, batch); err != nil {
			return fmt.Errorf("delete import: %w", err)
		}
	}
	maps.DeleteFunc(t.moved, func(s standing, _ int) bool { return s.batch == batch })
	return nil
}

// Analyze brings the planner's statistics, and the index of contacts, up to date
// after a bulk write. It matters on PostgreSQL: a plan made while a table was small
// scans it whole.
func (q queries) Analyze(ctx context.Context) error {
	for _, query := range q.d.analyze {
		if _, err := q.conn.exec(ctx, query); err != nil {
			return fmt.Errorf("analyze: %w", err)
		}
	}
	return nil
}

// ChunkRows is how many rows of a bulk write go into one transaction.
func (q queries) ChunkRows() int { return q.d.chunk }
