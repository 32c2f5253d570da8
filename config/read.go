package config

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// errTooLarge is the reason that a file holds more than its purpose needs.
type errTooLarge struct{}

func (errTooLarge) Error() string { return "it is too large" }

// kindError is the reason that a name does not stand for a file with an end.
type kindError struct{ what string }

func (e kindError) Error() string { return "it is " + e.what + ", not a file" }

// readRegular reads a regular file of so many bytes at the most. Links are followed: that is how Kubernetes hands
// out settings and secrets. Nothing else is opened, as a pipe would wait for a writer and a device has no end; and as
// the name may stand for something else by then, what was opened is looked at too, and opened so that it never waits.
func readRegular(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(content)) > most {
		err = errTooLarge{}
	}
	return content, err
}

// regular is the reason that something is no regular file, or nil.
func regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return kindError{"a folder"}
	case mode&fs.ModeNamedPipe != 0:
		return kindError{"a pipe"}
	case mode&fs.ModeSocket != 0:
		return kindError{"a socket"}
	case mode&fs.ModeDevice != 0:
		return kindError{"a device"}
	default:
		return kindError{"something special"}
	}
}

// in returns path as seen from dir. A .. leads out of the folder that a link leads into, as it does for ls and for the
// database, not back to where the link lies.
func in(dir, path string) string {
	if !filepath.IsAbs(path) {
		if dir == "" {
			dir = "."
		}
		path = dir + string(filepath.Separator) + path
	}
	if slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "..") {
		folder, name := filepath.Split(path)
		if real, err := filepath.EvalSymlinks(folder); err == nil && name != ".." {
			return filepath.Join(real, name)
		} else if real, err := filepath.EvalSymlinks(path); err == nil {
			return real
		}
	}
	return filepath.Clean(path)
}

// ReadKey reads the API key again from the file that it came from, with the checks of the first time: a key that was
// replaced there counts without a new start. A key that came from no file is returned as it is. The error holds no
// secret.
func (u Upstream) ReadKey() (string, error) {
	if u.APIKeyFile == "" {
		return u.APIKey, nil
	}
	given, err := secretFile(u.APIKeyFile)
	if err == nil {
		given, err = apiKey(given)
	}
	if err != nil {
		return "", fmt.Errorf("upstream.api_key: %w", err)
	}
	return given, nil
}
