package importer

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// nameHash is what is kept of a name, to tell whether two rows are of one person.
// It is of what people and programs do not change when they write the same name
// in another way: neither case nor accents, signs, spaces or the order of the
// words are in it. The zero value is no name, and agrees with every one.
type nameHash struct {
	words   uint32 // of the words in alphabetical order
	letters uint32 // of all letters as a ring, so where a word or name begins does not matter
}

// agrees reports whether both may be the name of one person: De la Cruz, Ana and
// Ana Delacruz; José María Núñez and NUNEZ MARIA JOSE; Jürgen Groß and Juergen Gross.
func (n nameHash) agrees(other nameHash) bool {
	return n == nameHash{} || other == nameHash{} || n.words == other.words || n.letters == other.letters
}

func hashName(seed maphash.Seed, first, last string) nameHash {
	words := append(nameWords(first), nameWords(last)...)
	if len(words) == 0 {
		return nameHash{}
	}
	letters := ring(strings.Join(words, ""))
	slices.Sort(words)
	return nameHash{uint32(maphash.String(seed, strings.Join(words, " "))), uint32(maphash.String(seed, letters))}
}

// nameWords are the words of a name as they are compared.
func nameWords(s string) []string {
	if !isASCII(s) {
		s = norm.NFKD.String(s)
	}
	words := strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune("_,;/|+&", r)
	})
	plain := words[:0]
	for _, word := range words {
		if word = oneVowel(plainWord(word)); word != "" {
			plain = append(plain, word)
		}
	}
	return plain
}

// plainWord leaves the letters and digits of a word, small and without accents.
// Marks of scripts in which they are letters stay.
func plainWord(word string) string {
	var b strings.Builder
	for _, r := range word {
		if other, ok := plainLetters[r]; ok {
			b.WriteString(other)
			continue
		}
		switch r = unicode.ToLower(r); {
		case r == 'ς':
			b.WriteRune('σ')
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && !isAccent(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isAccent tells marks that many leave out: those of Latin, Greek and Cyrillic
// letters, the points of Hebrew and the vowel signs of Arabic.
func isAccent(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x0591 && r <= 0x05C7 || r >= 0x064B && r <= 0x065F || r == 0x0670
}

// oneVowel takes ä and ae, ö and oe, ü and ue, å and aa for one: the accents are
// off already, so what is written after the vowel for one goes too.
func oneVowel(word string) string {
	if !strings.Contains(word, "e") && !strings.Contains(word, "aa") {
		return word
	}
	b := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		b = append(b, word[i])
		if pair := word[i:min(i+2, len(word))]; pair == "ae" || pair == "oe" || pair == "ue" || pair == "aa" {
			i++
		}
	}
	return string(b)
}

// ring is the rotation of s that comes first, which all its rotations share.
func ring(s string) string {
	twice := s + s
	a, b, same := 0, 1, 0
	for a < len(s) && b < len(s) && same < len(s) {
		x, y := twice[a+same], twice[b+same]
		switch {
		case x == y:
			same++
			continue
		case x > y:
			a += same + 1
		default:
			b += same + 1
		}
		if a == b {
			b++
		}
		same = 0
	}
	first := min(a, b)
	return twice[first : first+len(s)]
}
