package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// gateChannel is where PostgreSQL tells of what stops requests, or lets them go on: with the
// account's number of a change of its gate, where the wave and its wait in microseconds follow
// if it is a new wave that is told of; and with a word and the batch's number of a batch.
const (
	gateChannel = "usher_gate"
	batchWord   = "batch"
)

// News is what a process is told of: a new wave of the pace, if it is not nil; a batch to
// whose people nothing may be sent any more, if it is not 0; else a change of the gate, or a
// batch that runs.
type News struct {
	Wave  *Wave
	Batch int64
}

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

// tellOfRunning tells every process likewise that a batch of an account runs which did not:
// they look at the gate, and then at what is to be done.
func (q queries) tellOfRunning(ctx context.Context, account int64) error {
	return q.tell(ctx, strconv.FormatInt(account, 10))
}

// tellOfStop tells every process likewise that a batch has stopped.
func (t *Tx) tellOfStop(ctx context.Context, batch int64) error {
	return t.tell(ctx, fmt.Sprintf("%s %d", batchWord, batch))
}

func (q queries) tell(ctx context.Context, words string) error {
	_, err := q.conn.exec(ctx, q.d.notify, words)
	return wrap("tell other processes", err)
}

// Listen calls heard as soon as it listens, with no news, and whenever another process or
// this one changes the gate of an account, sets a batch of it running, begins a wave of its
// pace, or stops a batch, of whichever account. It returns when ctx is done or the
// connection is lost. What is told while nobody listens is not told again, so this only
// makes a look at the rows come sooner. On SQLite it returns at once.
func (s *Store) Listen(ctx context.Context, account int64, heard func(News)) error {
	if s.pool == nil {
		return nil
	}
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return wrap("listen", cleanError(err))
	}
	conn := pooled.Hijack() // it listens for as long as it lives, so nobody else may have it
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+gateChannel); err != nil {
		return wrap("listen", cleanError(err))
	}
	own := strconv.FormatInt(account, 10)
	for heard(News{}); ; {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return wrap("listen", cleanError(err))
		}
		switch whose, words, _ := strings.Cut(n.Payload, " "); whose {
		case own:
			heard(News{Wave: parseWave(words)})
		case batchWord:
			if batch, err := strconv.ParseInt(words, 10, 64); err == nil {
				heard(News{Batch: batch})
			}
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
