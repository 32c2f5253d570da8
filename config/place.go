package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// databaseFile is the name of a database that no setting names.
const databaseFile = "usher.db"

// databaseHere is the source of a database that was found in the folder one stands in.
const databaseHere = databaseFile + " in this folder"

// defaultDatabase is where usher keeps its data when no setting says. One database in the user's data folder serves
// every folder that usher is started in, so that whoever was invited is known in all of them. A database that lies in
// this very folder, as all did before, goes before it: forgetting whom it knows would invite them again.
func defaultDatabase(o Options, goos string) setting {
	here := in(o.Dir, databaseFile)
	if info, err := os.Lstat(here); err == nil && !info.IsDir() {
		return setting{text: sqliteScheme + here, origin: origin{name: databaseHere}}
	}
	path, f := dataDatabase(o.Env, goos)
	s := setting{text: sqliteScheme + path, origin: origin{name: defaultOrigin}}
	if f != nil {
		s.text, s.err = "", f
	}
	return s
}

// dataDatabase is the database in the user's data folder, or what is missing to know it.
func dataDatabase(env []string, goos string) (string, *flaw) {
	folder, set := dataFolder(env, goos)
	if folder == "" {
		return "", wrong("set "+set+", or USHER_DATABASE to sqlite:PATH or postgres://USER@HOST/NAME",
			"the folder for the user's data cannot be told, as the environment has no %s with a whole path", set)
	}
	return filepath.Join(folder, "usher", databaseFile), nil
}

// dataFolder is the folder where programs keep a user's data, by the system's own rules (on Unix the XDG Base
// Directory Specification, which ignores a relative path), and the variable to set when it is empty.
func dataFolder(env []string, goos string) (folder, set string) {
	switch goos {
	case "windows":
		return wholePath(env, goos, "LocalAppData"), "LocalAppData"
	case "darwin", "ios":
		return below(wholePath(env, goos, "HOME"), "Library", "Application Support"), "HOME"
	}
	if folder = wholePath(env, goos, "XDG_DATA_HOME"); folder != "" {
		return folder, ""
	}
	return below(wholePath(env, goos, "HOME"), ".local", "share"), "HOME"
}

// wholePath is the value of a variable if it is an absolute path, else "".
func wholePath(env []string, goos, name string) (path string) {
	for _, entry := range env {
		given, value, _ := strings.Cut(entry, "=")
		if given == name || goos == "windows" && strings.EqualFold(given, name) {
			path = value // of two the later counts, as it does for the programs that are started with them
		}
	}
	drive := len(path) > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
	if goos == "windows" && (drive || strings.HasPrefix(path, `\\`)) || goos != "windows" && strings.HasPrefix(path, "/") {
		return path
	}
	return ""
}

// below is a folder in a folder, if there is that.
func below(folder string, names ...string) string {
	if folder == "" {
		return ""
	}
	return filepath.Join(append([]string{folder}, names...)...)
}

// ProfileFolder is where the profiles of columns are kept: below the user's folder for settings, which the given
// environment may name. It is empty if there is none.
func ProfileFolder(env []string) string {
	folder := wholePath(env, runtime.GOOS, "XDG_CONFIG_HOME")
	if folder == "" {
		folder, _ = os.UserConfigDir()
	}
	return below(folder, "usher", "profiles")
}

// DatabaseHere reports whether no setting names the database, and it is the one that was found in the folder one
// stands in.
func (c *Config) DatabaseHere() bool { return c.Source("database") == databaseHere }

// DataDatabase is the file that is the default database of every folder, whatever the database is now, and whether
// there is one already. It is empty when the user has no data folder.
func (c *Config) DataDatabase() (path string, exists bool) {
	if c.dataDatabase == "" {
		return "", false
	}
	_, err := os.Lstat(c.dataDatabase)
	return c.dataDatabase, err == nil
}

// MakeDataFolder makes the folder of the default database, readable by its owner only, if that is the one in force.
// The folder of a database that a setting names is not made: its name may be mistyped.
func (c *Config) MakeDataFolder() error {
	path, isSQLite := strings.CutPrefix(c.Database, sqliteScheme)
	if c.Source("database") != defaultOrigin || !isSQLite {
		return nil
	}
	return os.MkdirAll(filepath.Dir(path), 0o700)
}

// resolve lets the database be called by the name of the file itself where a link to it was given: locks lie beside
// it by that name, so all who use it must use the same one. What is there and is no file is refused; a database in its
// place may be made later.
func (c *Config) resolve() error {
	path, ok := strings.CutPrefix(c.Database, sqliteScheme)
	if !ok {
		return nil
	}
	if link, _ := os.Readlink(path); link != "" {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
	}
	c.Database = sqliteScheme + path
	if info, err := os.Stat(path); err == nil {
		if err := regular(info); err != nil {
			return wrong("name a database file, or one that is to be made", "%s", err)
		}
	}
	return nil
}

// settle makes the relative paths of a layer absolute, as seen from dir: other processes, started elsewhere, are to
// find the same files by them.
func (l layer) settle(dir string) {
	for path, place := range map[string]func(dir, given string) (string, error){
		"database": databasePlace, "report.dir": pathPlace, "report.deliver_dir": pathPlace, "web.tls_cert": pathPlace, "web.tls_key": pathPlace,
	} {
		if s, ok := l[path]; ok && s.err == nil {
			s.text, s.err = place(dir, s.text)
			l[path] = s
		}
	}
}

// databasePlace makes the path of an SQLite address absolute. What is wrong with an address is left for others to say.
func databasePlace(dir, address string) (string, error) {
	path, ok := strings.CutPrefix(address, sqliteScheme)
	if !ok || sqlitePath(path) != nil {
		return address, nil
	}
	path, err := absolute(dir, path)
	return sqliteScheme + path, err
}

// pathPlace makes the path of a folder or a file absolute. None is left as it is.
func pathPlace(dir, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	if strings.HasPrefix(path, "~") {
		return "", homeless()
	}
	return absolute(dir, path)
}

// absolute is in for a path that has to be absolute.
func absolute(dir, path string) (string, error) {
	if path = in(dir, path); !filepath.IsAbs(path) {
		return "", wrong("write the whole path, from / on", "it counts from the folder usher was started in, and that cannot be found")
	}
	return path, nil
}

// homeless refuses a path that begins with the shell's sign for a home.
func homeless() error {
	return wrong("write the whole path, from / on, or ./~… for a name that begins with ~",
		"it begins with ~, which only a shell turns into a home")
}
