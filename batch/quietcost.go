package batch

import (
	"time"

	"usher/schedule/when"
	"usher/store"
)

// quietDays is how many days ahead quiet times are reckoned with: what takes longer
// is told as if there were none afterwards.
const quietDays = 400

// doneInQuiet says when the rest of a batch is done at a pace that was read before, if
// quiet times make that later; empty if they do not, or it does not run.
func (s *Service) doneInQuiet(p Pace, b Batch) string {
	if b.Quiet == nil || b.State != Running {
		return ""
	}
	c := s.CostAt(p, b)
	if !c.Quiet {
		return ""
	}
	return "done about " + c.Finish.Local().Format("2 Jan 15:04 MST") + ", with its quiet times"
}

// doneWords are what doneInQuiet says of a batch that goes on without anybody's doing.
func (s *Service) doneWords(st Standing, b Batch) string {
	if !st.Gate.Open || !st.serving.has(b.ID) {
		return ""
	}
	return s.doneInQuiet(st.Pace, b)
}

// costInQuiet is what costOf says, for invitations that are not sent in quiet times.
// Those before ended, which is zero for most, were ended by a person.
func costInQuiet(now time.Time, tokens, today int, p store.Pace, quiet when.Quiet, ended time.Time) Cost {
	now = now.UTC()
	c := costOf(now, tokens, today, p)
	if tokens == 0 || quiet.Zone() == "" {
		return c
	}
	w := sendingFrom(now, tokens, today, p)
	for from, until := range quiet.Within(now, quietDays) {
		if from.Before(ended) {
			continue
		}
		if w.sendUntil(from); w.left == 0 {
			break
		}
		w.waitUntil(until)
	}
	if w.left > 0 { // there are none any more, or it takes years
		rest := costOf(w.at, w.left, w.today, w.pace)
		if w.sentToday() && capacity(1, w.today, w.pace) > 0 {
			w.days-- // the day goes on, and is counted in the rest
		}
		w.at, w.days = rest.Finish, w.days+rest.Days
	}
	finish := w.at.Truncate(time.Second)
	c.Quiet, c.Days, c.Finish = finish.After(c.Finish), w.days, finish
	return c
}

// sending is how far invitations would be at a moment.
type sending struct {
	at    time.Time
	left  int // to be sent
	today int // sent on that day
	pace  store.Pace
	days  int       // on which some were sent
	last  time.Time // when the last of these days began

	calendar store.Calendar
}

func sendingFrom(now time.Time, tokens, today int, p store.Pace) *sending {
	return &sending{at: now, left: tokens, today: today, pace: p, calendar: p.Calendar()}
}

// sentToday reports whether the day is counted.
func (w *sending) sentToday() bool { return w.last.Equal(w.calendar.Begin(w.at)) }

// waitUntil lets time pass.
func (w *sending) waitUntil(t time.Time) {
	if !t.After(w.at) {
		return
	}
	if !t.Before(w.calendar.End(w.at)) {
		w.today = 0
	}
	w.at = t.UTC()
}

// sendUntil sends what can be sent until a moment, day by day, and stops at the one
// at which all is sent.
func (w *sending) sendUntil(end time.Time) {
	for w.left > 0 && w.at.Before(end) {
		to := w.calendar.End(w.at)
		if end.Before(to) {
			to = end
		}
		n := min(w.left, capacity(to.Sub(w.at).Seconds(), w.today, w.pace))
		if n > 0 && !w.sentToday() {
			w.days, w.last = w.days+1, w.calendar.Begin(w.at)
		}
		if w.left -= n; w.left == 0 {
			w.at = w.at.Add(toDuration(seconds(n, w.pace)))
			return
		}
		w.today += n
		w.pace.Burst = 0 // what may go at once has gone
		w.waitUntil(to)
	}
}
