package report

import (
	"bytes"
	"encoding/csv"
	"testing"

	"usher/store"
)

// Only those who wait say why, and not if something else is said of them.
func TestWaitingSayWhy(t *testing.T) {
	t.Parallel()
	var all []store.Applicant
	for i, state := range store.States {
		all = append(all, store.Applicant{Key: store.Key{Batch: 7, Row: 2 + i}, State: state})
	}
	all = append(all, store.Applicant{Key: store.Key{Batch: 7, Row: 99}, State: store.Queued, ErrorCode: "own_code", Error: "Own words."})
	var out bytes.Buffer
	if err := Write(t.Context(), Waiting(&fakeReader{all: all}, "The batch is paused."), store.Batch{ID: 7}, CSV, &out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != len(all)+1 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, line := range lines[1:] {
		want := [2]string{}
		switch {
		case line[0] == "99":
			want = [2]string{"own_code", "Own words."}
		case line[1] == string(store.Queued):
			want = [2]string{"paused", "The batch is paused."}
		}
		if got := [2]string{line[9], line[10]}; got != want {
			t.Errorf("row %s, %s: got %q, want %q", line[0], line[1], got, want)
		}
	}
}
