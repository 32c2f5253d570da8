package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"usher/store"
)

func fileTests() tests {
	return tests{"Remember": fileRemember, "AtOnce": fileAtOnce, "Shared": fileShared, "AccountName": accountName}
}

// sumOf is a text as long as a SHA-256 in hex.
func sumOf(digit string) string { return strings.Repeat(digit, 64) }

func (w *world) sums(path string) []string {
	w.Helper()
	sums, err := w.st.FileSums(w.Context(), path)
	w.must(err)
	return sums
}

func fileRemember(w *world) {
	const path = "/ordner/Ergebnis für Jürgen.csv"
	if sums := w.sums(path); len(sums) != 0 {
		w.Errorf("a file that was never written has %v", sums)
	}
	for i, want := range [][]string{{"a"}, {"b", "a"}, {"c", "b", "a"}, {"d", "c", "b"}, {"e", "d", "c"}} {
		w.must(w.st.RememberFile(w.Context(), path, sumOf(want[0])))
		for n := range want {
			want[n] = sumOf(want[n])
		}
		if sums := w.sums(path); !slices.Equal(sums, want) {
			w.Errorf("after %d: got %v, want %v", i+1, sums, want)
		}
	}
	if sums := w.sums(path + "x"); len(sums) != 0 {
		w.Errorf("another file has %v", sums)
	}
}

func fileAtOnce(w *world) {
	w.atOnce(3, func(i int) (bool, error) {
		return true, w.st.RememberFile(context.Background(), "/a.csv", sumOf(fmt.Sprint(i)))
	})
	sums := w.sums("/a.csv")
	slices.Sort(sums)
	if !slices.Equal(sums, []string{sumOf("0"), sumOf("1"), sumOf("2")}) {
		w.Errorf("got %v", sums)
	}
}

func fileShared(w *world) {
	const path = "/out/people.results.csv"
	insert := func(path, source string) int64 {
		w.Helper()
		id, err := w.st.InsertBatch(w.Context(), store.Batch{Account: w.account, Name: "n", Source: source, Fingerprint: "f", Options: "{}", ReportPath: path})
		w.must(err)
		return id
	}
	check := func(what string, batch int64, want, wantApart bool) {
		w.Helper()
		for apart, want := range map[bool]bool{false: want, true: wantApart} {
			got, err := w.st.ReportShared(w.Context(), batch, path, apart)
			w.must(err)
			if got != want {
				w.Errorf("%s, sources told apart %v: %v", what, apart, got)
			}
		}
	}
	named := func(path string, want bool) {
		w.Helper()
		got, err := w.st.ReportNamed(w.Context(), path)
		w.must(err)
		if got != want {
			w.Errorf("%s is named by a batch: %v", path, got)
		}
	}
	named(path, false)
	first := insert(path, "a/people.csv")
	named(path, true)
	check("alone", first, false, false)
	insert("/out/other.csv", "b/people.csv")
	check("beside another", first, false, false)
	second := insert(path, "a/people.csv")
	check("the first of two at once", first, true, true)
	check("the second of two at once", second, true, true)
	finish := func(batch int64, ago any) {
		w.exec("UPDATE batches SET state = 'finished', finished_at = $2 WHERE id = $1", batch, ago)
	}
	finish(second, w.ago(0))
	check("the first, with a later one finished", first, true, true)
	finish(first, w.ago(longLease))
	check("the second, with the first finished before", second, false, false)
	third := insert(path, "b/people.csv")
	finish(second, w.ago(longLease))
	check("one of another source, with both finished before", third, false, true)
	w.exec("UPDATE batches SET state = 'cancelled' WHERE id <> $1", third)
	check("with the others cancelled", third, false, false)
}

func accountName(w *world) {
	name, err := w.st.AccountName(w.Context(), w.account)
	w.must(err)
	if name != "https://api.example key-1" {
		w.Errorf("got %q", name)
	}
	_, err = w.st.AccountName(w.Context(), w.account+1000)
	wantError(w.T, "the name of an account that is not there", err, store.ErrNotFound)
}
