package table

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"usher/store/storetest"
)

// However many texts there are, in whatever order they are asked for: they are the
// same, and little of them is in memory.
func TestStringTable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		texts, longest int
		file           bool
	}{
		"few":       {10, 20, false},
		"many":      {storetest.Rows(600_000, 300_000), 60, true},
		"empty":     {storetest.Rows(300_000, 30_000), 0, false},
		"long ones": {40, maxRowBytes, true},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		all := make([]string, c.texts)
		var table stringTable
		for i := range all {
			all[i] = strings.Repeat("é", r.IntN(c.longest/2+1))
			if c.longest > 0 {
				all[i] += fmt.Sprint(i)
			}
			if err := table.add(all[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.seal(); err != nil {
			t.Fatal(err)
		}
		if (table.file != nil) != c.file || table.texts != c.texts {
			t.Errorf("%s: %d texts, in a file: %t", name, table.texts, table.file != nil)
		}
		for i := range storetest.Rows(3000, 400) {
			n := i % c.texts
			if i%2 == 0 {
				n = r.IntN(c.texts)
			}
			got, err := table.at(n)
			if err != nil || got != all[n] {
				t.Fatalf("%s: text %d is %d bytes long, want %d: %v", name, n, len(got), len(all[n]), err)
			}
			if i%100 != 0 {
				continue
			}
			if held := heldBy(&table); held != table.held || held > stringsHeld+maxRowBytes+pageBytes {
				t.Fatalf("%s: %d bytes are held, %d are counted", name, held, table.held)
			}
		}
		table.close()
	}
}

func heldBy(t *stringTable) (bytes int) {
	for i := range t.pages {
		if t.pages[i].ends != nil {
			bytes += t.pages[i].memory()
		}
	}
	return bytes
}
