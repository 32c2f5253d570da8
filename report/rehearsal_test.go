package report

import (
	"bytes"
	"encoding/csv"
	"testing"

	"usher/store"
)

// Rows that were sent say that nobody was contacted; those that were not keep
// what is wrong with them.
func TestRehearsalMarksItsRows(t *testing.T) {
	t.Parallel()
	var all []store.Applicant
	for i, state := range store.States {
		all = append(all, store.Applicant{Key: store.Key{Batch: 7, Row: 2 + i}, State: state, ErrorCode: "own_code", Error: "Own words."})
	}
	var out bytes.Buffer
	if err := Write(t.Context(), Rehearsal(&fakeReader{all: all}), store.Batch{ID: 7}, CSV, &out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != len(all)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines[1:] {
		want := [2]string{"own_code", "Own words."}
		switch store.State(line[1]) {
		case store.Invited, store.Sending, store.Unknown:
			want = [2]string{"rehearsal", "Rehearsal: nobody was contacted."}
		}
		if got := [2]string{line[9], line[10]}; got != want {
			t.Errorf("%s: got %q, want %q", line[1], got, want)
		}
	}
	if all[0].ErrorCode != "own_code" {
		t.Error("the rows themselves were changed")
	}
}
