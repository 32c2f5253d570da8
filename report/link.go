package report

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// maxLinks is how many links are followed, as Linux does.
const maxLinks = 40

// follow is the path of the file that a path leads to, or would lead to if
// there were one: the file that a dangling link names is made, and the link
// stays.
func follow(path string) (string, error) {
	for range maxLinks {
		folder, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, filepath.Base(path))
		next, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link, or nothing at all
		}
		path = linked(path, next)
	}
	return "", syscall.ELOOP
}

func linked(path, next string) string {
	if filepath.IsAbs(next) {
		return next
	}
	return filepath.Join(filepath.Dir(path), next)
}

// streamOf finds the stream of the process's own that a path leads to. Where
// that stream leads is not asked: a log that it appends to is a file, and it
// must be written through the stream all the same.
func streamOf(path string) (int, bool) {
	for range maxLinks {
		if n, ok := streamName(path); ok {
			return n, true
		}
		if folder, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
			path = filepath.Join(folder, filepath.Base(path))
		}
		if n, ok := streamName(path); ok {
			return n, true
		}
		next, err := os.Readlink(path)
		if err != nil {
			return 0, false
		}
		path = linked(path, next)
	}
	return 0, false
}

var (
	streamPath  = regexp.MustCompile(`^(?:/dev/fd/|/proc/(self|thread-self|\d+)(?:/task/\d+)?/fd/)(\d{1,9})$`)
	streamNames = map[string]int{"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
)

func streamName(path string) (int, bool) {
	if n, ok := streamNames[path]; ok {
		return n, true
	}
	m := streamPath.FindStringSubmatch(filepath.ToSlash(path))
	if m == nil {
		return 0, false
	}
	if pid, err := strconv.Atoi(m[1]); err == nil && pid != os.Getpid() {
		return 0, false
	}
	n, err := strconv.Atoi(m[2])
	return n, err == nil
}
