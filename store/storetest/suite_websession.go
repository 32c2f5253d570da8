package storetest

import (
	"time"

	"usher/store"
)

func webSessionTests() tests {
	return tests{"Keep": webSessionKeep, "Ends": webSessionEnds, "Unchanged": webSessionUnchanged, "Sweep": webSessionSweep}
}

func (w *world) saveWebSession(hash, data string, keep time.Duration) {
	w.Helper()
	w.must(w.st.SaveWebSession(w.Context(), hash, []byte(data), keep))
}

// checkWebSession checks what is kept; nothing is not found.
func (w *world) checkWebSession(hash, want string) {
	w.Helper()
	data, err := w.st.WebSession(w.Context(), hash)
	if want == "" {
		wantError(w.T, "read "+hash, err, store.ErrNotFound)
		return
	}
	w.must(err)
	checkSame(w.T, want, string(data))
}

func webSessionKeep(w *world) {
	w.checkWebSession("a", "")
	w.saveWebSession("a", "\x00\xffone", time.Hour)
	w.saveWebSession("b", "two", time.Hour)
	w.checkWebSession("a", "\x00\xffone")
	w.saveWebSession("a", "three", time.Hour)
	w.checkWebSession("a", "three")
	w.must(w.st.KeepWebSession(w.Context(), "a", []byte("four"), 2*time.Hour))
	w.checkWebSession("a", "four")
	w.must(w.st.KeepWebSession(w.Context(), "ended", []byte("again"), time.Hour))
	w.checkWebSession("ended", "")
	w.checkWebSession("b", "two")
	w.must(w.st.DeleteWebSession(w.Context(), "a"))
	w.must(w.st.DeleteWebSession(w.Context(), "never there"))
	w.checkWebSession("a", "")
	w.checkWebSession("b", "two")
}

func webSessionEnds(w *world) {
	w.saveWebSession("a", "one", time.Hour)
	w.exec("UPDATE web_sessions SET expires_at = $1", w.ago(0))
	w.checkWebSession("a", "")
	w.saveWebSession("a", "one", time.Hour)
	w.checkWebSession("a", "one")
	w.saveWebSession("a", "one", -time.Hour)
	w.checkWebSession("a", "")
	w.saveWebSession("a", "one", time.Microsecond)
}

// webSessionUnchanged: what is kept already, for about as long, is not written.
func webSessionUnchanged(w *world) {
	w.saveWebSession("a", "one", time.Hour)
	mark := w.ago(0)
	written := func() bool { // since it was last asked
		w.Helper()
		other := w.number("SELECT count(*) FROM web_sessions WHERE expires_at <> $1", mark)
		mark = w.ago(-time.Hour - 30*time.Second)
		w.exec("UPDATE web_sessions SET expires_at = $1", mark)
		return other > 0
	}
	written()
	for _, c := range []struct {
		what string
		data string
		keep time.Duration
		want bool
	}{
		{"the same", "one", time.Hour, false},
		{"a little longer", "one", time.Hour + time.Minute, false},
		{"other data", "two", time.Hour, true},
		{"much longer", "two", 2 * time.Hour, true},
		{"much shorter", "two", 10 * time.Minute, true},
		{"no longer", "two", -time.Hour, true},
	} {
		w.saveWebSession("a", c.data, c.keep)
		if got := written(); got != c.want {
			w.Errorf("%s: written %v, want %v", c.what, got, c.want)
		}
	}
}

func webSessionSweep(w *world) {
	for _, hash := range []string{"a", "b", "c"} {
		w.saveWebSession(hash, hash, time.Hour)
	}
	w.exec("UPDATE web_sessions SET expires_at = $1 WHERE token_hash <> 'b'", w.ago(time.Second))
	w.must(w.st.DeleteEndedWebSessions(w.Context()))
	w.exec("UPDATE web_sessions SET expires_at = $1", w.ago(-time.Hour))
	for hash, want := range map[string]string{"a": "", "b": "b", "c": ""} {
		w.checkWebSession(hash, want)
	}
}
