package importer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"usher/importer/table"
	"usher/store"
)

// TestTemplateFilledIn fills a template in as people do, and has it checked.
func TestTemplateFilledIn(t *testing.T) {
	t.Parallel()
	for _, workbook := range []bool{false, true} {
		t.Run(fmt.Sprintf("workbook=%v", workbook), func(t *testing.T) {
			t.Parallel()
			var empty bytes.Buffer
			if err := WriteTemplate(&empty, workbook); err != nil {
				t.Fatal(err)
			}
			person := []string{"Ann", "Lee", "ann@example.com", "+447700900123", "7"}
			path := filepath.Join(t.TempDir(), "list.csv")
			if workbook {
				path = fillWorkbook(t, empty.Bytes(), person)
			} else if err := os.WriteFile(path, []byte(empty.String()+strings.Join(person, ",")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			src, err := table.OpenFile(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = src.Close() }()
			plan, err := Check(context.Background(), nil, src, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if plan.Counts[store.Queued] != 1 || plan.Rows != 1 {
				t.Errorf("got %v of %d rows, problems %v", plan.Counts, plan.Rows, plan.Problems)
			}
			for _, c := range plan.Columns {
				if c.Field == "" {
					t.Errorf("%q is not understood", c.Heading)
				}
			}
		})
	}
}

func fillWorkbook(t *testing.T, empty []byte, person []string) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(empty))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetSheetRow(f.GetSheetName(0), "A3", &person); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "list.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}
