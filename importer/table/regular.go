package table

import (
	"io/fs"
	"os"
	"syscall"
)

// OpenRegular opens a file that has an end, and refuses everything else before
// it is opened: a pipe would wait for a writer, and a device may never end or
// do something when it is opened. Links are followed. As the name may stand for
// something else by the time it is opened, it is opened so that it never waits,
// and looked at again.
func OpenRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil {
		err = named(path, regular(info))
	}
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = named(path, regular(info))
	}
	if err != nil {
		_ = file.Close() // nothing was read
		return nil, err
	}
	return file, nil
}

// regular refuses what is not a file with an end.
func regular(info fs.FileInfo) error {
	const remedy = "save what it gives as a file first, or hand it to usher as standard input (-)"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return Refuse("name a file in it", "this is a folder")
	case mode&fs.ModeNamedPipe != 0:
		return Refuse(remedy, "this is a pipe, not a regular file")
	case mode&fs.ModeSocket != 0:
		return Refuse(remedy, "this is a socket, not a regular file")
	case mode&fs.ModeDevice != 0:
		return Refuse("name a file of applicants", "this is a device, not a regular file")
	}
	return Refuse(remedy, "this is not a regular file")
}
