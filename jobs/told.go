package jobs

// Told is told of what a worker does, by several goroutines at once, which wait for
// it. What is nil is not told.
type Told struct {
	Invited func(people int)          // once that is committed
	Worked  func(kind, result string) // a River job ended; see the Job constants
}

// How a River job ended.
const (
	JobCompleted = "completed" // it has done its part, or there was nothing to do
	JobSnoozed   = "snoozed"   // it may not send now, and comes again
	JobErrored   = "errored"   // the database was away, or it panicked; it comes again
)

func (t Told) orNobody() Told {
	if t.Invited == nil {
		t.Invited = func(int) {}
	}
	if t.Worked == nil {
		t.Worked = func(string, string) {}
	}
	return t
}
