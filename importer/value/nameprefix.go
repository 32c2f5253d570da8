package value

import "strings"

// WithPrefix puts what belongs before a last name there: van der and Berg are van der
// Berg, d' and Hondt are d'Hondt. It is not ok where the prefix is none, such as a title,
// or the last name has it already.
func WithPrefix(prefix, last string) (whole string, ok bool) {
	words := strings.Fields(prefix)
	for _, w := range words {
		if !isPrefixWord(w) {
			return last, false
		}
	}
	if len(words) == 0 || strings.HasPrefix(Fold(last), Fold(prefix)) && len(strings.Fields(last)) > len(words) {
		return last, false
	}
	if end := words[len(words)-1]; len(end) > 1 && strings.HasSuffix(strings.ReplaceAll(end, "’", "'"), "'") {
		return prefix + last, true
	}
	return prefix + " " + last, true
}

// isPrefixWord reports whether a word may stand before a last name: a particle, or
// another small word that is no title.
func isPrefixWord(w string) bool {
	folded := Fold(w)
	if fronts[folded] || abbreviations[folded] || titles[folded] || strings.ContainsAny(w, "0123456789@") {
		return false
	}
	return particles[folded] || folded != "" && w == strings.ToLower(w)
}

// WithoutPrefix is a last name without the particles that it begins with: van der Berg
// and d'Hondt are Berg and Hondt. The last word stays, whatever it is.
func WithoutPrefix(last string) string {
	words := strings.Fields(last)
	for len(words) > 1 && IsParticle(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return last
	}
	if front, rest, ok := strings.Cut(strings.ReplaceAll(words[0], "’", "'"), "'"); ok && rest != "" && particles[Fold(front)] {
		words = append([]string{rest}, words[1:]...)
	}
	return strings.Join(words, " ")
}
