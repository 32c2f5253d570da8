package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// Times of an outage.
const (
	outageEvery = time.Minute            // how often it is told that it lasts
	outageAsk   = 500 * time.Millisecond // how often it is asked whether it is over
	outageCalm  = 2 * time.Second        // it is over when nobody met it for so long
	outageRoom  = 10 * time.Second       // or for so long, when room was wanting: not every statement needs more
	outageAfter = 15 * time.Second       // what was begun in it, and ends in error after it, is of it
)

// outages tells of a database that is away. A dozen loops meet one outage every
// second or so, and River's own beside them: it is told once when it begins, now and
// then while it lasts, and once when it is over. What each of them met is told when
// debugging.
type outages struct {
	log     *zap.Logger
	answers func(ctx context.Context) error // has the database do what the work needs; nil where nobody waits for it
	stopped <-chan struct{}                 // ends the asking

	mu   sync.Mutex
	due  map[string]time.Time // by sentence, when it may be told again
	away bool
	told bool      // that it is away
	full bool      // it had no room
	from time.Time // when it began
	last time.Time // when it was met last
	over time.Time // when the one before was over
}

// newOutages tells of outages in a process that has nobody ask whether they are over.
func newOutages(log *zap.Logger) *outages {
	return &outages{log: log, due: map[string]time.Time{}}
}

// tell logs what could not be done. Nothing of how the database is reached is
// in it.
func (o *outages) tell(what string, err error, fields ...zap.Field) {
	err = store.Clean(err)
	fields = append(fields, zap.Error(err))
	if !store.Passing(err) {
		o.log.Error(what, fields...)
		return
	}
	o.log.Debug(what, fields...)
	o.met(err)
}

// MetOutage notes that somebody beside the worker met a database that is away. It is
// told in one place.
func (s *Service) MetOutage(err error) { s.outages.met(store.Clean(err)) }

// WatchDatabase tells the log when the database goes away and when it is back, until ctx
// ends. It is for a process in which nobody works: a worker tells of it by itself.
func WatchDatabase(ctx context.Context, st *store.Store, log *zap.Logger) {
	o := newOutages(log)
	o.stopped = ctx.Done()
	o.answers = func(ctx context.Context) error {
		_, err := st.Now(ctx)
		return store.Clean(err)
	}
	for pause(ctx, time.Second); ctx.Err() == nil; pause(ctx, time.Second) {
		look, cancel := context.WithTimeout(ctx, commitTimeout)
		err := o.answers(look)
		cancel()
		if store.Passing(err) && ctx.Err() == nil {
			o.met(err)
		}
	}
}

// met notes that somebody met the outage, and tells of it if it is a new one. The
// error is nil where nothing is known of it.
func (o *outages) met(err error) {
	o.mu.Lock()
	now := time.Now()
	o.last = now
	begins := !o.away && now.Sub(o.over) > outageAfter
	if begins && o.answers != nil {
		o.away, o.told, o.full, o.from = true, false, false, now
		go o.await(err)
	}
	var fault *store.DatabaseError
	o.full = o.full || errors.As(err, &fault) && fault.NoRoom()
	tell := o.away && o.told || begins && o.answers == nil
	o.mu.Unlock()
	if tell {
		o.begun(err)
	}
}

// begun tells that there is an outage, of what kind, and what can be done about it.
func (o *outages) begun(err error) {
	var fault *store.DatabaseError
	var fields []zap.Field
	switch {
	case errors.As(err, &fault):
		fields = append(fields, zap.String("error", fault.Error()))
		if step := fault.Meanwhile(); step != "" {
			fields = append(fields, zap.String("hint", step))
		}
	case err != nil:
		fields = append(fields, zap.Error(err))
	}
	o.now("the database does not answer as it should; the work goes on when it does", fields...)
}

// cause is what the database itself says a moment later. Whoever met the outage may have
// been told nothing, or that his time was over, or that a connection ended which was but
// the beginning. If it says nothing in that moment, what was met tells more than that.
func (o *outages) cause(met error) error {
	var fault *store.DatabaseError
	limit, known := passFirst, errors.As(met, &fault)
	if known {
		limit = 2 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		err := o.answers(ctx)
		told := errors.As(err, &fault)
		if told && fault.Ended() && ctx.Err() == nil { // one of the connections that are left of before
			pause(ctx, 100*time.Millisecond)
			continue
		}
		if (told || met == nil) && !(known && ctx.Err() != nil) {
			return err
		}
		return met
	}
}

// await tells of an outage, and that it is over.
func (o *outages) await(met error) {
	o.begun(o.cause(met))
	o.mu.Lock()
	o.told = true
	o.mu.Unlock()
	for {
		select {
		case <-o.stopped:
			return
		case <-time.After(outageAsk):
		}
		ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
		err := o.answers(ctx)
		cancel()
		if words := o.ended(err == nil); words != "" {
			o.log.Warn(words)
			return
		}
	}
}

// ended ends the outage if the database answers and nobody met it for a while, and
// says so in words.
func (o *outages) ended(answers bool) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	switch {
	case !answers:
		o.last = now
		return ""
	case now.Sub(o.last) < outageCalm, o.full && now.Sub(o.last) < outageRoom:
		return ""
	}
	o.away, o.over = false, now
	clear(o.due)
	return fmt.Sprintf("the database answers again, after about %s; nothing is lost, and the work goes on", o.last.Sub(o.from).Round(time.Second))
}

// now logs a sentence, unless it did a moment ago.
func (o *outages) now(sentence string, fields ...zap.Field) {
	o.mu.Lock()
	late := time.Now().After(o.due[sentence])
	if late {
		o.due[sentence] = time.Now().Add(outageEvery)
	}
	o.mu.Unlock()
	if late {
		o.log.Warn(sentence, fields...)
	}
}
