package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/jobs"
	"usher/store"
	"usher/upstream/sandbox"
)

// behind puts something between the fleet and its API.
func (f *fleet) behind(t testing.TB, proxy func(api http.Handler) http.Handler) {
	t.Helper()
	server := httptest.NewServer(proxy(f.api))
	t.Cleanup(server.Close)
	f.url = server.URL
}

// onDatabases runs a test on each database.
func onDatabases(t *testing.T, o sandbox.Options, test func(t *testing.T, f *fleet)) {
	for name, dsn := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, openFleet(t, dsn(t), o))
		})
	}
}

// everybody is the applicants of a batch.
func (f *fleet) everybody(t testing.TB, batch int64) []store.Applicant {
	t.Helper()
	all, err := f.st.Applicants(context.Background(), batch, -1, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// cache answers every POST as it answered the first, and lets that many more
// through to the API all the same.
func cache(through bool) func(http.Handler) http.Handler {
	return func(api http.Handler) http.Handler {
		var mu sync.Mutex
		var first *httptest.ResponseRecorder
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				api.ServeHTTP(w, r)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			answer := first
			if first == nil || through {
				answer = httptest.NewRecorder()
				api.ServeHTTP(answer, r)
			}
			if first == nil {
				first = answer
			}
			var session map[string]any
			_ = json.Unmarshal(first.Body.Bytes(), &session)
			delete(session, "externalId") // else it would be seen at once
			_ = json.NewEncoder(w).Encode(session)
		})
	}
}

func TestProxyGaveOneSessionToEverybody(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.behind(t, cache(false))
		batch := f.batch(t, 13)
		f.start(t, "w1", nil)
		if counts := f.finished(t, batch); counts[store.Invited] != 1 || counts[store.Unknown] != 12 {
			t.Errorf("counts = %v", counts)
		}
		whose := f.api.Sessions()[0].ExternalID
		for _, a := range f.everybody(t, batch) {
			if a.State == store.Invited && a.ExternalID != whose {
				t.Errorf("row %d has the session of %s", a.Row, whose)
			}
			if a.State == store.Unknown && (a.ErrorCode != store.CodeSessionOfAnother || a.SessionID+a.SessionURL != "" || a.Counted != 1) {
				t.Errorf("row %d: %+v", a.Row, a)
			}
		}
	})
}

func TestProxyAnsweredEverybodyWithOneSession(t *testing.T) {
	t.Parallel()
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		f.behind(t, cache(true))
		batch := f.batch(t, 13)
		f.start(t, "w1", nil)
		if counts := f.finished(t, batch); counts[store.Invited] != 13 {
			t.Errorf("counts = %v", counts)
		}
		if n := f.once(t); n != 13 {
			t.Errorf("%d people have sessions, want 13", n)
		}
		f.agree(t, batch)
	})
}

// An API that cannot be asked hid from everybody that its answers were mixed up.
// Whoever is told of the session alone has it; where the first two are told of
// it at once, nobody has.
func TestProxyGaveOneSessionToEverybodyAndCannotBeAsked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
		onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
			f.behind(t, func(api http.Handler) http.Handler { return notListing(cache(true)(api), status) })
			batch := f.batch(t, 5)
			f.start(t, "w1", nil)
			counts := f.finished(t, batch)
			codes, err := f.st.CodeCounts(t.Context(), batch)
			if err != nil || counts[store.Invited] > 1 || codes[store.CodeSessionOfAnother] != 5-counts[store.Invited] {
				t.Errorf("HTTP %d: %v, %v, %v", status, counts, codes, err)
			}
			f.once(t)
		})
	}
}

// notListing answers every question about sessions with one status.
func notListing(api http.Handler, status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(status)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// telling makes an API tell the times of its sessions in its own way, and lists
// nothing the first so many times it is asked for a reference.
func telling(tell func(made time.Time) any, hide int) func(http.Handler) http.Handler {
	return func(api http.Handler) http.Handler {
		var mu sync.Mutex
		asked := map[string]int{}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				api.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			api.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			if ref := r.URL.Query().Get("external_id"); ref != "" {
				mu.Lock()
				asked[ref]++
				if asked[ref] <= hide {
					body = []byte(`{"sessions":[],"next_token":null}`)
				}
				mu.Unlock()
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(retold(body, tell))
		})
	}
}

// retold writes the times of an answer anew.
func retold(body []byte, tell func(time.Time) any) []byte {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	each := func(session map[string]any) {
		made, err := time.Parse(time.RFC3339, fmt.Sprint(session["created_at"]))
		if err != nil {
			return
		}
		if session["created_at"] = tell(made); session["created_at"] == nil {
			delete(session, "created_at")
		}
	}
	each(answer)
	if rows, ok := answer["sessions"].([]any); ok {
		for _, row := range rows {
			each(row.(map[string]any))
		}
	}
	var out bytes.Buffer
	_ = json.NewEncoder(&out).Encode(answer)
	return out.Bytes()
}

var tellings = map[string]func(made time.Time) any{
	"as it is":       func(made time.Time) any { return made },
	"no zone":        func(made time.Time) any { return made.Add(-8 * time.Hour).Format("2006-01-02T15:04:05") },
	"no zone, ahead": func(made time.Time) any { return made.Add(13 * time.Hour).Format("2006-01-02 15:04:05") },
	"minutes only": func(made time.Time) any {
		return made.Truncate(time.Minute).Add(-time.Minute).Format("2006-01-02T15:04Z")
	},
	"minutes, seconds": func(made time.Time) any { return made.Truncate(time.Minute).Add(-time.Minute) },
	"days only":        func(made time.Time) any { return made.Add(-20 * time.Hour).Format("2006-01-02") },
	"days, seconds":    func(made time.Time) any { return made.Add(-20 * time.Hour).Truncate(24 * time.Hour) },
	"hours ahead":      func(made time.Time) any { return made.Add(5 * time.Hour) },
	"epoch seconds":    func(made time.Time) any { return made.Unix() },
	"not at all":       func(time.Time) any { return nil },
	"no time":          func(time.Time) any { return "soon" },
}

// TestAnswersLostTimesToldOddly loses every answer, with references of the
// caller's own: whatever the API says of its times, nobody is invited twice.
func TestAnswersLostTimesToldOddly(t *testing.T) {
	t.Parallel()
	fits := map[string]bool{"as it is": true, "epoch seconds": true, "not at all": true, "no time": true}
	for how, tell := range tellings {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 1}})
			f.behind(t, telling(tell, 0))
			batch := f.batch(t, 8)
			f.start(t, "w1", nil)
			counts := f.finished(t, batch)
			if n := f.once(t); n != 8 {
				t.Errorf("%d people have sessions, want 8", n)
			}
			if fits[how] {
				if counts[store.Invited] != 8 {
					t.Errorf("counts = %v", counts)
				}
				return
			}
			ids := map[string]string{}
			for _, s := range f.api.Sessions() {
				ids[s.ExternalID] = s.ID
			}
			for _, a := range f.everybody(t, batch) {
				if a.State != store.Unknown || a.ErrorCode != "time_does_not_fit" || !strings.Contains(a.Error, ids[a.ExternalID]) {
					t.Errorf("row %d is %s, %q: %s", a.Row, a.State, a.ErrorCode, a.Error)
				}
			}
		})
	}
}

// TestSessionThatCameUpLater hides a session at the first look-up: it is known
// for ours by that, whatever its time.
func TestSessionThatCameUpLater(t *testing.T) {
	t.Parallel()
	for how, tell := range tellings {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 1}})
			f.behind(t, telling(tell, 1))
			batch := f.batch(t, 8)
			f.start(t, "w1", nil)
			if counts := f.finished(t, batch); counts[store.Invited] != 8 {
				t.Errorf("counts = %v", counts)
			}
			f.once(t)
			f.agree(t, batch)
		})
	}
}

// TestListForgotASession shows a session whose time does not fit at the first
// look-up only: that a later one does not list it is no proof that it is not
// there. All were sent to again.
func TestListForgotASession(t *testing.T) {
	t.Parallel()
	for how, gone := range map[string]bool{"from the list": false, "altogether": true} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 1}})
			f.behind(t, func(api http.Handler) http.Handler {
				ahead := func(made time.Time) any { return made.Add(3 * time.Hour).Format(time.RFC3339) }
				return forgetting(telling(ahead, 0)(api), gone)
			})
			batch := f.batch(t, 4)
			f.start(t, "w1", nil)
			if counts := f.finished(t, batch); counts[store.Unknown] != 4 {
				t.Errorf("counts = %v", counts)
			}
			for _, a := range f.everybody(t, batch) {
				if a.ErrorCode != store.CodeTimeDoesNotFit {
					t.Errorf("row %d: %q: %s", a.Row, a.ErrorCode, a.Error)
				}
			}
			f.once(t)
		})
	}
}

// forgetting lists the sessions of a reference once, and nothing afterwards. If
// all is gone, no session can be read by itself either.
func forgetting(api http.Handler, all bool) http.Handler {
	var mu sync.Mutex
	asked := map[string]bool{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ref := r.URL.Query().Get("external_id")
		mu.Lock()
		again := asked[ref]
		asked[ref] = ref != ""
		mu.Unlock()
		switch {
		case r.Method == http.MethodGet && again:
			_, _ = w.Write([]byte(`{"sessions":[],"next_token":null}`))
		case r.Method == http.MethodGet && ref == "" && all:
			w.WriteHeader(http.StatusNotFound)
		default:
			api.ServeHTTP(w, r)
		}
	})
}

// TestSessionOfAnEarlierYear leaves a session out that was made under the same
// reference long before usher asked, and sends again to whom nothing was made.
func TestSessionOfAnEarlierYear(t *testing.T) {
	t.Parallel()
	for how, tell := range map[string]func(time.Time) any{
		"a year ago":          func(made time.Time) any { return made.AddDate(-1, 0, 0) },
		"two days ago, a day": func(made time.Time) any { return made.AddDate(0, 0, -3).Format(time.DateOnly) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, sandbox.Options{Balance: -1})
			f.behind(t, func(api http.Handler) http.Handler {
				return lostOnce(telling(tell, 0)(api))
			})
			batch := f.batch(t, 1)
			a := f.everybody(t, batch)[0]
			old := httptest.NewRequest(http.MethodPost, "/v1/sessions", strings.NewReader(fmt.Sprintf(
				`{"first_name":"A","last_name":"B","email":"a@example.com","phone":"+15192220000","external_id":%q}`, a.ExternalID)))
			old.Header.Set("x-api-key", "key")
			old.Header.Set("Content-Type", "application/json")
			f.api.ServeHTTP(httptest.NewRecorder(), old)
			f.start(t, "w1", func(c *jobs.Config) { c.Timeout = time.Second })
			if counts := f.finished(t, batch); counts[store.Invited] != 1 {
				t.Errorf("counts = %v", counts)
			}
			if n := len(f.api.Sessions()); n != 2 {
				t.Errorf("the API made %d sessions, want the old one and one of ours", n)
			}
		})
	}
}

// lostOnce cuts the first POST before it reaches the API.
func lostOnce(api http.Handler) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			lost := false
			once.Do(func() { lost = true })
			if lost {
				panic(http.ErrAbortHandler)
			}
		}
		api.ServeHTTP(w, r)
	})
}

// TestListLost has an API that lists null: that is no proof that nobody was
// invited.
func TestListLost(t *testing.T) {
	t.Parallel()
	f := newFleet(t, sandbox.Options{Balance: -1, Faults: sandbox.Faults{Cut: 1}})
	f.behind(t, func(api http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = w.Write([]byte(`{"sessions":null}`))
				return
			}
			api.ServeHTTP(w, r)
		})
	})
	batch := f.batch(t, 8)
	f.start(t, "w1", nil)
	if counts := f.finished(t, batch); counts[store.Unknown] != 8 {
		t.Errorf("counts = %v", counts)
	}
	if n := f.once(t); n != 8 {
		t.Errorf("%d people have sessions, want 8", n)
	}
}
