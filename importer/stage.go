package importer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"usher/importer/value"
	"usher/store"
)

// Stage imports a source under a batch that nobody is sent to yet: that is up
// to [Staged.Activate]. When it fails, or ctx ends, nothing of the batch
// stays. A file that was imported before with the same options is recognised.
//
// Its errors are [table.FileError], [heading.OptionError], [BusyError],
// [ErrLeaseLost], [store.ErrNoActor], or the database's.
func (im *Importer) Stage(ctx context.Context, src Feed, o Options) (*Staged, error) {
	if err := o.By.Check(); err != nil {
		return nil, fmt.Errorf("import: %w", err) // rather than when all is read
	}
	sum, options, err := fingerprint(src, o)
	if err != nil {
		return nil, err
	}
	if found, err := im.existing(ctx, o, sum); found != nil || err != nil {
		return found, err
	}
	t, err := im.hold(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	staged, err := im.stage(ctx, t, src, o, store.Batch{
		Account: o.Account, Name: o.name(src), Source: src.Path(), Fingerprint: sum, Options: options,
		ReportPath: o.ReportPath, Importer: t.holder, Owner: o.By.Owner(),
	})
	if err != nil || staged.Existing {
		t.release(ctx)
	}
	return staged, err
}

func (o Options) name(src Feed) string {
	if o.Name != "" {
		return o.Name
	}
	return src.Name()
}

// existing is the batch of an earlier import of the same input, or nil.
func (im *Importer) existing(ctx context.Context, o Options, sum string) (*Staged, error) {
	if o.Again {
		return nil, nil
	}
	b, ok, err := recognise(ctx, im.st, o.Account, sum)
	if err != nil || !ok {
		return nil, err
	}
	counts, err := im.st.Counts(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	return &Staged{Batch: b, Counts: counts, Existing: true}, nil
}

// stage does the import under the lease.
func (im *Importer) stage(ctx context.Context, t *tenure, src Feed, o Options, b store.Batch) (*Staged, error) {
	ctx, unbind := t.bind(ctx)
	defer unbind()
	if _, err := im.sweep(ctx, o.Account); err != nil {
		return nil, err
	}
	// Another process may have completed the same import a moment ago.
	if found, err := im.existing(ctx, o, b.Fingerprint); found != nil || err != nil {
		return found, err
	}
	s, err := im.newStaging(ctx, t, src, o, b)
	if err != nil {
		return nil, err
	}
	err = s.run(ctx)
	if err == nil {
		b, err = im.st.Batch(ctx, s.batch.ID)
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx) // a driver has many words for that
		}
		return nil, s.undo(ctx, err)
	}
	return &Staged{Batch: b, Counts: s.tally.counts, HeldBack: s.tally.held, Workflows: s.tally.workflows(), move: s.mark.move(),
		by: o.By, activating: o.Activating, im: im, tenure: t}, nil
}

// staging is an import under way.
type staging struct {
	im     *Importer
	tenure *tenure
	batch  store.Batch // has no id before the first chunk is stored
	source Feed
	in     *input
	mark   *following // nil for a feed without a mark
	placer *placer
	tally  tally
	meter  meter

	regions value.Regions
}

func (im *Importer) newStaging(ctx context.Context, t *tenure, src Feed, o Options, b store.Batch) (*staging, error) {
	secret, err := im.st.PersonSecret(ctx)
	if err != nil {
		return nil, err
	}
	now, err := clock(ctx, im.st)
	if err != nil {
		return nil, err
	}
	mark, err := follow(ctx, im.st, o.Account, src, secret)
	if err != nil {
		return nil, err
	}
	placer := newPlacer(o, now)
	in, err := placer.open(ctx, src, o, secret)
	if err != nil {
		return nil, doubtful(ctx, src, o, err)
	}
	in.ids = newIDMaker()
	b.ExtraColumns = in.valid.header.ExtraNames()
	b.Delimiter, b.Marked = in.valid.format.Delimiter, in.valid.format.Marked
	s := &staging{
		im: im, tenure: t, batch: b, source: src, in: in, mark: mark,
		placer: placer,
		tally:  newTally(),
		meter:  meter{tell: o.Progress, src: src},
	}
	s.regions.Lean(in.valid.header.Country())
	return s, nil
}

// clock tells the database's time, without asking it each time.
func clock(ctx context.Context, st *store.Store) (func() time.Time, error) {
	start, err := st.Now(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the database's clock: %w", err)
	}
	asked := time.Now()
	return func() time.Time { return start.Add(time.Since(asked)) }, nil
}

// run reads and stores side by side: the next chunk is read and checked while
// the database commits the present one.
func (s *staging) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	chunks := make(chan *chunk)
	g.Go(func() error { return s.in.produce(ctx, s.im.st.ChunkRows(), chunks) })
	g.Go(func() error { return s.store(ctx, chunks) })
	return g.Wait()
}

func (s *staging) store(ctx context.Context, chunks <-chan *chunk) error {
	for c := range chunks {
		if err := s.insertBatch(ctx); err != nil {
			return err
		}
		if err := s.storeChunk(ctx, c); err != nil {
			return err
		}
		s.tally.add(c.applicants)
		c.numbers(&s.regions)
		s.meter.add(len(c.applicants))
	}
	s.tally.held.Regions = s.regions.Guesses()
	if s.in.valid.order != "" {
		s.tally.held.Unclear = 0 // an order is known, so that is not what they lack
	}
	s.meter.done()
	return nil
}

// insertBatch adds the batch before its first chunk, so that a file which is
// refused at once leaves no trace. One refused while it is added must not end this:
// nobody would know whether there is a batch to remove.
func (s *staging) insertBatch(ctx context.Context) (err error) {
	if s.batch.ID != 0 {
		return nil
	}
	adding, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseFor)
	defer cancel()
	if s.batch.ID, err = s.im.st.InsertBatch(adding, s.batch); err != nil {
		return err
	}
	s.placer.batch = s.batch.ID
	if s.source.Size() == 0 { // no file, or an empty one
		return nil
	}
	return s.im.st.NoteBatchSource(ctx, s.batch.ID, s.source.SHA256(), s.source.Size())
}

// storeChunk stores rows and enqueues their jobs in one transaction.
func (s *staging) storeChunk(ctx context.Context, c *chunk) error {
	all := c.applicants
	return s.im.st.InBulk(ctx, func(tx *store.Tx) error {
		if err := s.tenure.fence(ctx, tx); err != nil {
			return err
		}
		for i := range all {
			all[i].Batch = s.batch.ID
		}
		if err := s.placer.place(ctx, &claims{tx, s.batch}, c); err != nil {
			return err
		}
		if err := tx.InsertApplicants(ctx, all); err != nil {
			return err
		}
		rows := queuedRows(all)
		if len(rows) == 0 {
			return nil
		}
		return s.im.jobs.EnqueueImport(ctx, tx, s.batch.ID, rows)
	})
}

func queuedRows(all []store.Applicant) []int {
	var rows []int
	for i := range all {
		if all[i].State == store.Queued {
			rows = append(rows, all[i].Row)
		}
	}
	return rows
}

// claims records who holds whom, in the transaction of a chunk.
type claims struct {
	tx    *store.Tx
	batch store.Batch
}

func (c *claims) claim(ctx context.Context, all []store.Claimant) (map[string]store.Holder, error) {
	return c.tx.ClaimPeople(ctx, c.batch.Account, c.batch.ID, all)
}

func (c *claims) holders(ctx context.Context, keys []string) (map[string]store.Holder, error) {
	return c.tx.Holders(ctx, c.batch.Account, keys)
}

func (c *claims) references(ctx context.Context, ids []string) (map[string][]store.Holder, error) {
	if err := c.tx.LockReferences(ctx, c.batch.Account); err != nil {
		return nil, err
	}
	return c.tx.ReferenceHolders(ctx, c.batch.Account, c.batch.ID, ids)
}

func (c *claims) take(ctx context.Context, person string, from store.Key, row int) (bool, error) {
	return c.tx.TakePerson(ctx, c.batch.Account, person, from, store.Key{Batch: c.batch.ID, Row: row})
}

// undo removes what was stored of a failed import, and returns why it failed.
func (s *staging) undo(ctx context.Context, why error) error {
	if s.batch.ID == 0 {
		return why
	}
	if err := s.im.remove(ctx, s.batch); err != nil {
		return errors.Join(why, fmt.Errorf("remove what was imported: %w", err))
	}
	return why
}
