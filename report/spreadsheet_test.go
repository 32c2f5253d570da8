package report_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/importer"
	"usher/report"
	"usher/store"
	"usher/store/storetest"
)

// spreadsheet opens a file in LibreOffice and saves it in another form, as
// people do. Without LibreOffice t is skipped, or fails if USHER_TEST_NO_SKIP
// is set.
func spreadsheet(t *testing.T, path, saveAs string) string {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil && os.Getenv("USHER_TEST_NO_SKIP") != "" {
		t.Fatal("there is no LibreOffice (soffice)")
	}
	if err != nil {
		t.Skip("there is no LibreOffice (soffice)")
	}
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+folder+"/profile", "--headless",
		"--infilter=CSV:44,34,76", "--convert-to", saveAs, "--outdir", folder, path)
	if filepath.Ext(path) != ".csv" {
		cmd.Args = append(cmd.Args[:3], cmd.Args[4:]...) // the way to read CSV
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, said)
	}
	kind, _, _ := strings.Cut(saveAs, ":")
	saved := filepath.Join(folder, strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))+"."+kind)
	if _, err := os.Stat(saved); err != nil {
		t.Fatal(err)
	}
	return saved
}

const saveAsCSV = "csv:Text - txt - csv (StarCalc):44,34,76"

const delicate = "first_name,last_name,email,phone,external_id,Team,=Note,start\n" +
	"דוד,כהן,david@example.com,+442079460018,007,=cmd|' /C calc'!A0,@x,2026-01-05\n" +
	"王,小明,wang@example.com,+8613912345678,0012345678901234567,-1,+1 more,1/2\n" +
	"Zoë 😀,O’Brien,zoe@example.com,+447911123456,1E5,  ,\"two\nlines\",=1+1\n" +
	"'=Ann,Lee,ann@example.com,+15192223333,-7,\"a, \"\"b\"\"\",'t Hooft,TRUE\n" +
	"No,Phone,no@example.com,07911 123456,009,_x0041_,,\n"

// What people see of a report in a spreadsheet, and save there, comes back
// unchanged; where it was imported already, nobody is invited.
func TestReportComesBackFromASpreadsheet(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := filepath.Join(folder, "people.csv")
	if err := os.WriteFile(first, []byte(delicate), 0o600); err != nil {
		t.Fatal(err)
	}
	here := newOffice(t)
	batch, want := here.bring(first)
	if len(want) != 5 || want[0].State != store.Queued || want[4].State != store.Rejected {
		t.Fatalf("%d rows: %v", len(want), want)
	}
	write := func(f report.Format) string {
		path := filepath.Join(folder, "results."+string(f))
		if err := save(t.Context(), here.st, batch, f, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	workbook, text := write(report.XLSX), write(report.CSV)
	for name, file := range map[string]func(*testing.T) string{
		"workbook as it is":       func(*testing.T) string { return workbook },
		"workbook saved again":    func(t *testing.T) string { return spreadsheet(t, workbook, "xlsx") },
		"workbook saved as CSV":   func(t *testing.T) string { return spreadsheet(t, workbook, saveAsCSV) },
		"workbook, ODS, workbook": func(t *testing.T) string { return spreadsheet(t, spreadsheet(t, workbook, "ods"), "xlsx") },
	} {
		if storetest.Raced() && name == "workbook, ODS, workbook" { // nothing of ours is raced in a spreadsheet
			continue
		}
		t.Run(name, func(t *testing.T) {
			path := file(t)
			_, got := newOffice(t).bring(path)
			ignore := cmpopts.IgnoreFields(store.Applicant{}, "PersonKey", "SettledAt")
			if diff := cmp.Diff(want, got, ignore); diff != "" {
				t.Errorf("applicants (-first +again):\n%s", diff)
			}
			here.on(t).invitesNobody(path)
		})
	}
	// Opened as CSV a spreadsheet makes numbers of what looks like some.
	for name, saveAs := range map[string]string{"CSV saved again": saveAsCSV, "CSV saved as workbook": "xlsx"} {
		t.Run(name, func(t *testing.T) {
			path := spreadsheet(t, text, saveAs)
			_, got := newOffice(t).bring(path)
			if len(got) != len(want) {
				t.Fatalf("%d rows", len(got))
			}
			for i, a := range got {
				b := want[i]
				if a.State != b.State || a.FirstName != b.FirstName || a.LastName != b.LastName || a.Email != b.Email ||
					a.State == store.Queued && (a.Phone != b.Phone || a.Extra[0] != b.Extra[0] || a.Extra[1] != b.Extra[1]) {
					t.Errorf("row %d: %+v, not %+v", a.Row, a, b)
				}
			}
			here.on(t).invitesNobody(path)
		})
	}
}

// on is the same office for a part of a test.
func (o *office) on(t *testing.T) *office { return &office{t, o.st, o.options} }

func (o *office) invitesNobody(path string) {
	o.Helper()
	plan, err := importer.Check(o.Context(), o.st, o.source(path), o.options)
	if err != nil {
		o.Fatal(err)
	}
	if plan.Rows != 5 || plan.Counts[store.Duplicate] != 4 || plan.Counts[store.Rejected] != 1 || plan.Tokens != 0 {
		o.Errorf("imported again: %v", plan.Counts)
	}
}
