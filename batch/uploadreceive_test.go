package batch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"usher/batch"
	"usher/store"
)

// Of what does not come in whole nothing stays.
func TestReceiveNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		broken := errors.New("the network broke")
		stopped, stop := context.WithCancel(h.Context())
		big := strings.Repeat("x", 3<<20)
		for name, c := range map[string]struct {
			ctx   context.Context
			r     io.Reader
			by    batch.Actor
			words string
			is    error
		}{
			"too large":    {h.Context(), strings.NewReader(big), page, "larger than 2 MB", nil},
			"empty":        {h.Context(), strings.NewReader(""), page, "the file is empty", nil},
			"cut half way": {h.Context(), io.MultiReader(strings.NewReader(big[:1<<20+5]), iotest.ErrReader(broken)), page, "", broken},
			"stopped": {stopped, readerFunc(func(p []byte) (int, error) {
				stop()
				return len(p) / 2, nil
			}), page, "", context.Canceled},
			"by nobody": {h.Context(), strings.NewReader("x"), batch.Actor{}, "", store.ErrNoActor},
		} {
			_, err := s.ReceiveUpload(c.ctx, c.by, "people.csv", c.r, 2<<20)
			var request *batch.RequestError
			if err == nil || c.is != nil && !errors.Is(err, c.is) || c.is == nil && (!errors.As(err, &request) || !strings.Contains(err.Error(), c.words) || batch.Hint(err) == "") {
				h.Errorf("%s: %v", name, err)
			}
		}
		if uploads, chunks := h.stored(); uploads+chunks != 0 {
			h.Errorf("%d uploads and %d chunks stay", uploads, chunks)
		}
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// What is as large as may be comes in as it is, in whatever pieces.
func TestReceiveWhole(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		list := crowd(2) + strings.Repeat("\n", 2<<20-len(crowd(2)))
		u, err := s.ReceiveUpload(h.Context(), page, "x.csv", iotest.HalfReader(strings.NewReader(list)), 2<<20)
		h.must(err)
		if u.Size != 2<<20 {
			h.Errorf("got %d bytes", u.Size)
		}
		if u = h.checked(s, u.ID); u.Plan.Refusal != nil || u.Plan.Plan.Tokens != 2 {
			h.Errorf("checked: %+v", u.Plan)
		}
	})
}

// What was killed while it came in, and what is a day old, is swept.
func TestSweepUploads(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	h.receive(s, crowd(1))
	h.must(s.SweepUploads(h.Context()))
	if uploads, chunks := h.stored(); uploads != 1 || chunks != 1 {
		h.Fatalf("%d uploads and %d chunks", uploads, chunks)
	}
	h.exec("UPDATE uploads SET state = 'receiving', touched_at = '2020-01-01T00:00:00.000Z'")
	h.must(s.SweepUploads(h.Context()))
	if uploads, chunks := h.stored(); uploads+chunks != 0 {
		h.Errorf("%d uploads and %d chunks stay", uploads, chunks)
	}
}

func TestUploadNames(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	for given, want := range map[string]string{
		"../../etc/passwd":          "passwd",
		`C:\Users\ann\people.csv`:   "people.csv",
		"":                          "list",
		"..":                        "list",
		"a/":                        "list",
		"a\x00b\x1b[31m\nc.csv":     "ab[31mc.csv",
		"gnp\u202Evsc.xlsx":         "gnpvsc.xlsx",
		"Jürgens Liste ☎.xlsx":      "Jürgens Liste ☎.xlsx",
		"x\xff.csv":                 "x�.csv",
		"  people.csv ":             "people.csv",
		strings.Repeat("ü", 9999):   strings.Repeat("ü", 255),
		"<script>alert(1)</script>": "script>",
	} {
		u, err := s.ReceiveUpload(h.Context(), page, given, strings.NewReader("x"), 10)
		if err != nil || u.Name != want {
			h.Errorf("%q is called %q, %v; want %q", given, u.Name, err, want)
		}
	}
}

func TestPaste(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	for _, nothing := range []string{"", " \n\t"} {
		if _, err := s.PasteUpload(h.Context(), page, nothing); batch.Hint(err) == "" {
			h.Errorf("%q: %v", nothing, err)
		}
	}
	u, err := s.PasteUpload(h.Context(), page, "Vorname\tNachname\tE-Mail\tTelefon\nJürgen\tGroß\tj@example.com\t+4915112345678\n")
	h.must(err)
	if u = h.checked(s, u.ID); u.Plan.Refusal != nil || u.Plan.Plan.Tokens != 1 || u.Plan.Plan.Format.Delimiter != "\t" {
		h.Errorf("checked: %+v", u.Plan)
	}
}

// What is no list is refused in words, and can be discarded.
func TestUploadOfAPicture(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u, err := s.ReceiveUpload(h.Context(), page, "ann.png", bytes.NewReader([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")), 1<<20)
	h.must(err)
	if u = h.checked(s, u.ID); u.Plan.Refusal == nil || !strings.Contains(u.Plan.Refusal.Words, "picture") || u.Plan.Refusal.Fix == "" || u.Plan.Plan != nil {
		h.Errorf("checked: %+v", u.Plan)
	}
	if _, err := s.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 1}); err == nil || !strings.Contains(err.Error(), "picture") {
		h.Errorf("invited: %v", err)
	}
	h.must(s.DiscardUpload(h.Context(), page, u.ID))
	if uploads, chunks := h.stored(); uploads+chunks != 0 {
		h.Errorf("%d uploads and %d chunks stay", uploads, chunks)
	}
	for what, err := range map[string]error{
		"look": second(s.Upload(h.Context(), u.ID)), "check": second(s.EnsureChecked(h.Context(), u.ID)), "discard": s.DiscardUpload(h.Context(), page, u.ID),
		"choose": second(s.Choose(h.Context(), page, u.ID, 1, batch.Choices{})), "wait": second(s.WaitUpload(h.Context(), u.ID)),
	} {
		if !errors.Is(err, batch.ErrNoUpload) || batch.Hint(err) == "" {
			h.Errorf("%s: %v", what, err)
		}
	}
}
