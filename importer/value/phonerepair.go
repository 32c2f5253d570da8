package value

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// fewestDigits are those of a number whose lost zero is put back: with fewer,
// its area code may be what is missing.
const fewestDigits = 9

// excelDigits is the length from which a spreadsheet writes a number with an
// exponent. Without its country code only some countries' mobile numbers are
// so long.
const excelDigits = 12

// fromSpreadsheet reads a number that a spreadsheet or a program has made a
// number of: 4.47712345678E+11 and 447712345678.0. Only if all its digits are
// there they are given back.
func fromSpreadsheet(s string) (digits, code string, f *Flaw) {
	number := strings.TrimPrefix(strings.Replace(s, ",", ".", 1), "+")
	mantissa, exponent, scientific := cutAny(number, "eE")
	whole, decimals, point := strings.Cut(mantissa, ".")
	if whole == "" || !onlyDigits(whole+decimals) {
		return "", "", nil
	}
	if !scientific {
		if !point || len(whole) < 7 || decimals == "" || strings.Trim(decimals, "0") != "" {
			return "", "", nil
		}
		return whole, phoneDecimal, nil
	}
	e, err := strconv.ParseUint(strings.TrimPrefix(exponent, "+"), 10, 8)
	if err != nil || len(whole) != 1 {
		return "", "", nil
	}
	if n := int(e); len(decimals) >= n && strings.Trim(decimals[n:], "0") == "" {
		return whole + decimals[:n], phoneExponent, nil
	}
	return "", "", digitsLost(s, "is a number that the spreadsheet has shortened")
}

// roundedZeros is how many zeros at its end a number from a workbook has if its
// digits were lost before it came there: 4.48E+11 is 448000000000 then.
const roundedZeros = 5

// rounded reports whether a number in a workbook was written as 4.48E+11 before
// it came there. The workbook does not tell.
func rounded(s string, least int) bool {
	return len(s) >= least && onlyDigits(s) && s[0] != '0' && strings.HasSuffix(s, "00000"[:roundedZeros])
}

// CheckRounded refuses a number of a workbook whose last digits were lost before
// it came there.
func CheckRounded(s string) *Flaw {
	if !rounded(s, 9) {
		return nil
	}
	return digitsLost(s, "ends in zeros as a number does that a spreadsheet has shortened")
}

func digitsLost(s, how string) *Flaw {
	return &Flaw{"phone_digits_lost", Quote(s) + " " + how + ": its last digits are lost",
		"Type the number again, with + and the country code, in a cell that is formatted as text"}
}

func cutAny(s, set string) (before, after string, found bool) {
	if i := strings.IndexAny(s, set); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// WithoutPlus is a number that usher wrote down with a +, in a report or a list of
// problems, and that a spreadsheet took it off. It must be in use, and must not be
// another number in the region.
func WithoutPlus(s, region string) (number string, ok bool) {
	if number = "+" + s; !onlyDigits(s) || !valid(number) {
		return "", false
	}
	if region == "" {
		return number, true
	}
	other, _, f := Phone(s, region)
	return number, (f == nil && other == number) || f != nil && f.Code != "phone_ambiguous"
}

// written is what a number that a spreadsheet has damaged stands for. The +
// that it began with is lost.
func written(digits, s, region string) (number string, f *Flaw) {
	whole := "+" + digits
	wholeOK := (strings.HasPrefix(s, "+") || len(digits) >= excelDigits) && valid(whole)
	d := diallingOf(region)
	if d == nil {
		if !wholeOK {
			return s, &Flaw{NoCountryCode, Quote(s) + " is a number that the spreadsheet has changed, and it has no country code for certain", orRegion}
		}
		return whole, nil
	}
	number, _, f = national(digits, s, region)
	switch {
	case f == nil && wholeOK && number != whole:
		return s, twoReadings(s, region)
	case f != nil && wholeOK && len(digits) > d.usual:
		return whole, nil
	}
	return number, f
}

// national reads a number without a + as one of a region. What is missing must
// be proved: by the zero that is dialled before a national number, by how many
// digits the numbers of the region have, or because no other reading is a
// number in use.
func national(digits, s, region string) (number, code string, f *Flaw) {
	d := diallingOf(region)
	if d == nil {
		return s, "", notThereIn(s, region)
	}
	if digits[0] == '0' {
		return d.withZero(digits, s)
	}
	whole, inside := "+"+digits, "+"+d.code+digits
	usual := len(digits) <= d.usual && valid(inside)
	if strings.HasPrefix(digits, d.code) {
		switch ok := valid(whole); {
		case ok && usual:
			return s, "", twoReadings(s, region)
		case !usual && (ok || possible(whole) && !possible(inside)):
			return whole, PhonePlus, nil
		case possible(whole) && !(usual && d.own.mobile.has(digits)):
			return s, "", notThereIn(s, region) // with a digit too few it may be meant with its code
		}
	}
	if zero := d.code + "0"; d.zero && strings.HasPrefix(digits, zero) && valid("+"+d.code+digits[len(zero):]) {
		return "+" + d.code + digits[len(zero):], phoneTrunk, nil
	}
	if _, prefixed, _ := d.cut(digits); prefixed { // by another prefix than a zero
		if number, ok := d.national(digits); ok && number != inside {
			if valid(whole) {
				return s, "", twoReadings(s, region)
			}
			return number, phoneCountryCode, nil
		}
	}
	if d.zero {
		return d.withoutZero(digits, inside, s)
	}
	// In this region national numbers are written as they are here.
	if usual || !valid(whole) && (valid(inside) || len(digits) == d.usual && possible(inside)) {
		return inside, phoneCountryCode, nil
	}
	if valid(inside) {
		return s, "", twoReadings(s, region)
	}
	return s, "", notOf(digits, s, region)
}

// withZero reads digits that begin with a zero, as they are dialled inside the
// region. A number of the usual length need not be in use.
func (d *dialling) withZero(digits, s string) (number, code string, f *Flaw) {
	if number, ok := d.national(digits); ok {
		return number, phoneCountryCode, nil
	}
	if d.tooLong(digits) {
		return s, "", notOf(digits, s, d.region)
	}
	num, err := phonenumbers.Parse(digits, d.region)
	if err != nil {
		return s, "", notThereIn(s, d.region)
	}
	number = phonenumbers.Format(num, phonenumbers.E164)
	if phonenumbers.IsValidNumber(num) {
		if !strings.HasPrefix(number, "+"+d.code) {
			return number, phonePrefix, nil
		}
		return number, phoneCountryCode, nil
	}
	rest, prefixed, plain := d.cut(digits)
	if plain && prefixed && len(rest) == d.usual && number == "+"+d.code+rest && possible(number) {
		return number, phoneCountryCode, nil
	}
	return s, "", notOf(digits, s, d.region)
}

// withoutZero reads digits that a spreadsheet has taken a zero off.
func (d *dialling) withoutZero(digits, inside, s string) (number, code string, f *Flaw) {
	switch {
	case !valid(inside):
		return s, "", notOf(digits, s, d.region)
	case valid("+" + digits):
		return s, "", twoReadings(s, d.region)
	case len(digits) < fewestDigits:
		return s, "", &Flaw{"phone_area_code", Quote(s) + " has no zero at its beginning: the area code may be missing", withPlus(d.region)}
	}
	return inside, phoneZero, nil
}

// abroad reads digits that begin with 00, which is dialled before a country
// code in most regions, but not in all.
func abroad(digits, s, region string) (number, code string, f *Flaw) {
	number, _, f = international("+"+digits[2:], s, region)
	d := diallingOf(region)
	if d == nil {
		return abroadAnywhere(digits, number, s, f)
	}
	at := d.abroad.FindStringIndex(digits)
	if at == nil || at[1] == 2 {
		return number, phonePrefix, f
	}
	other := "+" + digits[at[1]:] // as 0011 in Australia, and with the code of a carrier in Brazil
	switch ok := f == nil && valid(number); {
	case valid(other) && ok:
		return s, "", twoReadings(s, region)
	case valid(other):
		return other, phonePrefix, nil
	case ok:
		return number, phonePrefix, nil
	}
	return s, "", prefixFlaw(s, region)
}

// abroadAnywhere reads digits that begin with 00 where nobody knows where they are
// dialled: only if they are a number in use. A longer prefix, such as 0011 or 001, may be
// meant where some country dials that, unless the country code stands apart. Those that
// begin with 002 and higher belong to single carriers, so they count only where they
// stand apart themselves.
func abroadAnywhere(digits, number, s string, f *Flaw) (string, string, *Flaw) {
	if f != nil || !valid(number) {
		return s, "", prefixFlaw(s, "")
	}
	group := firstGroup(s)
	if group == "00" || group == "00"+strconv.Itoa(countryCode(number)) || digits[2] != '1' && len(group) > len("00")+3 {
		return number, phonePrefix, nil
	}
	for _, prefix := range longPrefixes() {
		if at := prefix.FindStringIndex(digits); at != nil && at[1] > 2 && valid("+"+digits[at[1]:]) {
			return s, "", prefixFlaw(s, "")
		}
	}
	return number, phonePrefix, nil
}

// firstGroup is the digits of a number up to the first sign between them.
func firstGroup(s string) string {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		return s[:end]
	}
	return s
}

// longPrefixes are what is dialled for abroad in the countries where that is more than
// 00, or something else.
var longPrefixes = sync.OnceValue(func() (all []*regexp.Regexp) {
	seen := map[string]bool{"00": true, "": true}
	for _, m := range metadata() {
		if prefix := m.GetInternationalPrefix(); !seen[prefix] {
			seen[prefix] = true
			all = append(all, regexp.MustCompile("^(?:"+prefix+")"))
		}
	}
	return all
})

// notOf says what is wrong with a number that its region does not have.
func notOf(digits, s, region string) *Flaw {
	result := phonenumbers.INVALID_LENGTH
	if d := diallingOf(region); d != nil && d.tooLong(digits) {
		result = phonenumbers.TOO_LONG
	} else if num, err := phonenumbers.Parse(digits, region); err == nil {
		result = phonenumbers.IsPossibleNumberWithReason(num)
	}
	switch result {
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return &Flaw{"phone_too_short", Quote(s) + " has too few digits for a phone number of the country " + region, "Write the whole number, with its area code"}
	case phonenumbers.TOO_LONG:
		return &Flaw{"phone_too_long", Quote(s) + " has too many digits for a phone number of the country " + region, "Write one number, without an extension"}
	}
	return notThereIn(s, region)
}

func notThereIn(s, region string) *Flaw {
	return &Flaw{"phone_not_valid", Quote(s) + " is not a phone number of the country " + region, withPlus(region)}
}

func twoReadings(s, region string) *Flaw {
	return &Flaw{"phone_ambiguous", Quote(s) + " may be meant with a country code or without one, and both are phone numbers", withPlus(region)}
}
