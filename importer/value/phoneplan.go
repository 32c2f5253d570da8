package value

import (
	binary "math/bits"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// plans are, by country code, the lengths that numbers without it may have:
// bit n stands for n digits. Asking phonenumbers each time costs twenty times
// as much as reading the row.
var plans = sync.OnceValue(func() *[1000]uint32 {
	var all [1000]uint32
	for cc := range phonenumbers.GetSupportedCallingCodes() {
		digits := uint64(1)
		for n := 1; n <= maxPhoneDigits; n++ {
			code := int32(cc)
			num := phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &digits}
			if phonenumbers.IsPossibleNumberWithReason(&num) == phonenumbers.IS_POSSIBLE {
				all[cc] |= 1 << n
			}
			digits = digits*10 + 1
		}
	}
	return &all
})

// countryCode is the country code of a number that is a + and digits, 0 if
// there is no such country.
func countryCode(number string) int {
	cc := 0
	for i := 1; i <= 3 && i < len(number); i++ {
		cc = cc*10 + int(number[i]-'0')
		if plans()[cc] != 0 {
			return cc
		}
		if cc == 0 {
			return 0
		}
	}
	return 0
}

// possible reports whether a + and digits are a number that its country's plan
// has room for. A number that begins with a zero after the country code needs a
// closer look.
func possible(number string) bool {
	cc := countryCode(number)
	if cc == 0 {
		return false
	}
	from := 1 + ccDigits(cc)
	return len(number) > from && number[from] != '0' && plans()[cc]&(1<<(len(number)-from)) != 0
}

func ccDigits(cc int) int {
	switch {
	case cc < 10:
		return 1
	case cc < 100:
		return 2
	}
	return 3
}

// lengthsOf is the fewest and the most digits that a number has.
func lengthsOf(cc int) (least, most int) {
	plan := plans()[cc]
	return binary.TrailingZeros32(plan), binary.Len32(plan) - 1
}

// IsRegion reports whether numbers of a region (ISO 3166) are known.
func IsRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) != 0 }
