package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// viewer watches something, and has what came of it.
type viewer struct {
	*testing.T
	body   *bufio.Scanner
	status int
	leave  context.CancelFunc
}

func (o *desk) watch(as, path string) *viewer {
	o.Helper()
	ctx, cancel := context.WithCancel(o.Context())
	o.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.url+path, nil)
	if err != nil {
		o.Fatal(err)
	}
	req.Header.Set("As", as)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { _ = res.Body.Close() })
	s := bufio.NewScanner(res.Body)
	s.Buffer(nil, 1<<20)
	return &viewer{o.T, s, res.StatusCode, cancel}
}

// until reads events until one has some words, and returns it. The end of what comes
// is an event without words.
func (v *viewer) until(words string) (e liveEvent) {
	v.Helper()
	for v.body.Scan() {
		text, found := strings.CutPrefix(v.body.Text(), "data: ")
		if !found {
			continue
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			v.Fatal(err)
		}
		if strings.Contains(e.Live+e.Gate, words) {
			return e
		}
	}
	v.Fatalf("it ended before %q came", words)
	return e
}

// A change comes to everybody who watches, to each as they may see it.
func TestLive(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	mine, viewers, list := o.watch(uli, "/batches/1/live"), o.watch(vera, "/batches/1/live"), o.watch(vera, "/batches/live")
	before := mine.until("3 of 6 rows done") // as it stands, at once
	viewers.until("rows done")
	list.until("running")
	o.post(uli, "/batches/1/pause")
	after := mine.until("A person paused it")
	if before.Now == after.Now || !strings.Contains(after.Live, "/people?state=") {
		t.Errorf("before %q, after %q", before.Now, after.Now)
	}
	if e := viewers.until("A person paused it"); strings.Contains(e.Live, "/people") {
		t.Errorf("a viewer is shown a way to people: %s", e.Live)
	}
	list.until("paused")
	o.post(olga, "/gate/close")
	if e := mine.until("Sending was stopped"); strings.Contains(e.Gate, "<button") {
		t.Errorf("an uploader is shown a button: %s", e.Gate)
	}
	if e := o.watch(olga, "/batches/1/live").until("Sending was stopped"); !strings.Contains(e.Gate, "<button") {
		t.Errorf("an operator is shown no button: %s", e.Gate)
	}
	if v := o.watch(olga, "/batches/9/live"); v.status != http.StatusNotFound {
		t.Errorf("no batch is watched: %d", v.status)
	}
	o.h.End()
	for viewers.body.Scan() { // ends with the server
	}
}

// Who takes nothing holds up nobody, and has the newest when they take something.
func TestSlowViewer(t *testing.T) {
	t.Parallel()
	l := newLive(&Handler{})
	key, other := liveKey{batch: 1}, liveKey{batch: 1, open: true}
	slow, quick, elsewhere := l.join(key), l.join(key), l.join(other)
	for _, event := range []string{"one", "two", "three"} {
		l.tell(key, []byte(event))
		if got := string(<-quick); got != event {
			t.Errorf("got %q, want %q", got, event)
		}
	}
	if got := string(<-slow); got != "three" {
		t.Errorf("the slow one got %q", got)
	}
	if late := string(<-l.join(key)); late != "three" {
		t.Errorf("who came late got %q", late)
	}
	if len(elsewhere) != 0 {
		t.Errorf("what was meant for others came: %s", <-elsewhere)
	}
	l.leave(key, slow)
	l.tell(key, []byte("four"))
	if len(slow) != 0 || string(<-quick) != "four" {
		t.Error("who has left is still told, or who stays is not")
	}
}

// After the database was away it goes on.
func TestLiveAfterAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t, false)
	v := o.watch(uli, "/batches/1/live")
	v.until("rows done")
	o.exec("ALTER TABLE gate RENAME TO gone")
	o.h.live.look(o.h.live.keys())
	o.exec("ALTER TABLE gone RENAME TO gate")
	o.post(uli, "/batches/1/pause")
	v.until("A person paused it")
}
