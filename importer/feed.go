package importer

import (
	"context"

	"usher/store"
)

// Feed is where the rows of an import come from: a file ([Source]) or a query
// ([Database]).
type Feed interface {
	// Name is what a batch of it is called, and Path how people know it.
	Name() string
	Path() string
	// SHA256 is the same, in hex, for what is recognised when it comes again.
	SHA256() string
	// Size is how many bytes there are to read, 0 when nobody knows.
	Size() int64
	// Format is how it was understood.
	Format() Format

	// prepare looks up from where to read; the store may be nil. The next
	// reading ends when ctx does.
	prepare(ctx context.Context, st *store.Store, account int64) error
	// begin starts to read from the header.
	begin(o Options) (table, error)
	// placed are the fields whose columns are known by their places.
	placed() map[string]int
	// bytes is how many have been read.
	bytes() int64
	// end is nil if what was read, so many rows, is good as a whole.
	end(rows int) error
	// refused completes an error of reading for people.
	refused(err error) error
	// move is how far reading moves the feed's mark, nil if it has none.
	move() *markMove
}

// markMove is a change of a source's mark.
type markMove struct {
	source   string
	from, to store.Mark
}

func (s *Source) prepare(context.Context, *store.Store, int64) error { return nil }

func (s *Source) begin(o Options) (table, error) {
	return s.table(o.Sheet, headsOf(o.Columns))
}

func (s *Source) placed() map[string]int { return nil }

func (s *Source) bytes() int64 { return s.read.Load() }

func (s *Source) end(rows int) error {
	if rows == 0 {
		return refuse("add a row for each person below the header", "the file has a header and no rows")
	}
	return s.unchanged()
}

func (s *Source) refused(err error) error { return named(s.path, err) }

func (s *Source) move() *markMove { return nil }
