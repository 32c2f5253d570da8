package value

import (
	"strconv"
	"strings"
)

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
