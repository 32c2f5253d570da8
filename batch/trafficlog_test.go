package batch_test

import (
	"net/http"
	"sync"
	"time"

	"usher/batch"
)

// trafficLog is the log of an API: when each request came, for what, and how it was
// answered.
type trafficLog struct {
	http.Handler
	mu    sync.Mutex
	lines []trafficLine
}

type trafficLine struct {
	at     time.Time
	create bool
	status int
}

// trafficStatus is an answer whose status is to be known.
type trafficStatus struct {
	http.ResponseWriter
	status int
}

func (w *trafficStatus) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (l *trafficLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	line, answer := trafficLine{at: time.Now(), create: r.Method == http.MethodPost}, &trafficStatus{ResponseWriter: w}
	l.Handler.ServeHTTP(answer, r)
	line.status = answer.status
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

// until is what had come by a time, told as a minute of the gate's page tells it.
func (l *trafficLog) until(end time.Time) (m batch.Minute) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if line.at.After(end) {
			continue
		}
		if line.status == http.StatusTooManyRequests {
			m.Limited++
		}
		switch {
		case !line.create:
			continue
		case line.status == http.StatusUnauthorized, line.status == http.StatusPaymentRequired:
			m.Refused++
		case line.status >= 500:
			m.Lost++
		}
		m.Sent++
	}
	return m
}

// onItsWay is longer than a request is on its way to the API.
const onItsWay = 10 * time.Second

// sameAsTold checks that each minute has what the API's log has. A request counts in
// the minute in which it began, which is the one in which it came or, at the turn of
// one, the one before.
func (l *trafficLog) sameAsTold(h *house, minutes []batch.Minute) {
	h.Helper()
	sum := batch.Minute{}
	for _, m := range minutes {
		sum.Sent, sum.Limited, sum.Refused, sum.Lost = sum.Sent+m.Sent, sum.Limited+m.Limited, sum.Refused+m.Refused, sum.Lost+m.Lost
		end := m.At.Add(time.Minute)
		least, most := l.until(end), l.until(end.Add(onItsWay))
		for what, n := range map[string][3]int{
			"sent":        {least.Sent, sum.Sent, most.Sent},
			"429":         {least.Limited, sum.Limited, most.Limited},
			"401 and 402": {least.Refused, sum.Refused, most.Refused},
			"5xx":         {least.Lost, sum.Lost, most.Lost},
		} {
			if n[1] < n[0] || n[1] > n[2] {
				h.Errorf("until the end of minute %v: %d %s, the API saw %d, and %d soon after", m.At, n[1], what, n[0], n[2])
			}
		}
	}
	if all := l.until(time.Now()); sum != all || all.Limited == 0 || all.Refused < 2 || all.Lost == 0 {
		h.Errorf("the hour has %+v, the API saw %+v, and not each kind of answer if one is 0", sum, all)
	}
}
