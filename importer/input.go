package importer

import (
	"context"
	"io"
	"time"

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
	now    func() time.Time
	count  int
}

// chunk is some rows of an input.
type chunk struct {
	applicants []store.Applicant
	problems   []Problem
	repairs    []Repair
}

// openInput reads the header of a source.
func openInput(src Feed, o Options, secret []byte, now func() time.Time) (*input, error) {
	if err := checkDefaults(o.Defaults); err != nil {
		return nil, err
	}
	t, err := src.begin(o)
	if err != nil {
		return nil, src.refused(err)
	}
	rows, err := newRowReader(t, hints{src.placed(), o.Columns, src.Format()})
	if err != nil {
		return nil, src.refused(err)
	}
	return &input{
		src:    src,
		rows:   rows,
		valid:  &validator{header: rows.header, defaults: o.Defaults, format: src.Format()},
		owners: newIDOwners(),
		secret: secret,
		now:    now,
	}, nil
}

// next reads and checks up to limit rows, or returns io.EOF.
func (in *input) next(limit int) (*chunk, error) {
	rows, err := in.rows.next(limit)
	if err == io.EOF {
		err = in.end()
	}
	if err != nil {
		return nil, in.src.refused(err)
	}
	in.count += len(rows)
	c := &chunk{applicants: make([]store.Applicant, len(rows))}
	now := in.now()
	for i := range rows {
		a, problems := in.check(&rows[i])
		if a.State == store.Rejected {
			a.SettledAt = now
		}
		c.applicants[i] = a
		c.problems = append(c.problems, problems...)
		if a.State == store.Queued {
			c.repairs = append(c.repairs, in.valid.repairs...)
		} else if err := in.mend.write(&rows[i], problems); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// end is io.EOF if the source as a whole was good.
func (in *input) end() error {
	if err := in.src.end(in.count); err != nil {
		return err
	}
	return io.EOF
}

func (in *input) check(r *Row) (store.Applicant, []Problem) {
	a, problems := in.valid.applicant(r)
	if a.State == store.Rejected {
		return a, problems
	}
	a.PersonKey = store.PersonKey(in.secret, sameMailbox(a.Email), a.Phone)
	if a.ExternalID != "" {
		problems = in.owners.claim(&a, in.valid.header.heading(externalID))
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
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case chunks <- c:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
