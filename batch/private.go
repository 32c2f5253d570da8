package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// privateFolder is a folder of the user's own among the files that are
// temporary. Anybody can make a folder of that name: one that is not the user's,
// or that others can look into, is not used.
func privateFolder() (string, error) {
	path := filepath.Join(os.TempDir(), "usher"+userSuffix())
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || !isPrivate(info) {
		return "", fmt.Errorf("%s belongs to somebody else", path)
	}
	return path, nil
}

// makePrivateFolder makes it if it is not there.
func makePrivateFolder() (string, error) {
	path := filepath.Join(os.TempDir(), "usher"+userSuffix())
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return privateFolder()
}

// notes are what usher remembers of the files that it wrote where there is no
// database to remember it: a check makes none, and a rehearsal's is thrown
// away. They lie in a private folder, a file each. If they are lost, or cannot
// be kept, usher does not know its own files again and leaves them alone.
type notes struct{}

// notesFolder is where they lie.
const notesFolder = "written"

func noteOf(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:])
}

// sums are those of what was last written to a path, the newest first.
func (notes) sums(path string) []string {
	private, err := privateFolder()
	if err != nil {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(private, notesFolder, noteOf(path)))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// keptSums is how many are kept, as in the database.
const keptSums = 3

// remember notes what is about to be written to a path. A note is replaced
// whole: whoever reads it meanwhile finds the old one.
func (n notes) remember(path, sum string) {
	private, err := makePrivateFolder()
	if err != nil {
		return
	}
	folder := filepath.Join(private, notesFolder)
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return
	}
	file, err := os.CreateTemp(folder, "new-*") // mode 0600
	if err != nil {
		return
	}
	sums := append([]string{sum}, n.sums(path)...)
	_, err = file.WriteString(strings.Join(sums[:min(len(sums), keptSums)], " ") + "\n")
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(folder, noteOf(path)))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
}
