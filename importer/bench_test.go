package importer

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/importer/table"
)

// writePeople writes a CSV file of n people as HR would have it.
func writePeople(tb testing.TB, n int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "people.csv")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "first_name,last_name,email,phone,external_id,department,start_date")
	for i := range n {
		fmt.Fprintf(w, "Maria%d,van der Berg,maria.berg.%d@example.com,+44 7700 %06d,E-%07d,Sales,2026-01-05\n", i, i, i%1_000_000, i)
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// BenchmarkRead reads, decodes and checks rows, and hashes their persons: all
// that an import does before the database.
func BenchmarkRead(b *testing.B) {
	const n = 100_000
	src, err := table.OpenFile(writePeople(b, n))
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	secret := make([]byte, 32)
	b.SetBytes(src.Size())
	b.ReportAllocs()
	for b.Loop() {
		in, err := openInput(b.Context(), src, Options{Defaults: Defaults{SendEmailInvite: true}}, secret, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		in.ids = newIDMaker()
		rows := 0
		for {
			c, err := in.next(checkRows)
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if len(c.problems) > 0 {
				b.Fatal(c.problems[0].Code)
			}
			rows += len(c.applicants)
		}
		if rows != n {
			b.Fatalf("%d rows", rows)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
