package importer

import (
	"bytes"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"usher/importer/value"
)

// nameHash is what is kept of a name, to tell whether two rows are of one person.
// It is of what people and programs do not change when they write the same name
// in another way: neither case nor accents, signs, spaces or the order of the
// words are in it. The zero value is no name, and agrees with every one. Names
// that do not agree are taken to do so once in a hundred thousand times.
type nameHash struct {
	words   uint32 // of the words in alphabetical order
	letters uint32 // of all letters as a ring, so where a word or name begins does not matter
}

// nameBits is how many bits each of them has.
const nameBits = 18

// agrees reports whether both may be the name of one person: De la Cruz, Ana and
// Ana Delacruz; José María Núñez and NUNEZ MARIA JOSE; Jürgen Groß and Juergen Gross.
func (n nameHash) agrees(other nameHash) bool {
	return n == nameHash{} || other == nameHash{} || n.words == other.words || n.letters == other.letters
}

// namer makes hashes of names. It is asked for every row of a check, so it keeps
// the space that it needs.
type namer struct {
	seed   maphash.Seed
	text   []byte // the letters as they are compared
	words  [][]byte
	begin  int  // of the word in hand
	merged bool // its last vowel stands for two
}

func (n *namer) hash(first, last string) nameHash {
	n.text, n.words = n.text[:0], n.words[:0]
	n.add(first)
	n.add(last)
	if len(n.text) == 0 {
		return nameHash{}
	}
	var words, letters maphash.Hash
	words.SetSeed(n.seed)
	letters.SetSeed(n.seed)
	at := ring(n.text)
	_, _ = letters.Write(n.text[at:]) // never fails
	_, _ = letters.Write(n.text[:at])
	slices.SortFunc(n.words, bytes.Compare)
	for _, word := range n.words {
		_, _ = words.Write(word)
		_ = words.WriteByte(' ')
	}
	return nameHash{uint32(words.Sum64() >> (64 - nameBits)), uint32(letters.Sum64() >> (64 - nameBits))}
}

// add takes the words of a part of a name.
func (n *namer) add(s string) {
	if !value.IsASCII(s) {
		s = norm.NFKD.String(s)
	}
	n.begin = len(n.text)
	for _, r := range s {
		if isBetweenWords(r) {
			n.endWord()
		} else {
			n.character(r)
		}
	}
	n.endWord()
}

func isBetweenWords(r rune) bool {
	if r < 0x80 {
		return r <= ' ' || strings.IndexByte("-_,;/|+&", byte(r)) >= 0
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r)
}

// endWord ends a word. What was kept of earlier words stays where it is, also
// when the text has to move.
func (n *namer) endWord() {
	if n.begin < len(n.text) {
		n.words = append(n.words, n.text[n.begin:])
	}
	n.begin, n.merged = len(n.text), false
}

// character takes the letters and digits, small and without accents. Marks of
// scripts in which they are letters stay.
func (n *namer) character(r rune) {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		n.letter(byte(r))
		return
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			n.letter(byte(r) + 'a' - 'A')
		}
		return
	}
	if other, ok := value.PlainLetter(r); ok {
		for i := range len(other) {
			n.letter(other[i])
		}
		return
	}
	n.merged = false
	switch r = unicode.ToLower(r); {
	case r == 'ς':
		n.text = utf8.AppendRune(n.text, 'σ')
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && !isAccent(r):
		n.text = utf8.AppendRune(n.text, r)
	}
}

// letter takes ä and ae, ö and oe, ü and ue, å and aa for one: the accents are
// off already, so what is written after the vowel for one goes too.
func (n *namer) letter(c byte) {
	if !n.merged && n.begin < len(n.text) {
		switch before := n.text[len(n.text)-1]; {
		case c == 'e' && (before == 'a' || before == 'o' || before == 'u'), c == 'a' && before == 'a':
			n.merged = true
			return
		}
	}
	n.text, n.merged = append(n.text, c), false
}

// isAccent tells marks that many leave out: those of Latin, Greek and Cyrillic
// letters, the points of Hebrew and the vowel signs of Arabic.
func isAccent(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x0591 && r <= 0x05C7 || r >= 0x064B && r <= 0x065F || r == 0x0670
}

// ring is where the rotation of s begins that comes first: all its rotations
// have that one.
func ring(s []byte) int {
	a, b, same := 0, 1, 0
	for a < len(s) && b < len(s) && same < len(s) {
		x, y := s[(a+same)%len(s)], s[(b+same)%len(s)]
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
	return min(a, b)
}
