package importer

import (
	"strconv"
	"strings"

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
func fromSpreadsheet(s string) (digits string, f *flaw, ok bool) {
	number := strings.TrimPrefix(strings.Replace(s, ",", ".", 1), "+")
	if whole, cut := strings.CutSuffix(number, ".0"); cut && len(whole) >= 7 && digitsOf(whole) == len(whole) {
		return whole, nil, true
	}
	i := strings.IndexAny(number, "eE")
	if i < 1 {
		return "", nil, false
	}
	mantissa, exponent := number[:i], strings.TrimPrefix(number[i+1:], "+")
	whole, decimals, _ := strings.Cut(mantissa, ".")
	e, err := strconv.ParseUint(exponent, 10, 8)
	if err != nil || len(whole) != 1 || digitsOf(whole+decimals) != len(whole+decimals) {
		return "", nil, false
	}
	if uint64(len(decimals)) != e {
		return "", &flaw{"phone_digits_lost", shown(s) + " is a number that the spreadsheet has shortened: its last digits are lost",
			"Type the number again in a cell that is formatted as text: " + withPlus}, true
	}
	return whole + decimals, nil, true
}

// written is what a number that a spreadsheet has damaged stands for. The +
// that it began with is lost.
func written(digits, s, region string) (number, code string, f *flaw) {
	code = phoneExponent
	if strings.HasSuffix(s, "0") && !strings.ContainsAny(s, "eE") {
		code = phoneDecimal
	}
	whole, wholeOK := "+"+digits, false
	if strings.HasPrefix(s, "+") || code == phoneExponent && len(digits) >= excelDigits {
		wholeOK = valid(whole)
	}
	if region == "" {
		if !wholeOK {
			return s, "", &flaw{"phone_no_country_code", shown(s) + " is a number that the spreadsheet has changed, and it has no country code for certain", orRegion}
		}
		return whole, code, nil
	}
	number, _, f = national(digits, s, region)
	switch {
	case f == nil && wholeOK && number != whole && isMobile(number):
		return s, "", twoReadings(s)
	case wholeOK:
		return whole, code, nil
	}
	return number, code, f
}

// national reads a number without a + as one that is dialled in a region. It
// must be one that is in use there, so that a missing + or zero is proved.
func national(digits, s, region string) (number, code string, f *flaw) {
	cc := phonenumbers.GetCountryCodeForRegion(region)
	whole, abroad := "+"+digits, false
	number, ok := diallingOf(region).national(digits)
	if !ok {
		num, err := phonenumbers.Parse(digits, region)
		if err != nil || cc == 0 {
			return s, "", notThereIn(s, region)
		}
		if !phonenumbers.IsValidNumber(num) {
			return s, "", notOf(num, s, region)
		}
		number, abroad = phonenumbers.Format(num, phonenumbers.E164), int(num.GetCountryCode()) != cc
	}
	switch {
	case number == whole:
		return number, phonePlus, nil
	case abroad:
		return number, phonePrefix, nil
	case strings.HasPrefix(digits, strconv.Itoa(cc)) && valid(whole):
		return s, "", twoReadings(s)
	}
	if digits[0] == '0' || phonenumbers.GetNddPrefixForRegion(region, true) != "0" {
		return number, phoneCountryCode, nil
	}
	if len(digits) < fewestDigits {
		return s, "", &flaw{"phone_area_code", shown(s) + " has no zero at its beginning: the area code may be missing", withPlus}
	}
	return number, phoneZero, nil
}

// valid reports whether a number with its country code is in use.
func valid(number string) bool {
	if !isPlainPhone(number) {
		return false
	}
	num, err := phonenumbers.Parse(number, "")
	return err == nil && phonenumbers.IsValidNumber(num) && phonenumbers.Format(num, phonenumbers.E164) == number
}

func isMobile(number string) bool {
	num, err := phonenumbers.Parse(number, "")
	if err != nil {
		return false
	}
	kind := phonenumbers.GetNumberType(num)
	return kind == phonenumbers.MOBILE || kind == phonenumbers.FIXED_LINE_OR_MOBILE
}

func twoReadings(s string) *flaw {
	return &flaw{"phone_ambiguous", shown(s) + " may be meant with a country code or without one, and both are phone numbers", withPlus}
}

func notThereIn(s, region string) *flaw {
	return &flaw{"phone_not_valid", shown(s) + " is not a phone number of the country " + region, withPlus}
}

// notOf says what is wrong with a national number.
func notOf(num *phonenumbers.PhoneNumber, s, region string) *flaw {
	switch phonenumbers.IsPossibleNumberWithReason(num) {
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return &flaw{"phone_too_short", shown(s) + " has too few digits for a phone number of the country " + region, "Write the whole number, with its area code"}
	case phonenumbers.TOO_LONG:
		return &flaw{"phone_too_long", shown(s) + " has too many digits for a phone number of the country " + region, "Write one number, without an extension"}
	}
	return notThereIn(s, region)
}
