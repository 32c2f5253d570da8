package store

import "context"

// returnPeople gives the persons of re-invitations that came to nothing back to
// those who had them before and are invited still: were they given up, the next
// import would invite somebody anew who was invited already. It is for
// applicants a, as far as join and where say; $2 of args is the account.
func (t *Tx) returnPeople(ctx context.Context, join, where string, args ...any) error {
	_, err := t.conn.exec(ctx, `
UPDATE people
SET claimed_at = `+t.d.now+`, (batch_id, row_no) = (
    SELECT a.holder_batch, a.holder_row
    FROM applicants a
    WHERE a.batch_id = people.batch_id AND a.row_no = people.row_no)
WHERE account_id = $2
  AND (person_key, batch_id, row_no) IN (
      SELECT a.person_key, a.batch_id, a.row_no
      FROM applicants a`+join+`
      JOIN applicants h ON h.batch_id = a.holder_batch AND h.row_no = a.holder_row
      WHERE a.holder_batch > 0 AND h.state || '' = 'invited' AND h.person_key = a.person_key AND `+where+`)`, args...)
	return wrap("give people back", err)
}

// ReturnImported gives back what an importing batch took for re-invitations. It
// is for one that is about to be removed.
func (t *Tx) ReturnImported(ctx context.Context, account, batch int64) error {
	return t.returnPeople(ctx, "", `a.batch_id = $1 AND a.state = 'queued'`, batch, account)
}
