package value

import (
	"strings"
	"unicode"
)

// checkLetters refuses a name with signs in it that no name has. They are what
// becomes of letters when a file is read in another encoding than it was
// written in; windows says that this one was read as Windows-1252.
func checkLetters(s string, windows bool) *Flaw {
	if !strings.ContainsFunc(s, isStrange) && !strings.Contains(s, doubleEncoded) && !(windows && !IsASCII(s) && misread(s)) {
		return nil
	}
	return &Flaw{"name_signs", Quote(s) + " has a sign in it that no name has: a letter was probably lost when the file was saved",
		`Type the name again; if there are many, save the file anew as "CSV UTF-8" in the program it comes from`}
}

func isStrange(r rune) bool {
	return r == '?' || r >= 0xA0 && strings.ContainsRune("£¤¥¢¦§¬¯±¹²³¼½¾¿¡†‡‰•˜™©®€¶¸¨÷×°", r)
}

// doubleEncoded is what becomes of an í; its second half cannot be seen.
const doubleEncoded = "Ã\u00ad"

// misread looks for what no name has in Windows-1252, though each sign for
// itself may be in one: quotes and small letters of DOS and Macintosh files.
func misread(s string) bool {
	runes := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	for i, r := range runes {
		before, after := at(i-1), at(i+1)
		switch r {
		case '‚', '„':
			if unicode.IsLetter(before) {
				return true
			}
		case '‘', '“':
			if unicode.IsLetter(before) && (r == '“' || !unicode.IsLetter(after)) && !strings.ContainsAny(s, "‚„") {
				return true
			}
		case '–', '—':
			if unicode.IsLetter(before) && unicode.IsLower(after) {
				return true
			}
		case 'Ÿ', 'Õ':
			if unicode.IsLetter(before) && (unicode.IsLower(after) || unicode.IsUpper(after) && unicode.IsLower(at(i+2))) {
				return true
			}
		}
		if (r == 'Ã' || r == 'Â') && unicode.IsLower(before) && !unicode.IsLetter(after) {
			return true // the first half of a letter in UTF-8, cut off
		}
	}
	return false
}

// isDamaged tells the replacement character, which stands for one that could
// not be read, and characters that are none.
func isDamaged(r rune) bool {
	return r == unicode.ReplacementChar || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF || unicode.Is(unicode.Co, r)
}

// isInvisible tells marks that nobody sees and nobody types: they come from
// word processors, web pages and address books. The two joiners are a part of
// names in Persian and the languages of India, and of emoji.
func isInvisible(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u061c', r == '\u180e', r == '\u200b', r == '\u200e', r == '\u200f', r == '\ufeff',
		r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u2069':
		return true
	}
	return false
}

func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// withoutInvisible leaves marks out that nobody sees; joiners stay where text
// may have them.
func withoutInvisible(s string, text bool) string {
	if strings.Contains(s, doubleEncoded) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isInvisible(r) || isJoiner(r) && !text {
			return -1
		}
		return r
	}, s)
}
