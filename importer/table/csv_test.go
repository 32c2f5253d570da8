package table

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// numbered reads a table as text: the number of each row, and its cells.
func numbered(t *testing.T, text string) (rows []string, err error) {
	t.Helper()
	table, _, err := readBytes([]byte(text))
	if err != nil {
		return nil, err
	}
	return lines(table)
}

func TestTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain":             {"a,b\nc,d\n", []string{"1 a|b", "2 c|d"}},
		"no end":            {"a,b\nc,d", []string{"1 a|b", "2 c|d"}},
		"CRLF":              {"a,b\r\nc,d\r\n", []string{"1 a|b", "2 c|d"}},
		"BOM":               {"\ufeffa,b\nc,d\n", []string{"1 a|b", "2 c|d"}},
		"BOM and quotes":    {"\ufeff\"a\",b\nc,d\n", []string{"1 a|b", "2 c|d"}},
		"quotes":            {`a,"b,""c"""` + "\n", []string{`1 a|b,"c"`}},
		"line in a cell":    {"a,\"x\ny\"\nc,d\n", []string{"1 a|x\ny", "2 c|d"}},
		"line in the first": {"\"x\r\n\r\ny\",a\nc,d\n", []string{"1 x\n\ny|a", "2 c|d"}},
		"empty lines":       {"\na,b\n\n\nc,d\n\n", []string{"2 a|b", "5 c|d"}},
		"empty CRLF lines":  {"a,b\r\n\r\nc,d\r\n", []string{"1 a|b", "3 c|d"}},
		"blank rows":        {"a,b\n,\n , \nc,d\n", []string{"1 a|b", "4 c|d"}},
		"both":              {"a,\"x\n\n\"\n\n\"y\n\",b\n\nc,d\n", []string{"1 a|x\n\n", "3 y\n|b", "5 c|d"}},
		"letters":           {"é,😀\n世,界\n", []string{"1 é|😀", "2 世|界"}},
		"empty":             {"", nil},
		"BOM only":          {"\ufeff", nil},
	} {
		got, err := numbered(t, c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefusedTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"unclosed quote":  {"a,b\nc,\"d\ne,f\n", "line 2 opens a quote (\") that is never closed"},
		"text after":      {"a,b\nc,\"d\"e\n", "line 2 has a quote"},
		"late unclosed":   {"a,b\n\"c,d\ne,f\n\"g\",h\n", "line 2 opens a quote (\") that is not closed there (the next one is in line 4)"},
		"cut character":   {"a,b\nc,\xe4\xb8", "line 2 is not UTF-8 text"},
		"cut UTF-16":      {"\xff\xfea\x00,\x00b", "not UTF-16 text"},
		"half UTF-16":     {"\xff\xfea\x00,\x00\n\x00\x00\xd8b\x00", "line 2 is not UTF-16 text"},
		"two encodings":   {"a,é\nb,世界\nc,\xe9\n", "line 3 is not UTF-8 text, though other lines are"},
		"Mac":             {"a,b\nRen\x8e,c\n", "line 2 is neither UTF-8 nor"},
		"Russian":         {"a,b\n\xc8\xe2\xe0\xed,c\n", "line 2 is neither UTF-8 nor"},
		"Greek":           {"a,b\nJ\xfcrgen,c\n\xc3\xe9\xdd\xf1\xe3\xef\xf2 \xc1\xe4\xe1\xec,c\n", "line 2 is neither UTF-8 nor"},
		"Polish":          {"a,b\nPawe\xb3a,c\n", "line 2 is neither UTF-8 nor"},
		"neither":         {"a,b\n\x81\xe9,c\n", "line 2 is neither UTF-8 nor"},
		"endless quote":   {"a,b\n\"" + strings.Repeat("x,y\n", 1<<19), "line 2 opens a quote (\") that is never closed"},
		"endless line":    {"a,b\n" + strings.Repeat("x", 2<<20), "line 2 is longer than 1024 KiB"},
		"endless columns": {"a,b\n" + strings.Repeat(",", 20_000) + "x", "row 2 has more than 16384 columns"},
		"endless commas":  {"a,b\n" + strings.Repeat(",", 2<<20), "line 2 is longer than 1024 KiB"},
	} {
		_, err := numbered(t, c.text)
		var refused *FileError
		if !errors.As(err, &refused) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if !strings.Contains(refused.Problem, c.want) || refused.Remedy == "" {
			t.Errorf("%s: got %q, remedy %q", name, refused.Problem, refused.Remedy)
		}
	}
}

// readBytes reads text as a file, but from memory.
func readBytes(text []byte) (Rows, survey, error) {
	var s survey
	again := func() io.Reader { return iotest.HalfReader(bytes.NewReader(text)) }
	s.begin(text[:min(len(text), 4<<10)])
	if _, err := io.CopyBuffer(struct{ io.Writer }{&s}, again(), make([]byte, 7)); err != nil {
		return nil, s, err
	}
	if err := s.decide(again); err != nil {
		return nil, s, err
	}
	l, err := layoutOf(s.decoded(again()), s.loneCR, Wish{}, heads)
	if err != nil {
		return nil, s, err
	}
	t := newCSVTable(s.decoded(again()), l.comma, s.loneCR)
	return t, s, nil
}

// FuzzText reads any bytes as a text: the rows are in order, and none is blank.
func FuzzText(f *testing.F) {
	f.Add([]byte("first_name,last_name,email,phone\nAnn,Lee,ann@example.com,+447700900001\n"))
	f.Add([]byte("\xef\xbb\xbf\"First Name\",lastName,E-mail,phone,x\r\na,b,c,d,e,f\r\n,,,,\r\n\"\n\",,,"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, _, err := readBytes(text)
		if err != nil {
			return
		}
		for last := 0; ; {
			n, cells, err := rows.Next()
			if err != nil {
				return
			}
			if n <= last || len(cells) == 0 || len(cells) > MaxColumns || blank(cells) {
				t.Fatalf("row %d after %d: %q", n, last, cells)
			}
			last = n
		}
	})
}
