package value

import (
	"slices"
	"strings"
	"unicode"
)

// NameOrder says which part of a full name comes first.
type NameOrder string

// The orders. Capitals is one end in capital letters, which is the last name.
const (
	FirstLast NameOrder = "first-last"
	LastFirst NameOrder = "last-first"
	Capitals  NameOrder = "capitals"
)

// IsNameOrder reports whether a person can ask for an order.
func IsNameOrder(o NameOrder) bool { return o == FirstLast || o == LastFirst }

const (
	lastFirst  = "Write it as Last, First, or give the file two columns, first_name and last_name"
	oneOrder   = "Write it as Last, First, or, if all names are in one order, say which (--name-order first-last or last-first)"
	bothNeeded = "Write the first name and the last name"
)

// NameUnclear is the code of a full name that does not say which part is which.
const NameUnclear = "full_name_unclear"

// Name is a full name that was split.
type Name struct {
	First, Last string
	Title       string // that was before it, or before a part of it, and is left out
}

// SplitName splits a full name whose form proves which part is which: one comma,
// after the last name, or the order in which the list has them. What stands after a
// comma may also be a title.
func SplitName(s string, order NameOrder) (n Name, f *Flaw) {
	last, first, comma := strings.Cut(s, ",")
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	switch {
	case comma && strings.Contains(first, ","):
		return n, &Flaw{NameUnclear, Quote(s) + " has more than one comma", lastFirst}
	case comma && (first == "" || last == ""):
		return n, &Flaw{NameUnclear, Quote(s) + " has only one part", lastFirst}
	case comma && titles[Fold(first)] && !(shortNames[Fold(first)] && first != strings.ToUpper(first)):
		return n, &Flaw{NameUnclear, Quote(s) + " has a title after the comma, it seems, and not the first name", lastFirst}
	case comma:
		return splitAtComma(first, last), nil
	}
	words := strings.Fields(s)
	title, words := cutTitles(words)
	if order == Capitals && title == "" && len(words) > 2 && words[0] == "M." { // as those write it who write last names in capitals
		title, words = words[0], words[1:]
	}
	if len(words) < 2 {
		return n, &Flaw{"full_name_one_word", Quote(s) + " has only one part", bothNeeded}
	}
	at, back := 0, false // where the last name ends, or begins
	switch order {
	case FirstLast:
		at, back = familyFrom(words), true
	case LastFirst:
		at = familyTo(words)
	case Capitals:
		at, back = capitalsIn(words)
	}
	switch {
	case at <= 0 || at >= len(words):
		return n, &Flaw{NameUnclear, Quote(s) + " does not say which part is the last name", oneOrder}
	case order == FirstLast && academic[Fold(words[len(words)-1])]:
		return n, &Flaw{NameUnclear, Quote(s) + " has a title at its end", "Leave the title out"}
	}
	one, other := strings.Join(words[:at], " "), strings.Join(words[at:], " ")
	if back {
		return Name{one, other, title}, nil
	}
	return Name{other, one, title}, nil
}

func splitAtComma(first, last string) Name {
	before, lasts := cutTitles(strings.Fields(last))
	within, firsts := cutTitles(strings.Fields(first))
	return Name{strings.Join(firsts, " "), strings.Join(lasts, " "), strings.TrimSpace(before + " " + within)}
}

// cutTitles takes titles off the front of a name, unless nothing is left.
func cutTitles(words []string) (title string, rest []string) {
	rest = words
	for len(rest) > 1 && isTitle(rest[0], rest[1]) {
		rest = rest[1:]
	}
	return strings.Join(words[:len(words)-len(rest)], " "), rest
}

// IsTitle reports whether a cell has a title in it and no name, such as "Mme" or "Dr.".
func IsTitle(s string) bool {
	all := strings.Fields(s)
	return len(all) > 0 && !slices.ContainsFunc(all, func(word string) bool {
		folded := Fold(word)
		return !fronts[folded] && !(strings.HasSuffix(word, ".") && (abbreviations[folded] || folded == "m" || folded == "mm"))
	})
}

// isTitle reports whether a word before another is a title. M. is one in French, and
// an initial elsewhere.
func isTitle(word, next string) bool {
	if word == "M." || word == "MM." {
		return isCapitals(next)
	}
	folded := Fold(word)
	dotted := strings.HasSuffix(word, ".")
	return fronts[folded] && (len(folded) > 2 || dotted || word != strings.ToUpper(word)) && !strings.ContainsAny(word, "-'") || dotted && abbreviations[folded]
}

// familyFrom is where the last name begins in a name that ends with it: with the first
// of its particles, else with the last word, or the one before "y" and "e". A
// generation at the end belongs to it.
func familyFrom(words []string) int {
	end := len(words)
	if end > 2 && generations[Fold(words[end-1])] {
		end--
	}
	at := end - 1
	for i := 1; i < end-1; i++ {
		if IsParticle(words[i]) {
			at = i
			break
		}
	}
	if at > 1 && joins[words[at]] || at == end-1 && at > 2 && joins[words[at-1]] {
		for at > 1 && !joins[words[at]] {
			at--
		}
		at--
	}
	return max(at, 1)
}

// familyTo is where the last name ends in a name that begins with it: behind its
// particles and one word more, and behind what particles join to that.
func familyTo(words []string) int {
	at := 0
	for at < len(words)-1 && IsParticle(words[at]) {
		at++
	}
	at++
	for at < len(words)-2 && (IsParticle(words[at]) && words[at] == strings.ToLower(words[at]) || joins[words[at]]) {
		for at < len(words)-2 && (IsParticle(words[at]) || joins[words[at]]) {
			at++
		}
		at++
	}
	return at
}

// capitalsIn finds the one end of a name that is in capitals: where that ends, or,
// at the back, where it begins. It is 0 if there is none, or if both ends are.
func capitalsIn(words []string) (at int, back bool) {
	front, behind := 0, len(words)
	for front < len(words) && (isCapitals(words[front]) || isSmall(words[front]) && front+1 < len(words) && isCapitals(words[front+1])) {
		front++
	}
	for behind > 0 && isCapitals(words[behind-1]) {
		behind--
	}
	for behind > 0 && behind < len(words) && isSmall(words[behind-1]) {
		behind--
	}
	switch {
	case front > 0 && behind == len(words):
		return front, false
	case front == 0 && behind > 0 && behind < len(words):
		return behind, true
	}
	return 0, false
}

// isCapitals reports whether a word is a name in capitals, of two letters or more. Mc
// and the like may be small before them.
func isCapitals(word string) bool {
	for _, prefix := range []string{"Mc", "Mac", "d'", "d’", "l'", "l’"} {
		if rest, ok := strings.CutPrefix(word, prefix); ok && isCapitals(rest) {
			return true
		}
	}
	upper := 0
	for _, r := range word {
		if unicode.IsLower(r) || unicode.IsDigit(r) {
			return false
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper > 1
}

// isSmall reports whether a word is a particle in small letters.
func isSmall(word string) bool { return IsParticle(word) && word == strings.ToLower(word) }

// IsParticle reports whether a word of a name is one that stands before a last name, such
// as "van".
func IsParticle(word string) bool {
	return particles[Fold(word)] && (word == strings.ToLower(word) || len(word) > 1 && !givenToo[Fold(word)])
}

// NameColumn looks at the full names of a list, whether capitals tell the last name
// in all of them.
type NameColumn struct {
	unclear     bool
	front, back int // names whose last name is there, in capitals
	sure, short int // of them, those with three letters or more, and those without
}

// Add looks at a name, and reports whether it is of use to look on.
func (c *NameColumn) Add(s string) bool {
	s, _ = Tidy(s, true)
	if s == "" || strings.Contains(s, ",") || c.unclear {
		return !c.unclear
	}
	_, words := cutTitles(strings.Fields(s))
	if len(words) < 2 {
		return true // it is refused, whatever the others are
	}
	at, back := capitalsIn(words)
	if at == 0 {
		c.unclear = true
		return false
	}
	family := words[:at]
	if back {
		family = words[at:]
		c.back++
	} else {
		c.front++
	}
	if len([]rune(strings.Join(family, ""))) < 3 {
		c.short++ // initials look like that, as in JD Smith
	} else {
		c.sure++
	}
	return true
}

// Order is [Capitals] if they tell it, and else nothing.
func (c *NameColumn) Order() NameOrder {
	if c.unclear || c.sure == 0 || c.short > 0 && c.front > 0 && c.back > 0 {
		return ""
	}
	return Capitals
}

var (
	// titles are what may stand after a name and a comma.
	titles = set("jr", "sr", "junior", "senior", "ii", "iii", "iv", "v", "phd", "md", "mba", "msc", "bsc", "ma", "ba", "dr", "drmed", "esq",
		"cpa", "rn", "dds", "jd", "llm", "llb", "pe", "cfa", "pmp", "obe", "mbe", "cbe", "mr", "mrs", "ms", "herr", "frau", "prof", "dipling",
		"inc", "ltd", "llc", "gmbh", "ag", "sa", "bv")
	// shortNames are titles that are first names too, where they are not in capitals.
	shortNames = set("ma", "ba", "sa", "v", "ag", "md", "pe", "jd", "rn")
	// fronts are titles before a name, in the seven languages.
	fronts = set("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "herr", "frau", "drmed", "dipling",
		"mme", "mlle", "monsieur", "madame", "mademoiselle", "sra", "srta", "senor", "senora", "dra", "dhr", "mevr", "mevrouw", "meneer",
		"signor", "signora", "dott", "dottssa", "dottoressa")
	// abbreviations are titles with their dot, and may be names without it.
	abbreviations = set("rev", "mag", "ing", "sr", "lic", "drs", "ir", "sig", "sigra", "avv", "rag", "geom", "arch", "exmo", "exma", "eng", "fr", "hr", "dna")
	// generations belong to the last name; what is academic does not.
	generations = set("jr", "sr", "ii", "iii", "iv", "junior", "filho", "neto")
	academic    = set("phd", "md", "mba", "msc", "bsc", "esq", "cpa", "dds", "llm", "llb", "dr", "prof", "mr", "mrs", "ms", "obe", "mbe", "cbe")
	// particles begin a last name, and givenToo are those that are given names, or
	// initials, where they are not small.
	particles = set("van", "von", "vom", "der", "den", "ter", "ten", "te", "de", "del", "della", "dello", "degli", "dei", "di", "da", "do", "dos", "das", "du", "des", "la", "le",
		"los", "las", "el", "al", "zu", "zum", "zur", "af", "av", "bin", "ibn", "bint", "ben", "abu", "st", "san", "santa", "mac", "y", "e", "t", "d", "in", "op", "vander", "vande")
	givenToo = set("ben", "do", "di", "da", "te", "al", "y", "e", "t", "d", "in", "op", "san", "mac", "bin", "ten", "den", "av")
	// joins stand between two last names.
	joins = set("y", "e", "i")
)
