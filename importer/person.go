package importer

import (
	"context"
	"hash/maphash"
	"time"

	"usher/importer/value"
	"usher/store"
)

// register is the record of who holds which person, and which reference.
type register interface {
	// claim holds persons for rows, and returns those whom others hold.
	claim(ctx context.Context, all []store.Claimant) (map[string]store.Holder, error)
	// holders tells who holds persons, by person key.
	holders(ctx context.Context, keys []string) (map[string]store.Holder, error)
	// references tells who of other batches holds references, the newest first.
	references(ctx context.Context, ids []string) (map[string][]store.Holder, error)
	// take moves a person from an earlier holder to a row.
	take(ctx context.Context, person string, from store.Key, row int) (bool, error)
}

// placer decides which of the rows that are valid are queued, which are
// duplicates and which are somebody else's, so that each person is queued once.
type placer struct {
	batch    int64 // 0 in a check
	allow    bool  // let persons through whom an earlier batch holds
	changed  bool  // let persons through whose contact data have changed
	reinvite time.Duration
	now      func() time.Time
	// passed remembers persons of this file whom the record does not show as
	// this file's: those who are queued by allow or because nothing is recorded,
	// and those who are held back for what the list or their reference says.
	passed index[fileRow]
	seed   maphash.Seed // of passed
	names  namer
	all    bool // remember everybody who is queued: nothing is recorded
}

// fileRow is a row of this file and whose it is. There is one for each person
// of a check, so it is packed.
type fileRow uint64

func packRow(row int, n nameHash) fileRow {
	return fileRow(row)<<(2*nameBits) | fileRow(n.words)<<nameBits | fileRow(n.letters)
}

func (r fileRow) row() int { return int(r >> (2 * nameBits)) }

func (r fileRow) name() nameHash {
	const mask = 1<<nameBits - 1
	return nameHash{uint32(r>>nameBits) & mask, uint32(r) & mask}
}

func newPlacer(o Options, now func() time.Time) *placer {
	seed := maphash.MakeSeed()
	return &placer{
		allow:    o.AllowDuplicates,
		changed:  o.ReinviteChanged,
		reinvite: o.ReinviteAfter,
		now:      now,
		seed:     seed,
		names:    namer{seed: seed},
	}
}

// hash is 64 bits for a person. Two of a million people have the same once in
// forty million files.
func (p *placer) hash(a *store.Applicant) uint64 { return maphash.String(p.seed, a.PersonKey) }

func (p *placer) fileRow(a *store.Applicant) fileRow {
	return packRow(a.Row, p.name(a))
}

func (p *placer) name(a *store.Applicant) nameHash { return p.names.hash(a.FirstName, a.LastName) }

func (p *placer) holderName(h store.Holder) nameHash { return p.names.hash(h.FirstName, h.LastName) }

// isNamed reports whether a row has the name of a holder. Lists have what belongs before
// a last name in a column of its own, or leave it out, so one of the two may lack it:
// Berg is van der Berg, but van den Berg is not.
func (p *placer) isNamed(a *store.Applicant, h store.Holder) bool {
	if p.name(a).agrees(p.holderName(h)) {
		return true
	}
	mine, theirs := value.WithoutPrefix(a.LastName), value.WithoutPrefix(h.LastName)
	return (mine == a.LastName) != (theirs == h.LastName) && p.names.hash(a.FirstName, mine).agrees(p.names.hash(h.FirstName, theirs))
}

// remember notes a row as its person's, unless there is one already.
func (p *placer) remember(a *store.Applicant) {
	if _, ok := p.passed.value(p.hash(a)); !ok {
		p.passed.set(p.hash(a), p.fileRow(a))
	}
}

// due reports whether a holder was invited so long ago that the person may be
// invited anew.
func (p *placer) due(h store.Holder) bool {
	return p.reinvite > 0 && h.State == store.Invited && !h.SettledAt.IsZero() && p.now().Sub(h.SettledAt) > p.reinvite
}

// believe reads an input to its end beforehand and remembers the rows that say
// of themselves that they were invited: another row of such a person is not to
// be queued, though it may come first, as it does when a report was sorted.
func (p *placer) believe(ctx context.Context, in *input) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c, err := in.next(checkRows)
		if err != nil {
			return atEnd(err)
		}
		for i := range c.applicants {
			if a := &c.applicants[i]; a.State == store.Queued && c.notes[i].believed {
				p.remember(a)
			}
		}
	}
}

// open reads the header of a source, and beforehand how its full names are written,
// and what its rows say of themselves.
func (p *placer) open(ctx context.Context, src Feed, o Options, secret []byte) (*input, error) {
	in, err := openInput(ctx, src, o, secret, p.now)
	if err != nil {
		return in, err
	}
	order := in.valid.order
	if in.namesUnclear() {
		if order, err = in.nameOrder(ctx); err == nil {
			in, err = openInput(ctx, src, o, secret, p.now)
		}
		if err != nil {
			return in, err
		}
	}
	if !p.allow && in.isReport() {
		if err := p.believe(ctx, in); err != nil {
			return in, err
		}
		if in, err = openInput(ctx, src, o, secret, p.now); err != nil {
			return in, err
		}
	}
	in.valid.order = order
	return in, nil
}

// place decides for the queued rows of a chunk.
func (p *placer) place(ctx context.Context, reg register, c *chunk) error {
	pl := &placing{placer: p, reg: reg, chunk: c, got: make(map[string]int, len(c.applicants))}
	if err := pl.lookUp(ctx); err != nil {
		return err
	}
	for i := range c.applicants {
		if c.applicants[i].State != store.Queued {
			continue
		}
		if err := pl.row(ctx, i); err != nil {
			return err
		}
	}
	c.addProblems(pl.refused)
	return nil
}

// placing is the placing of a chunk.
type placing struct {
	*placer
	*chunk
	reg  register
	refs []reference             // of each row; nil when no reference is held
	held map[string]store.Holder // by person
	got  map[string]int          // the rows of this chunk that are their persons'

	refused []Problem
}

// lookUp finds out who holds the references and the persons of a chunk. Persons
// are claimed for rows that will be queued if nobody else has the person; a row
// that may be held back asks only, or the person would be its own.
func (pl *placing) lookUp(ctx context.Context) (err error) {
	if err := pl.lookUpReferences(ctx); err != nil {
		return err
	}
	seen := make(map[string]bool, len(pl.applicants))
	var claimants []store.Claimant
	var asked []string
	for i := range pl.applicants {
		a := &pl.applicants[i]
		if seen[a.PersonKey] || a.State != store.Queued || pl.inPassed(a) {
			continue
		}
		seen[a.PersonKey] = true
		if pl.claims(i) {
			claimants = append(claimants, store.Claimant{Row: a.Row, PersonKey: a.PersonKey})
		} else {
			asked = append(asked, a.PersonKey)
		}
	}
	if pl.held, err = pl.reg.claim(ctx, claimants); err != nil {
		return err
	}
	return pl.ask(ctx, asked)
}

func (pl *placing) inPassed(a *store.Applicant) bool {
	e, ok := pl.passed.value(pl.hash(a))
	return ok && e.row() != a.Row
}

// claims reports whether a row is queued if nobody holds its person.
func (pl *placing) claims(i int) bool {
	r := pl.reference(i)
	return r.kind == freeReference && !pl.believed(i) || r.kind == letThrough
}

// believed reports whether a row was invited by its own word, and that counts.
func (pl *placing) believed(i int) bool { return pl.notes[i].believed && !pl.allow }

// ask adds those who hold persons, or else their references: a person whom
// nobody holds, but who was invited under the same reference, is invited.
func (pl *placing) ask(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	more, err := pl.reg.holders(ctx, keys)
	if err != nil {
		return err
	}
	if pl.held == nil {
		pl.held = make(map[string]store.Holder, len(more))
	}
	for key, h := range more {
		pl.held[key] = h
	}
	for i := range pl.refs {
		key := pl.applicants[i].PersonKey
		if _, ok := pl.held[key]; !ok && pl.refs[i].kind == ownReference {
			pl.held[key] = pl.refs[i].holder
		}
	}
	return nil
}

// row places a row: first by what this file has of the person, then by the
// reference, by who holds the person, and last by the row's own word.
func (pl *placing) row(ctx context.Context, i int) error {
	a := &pl.applicants[i]
	h, held := pl.held[a.PersonKey]
	if first, ok := pl.before(a, h); ok && pl.inFile(i, first) {
		return nil
	}
	switch {
	case pl.reference(i).kind == changedContact:
		pl.contactChanged(a, pl.reference(i).holder)
		pl.remember(a)
		return nil
	case held && h.Batch != pl.batch:
		return pl.heldBefore(ctx, i, h)
	case pl.believed(i) && pl.reference(i).kind != letThrough:
		pl.elsewhere(a)
		pl.remember(a)
		return nil
	}
	pl.queue(i, pl.all)
	return nil
}

// before is the row of this file that is the person's already.
func (pl *placing) before(a *store.Applicant, h store.Holder) (fileRow, bool) {
	if e, ok := pl.passed.value(pl.hash(a)); ok && e.row() != a.Row {
		return e, true
	}
	if j, ok := pl.got[a.PersonKey]; ok {
		return pl.fileRow(&pl.applicants[j]), true
	}
	if h.Batch == pl.batch && h.Batch != 0 {
		return packRow(h.Row, pl.holderName(h)), true
	}
	return 0, false
}

// inFile makes a row a duplicate of an earlier one of this file, or rejects it
// when the name is another's: two people cannot both be told by one contact. It
// reports false for one that was invited by its own word, which is believed.
func (pl *placing) inFile(i int, first fileRow) bool {
	a := &pl.applicants[i]
	switch {
	case first.name().agrees(pl.name(a)), int(pl.notes[i].same) == first.row():
		pl.inFileDuplicate(a, first.row())
	case pl.believed(i):
		return false
	default:
		pl.contactOfAnother(i, first.row())
	}
	return true
}

// heldBefore places a row whose person an earlier batch holds.
func (pl *placing) heldBefore(ctx context.Context, i int, h store.Holder) error {
	a := &pl.applicants[i]
	same := pl.isHolder(i, h)
	if !same && !pl.allow {
		pl.contactHeldByAnother(i, h)
		return nil
	}
	if same && pl.due(h) {
		if pl.laterElsewhere(i) {
			pl.contactChanged(a, pl.reference(i).newest)
			pl.remember(a)
			return nil
		}
		taken, err := pl.reg.take(ctx, a.PersonKey, h.Key, a.Row)
		if err != nil {
			return err
		}
		if taken {
			// Kept, so that the holder gets the person back should this row
			// come to nothing.
			a.Holder = h.Key
			pl.queue(i, pl.all)
			return nil
		}
	}
	if pl.allow {
		pl.queue(i, true)
		return nil
	}
	pl.duplicateBefore(a, h)
	return nil
}

// isHolder reports whether a row and the holder of its contact data are one
// person: by the reference that the list gave, or else by the name.
func (pl *placing) isHolder(i int, h store.Holder) bool {
	a := &pl.applicants[i]
	return pl.notes[i].given && h.ExternalID == a.ExternalID || pl.isNamed(a, h)
}

// queue leaves a row queued, and remembers its person if the record will not
// tell that this file has it.
func (pl *placing) queue(i int, remember bool) {
	a := &pl.applicants[i]
	if r := pl.reference(i); r.kind == letThrough && a.Holder == (store.Key{}) {
		a.Holder = r.holder.Key
	}
	pl.got[a.PersonKey] = i
	if remember {
		pl.passed.set(pl.hash(a), pl.fileRow(a))
	}
}
