package value

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

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
