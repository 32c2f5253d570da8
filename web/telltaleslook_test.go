package web

import (
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher/config"
	"usher/store"
)

// The pages of folders and messages are looked at with what breaks pages in them, and
// work with the script as they do without it.
func TestTelltalesAccessible(t *testing.T) {
	t.Parallel()
	o := newTelltaleNotify(t, newTelltaleReceiver(t), false)
	o.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	b := browse(t, o.url)
	b.open("/folders")
	b.look("folders-none")
	b.open("/messages")
	b.look("messages-none")
	o.fill()
	o.must(o.st.TroubleFolder(t.Context(), o.account, "/srv/hr/in", `a file called "x\xff.csv" is not taken: its name has letters that are not UTF-8, so it stays where it is`, "give it a name with plain letters"))
	for i, state := range []store.MessageState{store.MessageSent, store.MessageWaiting, store.MessageFailed, store.MessageStopped} {
		o.must(o.st.NoteEvent(t.Context(), store.Event{Account: o.account, What: store.EventRefused, Name: hostileName}))
		events, err := o.st.UntoldEvents(t.Context(), o.account, 9)
		o.must(err)
		_, err = o.st.InsertMessage(t.Context(), store.Message{Account: o.account, Key: string(state), Target: []string{"ops", "hr"}[i%2], Kind: "webhook", What: store.EventRefused,
			Events: []int64{events[0].ID}, Count: i + 1, State: state, Answer: "the receiver answered 500 Internal Server Error"}, time.Hour)
		o.must(err)
	}
	for path, name := range map[string]string{"/folders": "folders", "/folders/1": "folder", "/folders/2": "folder-unserved", "/messages": "messages"} {
		b.open(path)
		b.look(name)
	}
	b.open("/messages")
	b.click(`form[action="/messages/3/again"] button`)
	b.says("The message is on its way again")
	b.says("To be sent")
	b.open("/folders/1")
	b.do(chromedp.SetValue(chromedp.CSS(`[name="who"]`), "muller"))
	b.click(`main form button`)
	b.says("Müller-1.csv")
	b.until(`!document.body.innerText.includes("again.csv")`)
}

// A target that answered 410 is shown as stopped, until it takes a message.
func TestTelltaleStopped(t *testing.T) {
	t.Parallel()
	o := newTelltaleHouse(t)
	o.svc.Base().Config.Notify = map[string]config.Target{"ops": {Command: []string{"/usr/local/bin/tell", "secret-argument"}, On: []string{"gate", "finished"}}}
	o.must(o.st.InTx(t.Context(), func(tx *store.Tx) error { return tx.StopTarget(t.Context(), o.account, "ops", "", "stopped") }))
	page := o.get(olga, "/messages")
	o.has(page, http.StatusOK, "Stopped", "gate, finished", ">tell<")
	o.hasNot(page, "secret-argument")
	o.must(o.st.UnstopTarget(t.Context(), o.account, "ops"))
	o.hasNot(o.get(olga, "/messages"), "Stopped</span>")
}
