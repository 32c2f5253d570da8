package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultDatabaseOfEachSystem(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		goos string
		env  []string
		want string
	}{
		"linux":                   {"linux", []string{"HOME=/home/ann"}, "/home/ann/.local/share/usher/usher.db"},
		"freebsd":                 {"freebsd", []string{"HOME=/home/ann"}, "/home/ann/.local/share/usher/usher.db"},
		"XDG":                     {"linux", []string{"HOME=/home/ann", "XDG_DATA_HOME=/data"}, "/data/usher/usher.db"},
		"XDG without a home":      {"linux", []string{"XDG_DATA_HOME=/data"}, "/data/usher/usher.db"},
		"XDG that is relative":    {"linux", []string{"HOME=/home/ann", "XDG_DATA_HOME=data"}, "/home/ann/.local/share/usher/usher.db"},
		"XDG that is empty":       {"linux", []string{"HOME=/home/ann", "XDG_DATA_HOME="}, "/home/ann/.local/share/usher/usher.db"},
		"home given twice":        {"linux", []string{"HOME=/home/bob", "HOME=/home/ann"}, "/home/ann/.local/share/usher/usher.db"},
		"macOS":                   {"darwin", []string{"HOME=/Users/ann", "XDG_DATA_HOME=/data"}, "/Users/ann/Library/Application Support/usher/usher.db"},
		"Windows":                 {"windows", []string{"HOME=/home/ann", `LocalAppData=C:\Users\ann\AppData\Local`}, `C:\Users\ann\AppData\Local/usher/usher.db`},
		"Windows, in capitals":    {"windows", []string{`LOCALAPPDATA=C:\Users\ann\AppData\Local`}, `C:\Users\ann\AppData\Local/usher/usher.db`},
		"a home on a file server": {"windows", []string{`LOCALAPPDATA=\\server\ann`}, `\\server\ann/usher/usher.db`},
	} {
		got, missing := dataDatabase(test.env, test.goos)
		if missing != nil || filepath.ToSlash(got) != filepath.ToSlash(test.want) {
			t.Errorf("%s: %q (%v), want %q", name, got, missing, test.want)
		}
	}
}

func TestNoHome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		goos string
		env  []string
		set  string
	}{
		"linux":              {"linux", nil, "HOME"},
		"a home of nothing":  {"linux", []string{"HOME="}, "HOME"},
		"a relative home":    {"linux", []string{"HOME=ann"}, "HOME"},
		"macOS":              {"darwin", []string{"XDG_DATA_HOME=/data"}, "HOME"},
		"Windows":            {"windows", []string{"HOME=/home/ann", "LocalAppData=Local"}, "LocalAppData"},
		"Windows, no folder": {"windows", []string{`LocalAppData=C:`}, "LocalAppData"},
	} {
		_, err := loadOn(test.goos, Options{Dir: t.TempDir(), Env: test.env})
		want := []string{"database (default): the folder for the user's data cannot be told, as the environment has no " + test.set +
			" with a whole path; set " + test.set + ", or USHER_DATABASE to sqlite:PATH or postgres://USER@HOST/NAME"}
		if diff := cmp.Diff(want, problems(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		c, err := loadOn(test.goos, Options{Dir: t.TempDir(), Env: append(test.env, "USHER_DATABASE=postgres://h/d")})
		if err != nil {
			t.Errorf("%s: with a database that is named: %v", name, err)
		} else if path, exists := c.DataDatabase(); path != "" || exists {
			t.Errorf("%s: the default database is %q", name, path)
		}
	}
	// With a file that cannot be read it is not known whether the default would be in force.
	_, err := Load(Options{Dir: t.TempDir(), File: "nowhere.yaml"})
	if got := problems(t, err); len(got) != 1 || !strings.HasPrefix(got[0], "nowhere.yaml: cannot be read") {
		t.Errorf("got %q", got)
	}
}

func TestDatabaseFoundInTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	here := write(t, dir, "usher.db", "")
	c, err := Load(Options{Dir: dir, Env: home})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "sqlite:"+here || c.Source("database") != "usher.db in this folder" || !c.DatabaseHere() {
		t.Errorf("the database is %s from %s", c.Database, c.Source("database"))
	}
	if path, exists := c.DataDatabase(); path != "/home/ann/.local/share/usher/usher.db" || exists {
		t.Errorf("the default database is %q, and exists: %v", path, exists)
	}
	for _, env := range []string{"USHER_DATABASE=sqlite:other.db", "USHER_DATABASE_FILE=named"} {
		write(t, dir, "named", "sqlite:other.db\n")
		c, err := Load(Options{Dir: dir, Env: append(home, env)})
		if err != nil {
			t.Fatal(err)
		}
		if c.Database != "sqlite:"+filepath.Join(dir, "other.db") || c.DatabaseHere() {
			t.Errorf("%s: the database is %s from %s", env, c.Database, c.Source("database"))
		}
	}
}

func TestWhatCountsAsDatabaseInTheFolder(t *testing.T) {
	t.Parallel()
	folder, link := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "usher.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	// Whom a database knows that is not mounted just now must not be invited again from another one.
	if err := os.Symlink("/nowhere/usher.db", filepath.Join(link, "usher.db")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{folder: false, link: true} {
		c, err := Load(Options{Dir: dir, Env: home})
		if err != nil {
			t.Fatal(err)
		}
		if c.DatabaseHere() != want {
			t.Errorf("the database is %s from %s", c.Database, c.Source("database"))
		}
	}
}

func TestDataFolderIsMadeForTheDefaultOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"XDG_DATA_HOME=" + filepath.Join(dir, "data")}
	c, err := Load(Options{Dir: dir, Env: env})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("loading the settings made a folder")
	}
	if err := c.MakeDataFolder(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "data", "usher")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v (%v)", info, err)
	}
	c, err = Load(Options{Dir: dir, Env: append(env, "USHER_DATABASE=sqlite:typo/usher.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeDataFolder(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "typo")); err == nil {
		t.Error("the folder of a database that was named has been made")
	}
}

// TestWhereRelativePathsCountFrom loads one file from another folder: by its path, by a link to it, and with paths on
// the command line and in the environment.
func TestWhereRelativePathsCountFrom(t *testing.T) {
	t.Parallel()
	conf, here, linked := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, conf, "dsn", "sqlite:named.db\n")
	write(t, conf, "hr", "sqlite:../people.db\n")
	write(t, here, "dsn", "sqlite:./named.db\n")
	write(t, conf, "usher.yaml", "database: sqlite:x.db\nreport: {dir: out}\nsources:\n  hr:\n    url: sqlite:data/hr.db\n    query: SELECT 1\n")
	write(t, conf, "files.yaml", "database_file: dsn\nreport: {dir: .}\nsources:\n  hr:\n    url_file: hr\n    query: SELECT 1\n")
	if err := os.Symlink(filepath.Join(conf, "usher.yaml"), filepath.Join(linked, "usher.yaml")); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		o                 Options
		database, dir, hr string
	}{
		"the file":    {Options{File: filepath.Join(conf, "usher.yaml")}, conf + "/x.db", conf + "/out", conf + "/data/hr.db"},
		"by a path":   {Options{File: "../" + filepath.Base(conf) + "/usher.yaml"}, conf + "/x.db", conf + "/out", conf + "/data/hr.db"},
		"by a link":   {Options{File: filepath.Join(linked, "usher.yaml")}, linked + "/x.db", linked + "/out", linked + "/data/hr.db"},
		"its secrets": {Options{File: filepath.Join(conf, "files.yaml")}, conf + "/named.db", conf, filepath.Dir(conf) + "/people.db"},
		"flags": {Options{File: filepath.Join(conf, "usher.yaml"), Flags: map[string]string{"database": "sqlite:../x.db", "report.dir": "out"}},
			filepath.Dir(here) + "/x.db", here + "/out", conf + "/data/hr.db"},
		"variables": {Options{File: filepath.Join(conf, "usher.yaml"), Env: []string{"USHER_DATABASE_FILE=dsn", "USHER_REPORT_DIR=./out/"}},
			here + "/named.db", here + "/out", conf + "/data/hr.db"},
		"a whole path": {Options{File: filepath.Join(conf, "usher.yaml"), Env: []string{"USHER_DATABASE=sqlite:/var/lib/usher.db"}},
			"/var/lib/usher.db", conf + "/out", conf + "/data/hr.db"},
	} {
		test.o.Dir = here
		c, err := Load(test.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := []string{c.Database, c.Report.Dir, c.Sources["hr"].URL}
		if diff := cmp.Diff([]string{"sqlite:" + test.database, test.dir, "sqlite:" + test.hr}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestUpFromALinkedFolder stands in a folder by a link to it, where .. is the folder above the real one.
func TestUpFromALinkedFolder(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "real", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join("real", "deep"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Options{Dir: filepath.Join(dir, "link"), Env: home, Flags: map[string]string{"database": "sqlite:../x.db", "report.dir": ".."}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "sqlite:"+filepath.Join(dir, "real", "x.db") || c.Report.Dir != filepath.Join(dir, "real") {
		t.Errorf("the database is %s, and reports go to %s", c.Database, c.Report.Dir)
	}
}

func TestHomesThatOnlyAShellKnows(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{
		{Env: []string{"USHER_DATABASE=sqlite:~/usher.db"}},
		{Flags: map[string]string{"database": "sqlite:~ann/usher.db"}},
		{Env: []string{"USHER_DATABASE=postgres://h/d", "USHER_REPORT_DIR=~/reports"}},
		{Env: home, File: write(t, t.TempDir(), "u.yaml", "sources:\n  hr:\n    url: sqlite:~/hr.db\n    query: SELECT 1\n")},
	} {
		o.Dir = t.TempDir()
		_, err := Load(o)
		if err == nil || !strings.Contains(err.Error(), "it begins with ~, which only a shell turns into a home; write the whole path") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if c := mustLoad(t, "", "USHER_DATABASE=sqlite:./~x.db"); filepath.Base(c.Database) != "~x.db" {
		t.Errorf("the database is %s", c.Database)
	}
}

// TestOneNameForOneDatabase names a database by a link and by itself: two names would be two locks.
func TestOneNameForOneDatabase(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	real := write(t, dir, "real.db", "")
	if err := os.Symlink("real.db", filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.db", filepath.Join(dir, "usher.db")); err != nil {
		t.Fatal(err)
	}
	for _, env := range [][]string{{"USHER_DATABASE=sqlite:real.db"}, {"USHER_DATABASE=sqlite:./link.db"}, home} {
		c, err := Load(Options{Dir: dir, Env: env})
		if err != nil {
			t.Fatal(err)
		}
		if c.Database != "sqlite:"+real {
			t.Errorf("%v: the database is %s, want %s", env, c.Database, real)
		}
	}
}
