package store

import (
	"fmt"
	"slices"
	"strconv"
)

// rowNumbersMost is how long the list of [RowNumbers] may be.
const rowNumbersMost = 200

// RowNumbers writes row numbers for people, in order and each once: "12, 15,
// 20-31". When that is longer than 200 characters it ends with how many are
// left out: "12, 15, 20-31 … and 57 more".
func RowNumbers(all []int) string {
	all = slices.Compact(slices.Sorted(slices.Values(all)))
	text := ""
	for from := 0; from < len(all); {
		to := from
		for to+1 < len(all) && all[to+1] == all[to]+1 {
			to++
		}
		next := rowRange(all[from], all[to])
		if text != "" {
			next = text + ", " + next
		}
		if len(next) > rowNumbersMost {
			return fmt.Sprintf("%s … and %d more", text, len(all)-from)
		}
		text, from = next, to+1
	}
	return text
}

func rowRange(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}
