package database

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"time"
)

// Taken are rows that earlier readings took near the mark. They are recognised when
// they are read again.
type Taken struct {
	Key  []byte    // that fingerprints are made with, so that they tell nothing of a person
	From time.Time // every row that was taken from here on is among them; zero for none
	Rows [][]byte  // their fingerprints, in pieces
}

// Piece is some of the rows that a reading took.
type Piece struct {
	Last time.Time // the highest of their marks
	Rows []byte    // their fingerprints, one after the other
}

// Since sets the mark that the next reading begins beyond, and the rows that were
// taken near it; the zero mark is before the first run.
func (d *Source) Since(from Mark, taken Taken) {
	d.release()
	d.taken = taken
	d.mark = watermark{from: from}
}

// rewind makes ready for a reading from a mark on.
func (d *Source) rewind(from Mark) {
	d.mark = watermark{from: from, start: d.q.Start, again: overlap{wish: d.q.Overlap, from: d.taken.From, zone: time.UTC}}
	d.seen = newSeen(d.taken)
}

// Taken are the rows that the present reading took near its highest mark, and the
// time from which on all are known that were taken, zero for none.
func (d *Source) Taken() (from time.Time, pieces []Piece) {
	if d.mark.again.by == 0 || d.mark.high == nil {
		return time.Time{}, nil
	}
	return d.mark.knownFrom(), d.seen.pieces(d.mark.cut())
}

// pieceRows is how many rows are in a piece at the most: a mebibyte.
const pieceRows = 1 << 16

// fingerprint stands for the cells of a row, its mark among them.
type fingerprint [16]byte

// takenRow is a row that may be read again. A million of them are 24 MB.
type takenRow struct {
	row fingerprint
	at  int64 // its mark, in microseconds since 1970
}

// seen recognises the rows that were taken before, and remembers those that are
// taken now, as long as they are near the highest mark.
type seen struct {
	mac   hash.Hash
	cells []byte        // of the present row
	known []fingerprint // in their order
	fresh []takenRow
	full  int // so many are looked through for those that are too old
}

// fewRows are never looked through.
const fewRows = 1 << 12

func newSeen(t Taken) seen {
	s := seen{mac: hmac.New(sha256.New, t.Key), full: fewRows}
	for _, piece := range t.Rows {
		s.known = slices.Grow(s.known, len(piece)/len(fingerprint{}))
		for row := range slices.Chunk(piece, len(fingerprint{})) {
			s.known = append(s.known, fingerprint(row))
		}
	}
	slices.SortFunc(s.known, compareRows)
	return s
}

func compareRows(a, b fingerprint) int { return bytes.Compare(a[:], b[:]) }

// before reports whether a row was taken before. It remembers it if it was not.
func (s *seen) before(w *watermark, cells []string) bool {
	o := &w.again
	if o.by == 0 {
		return false
	}
	at, cut := o.last.time.UnixMicro(), w.cut().UnixMicro()
	behind := len(s.known) > 0 && o.kept != nil && o.last.compare(o.kept) <= 0
	if !behind && at < cut {
		return false
	}
	row := s.fingerprint(cells)
	if behind {
		if _, known := slices.BinarySearchFunc(s.known, row, compareRows); known {
			return true
		}
	}
	if len(s.fresh) >= s.full {
		s.fresh = slices.DeleteFunc(s.fresh, func(r takenRow) bool { return r.at < cut })
		s.full = max(fewRows, 2*len(s.fresh))
	}
	s.fresh = append(s.fresh, takenRow{row, at})
	return false
}

func (s *seen) fingerprint(cells []string) (f fingerprint) {
	s.cells = s.cells[:0]
	for _, cell := range cells {
		s.cells = binary.AppendUvarint(s.cells, uint64(len(cell)))
		s.cells = append(s.cells, cell...)
	}
	s.mac.Reset()
	s.mac.Write(s.cells)
	copy(f[:], s.mac.Sum(s.cells[:0]))
	return f
}

// pieces are the rows that were taken from a time on.
func (s *seen) pieces(from time.Time) (all []Piece) {
	cut := from.UnixMicro()
	s.fresh = slices.DeleteFunc(s.fresh, func(r takenRow) bool { return r.at < cut })
	for rows := range slices.Chunk(s.fresh, pieceRows) {
		p, last := Piece{Rows: make([]byte, 0, len(rows)*len(fingerprint{}))}, rows[0].at
		for _, r := range rows {
			p.Rows = append(p.Rows, r.row[:]...)
			last = max(last, r.at)
		}
		p.Last = time.UnixMicro(last).UTC()
		all = append(all, p)
	}
	return all
}
