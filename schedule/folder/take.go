package folder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"usher/batch"
)

// take takes a file out of the watched folder, so that nobody puts another one in its
// place while it is read.
func (f *Folder) take(ctx context.Context, row *File, info fs.FileInfo) error {
	now := sightOf(info)
	row.State, row.Why, row.Size, row.Modified, row.Occurrence = Taking, "", now.size, now.modified, f.run().Occurrence
	return f.intend(ctx, row, takenDir)
}

// advance does with a file what can be done by now, and returns when there may be more.
func (f *Folder) advance(ctx context.Context, rows []File, row *File) (soon time.Duration, err error) {
	for before := row.Version - 1; before != row.Version && ctx.Err() == nil; {
		before = row.Version
		switch {
		case row.MovingTo != "":
			err = f.arrive(ctx, row)
		case f.isOrphan(*row) && (row.State == Taking || row.State == Asks):
			err = f.turnAway(ctx, row)
		case row.State == Asks:
			return lookEvery, nil
		case f.o.Run != nil && row.Occurrence == 0 && row.State != Seen:
			err = f.adopt(ctx, row)
		case row.State == Taking:
			soon, err = f.read(ctx, rows, row)
		case row.State == Taken:
			soon, err = workEvery, f.decide(ctx, row)
		case row.State == Importing:
			soon, err = workEvery, f.imported(ctx, row)
		default:
			return lookEvery, nil
		}
		if err != nil {
			return againAfter, err
		}
	}
	return max(soon, time.Millisecond), nil
}

// arrive makes a move, and tells when a file has come to its end by it.
func (f *Folder) arrive(ctx context.Context, row *File) error {
	err := f.move(ctx, row)
	if err == nil && row.MovingTo == "" && row.State != Taking && row.State != Vanished {
		f.tell(row)
	}
	return err
}

// read reads a file into the database, unless its content is known.
func (f *Folder) read(ctx context.Context, rows []File, row *File) (soon time.Duration, err error) {
	info, err := os.Lstat(f.path(row.Place))
	if errors.Is(err, fs.ErrNotExist) {
		if f.isAway(rows) {
			return againAfter, errAway
		}
		return 0, f.vanish(ctx, row)
	}
	if err != nil {
		return againAfter, err
	}
	now := sightOf(info)
	if now != (sight{row.Size, row.Modified}) {
		if left := f.settling.left(row.Place, now, f.cfg.Settle); left > 0 { // it is still written to
			return left, nil
		}
		row.SHA256 = ""
	}
	delete(f.settling, row.Place)
	row.Size, row.Modified = now.size, now.modified
	switch {
	case !info.Mode().IsRegular():
		return 0, f.refuse(ctx, row, "it is no ordinary file any more", "put a CSV file or an Excel workbook there")
	case now.size == 0:
		return 0, f.refuse(ctx, row, "the file is empty", "put the list there when it has rows in it")
	case now.size > f.cfg.Limit:
		return 0, f.refuse(ctx, row, fmt.Sprintf("the file is larger than %s, which is the most that is taken", batch.SizeWords(f.cfg.Limit)),
			"split it into several files, or set folder.limit (USHER_FOLDER_LIMIT)")
	}
	if row.SHA256 == "" {
		if row.SHA256, err = f.sum(ctx, row); err != nil || row.SHA256 == "" { // or it has changed meanwhile
			return workEvery, err
		}
		if err := f.save(ctx, row); err != nil {
			return againAfter, err
		}
	}
	if known, err := f.knownContent(ctx, rows, row); err != nil || known {
		return workEvery, err
	}
	return workEvery, f.receive(ctx, row)
}

// sum is the SHA-256 of a file, in hex; empty if it changed while it was read.
func (f *Folder) sum(ctx context.Context, row *File) (string, error) {
	file, err := openFile(f.path(row.Place))
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(hash, reader{ctx, file}); err != nil {
		return "", err
	}
	info, err := file.Stat()
	if err != nil || sightOf(info) != (sight{row.Size, row.Modified}) {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// reader reads until ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}

// knownContent reports whether nothing is to be read: the same content was imported, and
// the file is put with those that are done, or it is on its way and is waited for.
func (f *Folder) knownContent(ctx context.Context, rows []File, row *File) (bool, error) {
	id, err := f.base.Store.ContentBatch(ctx, f.base.Account, row.SHA256)
	if err != nil {
		return false, err
	}
	if id > 0 {
		row.Batch = id
		return true, f.known(ctx, row, fmt.Sprintf("The same list was imported before, under whatever name, as batch %d. Nobody was invited again.", id))
	}
	for i := range rows {
		other := &rows[i]
		if other.ID < row.ID && other.SHA256 == row.SHA256 && other.State == Asks && other.MovingTo == "" {
			return true, f.known(ctx, row, "The same list is here as "+other.Name+", which waits for somebody's yes. This one is not read.")
		}
		if other.ID < row.ID && other.SHA256 == row.SHA256 && (other.State == Taking || other.State == Taken || other.State == Importing) {
			return true, nil
		}
	}
	return false, nil
}

// receive brings a file's content into the database, as an upload, with what it is to be
// read by.
func (f *Folder) receive(ctx context.Context, row *File) error {
	if done, err := f.correct(ctx, row); done || err != nil {
		return err
	}
	u, err := f.upload(ctx, row)
	if err != nil {
		return f.refuseOr(ctx, row, err)
	}
	row.State, row.Upload = Taken, u.ID
	return f.save(ctx, row)
}

// errChanged means that a file has changed while it was read.
var errChanged = errors.New("the file has changed while it was read")

// upload makes an upload of a file. Of one that changes meanwhile nothing stays.
func (f *Folder) upload(ctx context.Context, row *File) (batch.Upload, error) {
	file, err := openFile(f.path(row.Place))
	if err != nil {
		return batch.Upload{}, err
	}
	defer func() { _ = file.Close() }() // it was only read
	hash := sha256.New()
	u, err := f.svc.ReceiveUpload(ctx, f.by, row.Name, io.TeeReader(file, hash), f.cfg.Limit)
	if err != nil {
		return u, err
	}
	if hex.EncodeToString(hash.Sum(nil)) != row.SHA256 {
		err = errChanged
	} else if u, err = f.choose(ctx, u, row.Name); err == nil {
		return u, nil
	}
	_ = f.svc.DiscardUpload(ctx, f.by, u.ID) // else it is swept when it is a day old
	return u, err
}

// refuseOr refuses a file for which people must do something, and returns other errors,
// after which it is tried again.
func (f *Folder) refuseOr(ctx context.Context, row *File, err error) error {
	var request *batch.RequestError
	if errors.As(err, &request) {
		return f.refuse(ctx, row, request.Wrong, request.Fix)
	}
	if hint := batch.Hint(err); f.o.Run != nil && hint != "" && !batch.Away(err) && ctx.Err() == nil {
		return f.refuse(ctx, row, err.Error(), hint)
	}
	return err
}
