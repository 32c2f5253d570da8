package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/upstream/sandbox"
)

// TestKeyReplacedInItsFile has the API refuse a key. Once another one stands in
// the key's file the run goes on by itself, with nobody lost and nobody twice.
func TestKeyReplacedInItsFile(t *testing.T) {
	t.Parallel()
	for name, refusedFirst := range map[string]int{"at the first refusal": 1, "while the gate is closed": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key := filepath.Join(dir, "key")
			write(t, key, "old-key\n")
			var mu sync.Mutex
			refused := 0
			api := sandbox.New(sandbox.Options{Balance: -1, APIKey: "new-key"})
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Api-Key") == "old-key" && r.Method == http.MethodPost {
					mu.Lock()
					if refused++; refused == refusedFirst { // 2 is the first probe
						write(t, key, "new-key\n")
					}
					mu.Unlock()
				}
				api.ServeHTTP(w, r)
			}))
			defer web.Close()
			people := filepath.Join(dir, "people.csv")
			write(t, people, peopleFile(10))
			var out, errs strings.Builder
			code := inTime(t.Context(), t, []string{"run", "--yes", people, "--report", filepath.Join(dir, "report.csv")}, []string{
				"USHER_UPSTREAM_BASE_URL=" + web.URL, "USHER_UPSTREAM_API_KEY_FILE=" + key, "USHER_GATE_PROBE_FIRST=300ms", "USHER_WORK_CONCURRENCY=1",
				"USHER_DATABASE=sqlite:" + filepath.Join(dir, "usher.db"),
			}, &out, &errs)
			if code != exitDone || len(api.Sessions()) != 10 {
				t.Errorf("exit status %d, %d sessions\n%s%s", code, len(api.Sessions()), out.String(), errs.String())
			}
			if !strings.Contains(errs.String(), "another one was found") || strings.Contains(errs.String(), "new-key") {
				t.Errorf("it says: %s", errs.String())
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// peopleFile is a list of n people.
func peopleFile(n int) string {
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := range n {
		fmt.Fprintf(&b, "First,Last,person%d@example.com,+1519222%04d\n", i, i)
	}
	return b.String()
}
