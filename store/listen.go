package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// gateChannel is where PostgreSQL tells of a change, with the account's number. Where it is
// a new wave that is told of, the wave and its wait in microseconds follow.
const gateChannel = "usher_gate"

// Wave is a wave of the pace, and how long nobody sends from when it began.
type Wave struct {
	Number int64
	Wait   time.Duration
}

// tellOfGate tells every process, once this transaction commits, that the gate has become
// another one. On SQLite there is nobody else to tell.
func (t *Tx) tellOfGate(ctx context.Context, account int64) error {
	return t.tell(ctx, strconv.FormatInt(account, 10))
}

// tellOfWave tells every process of a new wave likewise.
func (t *Tx) tellOfWave(ctx context.Context, account int64, w Wave) error {
	return t.tell(ctx, fmt.Sprintf("%d %d %d", account, w.Number, w.Wait.Microseconds()))
}

// tellOfBatch tells every process likewise that a batch of an account runs which did not:
// they look at the gate, and then at what is to be done.
func (q queries) tellOfBatch(ctx context.Context, account int64) error {
	return q.tell(ctx, strconv.FormatInt(account, 10))
}

func (q queries) tell(ctx context.Context, words string) error {
	_, err := q.conn.exec(ctx, q.d.notify, words)
	return wrap("tell of the gate", err)
}

// ListenGate calls heard as soon as it listens, and whenever another process or this one
// changes the gate of an account, sets a batch of it running, or begins a wave of its pace,
// which is then not nil. It
// returns when ctx is done or the connection is lost. What is told while nobody listens is
// not told again, so this only makes a look at the rows come sooner. On SQLite it returns
// at once.
func (s *Store) ListenGate(ctx context.Context, account int64, heard func(*Wave)) error {
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
	for heard(nil); ; {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return wrap("listen for the gate", cleanError(err))
		}
		if whose, words, _ := strings.Cut(n.Payload, " "); whose == own {
			heard(parseWave(words))
		}
	}
}

// parseWave reads a wave that was told of, nil for none.
func parseWave(words string) *Wave {
	var w Wave
	var micros int64
	if _, err := fmt.Sscanf(words, "%d %d", &w.Number, &micros); err != nil {
		return nil
	}
	w.Wait = time.Duration(micros) * time.Microsecond
	return &w
}
