package jobs

import (
	"context"
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
	outageAfter = 15 * time.Second       // what was begun in it, and ends in error after it, is of it
)

// outages tells of a database that is away. A dozen loops meet one outage every
// second or so, and River's own beside them: it is told once when it begins, now and
// then while it lasts, and once when it is over. What each of them met is told when
// debugging.
type outages struct {
	log     *zap.Logger
	answers func(ctx context.Context) error // asks the database; nil where nobody waits for it
	stopped <-chan struct{}                 // ends the asking

	mu   sync.Mutex
	due  map[string]time.Time // by sentence, when it may be told again
	away bool
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
	o.met(zap.Error(err))
}

// met notes that somebody met the outage, and tells of it if it is a new one.
func (o *outages) met(fields ...zap.Field) {
	o.mu.Lock()
	now := time.Now()
	o.last = now
	begins := !o.away && now.Sub(o.over) > outageAfter
	if begins && o.answers != nil {
		o.away, o.from = true, now
		go o.await()
	}
	told := begins || o.away
	o.mu.Unlock()
	if told {
		o.now("the database does not answer as it should; the work goes on when it does", fields...)
	}
}

// await tells that the outage is over.
func (o *outages) await() {
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
	case now.Sub(o.last) < outageCalm:
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
