package importer

import (
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"usher/importer/heading"
	"usher/importer/value"
	"usher/store"
)

// told is what a list of usher's own says of its rows: a report, or a list of
// problems.
type told struct{ *heading.Header }

// checked reports whether a row of a report was found right when it was imported:
// nobody has a reason to change its values.
// Other lists have columns by such names too, but not several of them.
func (h told) checked(cells []string) bool {
	if !h.IsReport() {
		return false
	}
	switch store.State(h.own(cells, "status")) {
	case store.Invited, store.Queued, store.Sending, store.Unknown, store.Duplicate, store.Cancelled:
		return true
	}
	return false
}

// own is the cell of one of usher's own columns, as usher wrote it: a
// spreadsheet, or a person, may have changed case and white space.
func (h told) own(cells []string, name string) string {
	if at, ok := h.Own(name); ok && at < len(cells) {
		return strings.ToLower(value.Clean(cells[at]))
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
func (h told) invited(cells []string) bool {
	if !h.HasOwn() {
		return false
	}
	code := h.own(cells, "error_code")
	if code == codeRehearsal {
		return false
	}
	session := h.own(cells, "session_id") != "" || h.own(cells, "session_url") != ""
	if _, ok := h.Own("status"); !ok {
		return session && h.IsReport()
	}
	switch id := h.From(heading.ExternalID, cells); store.State(h.own(cells, "status")) {
	case store.Invited, store.Sending, store.Unknown:
		return h.IsReport() || session || id >= 0 && id < len(cells) && isOurs(value.Clean(cells[id]))
	case store.Duplicate:
		return h.IsReport() && (code == codeInvited || code == InvitedElsewhere || code == ContactChanged)
	}
	return false
}

// codeRehearsal marks the rows of a rehearsal's report.
const codeRehearsal = "rehearsal"

// unseenIn reports whether a code is of a problem that nobody can see in the row
// as it is listed. Without a mark such a row would be sent to, mended or not.
func unseenIn(code string) bool { return code == codeRowTooLong || code == value.ControlCharacter }

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
func (h told) unmended(cells []string) bool {
	if h.Fix < 0 || h.Fix >= len(cells) {
		return false
	}
	mark := unchangedMark.FindStringSubmatch(cells[h.Fix])
	if mark == nil {
		return false
	}
	sum := markSum(0)
	for i, c := range h.Columns {
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
	return strings.HasPrefix(value.Clean(phone), "+") && !slices.ContainsFunc(codes, func(code string) bool {
		return strings.HasPrefix(code, "phone_") || code == codeRowTooLong || code == codeNotMended || code == value.ControlCharacter
	})
}

// hadPlus reports whether the phone number of a listed row was right with a +.
func (h told) hadPlus(cells []string) bool {
	return h.Fix >= 0 && h.Fix < len(cells) && strings.Contains(cells[h.Fix], keepPlus)
}
