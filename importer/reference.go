package importer

import (
	"context"

	"usher/store"
)

// reference is what is known of the reference that a row gives.
type reference struct {
	kind   referenceKind
	holder store.Holder // who has it
	newest store.Holder // of all who have it, with whatever contact data
}

type referenceKind int

const (
	freeReference  referenceKind = iota // nobody was invited under it, or the list gave none
	ownReference                        // held with the same contact data
	changedContact                      // held with others, under the same name
	letThrough                          // likewise, and to be invited anew all the same
	otherName                           // held with others, under another name
)

func (pl *placing) reference(i int) reference {
	if pl.refs == nil {
		return reference{}
	}
	return pl.refs[i]
}

// lookUpReferences finds out who was invited under the references of a chunk,
// and rejects the rows whose reference is another's. Only references that the
// list gave are looked up: the others were made a moment ago.
func (pl *placing) lookUpReferences(ctx context.Context) error {
	var ids []string
	for i := range pl.applicants {
		if pl.notes[i].given && pl.applicants[i].State == store.Queued {
			ids = append(ids, pl.applicants[i].ExternalID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	held, err := pl.reg.references(ctx, ids)
	if err != nil || len(held) == 0 {
		return err
	}
	pl.refs = make([]reference, len(pl.applicants))
	for i := range pl.applicants {
		a := &pl.applicants[i]
		if all := held[a.ExternalID]; len(all) > 0 && pl.notes[i].given && a.State == store.Queued {
			pl.refs[i] = pl.judge(a, all)
		}
		if pl.refs[i].kind == otherName {
			pl.referenceOfAnother(i, pl.refs[i].holder)
		}
	}
	return nil
}

// laterElsewhere reports whether the person of a row whose contact data are held
// was invited again since with others, and not so long ago that this may be done
// anew: the reference is the person, whichever of the two are listed.
func (pl *placing) laterElsewhere(i int) bool {
	r := pl.reference(i)
	return r.kind == ownReference && r.newest.Key != r.holder.Key && !pl.changed && !pl.allow && !pl.due(r.newest)
}

// judge says what those who hold a row's reference, the newest first, mean for
// the row. Any of them may be the row's person; else the newest counts.
func (p *placer) judge(a *store.Applicant, all []store.Holder) reference {
	for _, h := range all {
		if h.PersonKey == a.PersonKey {
			return reference{ownReference, h, all[0]}
		}
	}
	h := all[0]
	switch {
	case !p.isNamed(a, h):
		return reference{otherName, h, h}
	case p.changed, p.allow, p.due(h):
		return reference{letThrough, h, h}
	}
	return reference{changedContact, h, h}
}
