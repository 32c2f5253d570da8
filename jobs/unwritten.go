package jobs

import (
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/zap"

	"usher/store"
)

// A report that cannot be written is tried again after writeFirst, then less and less
// often, and for ever: a folder that is gone may come back tomorrow, and River gives a
// job up that ended in an error often enough. A job that is put off for longer than
// aheadMost is taken for one that a wrong clock has put there.
const (
	writeFirst = 2 * time.Second
	writeMost  = 8 * time.Second
)

// unwritten are the reports that this process could not write so far, by batch.
type unwritten struct {
	mu sync.Mutex
	by map[int64]tried
}

// tried is how often the writing of a report was tried, and why it did not do.
type tried struct {
	times int
	words string
}

// failed notes that a report could not be written, and returns when to try again and
// whether the reason is news.
func (u *unwritten) failed(batch int64, words string) (again time.Duration, news bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = map[int64]tried{}
	}
	t := u.by[batch]
	news = t.words != words
	u.by[batch] = tried{t.times + 1, words}
	return jitter(stepOf(backoff(writeFirst, writeMost), t.times+1)), news
}

// written notes that a report is there, and reports whether it could not be written
// before.
func (u *unwritten) written(batch int64) (late bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, late = u.by[batch]
	delete(u.by, batch)
	return late
}

// notWritten tells, once for each reason, why a report could not be written, and puts
// its job off.
func (s *Service) notWritten(batch int64, err error) error {
	err = fmt.Errorf("write the report of batch %d: %w", batch, err)
	words := DiscreetWords(err)
	again, news := s.unwritten.failed(batch, words)
	if news || store.Passing(err) {
		s.outages.tell("the report of a batch could not be written, and is tried again; 'usher status BATCH' says where it was to be",
			jobError{err, words}, zap.Int64("batch", batch))
	}
	return river.JobSnooze(again)
}

// writtenAfterAll tells that a report is there which could not be written before.
func (s *Service) writtenAfterAll(batch int64) {
	if s.unwritten.written(batch) {
		s.log.Warn("the report is written after all", zap.Int64("batch", batch))
	}
}
