package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// What to do about files and folders.
const (
	remedyWritable = "give this user the right to write the file and its folder, or name another file in the database setting"
	remedyFolder   = "give this user the right to write in that folder, or name another file in the database setting"
	remedyEncoding = "make a database with ENCODING 'UTF8' (CREATE DATABASE usher ENCODING 'UTF8' TEMPLATE template0), and name it in the database setting"
)

// fileError is about the database file, or its folder.
func fileError(remedy, words string, args ...any) error {
	return &DatabaseError{codeFile, fmt.Sprintf(words, args...), remedy}
}

// createPrivate creates the file at path if there is none. It never opens a
// file that exists: closing it again would drop the locks that this process
// holds on it through another connection (SQLite, "How To Corrupt", 2.2), and a
// pipe or device would have whoever opens it wait, or worse.
func createPrivate(path string) error {
	if path == "" {
		return fileError(remedySetting, "the database file has no name")
	}
	if err := LookAtFile(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case err == nil:
		return file.Close()
	case errors.Is(err, fs.ErrExist): // another process was faster, or it is a link to nowhere
		return LookAtFile(path)
	}
	return systemError(path, err)
}

// LookAtFile says why the file at path cannot be a database that is written. It
// changes nothing and opens nothing. A file that is not there, but can be made,
// is an [fs.ErrNotExist].
func LookAtFile(path string) error {
	info, err := os.Stat(path)
	folder := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if link, err := os.Lstat(path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
			return fileError("remove the link, or make the file that it names", "%s is a link to a file that is not there", path)
		}
		if err := lookAtFolder(folder); err != nil {
			return err
		}
		return fs.ErrNotExist
	case err != nil:
		return systemError(path, err)
	case info.IsDir():
		return fileError("name a file in the database setting, such as sqlite:usher.db", "%s is a folder, not a database file", path)
	case !info.Mode().IsRegular():
		return fileError("name a file in the database setting, such as sqlite:usher.db", "%s is a device, pipe or socket, not a database file", path)
	}
	if err := mayWrite(path); err != nil {
		return readOnly(err, "the database file %s", path)
	}
	return lookAtFolder(filepath.Dir(target(path)))
}

// target is the file that SQLite opens, and keeps its other files beside.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// lookAtFolder says why no file can be made in a folder.
func lookAtFolder(folder string) error {
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileError("make the folder, or name another file in the database setting", "the folder %s does not exist", folder)
	case err != nil:
		return systemError(folder, err)
	case !info.IsDir():
		return fileError(remedySetting, "%s is not a folder", folder)
	}
	if err := mayWrite(folder); err != nil {
		return readOnly(err, "the folder %s", folder)
	}
	return nil
}

// readOnly says that something cannot be written, and why.
func readOnly(err error, what, path string) error {
	what = fmt.Sprintf(what, path)
	if errors.Is(err, syscall.EROFS) {
		return fileError("name a file on another disk in the database setting, or have this one mounted for writing",
			"%s is on a disk that can only be read", what)
	}
	return fileError(remedyWritable, "%s cannot be written by this user", what)
}

// systemError is what the operating system said of a path, by its number.
func systemError(path string, err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return readOnly(err, "the folder %s", filepath.Dir(path))
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fileError("make room on it, and run the command again", "the disk that the database is on is full")
	case errors.Is(err, syscall.ENOTDIR):
		return fileError(remedySetting, "a part of the path %s is a file, not a folder", path)
	case errors.Is(err, syscall.ELOOP):
		return fileError(remedySetting, "the links of %s lead round in a circle", path)
	case errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return fileError(remedySetting, "%s is no name that a file can have here", path)
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return fileError("end other programs, or raise the limit (ulimit -n)", "too many files are open")
	case errors.Is(err, fs.ErrPermission):
		return fileError(remedyFolder, "the folder of %s cannot be entered or written by this user", path)
	case errors.Is(err, fs.ErrNotExist):
		return fileError("make the folder, or name another file in the database setting", "the folder %s does not exist", filepath.Dir(path))
	}
	return fileError("have its disk looked at", "the system cannot use %s", path)
}
