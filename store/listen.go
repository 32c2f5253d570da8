package store

import (
	"context"
	"strconv"
)

// gateChannel is where PostgreSQL tells of a change, with the account's number.
const gateChannel = "usher_gate"

// tellOfGate tells every process, once this transaction commits, that the gate or the
// wait of the pace has become another one. On SQLite there is nobody else to tell.
func (t *Tx) tellOfGate(ctx context.Context, account int64) error {
	_, err := t.conn.exec(ctx, t.d.notify, strconv.FormatInt(account, 10))
	return wrap("tell of the gate", err)
}

// ListenGate calls heard as soon as it listens, and whenever another process or this one
// changes the gate of an account, or what its pace waits for. It returns when ctx is
// done or the connection is lost. What is told while nobody listens is not told again,
// so this only makes a look at the rows come sooner. On SQLite it returns at once.
func (s *Store) ListenGate(ctx context.Context, account int64, heard func()) error {
	if s.pool == nil {
		return nil
	}
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return wrap("listen for the gate", cleanError(err))
	}
	conn := pooled.Hijack() // it listens for as long as it lives, so nobody else may have it
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+gateChannel); err != nil {
		return wrap("listen for the gate", cleanError(err))
	}
	own := strconv.FormatInt(account, 10)
	for heard(); ; {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return wrap("listen for the gate", cleanError(err))
		}
		if n.Payload == own {
			heard()
		}
	}
}
