package store

import (
	"context"
	"fmt"
	"time"
)

// Lease is a right that ends by itself, by the database's clock.
type Lease struct {
	Name      string
	Holder    string
	Detail    string // for people: host, process, command
	ExpiresAt time.Time
}

// WorkerLease is the name of the lease under which a worker process may send.
func WorkerLease(worker string) string { return "worker:" + worker }

// ImportLease is the name of the lease under which one import at a time runs.
func ImportLease(account int64) string { return fmt.Sprintf("import:%d", account) }

// SweepLease is the name of the lease under which one process at a time sweeps.
func SweepLease(account int64) string { return fmt.Sprintf("sweep:%d", account) }

// FolderLease is the name of the lease under which one process at a time serves a
// watched folder.
func FolderLease(account int64, folder string) string {
	return fmt.Sprintf("folder:%d:%s", account, folder)
}

// HoldLease takes the named lease for d, or prolongs it, and reports whether
// the holder has it now. It is not taken from another holder before it ends.
func (q queries) HoldLease(ctx context.Context, name, holder, detail string, d time.Duration) (bool, error) {
	n, err := q.conn.exec(ctx, `
INSERT INTO leases (name, holder, detail, expires_at)
VALUES ($1, $2, $3, `+q.d.after("$4")+`)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, detail = excluded.detail, expires_at = excluded.expires_at
WHERE leases.holder = excluded.holder OR leases.expires_at <= `+q.d.now, name, holder, detail, d.Seconds())
	if err != nil {
		return false, fmt.Errorf("hold lease: %w", err)
	}
	return n == 1, nil
}

// ProlongLease prolongs a lease that has not ended, and reports whether it is
// still held. An ended lease is not revived: others may have acted on its end.
func (q queries) ProlongLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	n, err := q.conn.exec(ctx, `
UPDATE leases
SET expires_at = `+q.d.after("$3")+`
WHERE name = $1 AND holder = $2 AND expires_at > `+q.d.now, name, holder, d.Seconds())
	if err != nil {
		return false, fmt.Errorf("prolong lease: %w", err)
	}
	return n == 1, nil
}

// ReleaseLease gives a lease up.
func (q queries) ReleaseLease(ctx context.Context, name, holder string) error {
	_, err := q.conn.exec(ctx, `DELETE FROM leases WHERE name = $1 AND holder = $2`, name, holder)
	if err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// EndLeases ends every lease whose name starts with prefix. It is for SQLite,
// where an operating system lock proves that their holders are dead.
func (q queries) EndLeases(ctx context.Context, prefix string) error {
	_, err := q.conn.exec(ctx, `DELETE FROM leases WHERE substr(name, 1, length($1)) = $1`, prefix)
	if err != nil {
		return fmt.Errorf("end leases: %w", err)
	}
	return nil
}

// Leases lists the living leases whose name starts with prefix.
func (q queries) Leases(ctx context.Context, prefix string) ([]Lease, error) {
	all, err := collect(ctx, q, `
SELECT name, holder, detail, expires_at
FROM leases
WHERE substr(name, 1, length($1)) = $1 AND expires_at > `+q.d.now+`
ORDER BY name`, []any{prefix}, func(r rows) (l Lease, err error) {
		return l, r.Scan(&l.Name, &l.Holder, &l.Detail, timeOf(&l.ExpiresAt))
	})
	if err != nil {
		return nil, fmt.Errorf("list leases: %w", err)
	}
	return all, nil
}

// Now is the database's clock.
func (q queries) Now(ctx context.Context) (time.Time, error) {
	var t time.Time
	err := q.queryOne(ctx, `SELECT `+q.d.now, nil, timeOf(&t))
	return t, err
}
