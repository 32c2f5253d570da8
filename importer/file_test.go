package importer

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"usher/importer/heading"
	"usher/importer/table"
)

func TestFileThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	src := open(t, people(1, 2))
	file, err := os.OpenFile(src.Path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("Bob,Lee,bob@example.com,+447700900999\n"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.im.Stage(t.Context(), src, w.options()); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("got %v", err)
	}
	w.empty()
}

// FuzzReader reads any bytes: every row is accounted for, in order.
func FuzzReader(f *testing.F) {
	f.Add([]byte(people(1, 2)))
	f.Add([]byte("\xef\xbb\xbf\"First Name\",lastName,E-mail,phone,x\r\na,b,c,d,e,f\r\n,,,,\r\n\"\n\",,,"))
	f.Add([]byte("first_name,last_name,email,phone,external_id\n\x00,b,a@b.cd,+1234567,x\nb,b,b@b.cd,+1234567,x\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		src, err := table.OpenReader("people", bytes.NewReader(text))
		if err != nil {
			return
		}
		defer src.Close()
		read, err := src.Begin(t.Context(), table.Wish{}, heading.Counter(nil))
		if err != nil {
			return
		}
		rows, err := newRowReader(read, heading.Known{})
		if err != nil {
			return
		}
		v := &validator{header: rows.header}
		last := 1
		for {
			chunk, err := rows.next(3)
			if err != nil {
				return
			}
			for i := range chunk {
				a, problems := v.applicant(&chunk[i])
				if a.Row <= last || (a.ErrorCode != "") != (len(problems) > 0) || len(a.Extra) != len(rows.header.Extra) {
					t.Fatalf("row %d after %d: %q, %v", a.Row, last, a.ErrorCode, problems)
				}
				if len(problems) > 0 && strings.ContainsRune(a.FirstName+a.LastName+a.Email+a.Phone+a.Error+strings.Join(a.Extra, ""), 0) {
					t.Fatalf("row %d has a NUL", a.Row)
				}
				last = a.Row
			}
		}
	})
}
