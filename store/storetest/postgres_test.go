package storetest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// childVariable makes a run of the test binary start a cluster, print its URL
// and wait to be killed.
const childVariable = "USHER_STORETEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	os.Exit(Main(m))
}

func child() int {
	dsn, _, err := Cluster("work_mem=5MB")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(dsn)
	select {}
}

func TestPostgresGivesEachTestItsOwn(t *testing.T) {
	t.Parallel()
	first, second := Postgres(t), Postgres(t)
	for _, dsn := range []string{first, second} {
		if !strings.HasPrefix(dsn, "postgres://") {
			t.Errorf("%q is not a postgres:// URL", dsn)
		}
		run(t, dsn, "CREATE TABLE t (x int)")
	}
}

func TestPostgresIsDropped(t *testing.T) {
	t.Parallel()
	shared.need(t)
	var dsn string
	t.Run("a test", func(t *testing.T) {
		dsn = Postgres(t)
		connect(t, dsn) // stays open beyond the test's own clean-up
	})
	_, err := pgx.Connect(t.Context(), dsn)
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "3D000" { // invalid_catalog_name
		t.Errorf("connect after the test: %v, want no such database", err)
	}
}

func TestPostgresMigratedOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	migrate := func(dsn string) error {
		calls.Add(1)
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return err
		}
		_, err = conn.Exec(context.Background(), "CREATE TABLE t (x int PRIMARY KEY)")
		return errors.Join(err, conn.Close(context.Background()))
	}
	t.Run("tests", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				run(t, PostgresMigrated(t, migrate), "INSERT INTO t VALUES (1)")
			})
		}
	})
	if got := calls.Load(); got > 1 {
		t.Errorf("migrated %d times", got)
	}
}

func TestClusterSettingsAndStop(t *testing.T) {
	t.Parallel()
	needBinaries(t)
	dsn, stop, err := Cluster("fsync=on", "work_mem=5MB")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	conn := connect(t, dsn)
	for name, want := range map[string]string{
		"fsync": "on", "work_mem": "5MB", "full_page_writes": "off", "synchronous_commit": "on", "listen_addresses": "",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v, want %q", name, got, err, want)
		}
	}
	stop()
	stop() // harmless
	if _, err := os.Stat(conn.Config().Host); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the server's folder is still there: %v", err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the server still answers")
	}
}

func TestClusterSaysWhyNot(t *testing.T) {
	t.Parallel()
	needBinaries(t)
	_, _, err := Cluster("no_such_setting=1")
	if !errors.Is(err, errNone) || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("Cluster: %v, want the server's own words", err)
	}
}

// TestClusterDiesWithItsProcess kills a process that has started a server.
func TestClusterDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	needBinaries(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dsn, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, strings.TrimSpace(dsn)) // of another process
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// Waits until the server closes the connection; the test's time-out is
	// the limit.
	if _, err := conn.WaitForNotification(context.Background()); err == nil {
		t.Error("a notification, want the end of the connection")
	}
}

func TestFindBinaries(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	if err := os.WriteFile(bin+"/initdb", nil, 0o700); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, error) { return "", exec.ErrNotFound }
	onPath := func(name string) (string, error) { return bin + "/" + name, nil }
	files := func(names ...string) func(string) ([]string, error) {
		return func(string) ([]string, error) { return names, nil }
	}
	const root = "/usr/lib/postgresql/"
	for _, test := range []struct {
		name     string
		lookPath func(string) (string, error)
		glob     func(string) ([]string, error)
		want     string
	}{
		{"on PATH", onPath, files(root + "15/bin/initdb"), bin},
		{"newest", none, files(root+"10/bin/initdb", root+"17/bin/initdb", root+"9.6/bin/initdb"), root + "17/bin"},
		{"none", none, files(), ""},
	} {
		got, err := findBinaries(test.lookPath, test.glob)
		if got != test.want || errors.Is(err, errNone) != (test.want == "") {
			t.Errorf("%s: %q, %v, want %q", test.name, got, err, test.want)
		}
	}
}

// ending records how a test would end.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Skip(...any)  { e.how = cmp.Or(e.how, "skip") }
func (e *ending) Fatal(...any) { e.how = cmp.Or(e.how, "fatal") }
func (e *ending) Helper()      {}

func TestGiveUp(t *testing.T) {
	t.Parallel()
	none, other := fmt.Errorf("%w: why", errNone), errors.New("connection refused")
	for _, test := range []struct {
		err    error
		noSkip bool
		want   string
	}{
		{none, false, "skip"}, {none, true, "fatal"}, {other, false, "fatal"}, {other, true, "fatal"},
	} {
		var e ending
		giveUp(&e, test.err, test.noSkip)
		if e.how != test.want {
			t.Errorf("%v, skips forbidden %v: %s, want %s", test.err, test.noSkip, e.how, test.want)
		}
	}
}

func needBinaries(t *testing.T) {
	t.Helper()
	if _, err := findBinaries(exec.LookPath, filepath.Glob); err != nil {
		giveUp(t, err, os.Getenv(noSkipVariable) != "")
	}
}

func run(t *testing.T, dsn, query string) {
	t.Helper()
	if _, err := connect(t, dsn).Exec(t.Context(), query); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
