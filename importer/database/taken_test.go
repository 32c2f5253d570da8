package database

import (
	"fmt"
	"testing"
	"time"
)

// takenReading is a reading of rows by their times, n a second.
func takenReading(t *testing.T, taken Taken, from time.Time, rows, perSecond int) (again int, s *seen, w *watermark) {
	t.Helper()
	w = &watermark{}
	sn := newSeen(taken)
	if !taken.From.IsZero() {
		w.from = Mark{Value: from.Add(time.Duration(rows/perSecond) * time.Second).Format(time.RFC3339Nano), Kind: markTime}
		w.again.from = taken.From
	}
	for i := range rows {
		at := from.Add(time.Duration(i/perSecond) * time.Second)
		if take, err := w.see(at, "TIMESTAMP"); err != nil || !take {
			t.Fatal(take, err)
		}
		if sn.before(w, []string{fmt.Sprint(i), at.String()}) {
			again++
		}
	}
	return again, &sn, w
}

// Only the rows near the highest mark are remembered, however many are read.
func TestTakenStaysSmall(t *testing.T) {
	t.Parallel()
	_, s, w := takenReading(t, Taken{}, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), 200_000, 1)
	if len(s.fresh) > 2*fewRows {
		t.Errorf("%d rows are remembered", len(s.fresh))
	}
	near := 0
	for _, p := range s.pieces(w.cut()) {
		near += len(p.Rows) / len(fingerprint{})
	}
	if want := int((defaultOverlap + margin).Seconds()) + 1; near != want {
		t.Errorf("%d rows are kept, want %d", near, want)
	}
}

// As many rows as there are at one time are recognised, in as many pieces as it takes.
func TestTakenOfOneTime(t *testing.T) {
	t.Parallel()
	const rows = pieceRows + 10
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	again, s, w := takenReading(t, Taken{Key: []byte("k")}, at, rows, rows+1)
	pieces := s.pieces(w.cut())
	if again != 0 || len(pieces) != 2 || len(pieces[0].Rows) != 16*pieceRows || !pieces[1].Last.Equal(at) {
		t.Fatalf("%d again, %d pieces", again, len(pieces))
	}
	known := [][]byte{pieces[0].Rows, pieces[1].Rows}
	if again, s, _ := takenReading(t, Taken{Key: []byte("k"), From: at.Add(-time.Hour), Rows: known}, at, rows, rows+1); again != rows || len(s.fresh) != 0 {
		t.Errorf("%d of %d were recognised", again, rows)
	}
	if again, _, _ := takenReading(t, Taken{Key: []byte("other"), From: at.Add(-time.Hour), Rows: known}, at, 10, 11); again != 0 {
		t.Errorf("%d were recognised by another key", again)
	}
}

// Where one cell ends is part of a row.
func TestTakenCells(t *testing.T) {
	t.Parallel()
	s := newSeen(Taken{Key: []byte("k")})
	if s.fingerprint([]string{"ab", "c"}) == s.fingerprint([]string{"a", "bc"}) {
		t.Error("two rows are one")
	}
}
