package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

// fakeReader has applicants in row order.
type fakeReader struct {
	all []store.Applicant
	err error // told after the last row
}

func (f *fakeReader) Applicants(_ context.Context, batch int64, after, limit int) ([]store.Applicant, error) {
	var page []store.Applicant
	for _, a := range f.all {
		if a.Batch == batch && a.Row > after && len(page) < limit {
			page = append(page, a)
		}
	}
	if len(page) == 0 {
		return nil, f.err
	}
	return page, nil
}

var (
	batch  = store.Batch{ID: 7, ExtraColumns: []string{"Team", "status", "=x", "Team"}}
	at     = time.Date(2026, 3, 1, 13, 4, 5, 678e6, time.FixedZone("", 3600))
	sample = []store.Applicant{
		{Key: store.Key{Batch: 7, Row: 2}, State: store.Invited, FirstName: "Ann", LastName: "=Lee", Email: "ann@example.com",
			Phone: "+447700900001", ExternalID: "-E1", SessionID: "s-1", SessionURL: "https://x.example/?a=1&b=<2>", Attempt: 3, Counted: 1,
			SentAt: at, SettledAt: at.Add(time.Second), OutcomeStatus: "failed", OutcomeReason: "face_mismatch",
			Extra: []string{"+447700900009", "@on", "a\nb", "\tx"}},
		{Key: store.Key{Batch: 7, Row: 3}, State: store.Rejected, FirstName: "+Bob", Phone: "+44 77", ErrorCode: "last_name_missing",
			Error: `last_name: the cell is empty. Fill it in: it is needed for everybody.`, SettledAt: at, Extra: []string{`"q", r`, "", "", ""}},
		{Key: store.Key{Batch: 7, Row: 5}, State: store.Duplicate, FirstName: "世", Holder: store.Key{Batch: 3, Row: 9}, SettledAt: at},
		{Key: store.Key{Batch: 7, Row: 6}, State: store.Sending, FirstName: "Di", Attempt: 1, SentAt: at},
	}
)

func TestWriteCSV(t *testing.T) {
	t.Parallel()
	want := `row,status,external_id,first_name,last_name,email,phone,session_id,session_url,error_code,error,attempts,sent_at,settled_at,outcome_status,outcome_reason,Team,status_2,'=x,Team_2
2,invited,'-E1,Ann,'=Lee,ann@example.com,+447700900001,s-1,https://x.example/?a=1&b=<2>,,,1,2026-03-01T12:04:05Z,2026-03-01T12:04:06Z,failed,face_mismatch,+447700900009,'@on,"a
b",'	x
3,rejected,,'+Bob,,,'+44 77,,,last_name_missing,last_name: the cell is empty. Fill it in: it is needed for everybody.,0,,2026-03-01T12:04:05Z,,,"""q"", r",,,
5,duplicate,,世,,,,,,,"This person is in batch 3, row 9.",0,,2026-03-01T12:04:05Z,,,,,,
6,sending,,Di,,,,,,,,0,2026-03-01T12:04:05Z,,,,,,,
`
	var got bytes.Buffer
	if err := Write(t.Context(), &fakeReader{all: sample}, batch, CSV, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriteJSONL(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := Write(t.Context(), &fakeReader{all: sample}, batch, JSONL, &got); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(got.String(), "\n")
	if len(lines) != len(sample)+1 || lines[len(sample)] != "" {
		t.Fatalf("got %d lines", len(lines))
	}
	want := `{"row":2,"status":"invited","external_id":"-E1","first_name":"Ann","last_name":"=Lee","email":"ann@example.com",` +
		`"phone":"+447700900001","session_id":"s-1","session_url":"https://x.example/?a=1&b=<2>","error_code":"","error":"","attempts":1,` +
		`"sent_at":"2026-03-01T12:04:05Z","settled_at":"2026-03-01T12:04:06Z","outcome_status":"failed","outcome_reason":"face_mismatch",` +
		`"extra":{"Team":"+447700900009","status_2":"@on","=x":"a\nb","Team_2":"\tx"}}`
	if diff := cmp.Diff(want, lines[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, line := range lines[:len(sample)] {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Error(err)
		}
		if len(object) != len(columns)+1 {
			t.Errorf("%d names in %s", len(object), line)
		}
	}
}

func TestWriteNothing(t *testing.T) {
	t.Parallel()
	for f, want := range map[Format]string{CSV: strings.Join(columns, ",") + "\n", JSONL: ""} {
		var got bytes.Buffer
		if err := Write(t.Context(), &fakeReader{}, store.Batch{}, f, &got); err != nil || got.String() != want {
			t.Errorf("%s: got %q, %v", f, got.String(), err)
		}
	}
}

// Every row comes once, in order, however many pages there are.
func TestWritePages(t *testing.T) {
	t.Parallel()
	var all []store.Applicant
	for i := range 2*pageRows + 1 {
		all = append(all, store.Applicant{Key: store.Key{Batch: 7, Row: 2 + 3*i}, Extra: []string{"x"}})
	}
	var out bytes.Buffer
	if err := Write(t.Context(), &fakeReader{all: all}, store.Batch{ID: 7, ExtraColumns: []string{"x"}}, CSV, &out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != len(all)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if !slices.Equal(lines[0], append(slices.Clone(columns), "x")) || lines[1][0] != "2" || lines[len(all)][0] != "6002" {
		t.Errorf("got %q … %q", lines[0], lines[len(all)])
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"csv", "xlsx", "jsonl", "html"} {
		if f, err := ParseFormat(name); err != nil || string(f) != name {
			t.Errorf("%s: got %q, %v", name, f, err)
		}
	}
	for name, want := range map[string]string{"pdf": "not a format", "": "not a format", "CSV2": "not a format"} {
		if _, err := ParseFormat(name); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "csv, xlsx, jsonl or html") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// A CSV file is written as the list was that the batch came from.
func TestWriteCSVLikeInput(t *testing.T) {
	t.Parallel()
	all := []store.Applicant{{Key: store.Key{Batch: 7, Row: 2}, FirstName: "Ann;x", LastName: "Lee,y", State: store.Invited}}
	for name, c := range map[string]struct {
		batch store.Batch
		want  string
	}{
		"commas":                     {store.Batch{ID: 7, Delimiter: ","}, "row,status,external_id,first_name,last_name|2,invited,,Ann;x,\"Lee,y\","},
		"of no text":                 {store.Batch{ID: 7}, "row,status,external_id,first_name,last_name|2,invited,,Ann;x,\"Lee,y\","},
		"commas and a mark":          {store.Batch{ID: 7, Delimiter: ",", Marked: true}, "\uFEFFrow,status,external_id,first_name,last_name|2,invited,,Ann;x,\"Lee,y\","},
		"semicolons, without a mark": {store.Batch{ID: 7, Delimiter: ";"}, "\uFEFFrow;status;external_id;first_name;last_name|2;invited;;\"Ann;x\";Lee,y;"},
		"tabs":                       {store.Batch{ID: 7, Delimiter: "\t"}, "row\tstatus\texternal_id\tfirst_name\tlast_name|2\tinvited\t\tAnn;x\tLee,y\t"},
	} {
		var got bytes.Buffer
		if err := Write(t.Context(), &fakeReader{all: all}, c.batch, CSV, &got); err != nil {
			t.Fatal(err)
		}
		head, row, _ := strings.Cut(c.want, "|")
		lines := strings.Split(got.String(), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], head) || !strings.HasPrefix(lines[1], row) {
			t.Errorf("%s: got %q", name, lines)
		}
	}
}
