package importer

import (
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"regexp"
	"strings"

	"usher/importer/heading"
	"usher/importer/value"
	"usher/store"
)

// idMaker makes an external id for each row that has none, by which its
// session can be looked up: 65 random bits, which are others for every import,
// and then the row. So the ids of an import grow with its rows: they go to one
// place of the index of external ids, where random ones went all over it.
type idMaker struct{ prefix string }

const (
	generatedPrefix = "usher-"

	// idDigits are in the order of their characters, so that ids sort as their
	// rows do.
	idDigits = "234567abcdefghijklmnopqrstuvwxyz"
	idRandom = 13 // digits of five bits
	idRow    = 7
)

func newIDMaker() *idMaker {
	var random [idRandom]byte
	_, _ = rand.Read(random[:]) // never fails
	for i, b := range random {
		random[i] = idDigits[b%32]
	}
	return &idMaker{generatedPrefix + string(random[:])}
}

func (m *idMaker) id(row int) string {
	var digits [idRow]byte
	for i := range digits {
		digits[i] = idDigits[row>>(5*(idRow-1-i))%32]
	}
	return m.prefix + string(digits[:])
}

var generatedID = regexp.MustCompile(`^usher-[a-z2-7]{20}$`)

// isOurs reports whether a reference is one that usher made.
func isOurs(id string) bool {
	return strings.HasPrefix(id, generatedPrefix) && generatedID.MatchString(id)
}

// idOwners remembers whose each external id of a file is. It keeps hashes,
// about 26 bytes a row, and only of rows that have an id.
type idOwners struct {
	seed maphash.Seed
	seen index[idOwner]
}

// idOwner is small on purpose. It takes two persons with one id and one hash
// for this to be wrong: once in four billion such mistakes.
type idOwner struct{ person, row uint32 }

func newIDOwners() *idOwners {
	return &idOwners{seed: maphash.MakeSeed()}
}

const codeIDReused = "external_id_reused"

// claim notes the id of an applicant, and rejects the applicant if another
// person has that id already: a session could not be told to be whose. If the
// person has it already, it returns the row.
func (o *idOwners) claim(a *store.Applicant, h *heading.Header) (same uint32, problems []Problem) {
	id := maphash.String(o.seed, a.ExternalID)
	owner := idOwner{uint32(maphash.String(o.seed, a.PersonKey)), uint32(a.Row)}
	first, ok := o.seen.value(id)
	if !ok {
		o.seen.set(id, owner)
		return 0, nil
	}
	if first.person == owner.person {
		return first.row, nil
	}
	a.PersonKey = ""
	problems = []Problem{{
		Row: a.Row, Column: h.Heading(heading.ExternalID), Code: codeIDReused, At: h.Place(heading.ExternalID),
		Wrong: fmt.Sprintf("%s belongs to another person, in row %d", value.Quote(a.ExternalID), first.row),
		Fix:   "Give each person a reference of their own, or leave the cell empty",
	}}
	reject(a, problems)
	return 0, problems
}
