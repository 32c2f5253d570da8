package importer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/maphash"

	"usher/store"
)

// idMaker makes an external id for each row that has none, by which its
// session can be looked up: an HMAC of the row under a token that is another
// one for every import, so it tells nothing and never comes twice.
type idMaker struct {
	mac   hash.Hash
	token [16]byte
}

func newIDMaker(secret []byte) *idMaker {
	m := &idMaker{mac: hmac.New(sha256.New, secret)}
	_, _ = rand.Read(m.token[:]) // never fails
	return m
}

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// idLength is how many characters of five bits an id has after its prefix.
const idLength = 20

func (m *idMaker) id(row int) string {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(row))
	m.mac.Reset()
	_, _ = m.mac.Write(m.token[:])
	_, _ = m.mac.Write(n[:])
	var sum [sha256.Size]byte
	text := make([]byte, 0, len("usher-")+32)
	text = idEncoding.AppendEncode(append(text, "usher-"...), m.mac.Sum(sum[:0])[:13])
	return string(text[:len("usher-")+idLength])
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
// person has that id already: a session could not be told to be whose.
func (o *idOwners) claim(a *store.Applicant, column string) []Problem {
	id := maphash.String(o.seed, a.ExternalID)
	owner := idOwner{uint32(maphash.String(o.seed, a.PersonKey)), uint32(a.Row)}
	first, ok := o.seen.value(id)
	if !ok {
		o.seen.set(id, owner)
		return nil
	}
	if first.person == owner.person {
		return nil
	}
	a.PersonKey = ""
	problems := []Problem{{
		Row: a.Row, Column: column, Code: codeIDReused,
		Wrong: fmt.Sprintf("%s belongs to another person, in row %d", shown(a.ExternalID), first.row),
		Fix:   "Give each person a reference of their own, or leave the cell empty",
	}}
	reject(a, problems)
	return problems
}
