package importer

import (
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"usher/store"
)

// sentStates are those in a report of people whose values were right, and whom
// nobody has a reason to change.
var sentStates = set(string(store.Invited), string(store.Queued), string(store.Sending), string(store.Unknown), string(store.Duplicate), string(store.Cancelled))

// checked reports whether a row of a report was found right when it was imported.
// Other lists have columns by such names too, but not several of them.
func (h *header) checked(cells []string) bool {
	return h.ours >= fewestOurs && sentStates[h.own(cells, "status")]
}

// own is the cell of one of usher's own columns, as usher wrote it: a
// spreadsheet, or a person, may have changed case and white space.
func (h *header) own(cells []string, name string) string {
	if at, ok := h.ownAt[name]; ok && at < len(cells) {
		return strings.ToLower(clean(cells[at]))
	}
	return ""
}

// invited reports whether a row was invited by its own word, or may have been:
// it comes from a report, maybe one that was written where another database is.
// Nobody was contacted in a rehearsal.
//
// Where usher's columns are not all there, a status is believed of a row that
// has a session or a reference that usher made; where the status is gone, a
// session is believed of a row that has enough of the others.
func (h *header) invited(cells []string) bool {
	if len(h.ownAt) == 0 {
		return false
	}
	code := h.own(cells, "error_code")
	if code == codeRehearsal {
		return false
	}
	session := h.own(cells, "session_id") != "" || h.own(cells, "session_url") != ""
	if _, ok := h.ownAt["status"]; !ok {
		return session && h.ours >= fewestOurs
	}
	switch store.State(h.own(cells, "status")) {
	case store.Invited, store.Sending, store.Unknown:
		return h.ours >= fewestOurs || session || h.at[externalID] >= 0 && h.at[externalID] < len(cells) && isOurs(clean(cells[h.at[externalID]]))
	case store.Duplicate:
		return h.ours >= fewestOurs && invitedCodes[code]
	}
	return false
}

// invitedCodes are of duplicates whose person was invited.
var invitedCodes = set(codeInvited, InvitedElsewhere, ContactChanged)

// codeRehearsal marks the rows of a rehearsal's report.
const codeRehearsal = "rehearsal"

// fewestOurs is how many columns that only usher writes make a report certain.
const fewestOurs = 3

// codesUnseen are of problems that nobody can see in the row as it is listed.
// Without a mark such a row would be sent to, mended or not.
var codesUnseen = set(codeRowTooLong, codeControl)

const unchangedWords = "Until it is changed the row is refused (%smark %08x)."

// ofFields says that a mark is of the fields only: a spreadsheet writes dates and
// amounts in other columns anew, and what is another's is a field.
const ofFields = "id "

var unchangedMark = regexp.MustCompile(`\((id )?mark ([0-9a-f]{8})\)`)

// unchanged are the words with the mark of the cells in hand.
func (m *mender) unchanged(codes []string) string {
	which, sum := "", markSum(0)
	if len(codes) == 1 && (codes[0] == codeIDReused || codes[0] == codeOtherContact) {
		which = ofFields
	}
	for i, cell := range m.cells {
		if which == "" || m.fields[i] {
			sum.add(cell)
		}
	}
	return fmt.Sprintf(unchangedWords, which, uint32(sum))
}

// markSum is a checksum of cells, without what spreadsheets change by themselves:
// marks, zeros and pluses in front, and characters that they cannot hold.
type markSum uint32

func (sum *markSum) add(cell string) {
	cell = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, cell)
	*sum = markSum(crc32.Update(uint32(*sum), crc32.IEEETable, []byte(strings.TrimLeft(strings.TrimSpace(cell), "'+0")+"\x1f")))
}

// unmended reports whether a row of a list of problems is still as it was listed.
func (h *header) unmended(cells []string) bool {
	if h.fix < 0 || h.fix >= len(cells) {
		return false
	}
	mark := unchangedMark.FindStringSubmatch(cells[h.fix])
	if mark == nil {
		return false
	}
	sum := markSum(0)
	for i, c := range h.columns {
		if c.Ignored || mark[1] == ofFields && c.Field == "" {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		sum.add(cell)
	}
	return fmt.Sprintf("%08x", uint32(sum)) == mark[2]
}

// keepPlus tells people, and usher when the list comes back, that the row's phone
// number was right with its +.
const keepPlus = "Keep the + in front of the phone number."

// plusIsRight reports whether a row is good reason for that.
func plusIsRight(phone string, codes []string) bool {
	return strings.HasPrefix(clean(phone), "+") && !slices.ContainsFunc(codes, func(code string) bool {
		return strings.HasPrefix(code, "phone_") || code == codeRowTooLong || code == codeNotMended || code == codeControl
	})
}

// hadPlus reports whether the phone number of a listed row was right with a +.
func (h *header) hadPlus(cells []string) bool {
	return h.fix >= 0 && h.fix < len(cells) && strings.Contains(cells[h.fix], keepPlus)
}
