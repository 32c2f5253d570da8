package importer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/importer/heading"
	"usher/importer/value"
	"usher/store"
)

// Why a person is not queued, as the error code of a duplicate.
const (
	codeInFile       = "duplicate_in_file"
	codeInvited      = "invited_before"
	codeInBatch      = "in_batch"
	InvitedElsewhere = "invited_elsewhere" // by the list's own word
	ContactChanged   = "contact_changed"   // invited under the same reference and name, with other contact data
)

// Whose a row is instead, as the error code of a rejected one.
const (
	codeOtherContact   = "contact_of_another"
	codeOtherReference = "reference_of_another"
)

func (p *placer) inFileDuplicate(a *store.Applicant, row int) {
	p.duplicate(a, store.Key{Batch: p.batch, Row: row}, codeInFile,
		fmt.Sprintf("The same person is in row %d of this file%s.", row, p.ofBatch()))
}

func (p *placer) ofBatch() string {
	if p.batch == 0 {
		return ""
	}
	return fmt.Sprintf(" (batch %d)", p.batch)
}

func (p *placer) duplicateBefore(a *store.Applicant, h store.Holder) {
	if h.State == store.Invited {
		p.duplicate(a, h.Key, codeInvited, fmt.Sprintf("This person was invited before: batch %d, row %d.", h.Batch, h.Row))
		return
	}
	p.duplicate(a, h.Key, codeInBatch, fmt.Sprintf("This person is already in batch %d, row %d.", h.Batch, h.Row))
}

func (p *placer) elsewhere(a *store.Applicant) {
	p.duplicate(a, store.Key{}, InvitedElsewhere, "The list itself says that this person was invited already, which this database does not know of. "+
		"To invite all the same, choose to invite again who was invited (--allow-duplicates), or empty the status of this row.")
}

func (p *placer) contactChanged(a *store.Applicant, h store.Holder) {
	p.duplicate(a, h.Key, ContactChanged, fmt.Sprintf("Under the reference %s there is an invitation with other contact data: %s. "+
		"To invite with the new ones too, choose to invite again whose contact data has changed (--reinvite-changed).", value.Quote(a.ExternalID), standing(h)))
}

// standing says who a holder is, since when, and where.
func standing(h store.Holder) string {
	who := value.Clip(strings.TrimSpace(h.FirstName+" "+h.LastName), value.MaxShown)
	if who == "" {
		who = "somebody"
	}
	where := fmt.Sprintf("batch %d, row %d", h.Batch, h.Row)
	switch {
	case h.State == store.Invited && !h.SettledAt.IsZero():
		return fmt.Sprintf("%s was invited on %s (%s)", who, h.SettledAt.UTC().Format(time.DateOnly), where)
	case h.State == store.Invited:
		return fmt.Sprintf("%s was invited (%s)", who, where)
	case h.State == store.Unknown:
		return fmt.Sprintf("%s may have been invited (%s)", who, where)
	}
	return fmt.Sprintf("%s is about to be invited (%s)", who, where)
}

func (p *placer) duplicate(a *store.Applicant, holder store.Key, code, text string) {
	a.State, a.Holder, a.ErrorCode, a.Error, a.SettledAt = store.Duplicate, holder, code, text, p.now()
}

// contactOfAnother rejects a row that has the contact data of another row of
// this file. Alone, in a list of problems, it would be right: nobody sees it there.
func (pl *placing) contactOfAnother(i, row int) {
	pl.notes[i].unseen = true
	pl.turnDown(i, heading.Email, &value.Flaw{Code: codeOtherContact, Wrong: fmt.Sprintf("row %d has the same e-mail address and phone number under another name", row),
		Fix: "Give each person contact data of their own, or correct the name"})
}

func (pl *placing) contactHeldByAnother(i int, h store.Holder) {
	pl.turnDown(i, heading.Email, &value.Flaw{Code: codeOtherContact, Wrong: "another person has the same e-mail address and phone number: " + standing(h),
		Fix: "Give each person contact data of their own, or correct the name; to invite both, choose to invite again who was invited (--allow-duplicates)"})
}

func (pl *placing) referenceOfAnother(i int, h store.Holder) {
	pl.turnDown(i, heading.ExternalID, &value.Flaw{Code: codeOtherReference, Wrong: fmt.Sprintf("%s is the reference of another person: %s", value.Quote(pl.applicants[i].ExternalID), standing(h)),
		Fix: "Give each person a reference of their own; where the numbers of two companies meet, put a prefix before those of this list (such as --reference-prefix acme-)"})
}

// turnDown rejects a row for what was found when it was to be placed.
func (pl *placing) turnDown(i int, f heading.Field, why *value.Flaw) {
	a := &pl.applicants[i]
	problem := Problem{Row: a.Row, Column: pl.header.Heading(f), Code: why.Code, Wrong: why.Wrong, Fix: why.Fix, At: pl.header.Place(f), ID: pl.notes[i].id}
	reject(a, []Problem{problem})
	a.PersonKey, a.SettledAt = "", pl.now()
	if !pl.notes[i].given {
		a.ExternalID = "" // it was made for an invitation
	}
	pl.refused = append(pl.refused, problem)
}

// addProblems adds the problems of rows that were rejected when they were to be
// placed, in the order of rows, and takes back what was repaired in them.
func (c *chunk) addProblems(problems []Problem) {
	if len(problems) == 0 {
		return
	}
	rows := make(map[int]bool, len(problems))
	for _, p := range problems {
		rows[p.Row] = true
	}
	c.repairs = slices.DeleteFunc(c.repairs, func(r Repair) bool { return rows[r.Row] })
	c.problems = append(c.problems, problems...)
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Row - b.Row })
}
