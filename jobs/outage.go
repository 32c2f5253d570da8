package jobs

import (
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// outageEvery is how often a log is told that the database is still away.
const outageEvery = time.Minute

// outages tells of a database that is away. A dozen loops meet one outage every
// second or so, and River's own beside them: it is told once, and now and then
// while it lasts. What each of them met is told when debugging.
type outages struct {
	log *zap.Logger
	mu  sync.Mutex
	due map[string]time.Time // by sentence, when it may be told again
}

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
	o.now("the database does not answer as it should; the work goes on when it does", zap.Error(err))
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
