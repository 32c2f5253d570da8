package store

import "context"

// Contact is what somebody of a batch is known by.
type Contact struct {
	Batch                    int64
	Email, Phone, ExternalID string
}

// ContactsAfter reads what the people of an account's later batches are known by,
// apart from those who were rejected or given up, and calls see for each. It holds
// the connection meanwhile: see must ask the store nothing.
func (q queries) ContactsAfter(ctx context.Context, account, batch int64, see func(Contact)) error {
	rs, err := q.conn.query(ctx, `
SELECT a.batch_id, a.email, a.phone, a.external_id
FROM batches b
JOIN applicants a ON a.batch_id = b.id
WHERE b.account_id = $1
  AND b.id > $2
  AND b.state <> 'importing'
  AND a.state NOT IN ('rejected', 'cancelled')
ORDER BY b.id`, account, batch)
	if err != nil {
		return wrap("read contacts", err)
	}
	defer rs.Close()
	for rs.Next() {
		var c Contact
		if err := rs.Scan(&c.Batch, &c.Email, &c.Phone, &c.ExternalID); err != nil {
			return wrap("read contacts", scanError(err))
		}
		see(c)
	}
	return wrap("read contacts", cleanError(rs.Err()))
}
