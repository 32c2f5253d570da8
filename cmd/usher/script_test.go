package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/store/storetest"
	"usher/upstream/sandbox"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"usher": main})
}

// api is the key of the script's own API among its values.
type api struct{}

// TestScripts runs the program as its users do: exit status, standard output,
// standard error. Each script has an API of its own, a sandbox that the
// settings in the environment point to.
func TestScripts(t *testing.T) {
	t.Parallel()
	applicants, err := filepath.Abs("../../testdata/applicants.csv")
	if err != nil {
		t.Fatal(err)
	}
	plain := ""
	if storetest.Raced() { // scripts start the program four hundred times, and what it does at once is raced in the packages' own tests
		plain = filepath.Dir(buildUsher(t)) + string(filepath.ListSeparator)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			server := sandbox.New(sandbox.Options{Balance: -1})
			refusing := &refusing{next: server}
			env.Values[refusingKey{}] = refusing
			web := httptest.NewServer(refusing)
			env.Defer(web.Close)
			now := time.Now().UTC()
			env.Setenv("QUIET_DAYS", now.Format(time.DateOnly)+","+now.AddDate(0, 0, 1).Format(time.DateOnly)) // for longer than a script takes
			env.Values[api{}] = server
			env.Setenv("PATH", plain+env.Getenv("PATH"))
			env.Values[visitorKey{}] = map[string]*pageVisitor{}
			env.Vars = append(env.Vars, "USHER_UPSTREAM_BASE_URL="+web.URL, "USHER_UPSTREAM_API_KEY=key-of-the-script",
				"USHER_UPSTREAM_RATE=0", "USHER_LOOKUP_AFTER=200ms", "USHER_LOOKUP_AGAIN=400ms", "USHER_GATE_PROBE_FIRST=300ms", "HOME="+env.WorkDir, "APPLICANTS="+applicants,
				"GORACE="+cmp.Or(os.Getenv("GORACE"), "atexit_sleep_ms=100"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":       scriptExits,
			"sessions":    scriptSessions,
			"invitations": scriptInvitations,
			"balance":     scriptBalance,
			"faults":      scriptFaults,
			"refuse":      scriptRefuse,
			"refused":     scriptRefused,
			"people":      scriptPeople,
			"database":    scriptDatabase,
			"newer":       scriptNewer,
			"pages":       scriptPages,
		},
	})
}

// exits STATUS COMMAND…: runs a command that must exit with the status.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		if _, e := fmt.Sscanf(err.Error(), "exit status %d", &got); e != nil {
			ts.Fatalf("%v", err)
		}
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

func scriptAPI(ts *testscript.TestScript) *sandbox.Server { return ts.Value(api{}).(*sandbox.Server) }

// sessions N: the API must have made N sessions, each for somebody else.
func scriptSessions(ts *testscript.TestScript, neg bool, args []string) {
	seen := map[string]bool{}
	all := scriptAPI(ts).Sessions()
	for _, s := range all {
		if seen[s.Email] {
			ts.Fatalf("%s was invited twice", s.Email)
		}
		seen[s.Email] = true
	}
	if neg || len(args) != 1 || fmt.Sprint(len(all)) != args[0] {
		ts.Fatalf("the API made %d sessions, want %v", len(all), args)
	}
}

// invitations EMAIL N: the API must have made N sessions for somebody.
func scriptInvitations(ts *testscript.TestScript, neg bool, args []string) {
	n := 0
	for _, s := range scriptAPI(ts).Sessions() {
		if s.Email == args[0] {
			n++
		}
	}
	if neg || len(args) != 2 || fmt.Sprint(n) != args[1] {
		ts.Fatalf("the API made %d sessions for %v", n, args)
	}
}

// balance N: sets the API's tokens.
func scriptBalance(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	scriptAPI(ts).SetBalance(n)
}

// faults JSON: sets the API's faults.
func scriptFaults(ts *testscript.TestScript, _ bool, args []string) {
	var f sandbox.Faults
	ts.Check(f.UnmarshalJSON([]byte(args[0])))
	scriptAPI(ts).SetFaults(f)
}

// people FILE FROM TO: writes a file of applicants.
func scriptPeople(ts *testscript.TestScript, _ bool, args []string) {
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	to, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone\n")
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "First%d,Last%d,person%d@example.com,+1519222%04d\n", i, i, i, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	var out, err strings.Builder
	code := run(ctx, []string{"batches", "--database", "sqlite:" + dir + "/usher.db"}, nil, strings.NewReader(""), &out, &err)
	if code != exitInterrupted || !strings.Contains(err.String(), "interrupted") {
		t.Errorf("exit status %d, stderr %q", code, err.String())
	}
}
