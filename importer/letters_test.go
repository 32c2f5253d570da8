package importer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	textencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"usher/importer/table"
)

// A file in an encoding that cannot be told from Windows-1252 by its bytes must
// not send names with other letters in them: the file, or the row, is refused.
func TestNamesInOtherEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		encoding textencoding.Encoding
		name     string
	}{
		{charmap.Windows1250, "Łukasz"}, {charmap.Windows1250, "Żak"}, {charmap.Windows1250, "Paweł"}, {charmap.ISO8859_2, "Łukasz"},
		{charmap.CodePage850, "René"}, {charmap.CodePage437, "René"}, {charmap.CodePage850, "Zoë"}, {charmap.CodePage850, "Núñez"},
		{charmap.Macintosh, "Müller"}, {charmap.Macintosh, "Zoë"}, {charmap.Macintosh, "Núñez"}, {charmap.Macintosh, "O’Brien"},
		{japanese.ShiftJIS, "太郎"}, {japanese.ShiftJIS, "山田"}, {traditionalchinese.Big5, "小明"}, {simplifiedchinese.GBK, "芳"},
		{korean.EUCKR, "서연"}, {charmap.ISO8859_15, "Œuvre"}, {textencoding.Nop, "A\xed\xa0\x80nn"}, {textencoding.Nop, "A\xc0\xafnn"},
		{textencoding.Nop, "Jos\xc3"}, {textencoding.Nop, "JosÃ© Ruiz"}, {textencoding.Nop, "MÃ¼ller"}, {textencoding.Nop, "MarÃ\u00ada"},
		{textencoding.Nop, "M?ller"},
	} {
		text := "first_name,last_name,email,phone\nAnn,Lee,ann@example.com,+447700900001\n" + c.name + ",Lee,b@example.com,+447700900002\n"
		content := []byte(text)
		if c.encoding != textencoding.Nop {
			content = encoded(t, c.encoding, text)
		}
		got, f, err := read(t, content, Options{})
		var refused *table.FileError
		if errors.As(err, &refused) {
			continue
		}
		if err != nil || len(got) != 2 || got[1] != "3 name_signs" && got[1] != "3 name_invalid" {
			t.Errorf("%s in %v, read as %s: %q, %v", c.name, c.encoding, f.Encoding, got, err)
		}
	}
}

// Names with signs of their own are names.
func TestNamesWithSigns(t *testing.T) {
	t.Parallel()
	names := []string{"O´Brien", "O‘Brien", "Mª José", "Gal·la", "Anna–Maria", "“Bob”", "‚Bob‘", "Õie", "LIMÕES", "L’HAŸ", "D’Arcy-Ö", "Ilić"}
	for i, name := range names {
		text := "first_name,last_name,email,phone\n\"" + name + "\",Lee,b@example.com,+447700900002\n"
		want := []string{"2 " + name + "|Lee|b@example.com|+447700900002||"}
		contents := [][]byte{[]byte(text)}
		if i < len(names)-1 {
			contents = append(contents, encoded(t, charmap.Windows1252, text))
		}
		for _, content := range contents {
			got, f, err := read(t, content, Options{})
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s (%s): %v\n%s", name, f.Encoding, err, diff)
			}
		}
	}
}

func TestTitlesThatLookLikeHeaders(t *testing.T) {
	t.Parallel()
	const people = "first_name,last_name,email,phone\nAnn,Lee,ann@example.com,+447700900001\n"
	for _, titles := range []string{"Company:,ACME\nContact e-mail:,hr@acme.example\nPhone:,+493012345678\n\n", "Email,Report\n", "Surname,A-K,,\n",
		"Name,Email\nHR,hr@acme.example\n", "First name,Last name\n", "Employee,,Email,Phone\n", "Phone list,2026\nName,Ann Lee,,\n"} {
		got, f, err := read(t, []byte(titles+people), Options{})
		rows := strings.Count(titles, "\n") + 2
		if err != nil || len(got) != 1 || !strings.Contains(got[0], "Ann|Lee|ann@example.com") || f.HeaderRow != rows-1 {
			t.Errorf("%q: %q, header %d, %v", titles, got, f.HeaderRow, err)
		}
	}
}

// A quote that was left open must not take people into somebody's note.
func TestQuoteThatSwallowsPeople(t *testing.T) {
	t.Parallel()
	const head = "first_name,last_name,email,phone,note\n"
	for name, text := range map[string]string{
		"two":     "Bob,Ray,bob@example.com,+447700900002,\"oops\nCy,Fox,cy@example.com,+447700900003,\nDi,Gee,di@example.com,+447700900004,5\"\n",
		"one":     "Bob,Ray,bob@example.com,+447700900002,\"oops\nDi,Gee,di@example.com,+447700900004,5\"\n",
		"doubled": "Bob,Ray,bob@example.com,+447700900002,\"oops\nCy,Fox,cy@example.com,+447700900003,5\"\" tall\nDi,Gee,di@example.com,+447700900004,5\"\n",
	} {
		_, _, err := read(t, []byte(head+text+"Ann,Lee,ann@example.com,+447700900001,\n"), Options{})
		var refused *table.FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, "line 2 opens a quote") || !strings.Contains(refused.Problem, "line 3") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	note := "Bob,Ray,bob@example.com,+447700900002,\"called, on Monday,\nwrote to bob@example.com, a, b, c, d\nno answer\"\n"
	got, _, err := read(t, []byte(head+note), Options{})
	if err != nil || len(got) != 1 {
		t.Errorf("a note: %q, %v", got, err)
	}
}
