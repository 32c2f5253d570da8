package store

import (
	"context"
	"fmt"
)

// heldStates are those in which an applicant holds a person and a reference.
const heldStates = `('queued', 'sending', 'invited', 'unknown')`

// ReferenceHolders tells, by external id, which applicants of an account are
// invited or may be under these ids, the newest first. Those of one batch, the
// one that asks, are left out. Here too the state is compared as an expression,
// so that the planner goes by the index of external ids.
func (q queries) ReferenceHolders(ctx context.Context, account, but int64, ids []string) (map[string][]Holder, error) {
	arg, err := q.d.list(ids)
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT a.person_key, a.batch_id, a.row_no, `+holderColumns+`
FROM applicants a
WHERE `+q.d.among("a.external_id")+`
  AND a.batch_id <> $3
  AND a.state || '' IN `+heldStates+`
  AND (SELECT b.account_id FROM batches b WHERE b.id = a.batch_id) = $2
ORDER BY a.batch_id DESC, a.row_no DESC`, []any{arg, account, but}, scanHolder)
	if err != nil {
		return nil, fmt.Errorf("read holders of references: %w", err)
	}
	found := make(map[string][]Holder, len(all))
	for _, h := range all {
		found[h.ExternalID] = append(found[h.ExternalID], h)
	}
	return found, nil
}

// LockReferences keeps the references of an account as they are until the
// transaction ends, so that an import and a retry at the same moment, or two
// retries, do not invite two people under one.
func (t *Tx) LockReferences(ctx context.Context, account int64) error {
	var id int64
	err := t.queryOne(ctx, `SELECT id FROM accounts WHERE id = $1 `+t.d.forUpdate, []any{account}, &id)
	return wrap("lock references", err)
}
