package store

import (
	"context"
	"errors"
	"fmt"
)

// Account makes sure of an account by its name, with its gate and pace, and
// returns its id. A gate that the API closed opens again when the key is
// another one than before: what was wrong may have been the key. Not so one
// that opens by itself: whether a limit is the key's or the customer's is not
// known, and the API named the time.
func (s *Store) Account(ctx context.Context, name, keyFingerprint string) (int64, error) {
	id, err := s.accountAsItIs(ctx, name, keyFingerprint)
	if err == nil {
		return id, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return 0, fmt.Errorf("account: %w", err)
	}
	err = s.InTx(ctx, func(tx *Tx) error {
		var err error
		if id, err = tx.account(ctx, name); err != nil {
			return err
		}
		return tx.noteKey(ctx, id, keyFingerprint)
	})
	if err != nil {
		return 0, fmt.Errorf("account: %w", err)
	}
	return id, nil
}

// accountAsItIs is the id of an account with which there is nothing to do, or
// [ErrNotFound]. A command that looks need not wait until it may write.
func (q queries) accountAsItIs(ctx context.Context, name, keyFingerprint string) (id int64, err error) {
	err = q.queryOne(ctx, `
SELECT a.id
FROM accounts a
JOIN gate g ON g.account_id = a.id
JOIN pace p ON p.account_id = a.id
WHERE a.name = $1 AND (CAST($2 AS TEXT) = '' OR g.key_fingerprint = $2)`, []any{name, keyFingerprint}, &id)
	return id, err
}

func (t *Tx) account(ctx context.Context, name string) (id int64, err error) {
	_, err = t.conn.exec(ctx, `INSERT INTO accounts (name, created_at) VALUES ($1, `+t.d.now+`) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return 0, err
	}
	if err = t.queryOne(ctx, `SELECT id FROM accounts WHERE name = $1`, []any{name}, &id); err != nil {
		return 0, err
	}
	_, err = t.conn.exec(ctx, `
INSERT INTO gate (account_id, generation, reason, detail, by_person, step, probe_by, key_fingerprint)
VALUES ($1, 1, '', '', false, 0, '', '')
ON CONFLICT DO NOTHING`, id)
	if err != nil {
		return 0, err
	}
	_, err = t.conn.exec(ctx, `
INSERT INTO pace (account_id, arrival_us, day, day_count)
VALUES ($1, 0, '', 0)
ON CONFLICT DO NOTHING`, id)
	return id, err
}

// noteKey remembers which key the fleet uses, and opens a gate that another
// key had closed. A gate closed by a person stays closed.
func (t *Tx) noteKey(ctx context.Context, account int64, fingerprint string) error {
	if fingerprint == "" {
		return nil
	}
	opened, err := t.conn.exec(ctx, `
UPDATE gate
SET reason = '', detail = '', until = NULL, closed_at = NULL, step = 0, probe_by = '', probe_until = NULL,
    generation = generation + 1
WHERE account_id = $1
  AND key_fingerprint NOT IN ('', $2)
  AND reason NOT IN ('', 'rate_limited', 'daily_limit', 'day_used_up')
  AND NOT by_person`, account, fingerprint)
	if err == nil && opened > 0 {
		err = t.noteEvent(ctx, account, GateEvent{Kind: GateEventGate, Detail: "another API key is set"})
	}
	if err != nil {
		return err
	}
	_, err = t.conn.exec(ctx, `UPDATE gate SET key_fingerprint = $2 WHERE account_id = $1 AND key_fingerprint <> $2`, account, fingerprint)
	return err
}

// AccountNames lists every account by id.
func (q queries) AccountNames(ctx context.Context) (map[int64]string, error) {
	type account struct {
		id   int64
		name string
	}
	all, err := collect(ctx, q, `SELECT id, name FROM accounts`, nil, func(r rows) (a account, err error) {
		return a, r.Scan(&a.id, &a.name)
	})
	names := make(map[int64]string, len(all))
	for _, a := range all {
		names[a.id] = a.name
	}
	return names, err
}
