package value

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// fewestDigits are those of a number whose lost zero is put back: with fewer,
// its area code may be what is missing.
const fewestDigits = 9

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
