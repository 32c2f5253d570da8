package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/batch"
	"usher/config"
	"usher/schedule/message"
	"usher/store"
	"usher/upstream/sandbox"
)

// telltaleReceiver answers webhooks, each after the door is open.
type telltaleReceiver struct {
	*httptest.Server
	door   chan struct{}
	got    atomic.Int64
	status atomic.Int64
}

func newTelltaleReceiver(t *testing.T) *telltaleReceiver {
	v := &telltaleReceiver{door: make(chan struct{})}
	v.status.Store(http.StatusNoContent)
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-v.door:
		case <-r.Context().Done():
			return
		}
		v.got.Add(1)
		w.WriteHeader(int(v.status.Load()))
	}))
	t.Cleanup(v.Close)
	return v
}

// newTelltaleNotify is a house that invites for real, and tells a receiver.
func newTelltaleNotify(t *testing.T, v *telltaleReceiver, work bool) *telltaleHouse {
	t.Helper()
	api := httptest.NewServer(sandbox.New(sandbox.Options{Balance: -1}))
	t.Cleanup(api.Close)
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: map[string]string{"database": sqliteAt(t), "upstream.base_url": api.URL, "upstream.api_key": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Notify = map[string]config.Target{
		"ops": {Webhook: &config.Webhook{URL: v.URL + "/hidden-path?token=hidden", Key: []byte("0123456789abcdef0123456789abcdef"), AllowPrivate: true}, On: []string{"refused", "gate"}},
		"hr":  {Email: &config.Email{To: []string{"secret@hr.example"}, Server: "mail.example:465"}, On: []string{"finished"}, Batches: "hr-*"},
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(svc, Options{Version: "test", UploadLimit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	h.identify = func(r *http.Request) (visitor, error) { return visitors[r.Header.Get("As")], nil }
	message.New(svc, message.Options{Version: "test"}).Begin()
	o := &telltaleHouse{&desk{T: t, svc: svc, h: h}, svc.Base().Store, svc.Base().Account}
	if work {
		o.url = serveAndWork(t, h, svc).URL
		return o
	}
	server := httptest.NewServer(h)
	t.Cleanup(svc.Close)
	t.Cleanup(server.Close)
	t.Cleanup(h.End)
	o.url = server.URL
	return o
}

func (o *telltaleHouse) log() []batch.Message {
	o.Helper()
	all, err := o.svc.Messages(o.Context(), batch.MessageFilter{})
	o.must(err)
	return all
}

// seen is what the button of a message says of it.
func (o *telltaleHouse) seen(page answered, id string) string {
	o.Helper()
	m := regexp.MustCompile(`action="/messages/` + id + `/again"><input type="hidden" name="seen" value="([^"]+)"`).FindStringSubmatch(page.text)
	if m == nil {
		o.Fatalf("there is no button for message %s:\n%s", id, page.text)
	}
	return m[1]
}

// A test, and a message that is sent again, are jobs: nobody waits for a slow receiver,
// and pressing twice does nothing more, and says so.
func TestTelltaleMessages(t *testing.T) {
	t.Parallel()
	v := newTelltaleReceiver(t)
	o := newTelltaleNotify(t, v, true)
	o.until("somebody works", func() bool { return !contains(o.get(olga, "/messages").text, "Nobody is working") })
	o.has(o.get(olga, "/messages"), http.StatusOK, "Nobody was told anything yet", "nothing yet", "1 address by mail.example:465", "hr-*", "127.0.0.1:")
	o.hasNot(o.get(olga, "/messages"), "hidden-path", "secret@hr.example", "0123456789")
	o.leadsTo(olga, o.post(olga, "/messages/test", "way", "ops"), "/messages?done=message-test")
	o.has(o.leadsTo(olga, o.post(olga, "/messages/test", "way", "ops"), "/messages?done=message-tested"), http.StatusOK, "there is no second one", "1 test")
	if n := len(o.log()); n != 1 {
		t.Fatalf("%d messages after two presses", n)
	}
	watched := o.watch(olga, "/messages/live")
	close(v.door)
	watched.until(`<span class="state invited">Sent</span>`)
	if m := o.log()[0]; m.State != "sent" || m.Tries != 1 || m.Event != "test" {
		t.Fatalf("the test: %+v", m)
	}
	page := o.get(olga, "/messages")
	o.has(page, http.StatusOK, "the receiver answered 204 No Content")
	seen := o.seen(page, "1")
	o.leadsTo(olga, o.post(olga, "/messages/1/again", "seen", seen), "/messages?done=message-again")
	o.has(o.leadsTo(olga, o.post(olga, "/messages/1/again", "seen", seen), "/messages?done=message-was"), http.StatusOK, "Nothing was done")
	o.until("it is sent again", func() bool { return o.log()[0].State == "sent" && v.got.Load() == 2 })
	o.leadsTo(olga, o.post(olga, "/messages/1/again", "seen", seen), "/messages?done=message-was") // also long after
	o.has(o.post(olga, "/messages/1/again"), http.StatusBadRequest)
	o.has(o.post(olga, "/messages/9/again", "seen", seen), http.StatusNotFound)
	o.has(o.post(olga, "/messages/test", "way", "nobody"), http.StatusBadRequest, "no target &#34;nobody&#34;")
	if did := o.did(5); did != "olga message again; olga message test" {
		t.Errorf("recorded: %s", did)
	}
	v.status.Store(http.StatusInternalServerError)
	o.leadsTo(olga, o.post(olga, "/messages/test", "way", "ops"), "/messages?done=message-test")
	o.until("a test that does not arrive is not tried again", func() bool { return o.log()[0].State == "failed" })
	o.has(o.get(olga, "/messages"), http.StatusOK, "Did not arrive", "the receiver answered 500")
	if n := v.got.Load(); n != 3 {
		t.Errorf("the receiver was told %d times, want 3", n)
	}
}

// The log is listed by way and state, the newest first, in pages.
func TestTelltaleMessageLog(t *testing.T) {
	t.Parallel()
	o := newTelltaleNotify(t, newTelltaleReceiver(t), false)
	o.must(o.st.NoteEvent(t.Context(), store.Event{Account: o.account, What: store.EventRefused, Name: script}))
	events, err := o.st.UntoldEvents(t.Context(), o.account, 9)
	o.must(err)
	add := func(target string, state store.MessageState, key string) int64 {
		id, err := o.st.InsertMessage(t.Context(), store.Message{Account: o.account, Key: key, Target: target, Kind: "webhook", What: store.EventRefused,
			Events: []int64{events[0].ID}, Count: 3, State: state, Answer: quotes}, time.Hour)
		o.must(err)
		return id
	}
	for i := range 55 {
		add("ops", store.MessageSent, "msg_"+strings.Repeat("x", i))
	}
	add("hr", store.MessageFailed, "msg_hr")
	first := o.get(olga, "/messages")
	o.has(first, http.StatusOK, "Nobody is working", "3 files were refused", "&lt;script&gt;", "/messages?before=7")
	o.hasNot(first, script, quotes)
	rows := func(a answered) int { return strings.Count(a.text, `/again"`) }
	if rows(first) != messagesShown || rows(o.get(olga, "/messages?before=7")) != 6 {
		t.Errorf("%d messages, then %d", rows(first), rows(o.get(olga, "/messages?before=7")))
	}
	for query, want := range map[string]int{"way=hr": 1, "state=failed": 1, "state=waiting": 0, "way=ops&state=failed": 0, "way=ops&before=57": 50, "way=unknown": 50, "state=unknown": 50} {
		if got := rows(o.get(olga, "/messages?"+query)); got != want {
			t.Errorf("%s: %d messages, want %d", query, got, want)
		}
	}
	o.has(o.get(olga, "/messages?state=waiting"), http.StatusOK, "There is no message like that")
	o.has(o.get(olga, "/messages?way=ops"), http.StatusOK, "before=6&amp;way=ops")
	for _, name := range []string{uli, vera} {
		o.has(o.get(name, "/messages"), http.StatusForbidden)
		o.has(o.post(name, "/messages/test", "way", "ops"), http.StatusForbidden)
	}
}

// In a rehearsal nobody is told anything, not even a test.
func TestTelltaleNoTestInRehearsal(t *testing.T) {
	t.Parallel()
	o := newTelltaleHouse(t)
	o.svc.Base().Config.Notify = map[string]config.Target{"ops": {Command: []string{"/bin/true"}, On: []string{"gate"}}}
	o.has(o.post(olga, "/messages/test", "way", "ops"), http.StatusBadRequest, "In a rehearsal nobody is told anything.")
	if n := len(o.log()); n != 0 {
		t.Errorf("%d messages", n)
	}
}
