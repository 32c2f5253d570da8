package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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

// Listen calls heard with no news as soon as it hears, and whenever another process or
// this one changes the gate of an account, sets a batch of it running, begins a wave of its
// pace, or stops a batch, of whichever account. It returns when ctx is done, the connection
// is lost, or what it tells itself does not come back, as through some poolers of
// connections; that is tried every 15 seconds. What is told while nobody listens is not told
// again, so this only makes a look at the rows come sooner. On SQLite it returns at once.
func (s *Store) Listen(ctx context.Context, account int64, heard func(News)) error {
	if s.pool == nil {
		return nil
	}
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return wrap("listen", cleanError(err))
	}
	l := listener{st: s, conn: pooled.Hijack(), own: strconv.FormatInt(account, 10), heard: heard}
	defer l.conn.Close(context.WithoutCancel(ctx))
	if _, err := l.conn.Exec(ctx, "LISTEN "+gateChannel); err != nil {
		return wrap("listen", cleanError(err))
	}
	for {
		if err := l.prove(ctx); err != nil {
			return wrap("listen", cleanError(err))
		}
	}
}

// listener is a connection that listens for as long as it lives, so nobody else may have it.
type listener struct {
	st     *Store
	conn   *pgx.Conn
	own    string // the account
	heard  func(News)
	proved bool // it has heard itself
}

const (
	proofWord   = "proof"
	proofEvery  = 15 * time.Second
	proofWithin = 5 * time.Second
)

var errDeaf = errors.New("what is told does not come back")

// prove tells something by another connection, and listens for it, and for all else until
// it is time for that again.
func (l *listener) prove(ctx context.Context) error {
	proof := rand.Text()
	if err := l.st.tell(ctx, proofWord+" "+proof); err != nil {
		return err
	}
	began, came := time.Now(), false
	for {
		until := began.Add(proofWithin)
		if came {
			until = began.Add(proofEvery)
		}
		soon, cancel := context.WithDeadline(ctx, until)
		n, err := l.conn.WaitForNotification(soon)
		over := soon.Err() != nil
		cancel()
		switch {
		case err == nil && n.Payload == proofWord+" "+proof:
			came = true
			if !l.proved {
				l.proved = true
				l.heard(News{})
			}
		case err == nil:
			l.pass(n.Payload)
		case over && ctx.Err() == nil && came:
			return nil
		case over && ctx.Err() == nil:
			return errDeaf
		default:
			return err
		}
	}
}

// pass passes on what is told.
func (l *listener) pass(payload string) {
	switch whose, words, _ := strings.Cut(payload, " "); whose {
	case l.own:
		l.heard(News{Wave: parseWave(words)})
	case batchWord:
		if batch, err := strconv.ParseInt(words, 10, 64); err == nil {
			l.heard(News{Batch: batch})
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
