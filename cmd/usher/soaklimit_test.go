package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"usher/batch"
)

// What the API of a soak does about its limits, and lists of people whom it refuses.

// The fleet of a soak calls waits beyond soakShortWait long, and has a day of its own of
// soakDaily requests, which is soakDay long.
const (
	soakShortWait = 2 * time.Second
	soakDaily     = 150
	soakDay       = 10 * time.Second
)

// soakNamed is the rate per second that the API lets through while it names one.
const soakNamed = 20

// soakCanary is how many people of a list go first.
const soakCanary = 5

// limit has every request answered 429 for a while. retryAfter is what the answers tell
// of it; "" is nothing.
func (a *soakAPI) limit(d time.Duration, retryAfter string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.slowDown, a.retryAfter = time.Now().Add(d), retryAfter
}

// longWait is a Retry-After that the gate closes for, a little longer than what it is for.
func longWait(d time.Duration) string {
	return strconv.Itoa(int((max(d, soakShortWait) + 1500*time.Millisecond) / time.Second))
}

// name has every answer name the limit, which holds, in one of the ways there are.
func (a *soakAPI) name(way int) {
	a.SetRate(soakNamed, soakNamed/4)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fields = []http.Header{
		{"Ratelimit-Policy": {fmt.Sprintf(`"default";q=%d;w=1`, soakNamed)}, "Ratelimit": {`"default";r=1;t=1`}},
		{"Ratelimit-Policy": {fmt.Sprintf("%d;w=1", soakNamed)}, "Ratelimit-Remaining": {"1"}, "Ratelimit-Reset": {"1"}},
		{"Ratelimit": {fmt.Sprintf("limit=%d, remaining=%d, reset=1", soakNamed, soakNamed-1)}},
	}[way%3]
}

// unname has it name no limit any more, and have none.
func (a *soakAPI) unname() {
	a.SetRate(0, 0)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fields = nil
}

// refusedList brings a list in which the API refuses some of those who go first, or all
// who come after them. It is resumed like any other that stands.
func (s *soak) refusedList(e soakEvent) {
	refused := func(i int) bool { return i < soakCanary && i%2 == 1 }
	if e.who%2 == 1 {
		refused = func(i int) bool { return i >= soakCanary }
	}
	mark := e.at.Milliseconds()
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone,external_id\n")
	for i := range 30 {
		at := "example.com"
		if refused(i) {
			at = "refused.example"
		}
		fmt.Fprintf(&b, "First,Last,refused%d.%d@%s,+1519444%04d,refused-%d-%d\n", mark, i, at, (int(mark)+i)%10_000, mark, i)
	}
	file := filepath.Join(s.fleet.dir, fmt.Sprintf("refused%d.csv", mark))
	write(s.t, file, b.String())
	s.fleet.do("is done already", "import", "--yes", file)
	time.Sleep(e.lasting)
	s.goOn(func(b batch.Batch) bool { return b.PauseReason != "" && b.PauseReason != batch.PausedByPerson })
}

// goOn resumes the paused batches that match, and returns what is to be said of those
// that are not over. One that waits because of those who went first must have sent to
// nobody else.
func (s *soak) goOn(match func(b batch.Batch) bool) (open string) {
	asked := s.api.requestsFor() // before the states, as what follows a resumption does not count
	for _, b := range s.batches() {
		if b.State == batch.Finished || b.State == batch.GivenUp {
			continue
		}
		open += fmt.Sprintf("batch %d is %s %s: %v\n", b.ID, b.State, b.PauseReason, b.Counts)
		if b.State != batch.Paused {
			continue
		}
		if mark, ok := strings.CutPrefix(b.Name, "refused"); ok && b.PauseReason == batch.PausedCanary && b.Run == 1 {
			s.onlyCanary(b.ID, strings.TrimSuffix(mark, ".csv"), asked)
		}
		if match(b) {
			s.try("resume", strconv.FormatInt(b.ID, 10))
		}
	}
	return open
}

func (s *soak) onlyCanary(id int64, mark string, asked map[string]int) {
	for i := soakCanary; i < 30; i++ {
		if ref := fmt.Sprintf("refused-%s-%d", mark, i); asked[ref] > 0 {
			s.t.Errorf("batch %d waits because of those who went first, and %s, who is not of them, was sent to", id, ref)
		}
	}
}
