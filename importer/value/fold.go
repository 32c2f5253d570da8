package value

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes headings equal that differ in case, spaces, punctuation and
// accents only, so first_name, firstName and "First Name" are one.
func Fold(heading string) string {
	if isPlainWord(heading) {
		return heading
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(Clip(heading, 4*MaxShown)) {
		if other, ok := plainLetters[r]; ok {
			b.WriteString(other)
		} else if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// PlainLetter is how a letter is written that does not come apart.
func PlainLetter(r rune) (string, bool) {
	s, ok := plainLetters[r]
	return s, ok
}

// plainLetters are letters that do not come apart.
var plainLetters = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'ø': "o", 'Ø': "o", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ł': "l", 'Ł': "l", 'ı': "i", 'º': "", 'ª': "",
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ħ': "h", 'Ħ': "h",
}

func isPlainWord(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) <= 4*MaxShown
}

// umlauts are how they are written without them.
var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue")

// FoldWithoutUmlauts folds a word in which ä is written as ae, as it is where a
// keyboard has no ä.
func FoldWithoutUmlauts(word string) string { return Fold(umlauts.Replace(word)) }
