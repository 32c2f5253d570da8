package importer

import (
	"cmp"
	"slices"
	"strings"

	"usher/importer/value"
)

// Repair is a value that was changed because what was meant can be proved. It
// quotes the value, as a [Problem] does.
type Repair struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Code   string `json:"code"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// RepairKind is a kind of repair: one code in one column.
type RepairKind struct {
	Column   string   `json:"column"`
	Code     string   `json:"code"`
	Count    int      `json:"count"`
	Examples []Repair `json:"examples"` // the first of them
}

// maxRepairKinds bounds what is remembered. There are a dozen columns and a dozen
// codes.
const maxRepairKinds = 100

// repairs counts repairs by kind.
type repairs map[kindKey]*RepairKind

func (all repairs) add(r Repair) {
	key := kindKey{r.Column, r.Code}
	k, ok := all[key]
	if !ok {
		if len(all) == maxRepairKinds {
			return
		}
		k = &RepairKind{Column: r.Column, Code: r.Code}
		all[key] = k
	}
	k.Count++
	if len(k.Examples) < maxRepairs {
		// The values are pieces of their rows, which are not to be kept with them.
		r.From, r.To = strings.Clone(value.Clip(r.From, value.MaxShown)), strings.Clone(value.Clip(r.To, value.MaxShown))
		k.Examples = append(k.Examples, r)
	}
}

// list is the most frequent kind first.
func (all repairs) list() []RepairKind {
	var list []RepairKind
	for _, k := range all {
		list = append(list, *k)
	}
	slices.SortFunc(list, func(a, b RepairKind) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Examples[0].Row, b.Examples[0].Row),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
	return list
}
