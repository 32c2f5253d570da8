package importer

import (
	"context"
	"time"

	"usher/importer/database"
	"usher/importer/table"
	"usher/store"
)

// Feed is where the rows of an import come from: a file ([table.Source]) or a
// query ([database.Source]).
type Feed interface {
	// Name is what a batch of it is called, and Path how people know it.
	Name() string
	Path() string
	// SHA256 is the same, in hex, for what is recognised when it comes again.
	SHA256() string
	// Size is how many bytes there are to read, 0 when nobody knows.
	Size() int64
	// Format is how it was understood.
	Format() table.Format

	// begin starts to read from the header. The reading ends when ctx does.
	Begin(ctx context.Context, wish table.Wish, heads table.HeadCounter) (table.Rows, error)
	// placed are the fields whose columns are known by their places; of several columns
	// the first counts that is filled.
	Placed() map[string][]int
	// bytesRead is how many bytes have been read.
	BytesRead() int64
	// end is nil if what was read, so many rows, is good as a whole.
	End(rows int) error
	// refused completes an error of reading for people.
	Refused(err error) error
}

// resumable is a feed of which only the rows beyond a mark are taken.
type resumable interface {
	Name() string
	// hasMark reports whether it does so: it need not.
	HasMark() bool
	// since sets the mark beyond which the next reading begins, and what was taken
	// near it; the zero mark is before the first one.
	Since(from database.Mark, taken database.Taken)
	// highest is the mark that the present reading has come to.
	Highest() database.Mark
	// taken is what the present reading took near that mark, and from when on all is
	// known that was taken.
	Taken() (from time.Time, pieces []database.Piece)
}

// following is the reading of a feed from its mark on.
type following struct {
	feed resumable
	from store.Mark
}

// follow looks up from where a feed is to be read, and tells it; the store may be
// nil. Rows are recognised by the secret. It returns nil for a feed that has no mark.
func follow(ctx context.Context, st *store.Store, account int64, src Feed, secret []byte) (f *following, err error) {
	feed, ok := src.(resumable)
	if !ok || !feed.HasMark() {
		return nil, nil
	}
	f = &following{feed: feed}
	taken := database.Taken{Key: secret}
	if st != nil {
		if f.from, err = st.SourceMark(ctx, account, feed.Name()); err != nil {
			return nil, err
		}
	}
	if f.from.RowsFrom != 0 {
		taken.From = time.UnixMicro(f.from.RowsFrom).UTC()
		if taken.Rows, err = st.TakenRows(ctx, account, feed.Name()); err != nil {
			return nil, err
		}
	}
	feed.Since(database.Mark{Value: f.from.Value, Kind: f.from.Kind}, taken)
	return f, nil
}

// markMove is a change of a source's mark.
type markMove struct {
	source   string
	from, to store.Mark
	taken    []store.TakenRows // near the mark
}

// move is how far the reading moves the feed's mark, nil if it has none.
func (f *following) move() *markMove {
	if f == nil {
		return nil
	}
	to := f.feed.Highest()
	m := &markMove{source: f.feed.Name(), from: f.from, to: store.Mark{Value: to.Value, Kind: to.Kind}}
	from, pieces := f.feed.Taken()
	if !from.IsZero() {
		m.to.RowsFrom = from.Add(time.Microsecond - 1).UnixMicro() // not before it
	}
	for _, p := range pieces {
		m.taken = append(m.taken, store.TakenRows{Last: p.Last.UnixMicro(), Rows: p.Rows})
	}
	return m
}
