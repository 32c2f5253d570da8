// Package storetest gives tests their databases and holds the suite that every
// database must pass. It is for tests and benchmarks only.
package storetest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// urlVariable names a PostgreSQL server on which tests may create
	// databases, as a postgres:// URL.
	urlVariable = "TEST_DATABASE_URL"
	// noSkipVariable, if set, makes a test fail where it would be skipped
	// because there is no PostgreSQL. CI sets it.
	noSkipVariable = "USHER_TEST_NO_SKIP"
)

// errNone means that there is no such server to be had.
var errNone = errors.New("no such database server for tests")

// shared is the server of this test binary: starting one takes a second.
var shared server

// server is a PostgreSQL server on which databases are created for tests.
type server struct {
	start sync.Once
	dsn   string // of a database from which others are created
	stop  func()
	err   error

	lock     sync.Mutex
	conn     *pgx.Conn // to dsn; kept, as making one takes as long as copying a database
	migrated sync.Once
	template string
	migrate  error
}

// Main runs the tests of a package and stops the servers they used.
// It is for TestMain: os.Exit(storetest.Main(m)). Without it the server stops
// as well, but a little after the process has ended, and on a server given by
// TEST_DATABASE_URL the template database is left behind.
func Main(m *testing.M) int {
	defer shared.close()
	defer maria.close()
	return m.Run()
}

// MainWaiting is [Main] for a package whose tests wait for most of their time: twice as
// many run beside each other as there are processors.
func MainWaiting(m *testing.M) int {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0)))
	}
	return Main(m)
}

// Postgres returns the postgres:// URL of an empty database of t's own, on the
// server at TEST_DATABASE_URL or else one started for this test binary. The
// database is dropped when t ends. If there is no PostgreSQL, t is skipped, or
// fails if USHER_TEST_NO_SKIP is set.
func Postgres(t testing.TB) string {
	t.Helper()
	return shared.database(t, "template0")
}

// PostgresMigrated is like Postgres, but the database has been migrated: the
// first call in a test binary runs migrate on a template, and each test gets a
// copy. Migrate must close its connections. It runs once, whichever caller's
// it is, so the callers in one test binary must agree on it.
func PostgresMigrated(t testing.TB, migrate func(dsn string) error) string {
	t.Helper()
	shared.need(t)
	shared.migrated.Do(func() { shared.migrate = shared.makeTemplate(migrate) })
	if shared.migrate != nil {
		t.Fatalf("make the template database: %v", shared.migrate)
	}
	return shared.database(t, shared.template)
}

// need starts the server, or ends t if there is none.
func (s *server) need(t testing.TB) {
	t.Helper()
	s.start.Do(s.open)
	if s.err != nil {
		giveUp(t, s.err, os.Getenv(noSkipVariable) != "")
	}
}

// giveUp ends t. A server that was named and does not answer is an error; that
// there is none is a reason to skip, unless that is forbidden.
func giveUp(t testing.TB, err error, noSkip bool) {
	t.Helper()
	if errors.Is(err, errNone) && !noSkip {
		t.Skip(err)
	}
	t.Fatal(err)
}

func (s *server) open() {
	s.stop = func() {}
	if s.dsn = os.Getenv(urlVariable); s.dsn == "" {
		s.dsn, s.stop, s.err = Cluster()
		return
	}
	u, err := url.Parse(s.dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		s.err = errors.New(urlVariable + " is not a postgres:// URL")
		return
	}
	if err := s.exec("SELECT 1"); err != nil {
		s.err = fmt.Errorf("%s: %w", urlVariable, err)
	}
}

func (s *server) close() {
	if s.stop == nil {
		return
	}
	if s.template != "" {
		_ = s.exec("DROP DATABASE IF EXISTS " + s.template + " WITH (FORCE)") // the tests are over: nobody to tell
	}
	if s.conn != nil {
		_ = s.conn.Close(context.Background())
	}
	s.stop()
}

// database creates a copy of template and drops it when t ends.
func (s *server) database(t testing.TB, template string) string {
	t.Helper()
	s.need(t)
	name, err := s.copyOf(template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.dsnOf(name)
}

func (s *server) makeTemplate(migrate func(dsn string) error) (err error) {
	if s.template, err = s.copyOf("template0"); err != nil {
		return err
	}
	if err := migrate(s.dsnOf(s.template)); err != nil {
		return err
	}
	return s.exec("ALTER DATABASE " + s.template + " ALLOW_CONNECTIONS false")
}

func (s *server) copyOf(template string) (name string, err error) {
	name = "usher_test_" + strings.ToLower(rand.Text()) // test binaries can share a server
	create := "CREATE DATABASE " + name + " TEMPLATE " + template
	// Copying files takes half the time of logging each page. Before version 15 it was the only way, and had no name.
	if err := s.exec(create + " STRATEGY file_copy"); errorCode(err) == "42601" { // syntax_error
		return name, s.exec(create)
	} else {
		return name, err
	}
}

// errorCode returns the SQLSTATE of an error of the server.
func errorCode(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// dsnOf returns the URL of another database of the server.
func (s *server) dsnOf(database string) string {
	u, err := url.Parse(s.dsn)
	if err != nil {
		panic(err) // open has parsed it
	}
	u.Path = "/" + database
	return u.String()
}

// exec runs a statement outside any transaction, one at a time: nobody may be connected to a template being copied.
func (s *server) exec(query string) (err error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	ctx := context.Background() // also when the test's context has ended
	if s.conn == nil || s.conn.IsClosed() {
		if s.conn, err = pgx.Connect(ctx, s.dsn); err != nil {
			return err
		}
	}
	_, err = s.conn.Exec(ctx, query)
	return err
}

// clusterScript makes and starts a cluster in $DIR and says "ready", or why
// not. It stops and starts it as it is told, and says "ready" to each. It stops
// it and removes everything when its input ends: that is when
// the process that holds the other end closes it or dies, in whatever way.
const clusterScript = `
trap '' PIPE
cd "$DIR" || exit
if {
	"$BIN/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync &&
	"$BIN/pg_ctl" -D data -w -l log -o "$OPTIONS" start
} >>log 2>&1; then
	echo ready
	while read -r act mode; do
		case $act in
		stop) "$BIN/pg_ctl" -D data -w -m "$mode" stop ;;
		start) "$BIN/pg_ctl" -D data -w -l log -o "$OPTIONS" start ;;
		esac >>log 2>&1 && echo ready || echo failed
	done
else
	tail -n 5 log
fi
"$BIN/pg_ctl" -D data -w -m immediate stop >>log 2>&1
cd /
rm -rf "$DIR"
`

// Cluster starts a throw-away PostgreSQL server and returns the postgres://
// URL of its superuser, which child processes can use as well. Stop ends the
// server and removes its files; so does the end of this process. Settings such
// as "fsync=on" come after those for fast tests, under which data would not
// survive a crash of the machine.
func Cluster(settings ...string) (dsn string, stop func(), err error) {
	dsn, _, stop, err = ClusterToStop(settings...)
	return dsn, stop, err
}

// ClusterToStop is a [Cluster] that can be told "start", and "stop fast" or "stop
// immediate", as pg_ctl does it.
func ClusterToStop(settings ...string) (dsn string, tell func(what string) error, stop func(), err error) {
	bin, err := findBinaries(exec.LookPath, filepath.Glob)
	if err != nil {
		return "", nil, nil, err
	}
	dir, err := os.MkdirTemp(clusterFolder(settings), "usherpg")
	if err != nil {
		return "", nil, nil, fmt.Errorf("%w: %w", errNone, err)
	}
	cmd := exec.Command("/bin/sh", "-c", clusterScript)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "BIN=" + bin, "DIR=" + dir, "OPTIONS=" + serverOptions(dir, settings)}
	cmd.SysProcAttr, err = unprivileged(dir)
	if err == nil {
		tell, stop, err = startScript(cmd)
	}
	if err != nil {
		return "", nil, nil, errors.Join(fmt.Errorf("%w: %w", errNone, err), os.RemoveAll(dir))
	}
	return "postgres:///postgres?host=" + dir + "&port=5432&user=postgres&sslmode=disable", tell, stop, nil
}

// memory is a file system in memory, where there is one, and memoryFree how many bytes of it must be free for the servers of
// the packages that are tested at one time.
const (
	memory     = "/dev/shm"
	memoryFree = 4 << 30
)

// clusterFolder is where the files of a server go: into memory, unless they are to survive or there is little of it. It is
// not TMPDIR, as a socket's path has 107 bytes at most.
func clusterFolder(settings []string) string {
	var free syscall.Statfs_t
	if !slices.Contains(settings, "fsync=on") && syscall.Statfs(memory, &free) == nil && free.Bavail*uint64(free.Bsize) >= memoryFree {
		return memory
	}
	return "/tmp"
}

// startScript runs clusterScript until it is ready.
func startScript(cmd *exec.Cmd) (tell func(what string) error, stop func(), err error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop = sync.OnceFunc(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // its status says nothing: all it does by now is to clean up
	})
	out := bufio.NewReader(stdout)
	line, _ := out.ReadString('\n')
	if line == "ready\n" {
		return func(what string) error { return tellScript(stdin, out, what) }, stop, nil
	}
	rest, _ := io.ReadAll(out)
	stop()
	return nil, nil, fmt.Errorf("start the server: %s%s", line, rest)
}

// tellScript has clusterScript do something, and waits until it is done.
func tellScript(in io.Writer, out *bufio.Reader, what string) error {
	if _, err := fmt.Fprintln(in, what); err != nil {
		return err
	}
	line, err := out.ReadString('\n')
	if err == nil && line != "ready\n" {
		err = errors.New(strings.TrimSpace(line))
	}
	if err != nil {
		return fmt.Errorf("tell the server to %s: %w", what, err)
	}
	return nil
}

// serverOptions are the arguments of postgres. It listens on a socket in dir
// only, so there is no port to find.
func serverOptions(dir string, settings []string) string {
	options := "-k " + dir + " -p 5432"
	for _, setting := range append([]string{
		"listen_addresses=", "max_connections=200", "shared_buffers=32MB", "fsync=off", "full_page_writes=off",
	}, settings...) {
		options += " -c " + setting
	}
	return options
}

// unprivileged returns the attributes of a process that may run PostgreSQL,
// which refuses to be root, and gives dir to its user. The process has a
// session of its own, so Ctrl-C does not reach it before it has cleaned up.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() != 0 {
		return attributes, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("as root: %w", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid)))
}

// findBinaries returns the folder of initdb, pg_ctl and postgres: the one on
// PATH, or else the newest one where Debian keeps them.
func findBinaries(lookPath func(string) (string, error), glob func(string) ([]string, error)) (string, error) {
	if path, err := lookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%w: set %s, or install initdb and postgres", errNone, urlVariable)
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest), nil
}

// version returns 15 for /usr/lib/postgresql/15/bin/initdb, and 9.6 for 9.6.
func version(initdb string) float64 {
	v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64)
	return v
}
