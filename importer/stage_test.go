package importer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/store"
)

const everyKind = `First Name,lastName,E-MAIL,phone,external_id,sendEmailInvite,send_phone_invite,workflow_id,redirect_url,Team,Note
 Ann ,Lee,Ann@Example.com,+44 7700 900-001,E-1,no,Y,wf-1,https://example.com/done,Sales,"two
lines, one note"
Bob,O'Lee,bob@example.com,'+447700900002,,,,,,'=SUM(A1),
Cy,,cy@example,07700 900003,E-3,perhaps,,,http://example.com,Sales,
Di,Lee,di@example.com,+447700900004,,,,,,
Ed,Lee,ed@example.com,+447700900005,,,,,,Sales,a,b
Flo,Lee,flo@example.com,+447700900006,E-1,,,,,Sales,
Ann,Lee-Smith,ANN@example.com,+447700900001,E-1,,,,,,
世,界,shi@example.com,+447700900007,,0,0,,,😀,
`

func TestStage(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		o := w.options()
		o.Name, o.ReportPath, o.Defaults.WorkflowID = "May joiners", "/tmp/report.csv", "wf-0"
		s := w.stage(everyKind, o)
		id := s.Batch.ID
		want := []store.Applicant{
			{Key: store.Key{Batch: id, Row: 2}, State: store.Queued, FirstName: "Ann", LastName: "Lee", Email: "Ann@Example.com",
				Phone: "+447700900001", ExternalID: "E-1", SendPhoneInvite: true, WorkflowID: "wf-1",
				RedirectURL: "https://example.com/done", Extra: []string{"no", "Y", "wf-1", "https://example.com/done", "Sales", "two\nlines, one note"}},
			{Key: store.Key{Batch: id, Row: 3}, State: store.Queued, FirstName: "Bob", LastName: "O'Lee", Email: "bob@example.com",
				Phone: "+447700900002", SendEmailInvite: true, SendPhoneInvite: true, WorkflowID: "wf-0", Extra: []string{"", "", "", "", "=SUM(A1)", ""}},
			{Key: store.Key{Batch: id, Row: 4}, State: store.Rejected, FirstName: "Cy", Email: "cy@example", Phone: "07700 900003",
				ExternalID: "E-3", SendEmailInvite: true, SendPhoneInvite: true, RedirectURL: "http://example.com",
				Extra: []string{"perhaps", "", "", "http://example.com", "Sales", ""}, ErrorCode: "last_name_missing"},
			{Key: store.Key{Batch: id, Row: 5}, State: store.Queued, FirstName: "Di", LastName: "Lee", Email: "di@example.com",
				Phone: "+447700900004", SendEmailInvite: true, SendPhoneInvite: true, WorkflowID: "wf-0", Extra: []string{"", "", "", "", "", ""}},
			{Key: store.Key{Batch: id, Row: 6}, State: store.Rejected, FirstName: "Ed", LastName: "Lee", Email: "ed@example.com",
				Phone: "+447700900005", Extra: []string{"", "", "", "", "Sales", "a"}, ErrorCode: "row_too_long"},
			{Key: store.Key{Batch: id, Row: 7}, State: store.Rejected, FirstName: "Flo", LastName: "Lee", Email: "flo@example.com",
				Phone: "+447700900006", ExternalID: "E-1", SendEmailInvite: true, SendPhoneInvite: true, WorkflowID: "wf-0",
				Extra: []string{"", "", "", "", "Sales", ""}, ErrorCode: "external_id_reused"},
			{Key: store.Key{Batch: id, Row: 8}, State: store.Duplicate, FirstName: "Ann", LastName: "Lee-Smith", Email: "ANN@example.com",
				Phone: "+447700900001", ExternalID: "E-1", SendEmailInvite: true, SendPhoneInvite: true, WorkflowID: "wf-0",
				Extra: []string{"", "", "", "", "", ""}, ErrorCode: "duplicate_in_file", Holder: store.Key{Batch: id, Row: 2}},
			{Key: store.Key{Batch: id, Row: 9}, State: store.Queued, FirstName: "世", LastName: "界", Email: "shi@example.com",
				Phone: "+447700900007", WorkflowID: "wf-0", Extra: []string{"0", "0", "", "", "😀", ""}},
		}
		got := w.applicants(id)
		ignore := cmpopts.IgnoreFields(store.Applicant{}, "Run", "PersonKey", "Error", "SettledAt")
		generated := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ExternalID" },
			cmp.Comparer(func(a, b string) bool { return a == b || isGenerated(a+b) }))
		if diff := cmp.Diff(want, got, ignore, generated); diff != "" {
			t.Errorf("applicants (-want +got):\n%s", diff)
		}
		for _, a := range got {
			settled := a.State == store.Rejected || a.State == store.Duplicate
			if a.SettledAt.IsZero() == settled || (a.PersonKey == "") != (a.State == store.Rejected) {
				t.Errorf("row %d is %s: settled at %v, person key %q", a.Row, a.State, a.SettledAt, a.PersonKey)
			}
		}
		wantError := `lastName: the cell is empty. Fill it in: it is needed for everybody. ` +
			`E-MAIL: what stands after the @ in "cy@example" is not the name of a mail domain. Write one address and nothing else, such as name@example.com. ` +
			`phone: "07700 900003" does not start with + and a country code. Write it with + and the country code, such as +447700900123; or, if all numbers without one are of one country, name that country (--region). ` +
			`sendEmailInvite: "perhaps" is neither yes nor no. Write yes or no, or leave the cell empty. ` +
			`redirect_url: "http://example.com" does not start with https://. Write an address that starts with https://, or leave the cell empty.`
		if diff := cmp.Diff(wantError, got[2].Error); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
		if want := `external_id: "E-1" belongs to another person, in row 2. `; !strings.HasPrefix(got[5].Error, want) {
			t.Errorf("got %q", got[5].Error)
		}
		if diff := cmp.Diff([]int{2, 3, 5, 9}, w.jobs.rows[id]); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		b := s.Batch
		if b.State != store.BatchImporting || b.Name != "May joiners" || b.ReportPath != "/tmp/report.csv" ||
			!cmp.Equal(b.ExtraColumns, []string{"sendEmailInvite", "send_phone_invite", "workflow_id", "redirect_url", "Team", "Note"}) {
			t.Errorf("got batch %+v", b)
		}
		if diff := cmp.Diff([]string{"wf-0", "wf-1"}, s.Workflows); diff != "" {
			t.Errorf("workflows (-want +got):\n%s", diff)
		}
		counts, err := st.Counts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(counts, s.Counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
}

func isGenerated(id string) bool { return regexp.MustCompile(`^usher-[a-z2-7]{20}$`).MatchString(id) }

func TestActivate(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		rows := 10
		if st.Pgx() != nil {
			rows = analyzeFrom + 10
		}
		s := w.run(people(upTo(rows)...), w.options())
		b, err := st.Batch(t.Context(), s.Batch.ID)
		if err != nil || b.State != store.BatchRunning || s.Batch.State != store.BatchRunning {
			t.Errorf("the batch is %s, %v", b.State, err)
		}
		if n := len(w.jobs.rows[b.ID]); n != rows {
			t.Errorf("%d jobs", n)
		}
		leases, err := st.Leases(t.Context(), "import:")
		if err != nil || len(leases) > 0 {
			t.Errorf("leases %v, %v", leases, err)
		}
		if err := s.Discard(t.Context()); err != nil {
			t.Error(err)
		}
		w.empty(b.ID)
	})
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		s := w.stage(people(1, 2), w.options())
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // people said no with Ctrl-C
		if err := s.Discard(ctx); err != nil {
			t.Fatal(err)
		}
		w.empty()
		if err := s.Activate(t.Context()); err == nil {
			t.Error("a discarded batch was activated")
		}
		w.run(people(1, 2), w.options())
	})
}

func TestWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("no more jobs")
	for name, spoil := range map[string]struct {
		text string
		hook func(cancel context.CancelFunc) func(tx *store.Tx, call int) error
		want error
	}{
		"the enqueuer fails": {people(upTo(8800)...), func(context.CancelFunc) func(*store.Tx, int) error {
			return func(_ *store.Tx, call int) error {
				if call == 3 {
					return broken
				}
				return nil
			}
		}, broken},
		"Ctrl-C": {people(upTo(8800)...), func(cancel context.CancelFunc) func(*store.Tx, int) error {
			return func(_ *store.Tx, call int) error {
				if call == 2 {
					cancel()
				}
				return nil
			}
		}, context.Canceled},
		"the lease ends": {people(upTo(8800)...), func(context.CancelFunc) func(*store.Tx, int) error {
			return func(tx *store.Tx, call int) error {
				if call == 1 {
					return tx.EndLeases(context.Background(), "import:")
				}
				return nil
			}
		}, ErrLeaseLost},
		"the file is broken at its end": {people(upTo(8800)...) + "\"", nil, &table.FileError{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openSQLite(t)) // small chunks
			before := w.run(people(1), w.options())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.jobs.call = 0
			if spoil.hook != nil {
				w.jobs.hook = spoil.hook(cancel)
			}
			_, err := w.im.Stage(ctx, open(t, spoil.text), w.options())
			var refused *table.FileError
			if !errors.Is(err, spoil.want) && !errors.As(err, &refused) {
				t.Fatalf("got %v, want %v", err, spoil.want)
			}
			w.empty(before.Batch.ID)
			w.jobs.hook = nil
			after := w.run(people(upTo(8800)...), w.options())
			if n := after.Counts[store.Queued]; n != 8799 {
				t.Errorf("%d queued afterwards", n)
			}
		})
	}
}

// A file that is refused says why and where, and nothing of it is stored.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "the file is empty"},
		"only blanks":    {"\n,,\n", "the file is empty"},
		"no rows":        {head + "\n\n,,,\n", "a header and no rows"},
		"no header":      {"Zaphod,Lee,zaphod@example.com,+447700900001\n", "the file has no header"},
		"missing column": {"first_name,last_name,phone\nZaphod,Lee,+447700900001\n", "no column email"},
		"bad quote":      {head + "\nZaphod,\"Lee,zaphod@example.com,+447700900001\n", "line 2"},
	} {
		src := open(t, c.text)
		_, err := w.im.Stage(t.Context(), src, w.options())
		var refused *table.FileError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || refused.Hint() == "" || refused.Name != src.Path() {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if strings.Contains(strings.ToLower(fmt.Sprint(err, refused.Hint())), "zaphod") {
			t.Errorf("%s: a person is in the error: %v", name, err)
		}
		if _, checkErr := Check(t.Context(), nil, src, w.options()); fmt.Sprint(checkErr) != fmt.Sprint(err) {
			t.Errorf("%s: a check says %v, an import %v", name, checkErr, err)
		}
	}
	w.empty()
}

func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	for _, d := range []Defaults{{RedirectURL: "http://example.com"}, {WorkflowID: "w f"}} {
		o := w.options()
		o.Defaults = d
		_, err := w.im.Stage(t.Context(), open(t, people(1)), o)
		var refused *heading.OptionError
		if !errors.As(err, &refused) || refused.Hint() == "" {
			t.Errorf("got %v", err)
		}
	}
	w.empty()
}

func TestControlCharacters(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		s := w.stage(head+",note\n"+
			"A\x00nn,Lee,ann@example.com,+447700900001,\n"+
			"Bob,Lee,bob@example.com,+447700900002,\x00\x1b[2J\n"+
			"\"Cy\nX\",Lee,cy@example.com,+447700900003,\n"+
			"Di,Lee,di@example.com,+447700900004,\"a\tb\nc\"\n"+
			"Ed,Lee,ed@example.com,+447700900005\x7f,\n", w.options())
		want := []string{"2 rejected control_character", "3 rejected control_character", "4 queued", "5 queued",
			"6 rejected control_character"}
		if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if a := w.applicants(s.Batch.ID)[1]; a.Extra[0] != "\uFFFD\x1b[2J" || strings.ContainsAny(a.Error, "\x00\x1b") {
			t.Errorf("kept %q, said %q", a.Extra, a.Error)
		}
	})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	src := open(t, people(upTo(2500)...))
	var last Progress
	o := w.options()
	o.Progress = func(p Progress) {
		if p.Rows < last.Rows || p.Bytes < last.Bytes {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}
	want := Progress{Rows: 2500, Bytes: src.Size(), Total: src.Size()}
	if _, err := Check(t.Context(), nil, src, o); err != nil || last != want {
		t.Errorf("check: %v, %+v", err, last)
	}
	last = Progress{}
	s, err := w.im.Stage(t.Context(), src, o)
	if err != nil || last != want {
		t.Fatalf("stage: %v, %+v", err, last)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	w.empty()
}
