package importer

import (
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strings"

	"usher/store"
)

// isReport reports whether a file is, or was, a report of usher's. Only then
// are a "status" and a "row" usher's, and not HR's.
func isReport(cells []string) bool {
	return slices.ContainsFunc(cells, func(c string) bool { return reportColumns[strings.TrimSpace(c)] })
}

// checked reports whether a row of a report was found right when it was imported.
func (h *header) checked(cells []string) bool {
	if h.status < 0 || h.status >= len(cells) {
		return false
	}
	s := strings.TrimSpace(cells[h.status])
	return s != "" && s != string(store.Rejected)
}

// codesUnseen are of problems that nobody can see in the row as it is listed.
// Without a mark such a row would be sent to, mended or not.
var codesUnseen = set(codeRowTooLong, codeIDReused)

const unchangedWords = "Until it is changed the row is refused (mark %08x)."

var unchangedMark = regexp.MustCompile(`\(mark ([0-9a-f]{8})\)`)

// mark is of the cells in hand.
func (m *mender) mark() uint32 {
	sum := markSum(0)
	for _, cell := range m.cells {
		sum.add(cell)
	}
	return uint32(sum)
}

// markSum is a checksum of cells, without what spreadsheets change by themselves.
type markSum uint32

func (sum *markSum) add(cell string) {
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
		if c.Ignored {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		sum.add(cell)
	}
	return fmt.Sprintf("%08x", uint32(sum)) == mark[1]
}

// phoneOK reports whether a row of a list of problems had a good phone number.
// Of a row with a shift in it that is not known.
func (h *header) phoneOK(cells []string) bool {
	if h.code < 0 || h.code >= len(cells) {
		return false
	}
	codes := cells[h.code]
	for _, other := range []string{"phone_", "country_unknown", codeRowTooLong, codeNotMended} {
		if strings.Contains(codes, other) {
			return false
		}
	}
	return codes != ""
}
