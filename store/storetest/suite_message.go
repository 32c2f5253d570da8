package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

func messageTests() tests {
	return tests{
		"Sent": messageSent, "Held": messageHeld,
		"GivenBack": messageGivenBack, "Again": messageAgain, "Stopped": messageStopped, "Swept": messageSwept, "List": messageList,
	}
}

func (w *world) message(m store.Message) int64 {
	w.Helper()
	m.Account, m.Kind, m.What, m.Count = w.account, "webhook", store.EventMissed, 1
	if m.State == "" {
		m.State = store.MessageWaiting
	}
	if m.Target == "" {
		m.Target = "ops"
	}
	id, err := w.st.InsertMessage(w.Context(), m, 24*time.Hour)
	w.must(err)
	return id
}

type claimedMessage struct {
	store.Message
	claimed bool
	wait    time.Duration
}

func (w *world) claimMessage(id int64) (c claimedMessage) {
	w.Helper()
	w.tx(func(tx *store.Tx) (err error) {
		c.Message, c.claimed, c.wait, err = tx.ClaimMessage(w.Context(), w.account, id, time.Hour)
		return err
	})
	return c
}

func (w *world) messageNow(id int64) store.Message {
	w.Helper()
	m, err := w.st.Message(w.Context(), w.account, id)
	w.must(err)
	return m
}

func (w *world) dueMessages() []int64 {
	w.Helper()
	ids, err := w.st.DueMessages(w.Context(), w.account)
	w.must(err)
	return ids
}

func messageSent(w *world) {
	id := w.message(store.Message{Key: "msg_1", Events: []int64{4, 5}})
	checkSame(w.T, []int64{id}, w.dueMessages())
	c := w.claimMessage(id)
	if !c.claimed || c.Tries != 1 || c.Key != "msg_1" || len(c.Events) != 2 || c.GiveUpAt.Sub(c.TriedAt) < 23*time.Hour {
		w.Fatalf("claimed: %+v", c)
	}
	w.must(w.st.SettleMessage(w.Context(), store.MessageTry{ID: id, N: 1, State: store.MessageWaiting, Answer: "500", Again: time.Hour}))
	if c := w.claimMessage(id); c.claimed || c.wait < 50*time.Minute {
		w.Errorf("it is due at once: %+v", c)
	}
	checkSame(w.T, 0, len(w.dueMessages()))
	w.exec("UPDATE messages SET next_at = $1 WHERE id = $2", w.ago(time.Second), id)
	if c := w.claimMessage(id); !c.claimed || c.Tries != 2 {
		w.Fatalf("claimed: %+v", c)
	}
	late := store.MessageTry{ID: id, N: 1, State: store.MessageFailed, Answer: "late"}
	w.must(w.st.SettleMessage(w.Context(), late))
	w.must(w.st.SettleMessage(w.Context(), store.MessageTry{ID: id, N: 2, State: store.MessageSent, Answer: "200"}))
	late.N = 2
	w.must(w.st.SettleMessage(w.Context(), late)) // it is sent, whatever comes later
	m := w.messageNow(id)
	if m.State != store.MessageSent || m.Answer != "200" || m.Tries != 2 {
		w.Errorf("sent: %+v", m)
	}
	w.checkTime("when it ended", m.EndedAt)
	if c := w.claimMessage(id); c.claimed || c.wait != 0 {
		w.Errorf("sent, and to be sent: %+v", c)
	}
}

func messageHeld(w *world) {
	id := w.message(store.Message{Key: "msg_1"})
	got := w.atOnce(5, func(int) (claimed bool, err error) {
		err = w.st.InTx(context.Background(), func(tx *store.Tx) error {
			_, claimed, _, err = tx.ClaimMessage(context.Background(), w.account, id, time.Hour)
			return err
		})
		return claimed, err
	})
	checkSame(w.T, 1, got)
	again, err := w.st.SendMessageAgain(w.Context(), w.account, id, time.Hour)
	w.must(err)
	if c := w.claimMessage(id); again || c.claimed || c.wait < 50*time.Minute {
		w.Errorf("held by two: again %v, %+v", again, c)
	}
	w.exec("UPDATE messages SET held_until = $1 WHERE id = $2", w.ago(time.Second), id)
	checkSame(w.T, []int64{id}, w.dueMessages())
	if c := w.claimMessage(id); !c.claimed || c.Tries != 2 {
		w.Errorf("whoever held it is dead: %+v", c)
	}
}

func messageGivenBack(w *world) {
	id := w.message(store.Message{Key: "msg_1"})
	w.claimMessage(id)
	w.must(w.st.GiveMessageBack(w.Context(), id, 2)) // another try's
	checkSame(w.T, 0, len(w.dueMessages()))
	w.must(w.st.GiveMessageBack(w.Context(), id, 1))
	checkSame(w.T, []int64{id}, w.dueMessages())
	if m := w.messageNow(id); m.Tries != 0 {
		w.Errorf("a try that was broken off counts: %+v", m)
	}
}

func messageAgain(w *world) {
	id := w.message(store.Message{Key: "msg_1"})
	w.claimMessage(id)
	w.must(w.st.SettleMessage(w.Context(), store.MessageTry{ID: id, N: 1, State: store.MessageFailed}))
	again, err := w.st.SendMessageAgain(w.Context(), w.account, id, time.Hour)
	w.must(err)
	m := w.messageNow(id)
	if !again || m.State != store.MessageWaiting || m.Tries != 0 || !m.EndedAt.IsZero() || m.Key != "msg_1" {
		w.Errorf("again %v: %+v", again, m)
	}
	other, err := w.st.SendMessageAgain(w.Context(), w.newAccount("another"), id, time.Hour)
	w.must(err)
	if other {
		w.Error("another account's message was sent again")
	}
}

func messageStopped(w *world) {
	asked, waits, held := w.message(store.Message{Key: "msg_1"}), w.message(store.Message{Key: "msg_2"}), w.message(store.Message{Key: "msg_3"})
	other := w.message(store.Message{Key: "msg_4", Target: "hr"})
	w.claimMessage(asked)
	w.claimMessage(held)
	w.tx(func(tx *store.Tx) error {
		if err := tx.SettleMessage(w.Context(), store.MessageTry{ID: asked, N: 1, State: store.MessageStopped, Answer: "410"}); err != nil {
			return err
		}
		return tx.StopTarget(w.Context(), w.account, "ops", "abc", "stopped")
	})
	for id, want := range map[int64]store.MessageState{asked: store.MessageStopped, waits: store.MessageStopped, held: store.MessageWaiting, other: store.MessageWaiting} {
		if m := w.messageNow(id); m.State != want {
			w.Errorf("message %d is %s, want %s", id, m.State, want)
		}
	}
	w.tx(func(tx *store.Tx) error { return tx.StopTarget(w.Context(), w.account, "ops", "def", "stopped") })
	stops, err := w.st.StoppedTargets(w.Context(), w.account)
	w.must(err)
	checkSame(w.T, map[string]string{"ops": "def"}, stops)
	w.must(w.st.UnstopTarget(w.Context(), w.account, "ops"))
	stops, err = w.st.StoppedTargets(w.Context(), w.account)
	w.must(err)
	checkSame(w.T, map[string]string{}, stops)
}

// What is old goes, but not what is still to be told or sent.
func messageSwept(w *world) {
	for range 3 {
		w.note(store.Event{What: store.EventMissed, Name: "nightly"})
	}
	events := w.untold()
	w.tx(func(tx *store.Tx) error {
		_, err := tx.TellEvents(w.Context(), []int64{events[0].ID, events[1].ID})
		return err
	})
	w.exec("UPDATE events SET told_at = $1 WHERE id = $2", w.ago(31*24*time.Hour), events[0].ID)
	old, waits, young := w.message(store.Message{Key: "msg_1", State: store.MessageSent}), w.message(store.Message{Key: "msg_2"}),
		w.message(store.Message{Key: "msg_3", State: store.MessageSent})
	w.exec("UPDATE messages SET created_at = $1 WHERE id IN ($2, $3)", w.ago(31*24*time.Hour), old, waits)
	w.must(w.st.SweepEvents(w.Context(), w.account, 30*24*time.Hour))
	left, err := w.st.Events(w.Context(), w.account, []int64{events[0].ID, events[1].ID, events[2].ID})
	w.must(err)
	if len(left) != 2 || left[0].ID != events[1].ID {
		w.Errorf("events left: %+v", left)
	}
	messages, err := w.st.Messages(w.Context(), w.account, store.MessageFilter{})
	w.must(err)
	if len(messages) != 2 || messages[0].ID != young || messages[1].ID != waits {
		w.Errorf("messages left: %+v", messages)
	}
}

func messageList(w *world) {
	one, two, three := w.message(store.Message{Key: "msg_1"}), w.message(store.Message{Key: "msg_2", Target: "hr", State: store.MessageFailed}), w.message(store.Message{Key: "msg_3"})
	for name, c := range map[string]struct {
		f    store.MessageFilter
		want []int64
	}{
		"all":    {store.MessageFilter{}, []int64{three, two, one}},
		"target": {store.MessageFilter{Target: "ops"}, []int64{three, one}},
		"state":  {store.MessageFilter{State: store.MessageFailed}, []int64{two}},
		"both":   {store.MessageFilter{State: store.MessageFailed, Target: "ops"}, nil},
		"before": {store.MessageFilter{Before: three}, []int64{two, one}},
		"limit":  {store.MessageFilter{Limit: 1}, []int64{three}},
	} {
		all, err := w.st.Messages(w.Context(), w.account, c.f)
		w.must(err)
		var got []int64
		for _, m := range all {
			got = append(got, m.ID)
		}
		w.Log(name)
		checkSame(w.T, c.want, got)
	}
	made, err := w.st.Tellings(w.Context(), w.account, time.Hour)
	w.must(err)
	if len(made) != 3 || made[1].Target != "hr" || made[1].What != store.EventMissed {
		w.Errorf("tellings: %+v", made)
	}
	if _, err := w.st.Message(w.Context(), w.newAccount("another"), one); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another account's message: %v", err)
	}
}
