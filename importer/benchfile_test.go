package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"usher/importer/table"
	"usher/importer/table/tabletest"
)

// writeBook writes a workbook of n people, each text in the table of strings,
// as Excel does.
func writeBook(tb testing.TB, n int) string {
	tb.Helper()
	text, err := os.ReadFile(writePeople(tb, n))
	if err != nil {
		tb.Fatal(err)
	}
	var sheet, texts bytes.Buffer
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	texts.WriteString(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
	known := map[string]int{}
	row := 0
	for line := range strings.Lines(string(text)) {
		row++
		fmt.Fprintf(&sheet, `<row r="%d" spans="1:7">`, row)
		for i, cell := range strings.Split(strings.TrimSpace(line), ",") {
			at, ok := known[cell]
			if !ok {
				at = len(known)
				known[cell] = at
				fmt.Fprintf(&texts, "<si><t>%s</t></si>", cell)
			}
			fmt.Fprintf(&sheet, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, row, at)
		}
		sheet.WriteString("</row>")
	}
	sheet.WriteString("</sheetData></worksheet>")
	texts.WriteString("</sst>")
	path := filepath.Join(tb.TempDir(), "people.xlsx")
	content := tabletest.Book(tb, sheet.String(), "xl/sharedStrings.xml", texts.String(),
		"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// checkFile reads, maps and checks a file, and counts its rows.
func checkFile(path string) (rows int, err error) {
	src, err := table.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	in, err := openInput(context.Background(), src, Options{}, make([]byte, 32), time.Now)
	if err != nil {
		return 0, err
	}
	for {
		c, err := in.next(checkRows)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if len(c.problems) > 0 {
			return rows, errors.New(c.problems[0].Code)
		}
		rows += len(c.applicants)
	}
}

// bareCSV is encoding/csv merely reading a file.
func bareCSV(path string) (rows int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	r := csv.NewReader(bufio.NewReaderSize(file, 64<<10))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return rows - 1, nil
		} else if err != nil {
			return rows, err
		}
		rows++
	}
}

// bareExcelize is excelize merely streaming a file.
func bareExcelize(path string) (n int, err error) {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	rows, err := f.Rows("People")
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		if _, err := rows.Columns(excelize.Options{RawCellValue: true}); err != nil {
			return n, err
		}
		n++
	}
	return n - 1, rows.Close()
}

func BenchmarkReadXLSX(b *testing.B) {
	const n = 20_000
	path := writeBook(b, n)
	for name, read := range map[string]func(string) (int, error){"usher": checkFile, "excelize": bareExcelize} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if rows, err := read(path); err != nil || rows != n {
					b.Fatal(rows, err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestBenchFiles measures whole files against the libraries that merely read
// them: rows a second and the most memory held.
func TestBenchFiles(t *testing.T) {
	if os.Getenv("USHER_BENCH") == "" {
		return // 'make bench' runs it; it is no test, so there is nothing to skip
	}
	people, workbook := writePeople(t, 1_000_000), writeBook(t, 200_000)
	for _, c := range []struct {
		name, path string
		read       func(string) (int, error)
	}{
		{"CSV, 1,000,000 rows, usher", people, checkFile},
		{"CSV, 1,000,000 rows, encoding/csv", people, bareCSV},
		{"XLSX, 200,000 rows, usher", workbook, checkFile},
		{"XLSX, 200,000 rows, excelize", workbook, bareExcelize},
	} {
		debug.FreeOSMemory()
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // begin the peak anew, on Linux
		begin := time.Now()
		rows, err := c.read(c.path)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		took := time.Since(begin)
		t.Logf("%-36s %8.0f rows/s, peak %s", c.name, float64(rows)/took.Seconds(), peak())
	}
}

// peak is the most memory that this process held, on Linux.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}
