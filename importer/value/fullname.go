package value

import "strings"

const twoColumns = "Write it as Last, First, or give the file two columns, first_name and last_name"

// SplitName splits a full name whose form proves which part is which: one
// comma, after the last name. What stands after a comma may also be a title.
func SplitName(s string) (first, last string, f *Flaw) {
	last, first, ok := strings.Cut(s, ",")
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	switch {
	case !ok:
		return "", s, &Flaw{"full_name_unclear", Quote(s) + " does not say which part is the last name", twoColumns}
	case strings.Contains(first, ","):
		return "", s, &Flaw{"full_name_unclear", Quote(s) + " has more than one comma", twoColumns}
	case first == "" || last == "":
		return "", s, &Flaw{"full_name_unclear", Quote(s) + " has only one part", twoColumns}
	case titles[Fold(first)] && !(shortNames[Fold(first)] && first != strings.ToUpper(first)):
		return "", s, &Flaw{"full_name_unclear", Quote(s) + " has a title after the comma, it seems, and not the first name", twoColumns}
	}
	return first, last, nil
}

// titles are what may stand after a name and a comma.
var titles = set("jr", "sr", "junior", "senior", "ii", "iii", "iv", "v", "phd", "md", "mba", "msc", "bsc", "ma", "ba", "dr", "drmed", "esq",
	"cpa", "rn", "dds", "jd", "llm", "llb", "pe", "cfa", "pmp", "obe", "mbe", "cbe", "mr", "mrs", "ms", "herr", "frau", "prof", "dipling",
	"inc", "ltd", "llc", "gmbh", "ag", "sa", "bv")

// shortNames are titles that are first names too, where they are not in capitals.
var shortNames = set("ma", "ba", "sa", "v", "ag", "md", "pe", "jd", "rn")
