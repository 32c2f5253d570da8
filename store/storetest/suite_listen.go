package storetest

import (
	"context"
	"time"

	"usher/store"
)

func listenTests() tests {
	return tests{"Gate": listenGate, "Pace": listenPace}
}

// listening listens for the account's gate until the test ends, and returns what is
// heard. On SQLite, where nobody is to be told, it returns nil.
func (w *world) listening(account int64) <-chan struct{} {
	w.Helper()
	if w.st.Pgx() == nil {
		w.must(w.st.ListenGate(w.Context(), account, func() { w.Error("something was heard on SQLite") }))
		return nil
	}
	heard := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.st.ListenGate(ctx, account, func() { heard <- struct{}{} }); err == nil || ctx.Err() == nil {
			w.Errorf("listening ended with %v before it was told to", err)
		}
	}()
	w.Cleanup(func() { cancel(); <-done })
	w.heard(heard) // it listens
	return heard
}

func (w *world) heard(c <-chan struct{}) {
	w.Helper()
	if c == nil {
		return
	}
	select {
	case <-c:
	case <-time.After(90 * time.Second):
		w.Fatal("nothing was heard")
	}
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
	w.heard(own)
}
