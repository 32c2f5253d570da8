package store

import (
	"context"
	"slices"
)

// EventScope says which events are meant: those of some batches, and those of some
// kinds that were noted after another event.
type EventScope struct {
	Batches []int64
	Kinds   []EventName
	After   int64 // the id of that event
}

// LastEvent is the id of an account's newest event; 0 if there is none.
func (q queries) LastEvent(ctx context.Context, account int64) (id int64, err error) {
	err = q.queryOne(ctx, `SELECT coalesce(max(id), 0) FROM events WHERE account_id = $1`, []any{account}, &id)
	return id, wrap("read the last event", err)
}

// UntoldEventsOf is [queries.UntoldEvents] of those that are meant.
func (q queries) UntoldEventsOf(ctx context.Context, account int64, scope EventScope, limit int) ([]Event, error) {
	batches, err := idsArg(scope.Batches)
	if err != nil {
		return nil, err
	}
	all, err := collect(ctx, q, `
SELECT `+eventColumns+`
FROM events
WHERE account_id = $2 AND told_at IS NULL
  AND (id > $3 OR batch_id IN (SELECT k_id FROM `+q.d.records([]col{{"k_id", integer}})+` AS k))
ORDER BY id
LIMIT $4`, []any{batches, account, scope.After, limit}, scanEvent)
	return slices.DeleteFunc(all, func(e Event) bool { return !scope.has(e) }), wrap("read events", err)
}

func (s EventScope) has(e Event) bool {
	return slices.Contains(s.Batches, e.Batch) && e.Batch > 0 || e.ID > s.After && slices.Contains(s.Kinds, e.What)
}
