package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	textencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"usher/importer/table"
	"usher/importer/table/tabletest"
	"usher/store"
)

// read opens and reads a file: a line for each row that may be sent to, or its
// first code.
func read(t *testing.T, content []byte, o Options) ([]string, table.Format, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := table.OpenFile(path)
	if err != nil {
		return nil, table.Format{}, err
	}
	defer src.Close()
	return readSource(src, o)
}

func readSource(src *table.Source, o Options) (all []string, f table.Format, err error) {
	in, err := openInput(context.Background(), src, o, make([]byte, 32), time.Now)
	if err != nil {
		return nil, src.Format(), err
	}
	for {
		c, err := in.next(7)
		if err == io.EOF {
			return all, src.Format(), nil
		}
		if err != nil {
			return all, src.Format(), err
		}
		for _, a := range c.applicants {
			if a.State == store.Rejected {
				all = append(all, fmt.Sprint(a.Row, " ", a.ErrorCode))
				continue
			}
			all = append(all, fmt.Sprintf("%d %s|%s|%s|%s|%s|%s", a.Row, a.FirstName, a.LastName, a.Email, a.Phone,
				a.ExternalID, strings.Join(a.Extra, "|")))
		}
	}
}

func encoded(t *testing.T, e textencoding.Encoding, text string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The same list in every form that people save it in.
func TestFormats(t *testing.T) {
	t.Parallel()
	in := strings.NewReplacer
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy) []byte {
		return encoded(t, unicode.UTF16(e, b), tabletest.Renee)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(tabletest.Renee))
	_ = z.Close()
	plain := table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 1}
	with := func(change func(*table.Format)) table.Format { f := plain; change(&f); return f }
	for name, c := range map[string]struct {
		content []byte
		row     int
		want    table.Format
	}{
		"UTF-8":            {[]byte(tabletest.Renee), 2, plain},
		"BOM":              {[]byte("\ufeff" + tabletest.Renee), 2, with(func(f *table.Format) { f.Marked = true })},
		"BOM and quotes":   {[]byte("\ufeff" + in("first_name", `"first_name"`).Replace(tabletest.Renee)), 2, with(func(f *table.Format) { f.Marked = true })},
		"UTF-16LE":         {utf16(unicode.LittleEndian, unicode.UseBOM), 2, with(func(f *table.Format) { f.Encoding, f.Marked = "UTF-16LE", true })},
		"UTF-16BE":         {utf16(unicode.BigEndian, unicode.UseBOM), 2, with(func(f *table.Format) { f.Encoding, f.Marked = "UTF-16BE", true })},
		"UTF-16LE, no BOM": {utf16(unicode.LittleEndian, unicode.IgnoreBOM), 2, with(func(f *table.Format) { f.Encoding = "UTF-16LE" })},
		"UTF-16BE, no BOM": {utf16(unicode.BigEndian, unicode.IgnoreBOM), 2, with(func(f *table.Format) { f.Encoding = "UTF-16BE" })},
		"Windows":          {encoded(t, charmap.Windows1252, tabletest.Renee), 2, with(func(f *table.Format) { f.Encoding = "Windows-1252" })},
		"semicolons":       {[]byte(in(",", ";").Replace(tabletest.Renee)), 2, with(func(f *table.Format) { f.Delimiter = ";" })},
		"tabs":             {[]byte(in(",", "\t").Replace(tabletest.Renee)), 2, with(func(f *table.Format) { f.Delimiter = "\t" })},
		"bars":             {[]byte(in(",", "|").Replace(tabletest.Renee)), 2, with(func(f *table.Format) { f.Delimiter = "|" })},
		"sep":              {[]byte("sep=;\r\n" + in(",", ";", "\n", "\r\n").Replace(tabletest.Renee)), 2, with(func(f *table.Format) { f.Delimiter = ";" })},
		"CRLF":             {[]byte(in("\n", "\r\n").Replace(tabletest.Renee)), 2, plain},
		"CR":               {[]byte(in("\n", "\r").Replace(tabletest.Renee)), 2, plain},
		"mixed":            {[]byte(strings.Replace(tabletest.Renee, "\n", "\r", 1) + "\r\n"), 2, plain},
		"spaces":           {[]byte(in("Renée,", `"Renée" , `, "007,", `"007" ,`).Replace(tabletest.Renee)), 2, plain},
		"gzip":             {zipped.Bytes(), 2, with(func(f *table.Format) { f.Gzip = true })},
		"titles": {[]byte("Team list; 2026\n\nAsk hr@example.com\n,,\n" + in(",", ";").Replace(tabletest.Renee)), 6,
			with(func(f *table.Format) { f.Delimiter, f.HeaderRow, f.SkippedRows = ";", 5, []int{1, 3} })},
		"blank rows": {[]byte("\n,,,\n" + tabletest.Renee + ",,,,,\n\n"), 4, with(func(f *table.Format) { f.HeaderRow = 3 })},
	} {
		got, f, err := read(t, c.content, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := []string{fmt.Sprint(c.row, " Renée|O’Brien|r@example.com|+447700900001|007|“né” 5 €")}
		if diff := cmp.Diff(want, got) + cmp.Diff(c.want, f); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Each row that is wrong is refused by itself, and costs nobody else.
func TestRows(t *testing.T) {
	t.Parallel()
	got, _, err := read(t, []byte(head+",note\n"+
		"Ann,Lee,ann@example.com,+447700900001\n"+ // too short, but only a note is missing
		"Bob,Lee,Jr.,bob@example.com,+447700900002,x\n"+
		"Cid,Lee,cid@example.com\n"+
		"D\x00d,Lee,dod@example.com,+447700900004,x\n"+
		"Eva,Lee,eva@example.com,+447700900005,\"two\r\nlines\"\n"+
		"Robert \"Bob\" O,Lee,rob@example.com,+447700900006,5\" pipe\n"+
		"Flo,Lee,flo@example.com,+447700900007,a\x07b\n"), Options{})
	want := []string{"2 Ann|Lee|ann@example.com|+447700900001||", "3 row_too_long", "4 phone_missing", "5 control_character",
		"6 Eva|Lee|eva@example.com|+447700900005||two\nlines", "7 Robert \"Bob\" O|Lee|rob@example.com|+447700900006||5\" pipe",
		"8 control_character"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Letters in a row that no name has are no proof against a Western file.
func TestWindowsLetters(t *testing.T) {
	t.Parallel()
	text := head + ",note\nJürgen,Müller,j@example.com,+447700900001,äöüß Mª 5° ½\nÉva,D’Àvila-Nuñez,e@example.com,+447700900002,CAFÉ’S\n"
	got, f, err := read(t, encoded(t, charmap.Windows1252, text), Options{})
	want := []string{"2 Jürgen|Müller|j@example.com|+447700900001||äöüß Mª 5° ½", "3 Éva|D’Àvila-Nuñez|e@example.com|+447700900002||CAFÉ’S"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || f.Encoding != "Windows-1252" {
		t.Errorf("%v, %s (-want +got):\n%s", err, f.Encoding, diff)
	}
}
