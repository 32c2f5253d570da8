package table

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"usher/importer/table/tabletest"
)

// endless repeats a text for ever, and counts what was taken of it.
type endless struct {
	text  string
	at    int
	taken int
}

func (e *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); e.at %= len(e.text) {
		took := copy(p[n:], e.text[e.at:])
		n, e.at = n+took, e.at+took
	}
	e.taken += len(p)
	return len(p), nil
}

func random(n int) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestStreamWithoutEnd(t *testing.T) {
	t.Parallel()
	const binary = "stdin: this is neither text nor a workbook: it is full of control characters"
	for name, test := range map[string]struct{ text, want string }{
		"zeros":                {"\x00", binary},
		"random bytes":         {random(1 << 20), binary},
		"one long line":        {"a", "stdin: line 1 is longer than 1024 KiB"},
		"one long row":         {"Ada,", "stdin: line 1 is longer than 1024 KiB"},
		"one word":             {"y\n", "stdin: the file has no header: none of its first rows has columns"},
		"a web page":           {"<html><p>x</p>\n", "stdin: this is a web page (HTML), whatever its name says"},
		"a picture":            {"\x89PNG\r\n\x1a\n", "stdin: this is a picture"},
		"packed zeros":         {string(tabletest.Gzip(t, []byte(strings.Repeat("\x00", 1<<20)))), binary},
		"packed random bytes":  {string(tabletest.Gzip(t, []byte(random(1<<16)))), binary},
		"gzip that is damaged": {string(gzipMagic) + random(1<<16), "stdin: the compressed file is damaged"},
	} {
		r := &endless{text: strings.Repeat(test.text, 1+4096/len(test.text))}
		src, err := OpenReader("stdin", r)
		if err == nil {
			_ = src.Close()
		}
		if err == nil || err.Error() != test.want || r.taken > 2<<20 {
			t.Errorf("%s: %v, after %d bytes", name, err, r.taken)
		}
	}
}

// TestStreamsThatAreLists hands over as streams what is read as files, a byte at
// a time.
func TestStreamsThatAreLists(t *testing.T) {
	t.Parallel()
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(tabletest.Renee)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Replace(tabletest.Renee, "phone", "phone"+strings.Repeat(",x", startSize), 1)
	for name, text := range map[string]string{
		"text": tabletest.Renee, "UTF-16": utf16, "gzip": string(tabletest.Gzip(t, []byte(tabletest.Renee))), "gzip of UTF-16": string(tabletest.Gzip(t, []byte(utf16))), "a long header": long,
		"larger than what is looked at": tabletest.Renee + strings.Repeat("\n", 3<<20),
	} {
		src, err := OpenReader("stdin", struct{ io.Reader }{&byteByByte{strings.NewReader(text)}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _, err := readSource(t, src, ""); err != nil || len(got) != 1 {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	}
}

// byteByByte gives little at a time, as a slow pipe does.
type byteByByte struct{ r io.Reader }

func (b *byteByByte) Read(p []byte) (int, error) { return b.r.Read(p[:min(len(p), 7)]) }

func TestStreamThatBreaksOff(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	for _, before := range []string{"", tabletest.Renee} {
		src, err := OpenReader("stdin", io.MultiReader(strings.NewReader(before), brokenReader{broken}))
		if err == nil {
			_ = src.Close()
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", len(before), err)
		}
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

func TestStandardInputThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.OpenFile(filepath.Join(dir, "out"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[*os.File]string{folder: "stdin: this is a folder", written: "stdin: it is not open for reading"} {
		src, err := OpenReader("stdin", f)
		if err == nil {
			_ = src.Close()
		}
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		_ = f.Close()
	}
}
