package importer

import (
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"usher/store"
)

// Why a person is not queued, as the error code of a duplicate.
const (
	codeInFile  = "duplicate_in_file"
	codeInvited = "invited_before"
	codeInBatch = "in_batch"
)

// register is the record of who holds which person.
type register interface {
	// claim holds persons for rows, and returns those whom others hold.
	claim(ctx context.Context, all []store.Claimant) (map[string]store.Holder, error)
	// take moves a person from an earlier holder to a row.
	take(ctx context.Context, person string, from store.Key, row int) (bool, error)
}

// placer decides which of the rows that are valid are queued, and which are
// duplicates, so that each person is queued once.
type placer struct {
	batch    int64 // 0 in a check
	allow    bool  // let persons through whom an earlier batch holds
	reinvite time.Duration
	now      func() time.Time
	// passed remembers persons of this file who are queued and whom the record
	// does not show as this file's: by allow, or because nothing is recorded.
	passed index[uint32] // their rows
	seed   maphash.Seed  // of passed
	all    bool          // remember everybody who is queued: nothing is recorded
}

func newPlacer(o Options, now func() time.Time) *placer {
	return &placer{
		allow:    o.AllowDuplicates,
		reinvite: o.ReinviteAfter,
		now:      now,
		seed:     maphash.MakeSeed(),
	}
}

// place decides for the queued rows of a chunk.
func (p *placer) place(ctx context.Context, reg register, all []store.Applicant) error {
	first := make(map[string]int, len(all))
	claimants := make([]store.Claimant, 0, len(all))
	for i := range all {
		a := &all[i]
		if _, ok := first[a.PersonKey]; ok || a.State != store.Queued {
			continue
		}
		first[a.PersonKey] = i
		if _, ok := p.passed.value(p.hash(a)); !ok {
			claimants = append(claimants, store.Claimant{Row: a.Row, PersonKey: a.PersonKey})
		}
	}
	held, err := reg.claim(ctx, claimants)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].State != store.Queued {
			continue
		}
		if err := p.decide(ctx, reg, all, i, first[all[i].PersonKey], held); err != nil {
			return err
		}
	}
	return nil
}

// decide places row i, whose person's first row in the chunk is row j.
func (p *placer) decide(ctx context.Context, reg register, all []store.Applicant, i, j int, held map[string]store.Holder) error {
	a := &all[i]
	if i == j {
		h, ok := held[a.PersonKey]
		return p.first(ctx, reg, a, h, ok)
	}
	if all[j].State == store.Queued {
		p.inFile(a, all[j].Row)
		return nil
	}
	p.duplicate(a, all[j].Holder, all[j].ErrorCode, all[j].Error)
	return nil
}

// first places the first row of a person in a chunk.
func (p *placer) first(ctx context.Context, reg register, a *store.Applicant, h store.Holder, held bool) error {
	if row, ok := p.passed.value(p.hash(a)); ok {
		p.inFile(a, int(row))
		return nil
	}
	switch {
	case !held:
		p.queued(a, p.all)
		return nil
	case h.Batch == p.batch:
		p.inFile(a, h.Row)
		return nil
	}
	if p.due(h) {
		taken, err := reg.take(ctx, a.PersonKey, h.Key, a.Row)
		if err != nil {
			return err
		}
		if taken {
			// Kept, so that the holder gets the person back should this
			// import be removed.
			a.Holder = h.Key
			p.queued(a, p.all)
			return nil
		}
	}
	if p.allow {
		p.queued(a, true)
		return nil
	}
	p.heldBefore(a, h)
	return nil
}

// queued leaves a row queued, and remembers its person if the record will not
// tell that this file has it.
func (p *placer) queued(a *store.Applicant, remember bool) {
	if remember {
		p.passed.set(p.hash(a), uint32(a.Row))
	}
}

// hash is 64 bits for a person. Two of a million people have the same once in
// forty million files.
func (p *placer) hash(a *store.Applicant) uint64 { return maphash.String(p.seed, a.PersonKey) }

// due reports whether a holder was invited so long ago that the person may be
// invited anew.
func (p *placer) due(h store.Holder) bool {
	return p.reinvite > 0 && h.State == store.Invited && !h.SettledAt.IsZero() && p.now().Sub(h.SettledAt) > p.reinvite
}

func (p *placer) inFile(a *store.Applicant, row int) {
	p.duplicate(a, store.Key{Batch: p.batch, Row: row}, codeInFile,
		fmt.Sprintf("The same person is in row %d of this file%s.", row, p.ofBatch()))
}

func (p *placer) ofBatch() string {
	if p.batch == 0 {
		return ""
	}
	return fmt.Sprintf(" (batch %d)", p.batch)
}

func (p *placer) heldBefore(a *store.Applicant, h store.Holder) {
	if h.State == store.Invited {
		p.duplicate(a, h.Key, codeInvited, fmt.Sprintf("This person was invited before: batch %d, row %d.", h.Batch, h.Row))
		return
	}
	p.duplicate(a, h.Key, codeInBatch, fmt.Sprintf("This person is already in batch %d, row %d.", h.Batch, h.Row))
}

func (p *placer) duplicate(a *store.Applicant, holder store.Key, code, text string) {
	a.State, a.Holder, a.ErrorCode, a.Error, a.SettledAt = store.Duplicate, holder, code, text, p.now()
}
