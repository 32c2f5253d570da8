package batch

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"usher/store"
)

// ReceiveUpload reads a file into the database, piece by piece: no more than one is
// in memory. Of one that is larger than limit, or empty, or whose reading fails or
// ends with ctx, nothing stays.
func (s *Service) ReceiveUpload(ctx context.Context, by Actor, name string, r io.Reader, limit int64) (Upload, error) {
	if err := by.Check(); err != nil {
		return Upload{}, err
	}
	u, err := s.receive(ctx, by.Owner(), name, r, limit)
	if err == nil {
		if err = s.st.FinishUpload(ctx, u.ID, u.SHA256); err != nil {
			s.drop(ctx, u)
		}
	}
	if err != nil {
		return Upload{}, gone(err)
	}
	return s.Upload(ctx, u.ID)
}

// PasteUpload takes cells that were copied from a spreadsheet.
func (s *Service) PasteUpload(ctx context.Context, by Actor, text string) (Upload, error) {
	if strings.TrimSpace(text) == "" {
		return Upload{}, requestError("copy the cells in your spreadsheet, with their headings, and paste them", "nothing was pasted")
	}
	return s.ReceiveUpload(ctx, by, "pasted cells", strings.NewReader(text), int64(len(text)))
}

// Sources are the names of the database sources that the settings have.
func (s *Service) Sources() []string { return slices.Sorted(maps.Keys(s.cfg.Sources)) }

// NewSourceUpload makes an upload of what a database source has. It is read when
// it is checked, and again when it is imported.
func (s *Service) NewSourceUpload(ctx context.Context, by Actor, source string) (Upload, error) {
	if err := by.Check(); err != nil {
		return Upload{}, err
	}
	if _, ok := s.cfg.Sources[source]; !ok {
		return Upload{}, requestError(knownSources(s.cfg), "there is no source %q in the settings", source)
	}
	u := store.Upload{ID: rand.Text(), Account: s.account, Owner: by.Owner(), Name: source, Source: source, State: UploadReady}
	var err error
	if u.Choices, err = s.firstChoices().text(); err != nil {
		return Upload{}, err
	}
	if err := s.st.InsertUpload(ctx, u, uploadLife); err != nil {
		return Upload{}, err
	}
	return s.Upload(ctx, u.ID)
}

// receive reads a file into an upload that is still coming in when all of it is
// there. When it fails nothing stays.
func (s *Service) receive(ctx context.Context, owner, name string, r io.Reader, limit int64) (u store.Upload, err error) {
	u = store.Upload{ID: rand.Text(), Account: s.account, Owner: owner, Name: fileName(name), Content: rand.Text(), State: UploadReceiving}
	if u.Choices, err = s.firstChoices().text(); err != nil {
		return u, err
	}
	if err := s.st.InsertUpload(ctx, u, uploadLife); err != nil {
		return u, err
	}
	in := &receiving{s: s, u: &u, r: r, limit: limit}
	if err := in.run(ctx); err != nil {
		s.drop(ctx, u)
		return u, err
	}
	return u, nil
}

// drop removes an upload that did not come to be. What cannot be removed now is
// swept later.
func (s *Service) drop(ctx context.Context, u store.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_ = s.st.InTx(ctx, func(tx *store.Tx) error {
		_, err := tx.DeleteUpload(ctx, u.ID)
		return err
	})
	_ = s.st.DeleteContent(ctx, u.Content)
}

// gone says that an upload was removed while it came in.
func gone(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return noUpload()
	}
	return err
}

const (
	// chunkBytes is how much of a file is written at a time.
	chunkBytes = 1 << 20
	// touchEvery is how often the database is told that a slow file still comes in.
	touchEvery = 30 * time.Second
)

// receiving is a file that comes in.
type receiving struct {
	s     *Service
	u     *store.Upload
	r     io.Reader
	limit int64
	told  time.Time
}

func (in *receiving) run(ctx context.Context) error {
	hash, buf := sha256.New(), make([]byte, chunkBytes)
	in.told = time.Now()
	for n := 0; ; n++ {
		size, err := in.fill(ctx, buf)
		if err != nil && err != io.EOF {
			return err
		}
		if in.u.Size += int64(size); in.u.Size > in.limit {
			return requestError("split it into several files", "the file is larger than %s, which is the most that is taken here", SizeWords(in.limit))
		}
		if size > 0 {
			hash.Write(buf[:size])
			if err := in.s.st.AddUploadChunk(ctx, *in.u, n, buf[:size]); err != nil {
				return err
			}
			in.told = time.Now()
		}
		if err == io.EOF {
			break
		}
	}
	if in.u.Size == 0 {
		return requestError("choose a file that has rows in it", "the file is empty")
	}
	in.u.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return nil
}

// fill reads until the buffer is full, or returns io.EOF with what is left.
func (in *receiving) fill(ctx context.Context, buf []byte) (n int, err error) {
	for n < len(buf) {
		if ctx.Err() != nil {
			return n, context.Cause(ctx)
		}
		if time.Since(in.told) > touchEvery {
			if err := in.s.st.TouchUpload(ctx, in.u.ID); err != nil {
				return n, err
			}
			in.told = time.Now()
		}
		read, err := in.r.Read(buf[n:])
		n += read
		switch {
		case err == io.EOF:
			return n, io.EOF
		case err != nil:
			return n, fmt.Errorf("receive the file: %w", err)
		}
	}
	return n, nil
}

// SizeWords says to people how much so many bytes are, as the settings count them.
func SizeWords(n int64) string {
	const kilo, mega, giga = 1_000, 1_000_000, 1_000_000_000
	switch {
	case n >= giga && n%(100*mega) == 0:
		return fmt.Sprintf("%g GB", float64(n)/giga)
	case n >= mega:
		return Thousands(int(n/mega)) + " MB"
	}
	return fmt.Sprintf("%d kB", max(1, n/kilo))
}

// nameMost is how many characters of a file's name are kept.
const nameMost = 255

// fileName is the name of a file, without folders, and without what controls a
// terminal or turns the direction of writing.
func fileName(name string) string {
	name = strings.ToValidUTF8(name, "�")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	if all := []rune(name); len(all) > nameMost {
		name = string(all[:nameMost])
	}
	if name = strings.TrimSpace(name); strings.Trim(name, ".") == "" {
		return "list"
	}
	return name
}
