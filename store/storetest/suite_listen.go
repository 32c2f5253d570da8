package storetest

import (
	"context"
	"time"

	"usher/store"
)

func listenTests() tests {
	return tests{"Gate": listenGate, "Pace": listenPace, "Batch": listenBatch}
}

// listening listens for the account's gate until the test ends, and returns what is
// heard. On SQLite, where nobody is to be told, it returns nil.
func (w *world) listening(account int64) <-chan store.News {
	w.Helper()
	if w.st.Pgx() == nil {
		w.must(w.st.Listen(w.Context(), account, func(store.News) { w.Error("something was heard on SQLite") }))
		return nil
	}
	heard := make(chan store.News, 100)
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.st.Listen(ctx, account, func(v store.News) { heard <- v }); err == nil || ctx.Err() == nil {
			w.Errorf("listening ended with %v before it was told to", err)
		}
	}()
	w.Cleanup(func() { cancel(); <-done })
	w.heard(heard) // it listens
	return heard
}

func (w *world) heard(c <-chan store.News) store.News {
	w.Helper()
	if c == nil {
		return store.News{}
	}
	select {
	case v := <-c:
		return v
	case <-time.After(90 * time.Second):
		w.Fatal("nothing was heard")
	}
	return store.News{}
}

func listenGate(w *world) {
	other := w.listening(w.newAccount("https://api.example another"))
	own := w.listening(w.account)
	w.must(w.st.InTx(w.Context(), func(tx *store.Tx) error { return tx.CloseGateByPerson(w.Context(), w.account, "") }))
	w.heard(own)
	w.must(w.st.InTx(w.Context(), func(tx *store.Tx) error {
		_, err := tx.OpenGate(w.Context(), w.account)
		return err
	}))
	w.heard(own)
	if len(other) > 0 {
		w.Error("another account's processes were told")
	}
}

func listenPace(w *world) {
	own := w.listening(w.account)
	w.refuse(slow, 0, 50*time.Millisecond)
	if v := w.heard(own).Wave; own != nil && (v == nil || *v != store.Wave{Number: 1, Wait: 50 * time.Millisecond}) {
		w.Errorf("heard of %+v, want wave 1 and its wait of 50 ms", v)
	}
}

// listenBatch: whoever sets a batch running tells those who work on its account, and whoever
// stops one tells everybody.
func listenBatch(w *world) {
	other := w.listening(w.newAccount("https://api.example another"))
	id := w.importing(store.Applicant{State: store.Failed})
	own := w.listening(w.account)
	ran, stopped := store.News{}, store.News{Batch: id}
	want := func(heard <-chan store.News, what string, want store.News) {
		w.Helper()
		if v := w.heard(heard); heard != nil && v != want {
			w.Errorf("%s: heard of %+v, want %+v", what, v, want)
		}
	}
	w.activate(id)
	want(own, "begun", ran)
	paused, err := w.st.PauseBatch(w.Context(), id, "by_person", "")
	w.checkYes("pause", paused, err)
	want(own, "paused", stopped)
	resumed, err := w.st.ResumeBatch(w.Context(), id)
	w.checkYes("resume", resumed, err)
	want(own, "resumed", ran)
	w.finish(id)
	w.retry(id)
	want(own, "retried", ran)
	w.must(w.st.InTx(w.Context(), func(tx *store.Tx) error {
		_, err := tx.CancelBatch(w.Context(), id)
		return err
	}))
	want(own, "cancelled", stopped)
	want(other, "another account: paused", stopped)
	want(other, "another account: cancelled", stopped)
}
