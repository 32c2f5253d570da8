package report_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/importer"
	"usher/importer/table"
	"usher/report"
	"usher/store"
)

type noJobs struct{}

func (noJobs) EnqueueImport(context.Context, *store.Tx, int64, []int) error { return nil }
func (noJobs) DeleteImportJobs(context.Context, *store.Tx, int64) error     { return nil }

// office is a database into which files are imported.
type office struct {
	*testing.T
	st      *store.Store
	options importer.Options
}

func newOffice(t *testing.T) *office {
	t.Helper()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "usher.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	if _, err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	account, err := st.Account(t.Context(), "account", "")
	if err != nil {
		t.Fatal(err)
	}
	return &office{t, st, importer.Options{By: store.Actor{Name: "ann"}, Account: account}}
}

func (o *office) source(path string) *table.Source {
	o.Helper()
	src, err := table.OpenFile(path)
	if err != nil {
		o.Fatal(err)
	}
	o.Cleanup(func() { _ = src.Close() })
	return src
}

func (o *office) bring(path string) (store.Batch, []store.Applicant) {
	o.Helper()
	s, err := importer.New(o.st, noJobs{}, "process", "").Stage(o.Context(), o.source(path), o.options)
	if err != nil {
		o.Fatal(err)
	}
	if err := s.Activate(o.Context()); err != nil {
		o.Fatal(err)
	}
	all, err := o.st.Applicants(o.Context(), s.Batch.ID, 0, 100)
	if err != nil {
		o.Fatal(err)
	}
	return s.Batch, all
}

const people = `first_name,last_name,email,phone,external_id,Team,=Note,status
Ann,Lee,ann@example.com,+44 7700 900001,E-1,Sales,=SUM(A1:A2),full time
'-Bob,O'Lee,bob@example.com,+447700900002,-7,@ops,"two
lines",+1 more
محمد,世界,m@example.com,+447700900003,,😀,+447700900009,"-a, ""b"""
'@Cy,'=Lee,cy@example.com,+447700900004,'+E,'t Hooft,"	tab",
No,Phone,no@example.com,07700 900005,007,,,
`

// A report, imported again, gives the values that it was written from; and
// where they were imported already, nobody new.
func TestReportComesBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, second := filepath.Join(folder, "people.csv"), filepath.Join(folder, "people.results.csv")
	if err := os.WriteFile(first, []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	here, elsewhere := newOffice(t), newOffice(t)
	batch, want := here.bring(first)
	if err := save(t.Context(), here.st, batch, report.CSV, second); err != nil {
		t.Fatal(err)
	}

	again, got := elsewhere.bring(second)
	if diff := cmp.Diff([]string{"Team", "=Note", "status_2"}, again.ExtraColumns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	ignore := cmpopts.IgnoreFields(store.Applicant{}, "PersonKey", "SettledAt")
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("applicants (-first +again):\n%s", diff)
	}

	plan, err := importer.Check(t.Context(), here.st, here.source(second), here.options)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Rows != 5 || plan.Counts[store.Duplicate] != 4 || plan.Counts[store.Rejected] != 1 || plan.Tokens != 0 {
		t.Errorf("a check of the report: %+v", plan)
	}
}
