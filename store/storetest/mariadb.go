package storetest

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// maria is the MariaDB server of this test binary.
var maria mariaServer

// mariaServer is a MariaDB server on which databases are created for tests.
type mariaServer struct {
	start sync.Once
	dir   string
	stop  func()
	err   error
}

// MariaDB returns the mysql:// URL of an empty database of t's own, on a
// throw-away server that is started for this test binary. If there is no
// MariaDB, t is skipped, or fails if USHER_TEST_NO_SKIP is set.
func MariaDB(t testing.TB) string {
	t.Helper()
	maria.start.Do(maria.open)
	if maria.err != nil {
		giveUp(t, maria.err, os.Getenv(noSkipVariable) != "")
	}
	name := "usher_test_" + strings.ToLower(rand.Text())
	if err := maria.exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := maria.exec("DROP DATABASE " + name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return "mysql://root@localhost/" + name + "?socket=" + maria.socket()
}

func (m *mariaServer) socket() string { return filepath.Join(m.dir, "s") }

func (m *mariaServer) exec(query string) error {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr = "root", "unix", m.socket()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	_, err = db.Exec(query)
	return errors.Join(err, db.Close())
}

func (m *mariaServer) close() {
	if m.stop != nil {
		m.stop()
	}
}

// mariaScript makes and starts a server in $DIR and says "ready", or why not.
// It stops it and removes everything when its input ends; see clusterScript.
const mariaScript = `
trap '' PIPE
cd "$DIR" || exit
"$INSTALL" --no-defaults --datadir="$DIR/data" --auth-root-authentication-method=normal --skip-test-db >>log 2>&1 &&
	{ "$SERVER" --no-defaults --datadir="$DIR/data" --socket="$DIR/s" --pid-file="$DIR/pid" --skip-networking \
		--innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M </dev/null >>log 2>&1 & }
server=$!
tries=0
while ! [ -S s ] && [ $tries -lt 300 ]; do tries=$((tries + 1)); sleep 0.1; done
if [ -S s ]; then
	echo ready
	read -r _
else
	tail -n 5 log
fi
[ -s pid ] && kill -9 "$(cat pid)"
wait "$server"
cd /
rm -rf "$DIR"
`

func (m *mariaServer) open() {
	server, err1 := findProgram("mariadbd")
	install, err2 := findProgram("mariadb-install-db")
	if err := errors.Join(err1, err2); err != nil {
		m.err = fmt.Errorf("no MariaDB for tests: install mariadb-server: %w", errNone)
		return
	}
	if m.dir, m.err = os.MkdirTemp("/tmp", "ushermy"); m.err != nil { // not TMPDIR: a socket's path has 107 bytes at most
		return
	}
	cmd := exec.Command("/bin/sh", "-c", mariaScript)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "INSTALL=" + install, "SERVER=" + server, "DIR=" + m.dir}
	if cmd.SysProcAttr, m.err = unprivileged(m.dir); m.err == nil {
		_, m.stop, m.err = startScript(cmd)
	}
	if m.err != nil {
		m.err = errors.Join(m.err, os.RemoveAll(m.dir))
	}
}

// findProgram finds a program on PATH, or where Debian keeps those of root.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	return path, err
}
