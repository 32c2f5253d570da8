package store

import (
	"context"
	"fmt"
	"time"
)

// Delivery is results of a batch that are put into a folder.
type Delivery struct {
	ID      int64
	Batch   int64
	Number  int    // 1 for a batch's first, and one more for each time that somebody was settled later
	Wanted  int    // counts up with each reason to have the results as they are then
	Folder  string // its files are in, or are to be; empty as long as none was chosen
	Stem    string // their names begin with
	Trouble string // why it could not be delivered when it was last tried; empty if nothing is known
	AskedAt time.Time
	// DeliveredAt is when all of its files were there; zero before.
	DeliveredAt time.Time
}

const deliveryColumns = `id, batch_id, number, wanted, folder, stem, trouble, asked_at, delivered_at`

func (q queries) deliveries(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	all, err := collect(ctx, q, `SELECT `+deliveryColumns+` FROM deliveries `+where, args, func(r rows) (d Delivery, err error) {
		return d, r.Scan(&d.ID, &d.Batch, &d.Number, &d.Wanted, &d.Folder, &d.Stem, &d.Trouble, timeOf(&d.AskedAt), timeOf(&d.DeliveredAt))
	})
	return all, wrap("read deliveries", err)
}

// Delivery is the one with this id, or [ErrNotFound].
func (q queries) Delivery(ctx context.Context, id int64) (Delivery, error) {
	return first(q.deliveries(ctx, `WHERE id = $1`, id))
}

// Deliveries are those of a batch, the first first.
func (q queries) Deliveries(ctx context.Context, batch int64) ([]Delivery, error) {
	return q.deliveries(ctx, `WHERE batch_id = $1 ORDER BY number`, batch)
}

// OpenDeliveries are the ids of an account's that are not delivered, of batches that
// are finished or cancelled.
func (q queries) OpenDeliveries(ctx context.Context, account int64) ([]int64, error) {
	all, err := collect(ctx, q, `
SELECT d.id
FROM deliveries d
JOIN batches b ON b.id = d.batch_id
WHERE d.delivered_at IS NULL AND b.account_id = $1 AND b.state || '' IN ('finished', 'cancelled')
ORDER BY d.id`, []any{account}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
	return all, wrap("read what is to be delivered", err)
}

// WantDelivery has the results of a batch delivered as they are when this transaction
// is committed, and returns the delivery: the one that is not delivered yet, or a new
// one. It locks the batch.
func (t *Tx) WantDelivery(ctx context.Context, batch int64) (int64, error) {
	if _, err := t.lockBatch(ctx, batch); err != nil {
		return 0, wrap("want a delivery", err)
	}
	one := func(query string) ([]int64, error) {
		all, err := collect(ctx, t.queries, query, []any{batch}, func(r rows) (id int64, err error) { return id, r.Scan(&id) })
		return all, wrap("want a delivery", err)
	}
	if all, err := one(`
UPDATE deliveries
SET wanted = wanted + 1
WHERE batch_id = $1 AND delivered_at IS NULL
RETURNING id`); err != nil || len(all) > 0 {
		return first(all, err)
	}
	return first(one(`
INSERT INTO deliveries (batch_id, number, wanted, acted, folder, stem, trouble, asked_at)
SELECT CAST($1 AS BIGINT), coalesce(max(number), 0) + 1, 1, 0, '', '', '', ` + t.d.now + `
FROM deliveries
WHERE batch_id = $1
RETURNING id`))
}

// NameDelivery says what the files of a delivery are called. [ErrExists] when those of
// another one are.
func (q queries) NameDelivery(ctx context.Context, id int64, folder, stem string) error {
	_, err := q.conn.exec(ctx, `UPDATE deliveries SET folder = $2, stem = $3 WHERE id = $1`, id, folder, stem)
	return wrap("name a delivery", err)
}

// ActDelivery reports whether it is still to be recorded that a delivery is handed out
// as it is wanted, and takes it that this transaction does.
func (t *Tx) ActDelivery(ctx context.Context, id int64, wanted int) (bool, error) {
	n, err := t.conn.exec(ctx, `UPDATE deliveries SET acted = $2 WHERE id = $1 AND acted < $2`, id, wanted)
	return n == 1, wrap("record a delivery", err)
}

// EndDelivery notes that all files of a delivery are there, as it was wanted at a time,
// and reports whether it was open. If it has been wanted anew since, next is another
// one, else 0.
func (t *Tx) EndDelivery(ctx context.Context, d Delivery) (ended bool, next int64, err error) {
	if _, err := t.lockBatch(ctx, d.Batch); err != nil {
		return false, 0, wrap("end a delivery", err)
	}
	all, err := collect(ctx, t.queries, `
UPDATE deliveries
SET delivered_at = `+t.d.now+`, trouble = ''
WHERE id = $1 AND delivered_at IS NULL
RETURNING wanted`, []any{d.ID}, func(r rows) (wanted int, err error) { return wanted, r.Scan(&wanted) })
	if err != nil || len(all) == 0 {
		return false, 0, wrap("end a delivery", err)
	}
	if all[0] > d.Wanted {
		next, err = t.WantDelivery(ctx, d.Batch)
	}
	return true, next, err
}

// DelayDelivery keeps why a delivery could not be made, and reports whether that is
// another reason than the last time. Trouble is for people, and has nothing personal.
func (q queries) DelayDelivery(ctx context.Context, id int64, trouble string) (bool, error) {
	n, err := q.conn.exec(ctx, `UPDATE deliveries SET trouble = $2 WHERE id = $1 AND trouble <> $2`, id, trouble)
	return n == 1, wrap("delay a delivery", err)
}

// DeliveryLease is the name of the lease under which one process at a time delivers.
func DeliveryLease(batch int64) string { return fmt.Sprintf("deliver:%d", batch) }

// BatchSource is what is known of the file that a batch was read from: its SHA-256, in
// hex, and its size in bytes. Both are empty for what is no file.
func (q queries) BatchSource(ctx context.Context, batch int64) (sha256 string, size int64, err error) {
	err = q.queryOne(ctx, `SELECT source_sha256, source_size FROM batches WHERE id = $1`, []any{batch}, &sha256, &size)
	return sha256, size, wrap("read the source of a batch", err)
}

// NoteBatchSource notes from which file a batch is read; see [queries.BatchSource].
func (q queries) NoteBatchSource(ctx context.Context, batch int64, sha256 string, size int64) error {
	_, err := q.conn.exec(ctx, `UPDATE batches SET source_sha256 = $2, source_size = $3 WHERE id = $1`, batch, sha256, size)
	return wrap("note the source of a batch", err)
}

// ScheduleOf is the name of the schedule that a batch is of; empty if it is of none.
func (q queries) ScheduleOf(ctx context.Context, batch int64) (string, error) {
	all, err := collect(ctx, q, `
SELECT s.name
FROM occurrences o
JOIN schedules s ON s.id = o.schedule_id
WHERE o.batch_id = $1 AND o.why <> '`+WhyKnown+`'
   OR o.id IN (SELECT occurrence_id FROM folder_files WHERE batch_id = $1 AND batch_id <> 0 AND state = 'done' AND occurrence_id <> 0)
ORDER BY o.id
LIMIT 1`, []any{batch}, func(r rows) (name string, err error) { return name, r.Scan(&name) })
	if err != nil || len(all) == 0 {
		return "", wrap("read the schedule of a batch", err)
	}
	return all[0], nil
}
