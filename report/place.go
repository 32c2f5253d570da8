package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// memory is what usher knows of the files that it wrote: the SHA-256, in hex,
// of what it last wrote to each.
type memory interface {
	FileSums(ctx context.Context, path string) ([]string, error)
	RememberFile(ctx context.Context, path, sum string) error
}

// Policy is what is done about a file that is not usher's to replace.
type Policy int

// The policies.
const (
	Beside  Policy = iota // take the next free name
	Refuse                // leave it, with a [TakenError]
	Replace               // replace it: a person said so
)

// Placing says how a file is put in its place.
type Placing struct {
	Memory memory
	Policy Policy
	// Belongs says to whom a file belongs that usher wrote and may not replace
	// now, such as "is the report of another batch". Empty: it may be replaced.
	Belongs string
}

// Placed is where a file went.
type Placed struct {
	Path    string
	Instead string // why it did not go where it was asked to, if it did not
}

// TakenError means that there is a file that is not usher's to replace.
type TakenError struct {
	Asked string
	Why   string
}

func (e *TakenError) Error() string { return e.Asked + " " + e.Why + ", so it was left as it is" }

// Hint is the next step.
func (e *TakenError) Hint() string { return "name another file, or replace it with --force" }

// Why a file is not usher's to replace.
const (
	wasChanged   = "was changed (or not written by usher)"
	isProtected  = "is write-protected"
	isOther      = "is not a file any more"
	notReplaced  = "could not be replaced"
	mostNames    = 10_000
	mostAttempts = 100
)

// Free reports, as a [TakenError], that a file is there that is not usher's to
// replace.
func (t *Target) Free(ctx context.Context, p Placing) error {
	if t.Special() || p.Policy == Replace {
		return nil
	}
	info, err := os.Lstat(t.real)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return t.cannot(err)
	}
	why, err := p.foreign(ctx, t.real, info)
	if err == nil && why != "" {
		return &TakenError{t.asked, why}
	}
	return err
}

// Place puts a file there, which only its owner can read. It appears whole:
// until then, or when writing fails, what was there before stays. What is not a
// file is written into.
func (t *Target) Place(ctx context.Context, p Placing, write func(io.Writer) error) (Placed, error) {
	if t.Special() {
		return Placed{Path: t.asked}, t.writeInto(ctx, write)
	}
	file, err := newTemporary(t.real)
	if err != nil {
		return Placed{}, t.cannot(err)
	}
	defer file.discard()
	if err := file.fill(write); err != nil {
		return Placed{}, t.named(err)
	}
	placed, err := t.put(ctx, p, file)
	if err != nil {
		return Placed{}, t.named(err)
	}
	syncFolder(filepath.Dir(t.real))
	return placed, nil
}

// put gives the file its name, or the next that is free.
func (t *Target) put(ctx context.Context, p Placing, file *temporary) (Placed, error) {
	instead, err := p.putFirst(ctx, t.real, file)
	switch {
	case err != nil:
		return Placed{}, err
	case instead == "":
		return Placed{Path: t.Path}, nil
	case p.Policy != Beside:
		return Placed{}, &TakenError{t.asked, instead}
	}
	for n := 2; n < mostNames; n++ {
		path := numbered(t.real, n)
		err := p.appear(ctx, path, file)
		switch {
		case err == nil:
			return Placed{path, instead}, nil
		case !errors.Is(err, fs.ErrExist):
			return Placed{}, err
		}
	}
	return Placed{}, fmt.Errorf("%s %s, and there are too many files with such names", t.asked, instead)
}

// putFirst puts the file where it was asked to go, or says why not.
func (p Placing) putFirst(ctx context.Context, path string, file *temporary) (instead string, err error) {
	for range mostAttempts {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			// It may come, or go, while this looks.
			if err = p.appear(ctx, path, file); errors.Is(err, fs.ErrExist) {
				continue
			}
			return "", err
		}
		if err != nil {
			return "", err
		}
		why, err := p.foreign(ctx, path, info)
		if err != nil || why != "" && (p.Policy != Replace || !info.Mode().IsRegular()) {
			return why, err
		}
		return p.replace(ctx, path, file)
	}
	return notReplaced, nil
}

// appear puts the file where nothing is. It is remembered first: should the
// process die in between, usher knows its own file.
func (p Placing) appear(ctx context.Context, path string, file *temporary) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist // without a word about it in the memory
	}
	if err := p.Memory.RememberFile(ctx, path, file.sum); err != nil {
		return err
	}
	return file.appear(path)
}

// replace puts the file in the place of another.
func (p Placing) replace(ctx context.Context, path string, file *temporary) (instead string, err error) {
	if err := p.Memory.RememberFile(ctx, path, file.sum); err != nil {
		return "", err
	}
	if err := file.rename(path); err != nil {
		if p.Policy == Beside {
			return notReplaced, nil // by whoever marked it so, or has it open
		}
		return "", err
	}
	return "", nil
}

// foreign says why a file is not usher's to replace, or nothing.
func (p Placing) foreign(ctx context.Context, path string, info fs.FileInfo) (string, error) {
	sums, err := p.Memory.FileSums(ctx, path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return isOther, nil
	case len(sums) == 0:
		return wasChanged, nil // whatever it holds
	}
	sum, err := sumOf(path)
	switch {
	case err != nil || !slices.Contains(sums, sum):
		return wasChanged, nil
	case info.Mode()&0o200 == 0:
		return isProtected, nil
	}
	return p.Belongs, nil
}

// Remove removes a file if usher wrote it and nobody changed it. Any other stays, and
// one that is not there is no error.
func (p Placing) Remove(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	if path, err = follow(path); err != nil { // its folder may be a link
		return err
	}
	if why, err := p.foreign(ctx, path, info); err != nil || why != "" {
		return err
	}
	return os.Remove(path)
}

// syncFolder makes a rename outlive a crash of the machine, where the file
// system can do that.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	_ = folder.Sync()
	_ = folder.Close()
}
