package importer

import (
	"context"
	"io"
	"time"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// input is a source whose rows are checked while they are read.
type input struct {
	src    Feed
	rows   *rowReader
	valid  *validator
	ids    *idMaker // nil when nobody will be sent to
	owners *idOwners
	secret []byte  // persons are hashed with it
	mend   *mender // nil unless a list of problems is wanted
	pick   *picker // nil unless rows are wanted to be mended, or when there are enough
	now    func() time.Time
	count  int
}

// chunk is some rows of an input.
type chunk struct {
	header     *heading.Header
	applicants []store.Applicant
	notes      []note // of each applicant
	problems   []Problem
	repairs    []Repair
	rows       []Row // as they came; only for those who want them, until the next chunk
}

// note is what is known of a row besides its applicant.
type note struct {
	given    bool   // the list gave its reference
	believed bool   // it was invited, by its own word
	unseen   bool   // nobody sees in the row what is wrong with it
	same     uint32 // an earlier row that gave the same reference for the same person
	id       string // that the row of a database source has there
}

// identified is a feed whose rows have an id of their own in one of its columns.
type identified interface{ IDColumn() int }

// openInput reads the header of a source. Where that is not understood, what is
// known comes with the error, nil if that is nothing.
func openInput(ctx context.Context, src Feed, o Options, secret []byte, now func() time.Time) (*input, error) {
	if err := checkDefaults(o.Defaults); err != nil {
		return nil, err
	}
	t, err := src.Begin(ctx, table.Wish{Sheet: o.Sheet, OfWorkbooks: o.SheetOfWorkbooks, HeaderRow: o.HeaderRow}, heading.Counter(o.Columns))
	if err != nil {
		return nil, src.Refused(err)
	}
	look := newAhead(t)
	rows, err := newRowReader(look, heading.Known{Places: o.Places, Placed: src.Placed(), Mapped: o.Columns, Format: src.Format()})
	if rows == nil {
		return nil, src.Refused(err)
	}
	mended, wrong := mendingOf(o.Mended, src)
	if wrong != nil {
		return nil, wrong
	}
	rows.mended = mended
	if _, file := src.(*table.Source); file && err == nil { // every row that a query returns is somebody's
		look.nobody, look.again = rows.isNobody, rows.isHeadings
	}
	if origin, ok := src.(identified); ok {
		rows.idAt = origin.IDColumn()
	}
	in := &input{
		src:    src,
		rows:   rows,
		valid:  &validator{header: rows.header, defaults: o.Defaults, order: o.Defaults.NameOrder, format: src.Format()},
		owners: newIDOwners(),
		secret: secret,
		now:    now,
	}
	if err != nil {
		return in, src.Refused(err)
	}
	return in, nil
}

// next reads and checks up to limit rows, or returns io.EOF.
func (in *input) next(limit int) (*chunk, error) {
	rows, err := in.rows.next(limit)
	if err == io.EOF {
		err = in.end()
	}
	if err != nil {
		return nil, in.src.Refused(err)
	}
	in.count += len(rows)
	c := &chunk{header: in.valid.header, applicants: make([]store.Applicant, len(rows)), notes: make([]note, len(rows))}
	if in.rows.keep {
		c.rows = rows
	}
	now := in.now()
	for i := range rows {
		a, problems := in.check(&rows[i], &c.notes[i])
		if a.State == store.Rejected {
			a.SettledAt = now
		}
		c.applicants[i] = a
		c.problems = append(c.problems, problems...)
		if a.State == store.Queued {
			c.repairs = append(c.repairs, in.valid.repairs...)
		}
	}
	return c, nil
}

// list tells of the rejected rows of a chunk: the list of problems, in which who
// was left out by hand has no place, and whoever wants them to be mended.
func (in *input) list(c *chunk) error {
	problems := c.problems
	for i := range c.rows {
		r, n := &c.rows[i], 0
		for n < len(problems) && problems[n].Row == r.Number {
			n++
		}
		if n == 0 {
			continue
		}
		if !r.facts.leftOut {
			if err := in.mend.write(r, problems[:n], c.notes[i].unseen); err != nil {
				return err
			}
		}
		in.pick.add(r, problems[:n])
		problems = problems[n:]
	}
	in.rows.keep = in.mend != nil || in.pick.wants()
	return nil
}

// atEnd is nil at the end of an input, and else what went wrong.
func atEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// isReport reports whether the input may say of its rows that they were invited,
// and can be read twice for that.
func (in *input) isReport() bool {
	_, file := in.src.(*table.Source)
	return file && in.valid.header.Ours > 0
}

// end is io.EOF if the source as a whole was good.
func (in *input) end() error {
	if err := in.src.End(in.count); err != nil {
		return err
	}
	return io.EOF
}

func (in *input) check(r *Row, n *note) (store.Applicant, []Problem) {
	a, problems := in.valid.applicant(r)
	if a.State == store.Rejected {
		return a, problems
	}
	a.PersonKey = store.PersonKey(in.secret, value.Mailbox(a.Email), a.Phone)
	n.believed, n.id = r.facts.invited, r.facts.id
	if n.given = a.ExternalID != ""; n.given {
		n.same, problems = in.owners.claim(&a, in.valid.header)
		if n.unseen = len(problems) > 0; n.unseen {
			problems[0].ID = n.id
		}
	} else if in.ids != nil {
		a.ExternalID = in.ids.id(a.Row)
	}
	return a, problems
}

// produce sends the chunks of an input, reading one ahead of whoever takes
// them, and closes the channel at the end.
func (in *input) produce(ctx context.Context, limit int, chunks chan<- *chunk) error {
	defer close(chunks)
	for {
		c, err := in.next(limit)
		if err != nil {
			return atEnd(err)
		}
		select {
		case chunks <- c:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
