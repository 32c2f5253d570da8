package storetest

func sentTests() tests { return tests{"Sent": sent} }

func (w *world) sent(account int64) bool {
	w.Helper()
	sent, err := w.st.Sent(w.Context(), account)
	w.must(err)
	return sent
}

func sent(w *world) {
	if w.sent(w.account) {
		w.Error("an account without batches has sent")
	}
	_, keys := w.queued(2)
	if w.sent(w.account) {
		w.Error("an account of which everybody is queued has sent")
	}
	w.claim(keys[1])
	if !w.sent(w.account) {
		w.Error("an account of which one is being sent to has not sent")
	}
	if w.sent(w.newAccount("another")) {
		w.Error("another account has sent")
	}
}
