// Package value makes a value of a cell, or says what is wrong with it: phone
// numbers, e-mail addresses, names, references, countries, web addresses, yes and
// no. What was meant and can be proved is repaired; nothing is guessed.
//
// It owns the words and codes of problems and repairs, and how a value is quoted
// in them. It must not know where a cell comes from, neither its row nor its file,
// nor what becomes of the person. A [Flaw] may quote a person's data: it is for
// the report and the screen, never for a log.
package value

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean takes white space and what marks it as text in a spreadsheet off a
// value: the ' before it, or the formula ="…" that some programs write.
func Clean(s string) string {
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.IndexByte(inner, '"') == len(inner)-1 {
		return strings.TrimSpace(inner[:len(inner)-1])
	}
	if marked(s) || len(s) > 1 && s[0] == '\'' && s[1] >= '0' && s[1] <= '9' {
		return strings.TrimSpace(s[1:])
	}
	return s
}

// Unmark takes off the ' that the report, or a spreadsheet, puts before what
// would otherwise be read as a formula. Everything else stays.
func Unmark(s string) string {
	if marked(s) {
		return s[1:]
	}
	return s
}

func marked(s string) bool {
	return len(s) > 1 && s[0] == '\'' && strings.IndexByte("=@-+\t\r", s[1]) >= 0
}

// isBadControl tells control characters that no cell may have. Tabs and line
// breaks are for columns of free text.
func isBadControl(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.IsControl(r)
}

// controlled reports whether s has a control character. It is asked of every
// value, so plain text takes a shorter way.
func controlled(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return strings.ContainsFunc(s[i:], unicode.IsControl)
		}
	}
	return false
}

// CheckFreeText refuses what no cell may have, of whatever column.
func CheckFreeText(s string) *Flaw {
	if badlyControlled(s) {
		return controlFlaw(s)
	}
	return nil
}

func badlyControlled(s string) bool {
	return controlled(s) && strings.ContainsFunc(s, isBadControl)
}

// ControlCharacter is the code of a value with a character that nobody sees or
// types in it.
const ControlCharacter = "control_character"

func controlFlaw(value string) *Flaw {
	return &Flaw{ControlCharacter, Quote(value) + " has a control character or a line break in it", "Type the value again"}
}

// The longest values that are accepted, in characters.
const (
	maxName       = 100
	maxExternalID = 255
	maxWorkflowID = 255
	maxURL        = 2048
)

// tooLong reports whether s has more than n characters.
func tooLong(s string, n int) bool { return len(s) > n && utf8.RuneCountInString(s) > n }

// CheckName refuses what is nobody's name; windows says that the file was read as
// Windows-1252, in which letters of other encodings become signs.
func CheckName(s string, windows bool) *Flaw {
	switch {
	case tooLong(s, maxName):
		return &Flaw{"name_too_long", "the name has more than 100 characters", "Shorten it"}
	case strings.IndexByte(s, '@') > 0 && checkEmail(s) == nil:
		return &Flaw{"name_invalid", Quote(s) + " is an e-mail address, not a name", "Write the name, and look whether the row has its values in the right columns"}
	case !strings.ContainsFunc(s, isLetterOrPicture) || notGiven[strings.ToLower(s)]:
		return &Flaw{"name_invalid", Quote(s) + " is not a name", "Write the name, and look whether the row has its values in the right columns"}
	}
	return checkLetters(s, windows)
}

// isLetterOrPicture accepts whatever a name may consist of.
func isLetterOrPicture(r rune) bool { return unicode.IsLetter(r) || r >= 0x1F000 }

// notGiven is what people and programs write where they have no value. Null,
// None and Na are names.
var notGiven = set("n/a", "n.a.", "k.a.", "(blank)", "(null)")

// CheckText refuses what no value of any field may have.
func CheckText(s string) *Flaw {
	switch {
	case controlled(s):
		return controlFlaw(s)
	case isCellError(s):
		return &Flaw{"cell_error", Quote(s) + " is what a spreadsheet shows when a formula fails, or a column is too narrow", "Write the value in place of the formula, or widen the column and save the file again"}
	case !IsASCII(s) && strings.ContainsFunc(s, isDamaged):
		return &Flaw{"character_damaged", Quote(s) + " has a character in it that was lost when the file was written", "Type the value again, and save the file as UTF-8"}
	}
	return nil
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// isCellError recognises the errors of spreadsheets, such as #N/A, #REF! and
// #NAME?, in any language, and the signs that stand for a number which is too
// wide.
func isCellError(s string) bool {
	if len(s) < 2 {
		return false
	}
	if s[0] != '#' {
		return strings.HasPrefix(s, "Err:5") && onlyDigits(s[len("Err:"):]) // LibreOffice
	}
	if last := s[len(s)-1]; last == '!' || last == '?' {
		letters := 0
		for _, r := range s[1 : len(s)-1] {
			switch {
			case unicode.IsLetter(r) && !unicode.IsLower(r):
				letters++
			case !unicode.IsDigit(r) && !strings.ContainsRune(" ¡¿/_", r):
				return false
			}
		}
		return letters > 1
	}
	return strings.Trim(s, "#") == "" || cellErrors[s]
}

var cellErrors = set("#N/A", "#NV", "#N/D", "#N/B", "#GETTING_DATA")

var shortened = regexp.MustCompile(`^[0-9](\.[0-9]+)?E\+[0-9]{2,3}$`)

// CheckExternalID refuses a reference that is too long.
func CheckExternalID(s string) *Flaw {
	if tooLong(s, maxExternalID) {
		return &Flaw{"external_id_too_long", "the value has more than 255 characters", "Use a shorter reference"}
	}
	return nil
}

// CheckNewID also refuses what a spreadsheet has made of a reference. In a
// report of usher's it does not matter: the person is known.
func CheckNewID(s string) *Flaw {
	if strings.Contains(s, "E+") && shortened.MatchString(s) {
		return shortenedID(s)
	}
	return CheckExternalID(s)
}

// CheckNumberID is [CheckNewID] of a number in a workbook, where the exponent is
// gone: 1.23E+15 is 1230000000000000 there.
func CheckNumberID(s string) *Flaw {
	if rounded(s, excelDigits) {
		return shortenedID(s)
	}
	return CheckNewID(s)
}

func shortenedID(s string) *Flaw {
	return &Flaw{"external_id_number", Quote(s) + " is a number as a spreadsheet shortens it", "Type the reference again in a cell that is formatted as text"}
}

// CheckWorkflowID refuses what cannot be the id of a workflow.
func CheckWorkflowID(s string) *Flaw {
	if tooLong(s, maxWorkflowID) || strings.ContainsFunc(s, unicode.IsSpace) {
		return &Flaw{"workflow_id_invalid", Quote(s) + " is not a workflow id", "Copy the id from the provider's console, or leave the cell empty"}
	}
	return nil
}

// CheckRedirectURL refuses what is not a web address that begins with https://.
func CheckRedirectURL(s string) *Flaw {
	const fix = "Write an address that starts with https://, or leave the cell empty"
	u, err := url.Parse(s)
	switch {
	case err != nil || tooLong(s, maxURL) || strings.ContainsFunc(s, unicode.IsSpace):
		return &Flaw{"redirect_url_invalid", Quote(s) + " is not a web address", fix}
	case u.Scheme != "https":
		return &Flaw{"redirect_url_not_https", Quote(s) + " does not start with https://", fix}
	case !isHost(u.Hostname()) || u.User != nil || !isPort(u.Port()):
		return &Flaw{"redirect_url_invalid", Quote(s) + " is not a web address", fix}
	}
	return nil
}

func isHost(s string) bool {
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if !isLabel(strings.ReplaceAll(label, "_", "x")) {
			return net.ParseIP(s) != nil
		}
	}
	return true
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil
}

func set(names ...string) map[string]bool {
	all := make(map[string]bool, len(names))
	for _, name := range names {
		all[name] = true
	}
	return all
}
