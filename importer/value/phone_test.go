package value

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"usher/store/storetest"
)

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ phone, region, want, repair string }{
		// International, as people write it.
		{"+447700900123", "", "+447700900123", ""},
		{"+44 7700 900-123", "", "+447700900123", ""},
		{"+44 (7700) 900.123", "", "+447700900123", ""},
		{"(+44) 7700 900123", "", "+447700900123", ""},
		{"+44\u00a07700\u202f900123", "US", "+447700900123", ""},
		{"+44\u20117700\u2013900123", "", "+447700900123", ""},
		{"\u202a+44 7700 900123\u202c", "", "+447700900123", ""},
		{"+49 151/12345678", "", "+4915112345678", ""},
		{"+15195550123", "", "+15195550123", ""},
		{"+15550000001", "", "+15550000001", ""},
		{"+39 06 1234 5678", "", "+390612345678", ""},
		{"+2250701234567", "", "+2250701234567", ""},
		// Not a number that can be called.
		{"+123456", "", "phone_too_short", ""},
		{"+1234567", "", "phone_too_short", ""},
		{"+44 7700", "", "phone_too_short", ""},
		{"+44 7700 900123 99", "", "phone_too_long", ""},
		{"+1234567890123456", "", "phone_too_long", ""},
		{"+0447700900123", "", "phone_country_unknown", ""},
		{"+999 123456789", "", "phone_country_unknown", ""},
		{"+44+7700900123", "", "phone_invalid", ""},
		{"++447700900123", "", "phone_invalid", ""},
		{"44+7700900123", "", "phone_invalid", ""},
		{"+44 7700 900123 ext 4", "", "phone_extension", ""},
		{"+44 7700 900123 x12", "", "phone_extension", ""},
		{"+44 7700 900123 #12", "", "phone_extension", ""},
		{"+1 800 FLOWERS", "", "phone_letters", ""},
		{"+44 7700 90O123", "", "phone_letters", ""},
		{"tel:+447700900123", "", "+447700900123", telRemoved},
		{"tel:", "", "phone_invalid", ""},
		{"+44 7700 900123, +44 7700 900124", "", "phone_several", ""},
		{"+447700900123/+447700900124", "", "phone_several", ""},
		{"+44 7700 900123 ::: +44 7700 900124", "", "phone_several", ""},
		{"+٤٤٧٧٠٠٩٠٠١٢٣", "", "+447700900123", phoneDigits},
		{"+𝟜𝟜 7700 900123", "", "+447700900123", phoneDigits}, // double-struck
		{"+０１２", "", "phone_too_short", ""},
		{"＋４４ ７７００ ９００１２３", "", "+447700900123", phoneDigits},
		{"+", "", "phone_invalid", ""},
		{"-", "", "phone_invalid", ""},
		{"n/a", "GB", "phone_invalid", ""},
		{"+44 (0)20 7946 0018", "", "+442079460018", phoneTrunk},
		{"+44 (020) 7946 0018", "GB", "+442079460018", phoneTrunk},
		{"0044 (0)20 7946 0018", "GB", "+442079460018", phonePrefix},
		{"+4407911123456", "", "+447911123456", phoneTrunk},
		{"+49 (0) 151 23456789", "", "+4915123456789", phoneTrunk},
		{"+39 (0)6 1234 5678", "", "+390612345678", ""},
		{"+4407700900123", "", "+447700900123", phoneTrunk},
		{"+4409999999999", "", "phone_trunk_zero", ""},
		{"+1 (0)519 253 1234", "", "phone_too_long", ""},
		{"+44 7700 900123\n", "", "phone_invalid", ""},
		// National.
		{"07700 900123", "", "phone_no_country_code", ""},
		{"07911 123456", "GB", "+447911123456", phoneCountryCode},
		{"(519) 253-1234", "CA", "+15192531234", phoneCountryCode},
		{"1 519 253 1234", "CA", "+15192531234", PhonePlus},
		{"0151 23456789", "DE", "+4915123456789", phoneCountryCode},
		{"06 12 34 56 78", "FR", "+33612345678", phoneCountryCode},
		{"612 34 56 78", "ES", "+34612345678", phoneCountryCode},
		{"07911", "GB", "phone_too_short", ""},
		{"07911 123456 789", "GB", "phone_too_long", ""},
		{"09999 999999", "GB", "+449999999999", phoneCountryCode},
		{"07700 900123", "GB", "+447700900123", phoneCountryCode},
		{"01511234", "DE", "phone_not_valid", ""},
		// What a spreadsheet does.
		{"7700900123", "GB", "+447700900123", phoneZero},
		{"447700900123", "GB", "+447700900123", PhonePlus},
		{"4915112345678", "DE", "+4915112345678", PhonePlus},
		{"491511234567", "DE", "phone_not_valid", ""}, // a digit is missing
		{"49171123456", "DE", "phone_not_valid", ""},
		{"447911123456", "DE", "phone_ambiguous", ""},
		{"15192223333", "DE", "phone_ambiguous", ""},
		{"33612345678", "IT", "phone_ambiguous", ""},
		{"3312345678", "IT", "+393312345678", phoneCountryCode},
		{"9812345678", "IN", "+919812345678", phoneZero},
		{"919812345678", "IN", "+919812345678", PhonePlus},
		{"9123456789", "IN", "+919123456789", phoneZero},
		{"89161234567", "RU", "+79161234567", phoneCountryCode},
		{"9161234567", "RU", "+79161234567", phoneCountryCode},
		{"4407911123456", "GB", "+447911123456", phoneTrunk},
		{"0011 44 7911 123456", "AU", "+447911123456", phonePrefix},
		{"0011687751234", "AU", "+687751234", phonePrefix},
		{"0011687123456", "AU", "phone_dialling_prefix", ""},
		{"390612345678", "IT", "+390612345678", PhonePlus},
		{"7911123456", "GB", "+447911123456", phoneZero},
		{"7911123456", "", "phone_no_country_code", ""},
		{"447911123456", "GB", "+447911123456", PhonePlus},
		{"447911123456", "", "phone_no_country_code", ""},
		{"447911123456", "US", "phone_too_long", ""},
		{"00447911123456", "", "+447911123456", phonePrefix},
		{"0049 (0)172 / 345 67 80", "", "+491723456780", phonePrefix},
		{"0011 44 7911 123456", "", "phone_dialling_prefix", ""},
		{"0044 7911 123456", "GB", "+447911123456", phonePrefix},
		{"011 44 7911 123456", "US", "+447911123456", phonePrefix},
		{"4.47911123456E+11", "", "+447911123456", phoneExponent},
		{"4.47911123456e11", "GB", "+447911123456", phoneExponent},
		{"4,47911123456E+11", "DE", "+447911123456", phoneExponent},
		{"4.48E+11", "GB", "phone_digits_lost", ""},
		{"4.4791112345E+11", "GB", "phone_digits_lost", ""},
		{"5.192531234E+9", "", "phone_no_country_code", ""},
		{"5.192531234E+9", "CA", "+15192531234", phoneExponent},
		{"447911123456.0", "GB", "+447911123456", phoneDecimal},
		{"447911123456.0", "", "+447911123456", phoneDecimal},
		{"447911123456.00", "GB", "+447911123456", phoneDecimal},
		{"4.4791112345600E+11", "", "+447911123456", phoneExponent},
		{"4.47700900123E+11", "", "+447700900123", phoneExponent},
		{"1.5192223333E+10", "US", "+15192223333", phoneExponent},
		{"5192223333.0", "US", "+15192223333", phoneDecimal},
		{"555123456789012345678901234567890123456789012345678901234567890123456789", "US", "phone_too_long", ""},
	} {
		got, repair, flaw := Phone(c.phone, c.region)
		if flaw != nil {
			if got != c.phone {
				t.Errorf("%q: refused, but changed to %q", c.phone, got)
			}
			got = flaw.Code
		}
		if c.repair == "" && flaw == nil && got != c.phone {
			c.repair = phoneSigns
		}
		if got != c.want || repair != c.repair {
			t.Errorf("%q in %q: got %q (%s), want %q (%s)", c.phone, c.region, got, repair, c.want, c.repair)
		}
	}
}

// A foreign number that has lost its + must not become another number because a
// zero may be lost as well.
func TestLostPlusIsNoLostZero(t *testing.T) {
	t.Parallel()
	var numbers []string
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
			if example := phonenumbers.GetExampleNumberForType(region, kind); example != nil {
				numbers = append(numbers, phonenumbers.Format(example, phonenumbers.E164))
			}
		}
	}
	own := 0
	for region := range phonenumbers.GetSupportedRegions() {
		d := diallingOf(region)
		if !d.zero {
			continue
		}
		for i := 0; i < len(numbers); i += storetest.Rows(1, 3) {
			number := numbers[i]
			got, _, f := Phone(number[1:], region)
			switch {
			case f == nil && got != number:
				t.Errorf("%s without its + is %s in %s", number, got, region)
			case f == nil:
				own++
			}
		}
	}
	if own < storetest.Rows(100, 30) {
		t.Errorf("only %d numbers got their + back", own)
	}
}

func TestRegionOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"GB": "GB", "gb": "GB", "UK": "GB", "United Kingdom": "GB", "Großbritannien": "GB", "DEU": "DE", "deutschland": "DE", "Allemagne": "DE",
		"España": "ES", "Pays-Bas": "NL", "Österreich": "AT", "Oesterreich": "AT", "U.S.A.": "US", "Danmark": "DK", "Sverige": "SE", "Suomi": "FI", "中国": "CN", "(+44)": "GB", "United Kingdom (+44)": "GB",
		"GB - United Kingdom": "GB", "Korea, Republic of": "KR", "Côte d’Ivoire": "CI", "Niger": "NE", "Nigeria": "NG", "GER": "DE", "U.S.": "US", "The United Kingdom": "GB", "Korea (South)": "KR", "Taiwan, Province of China": "TW",
		"Moldova, Republic of": "MD", "Tanzania, United Republic of": "TZ", "Congo, Democratic Republic of the": "CD", "Česko": "CZ", "+44": "GB", "0049": "DE", "1": "US",
		"Germany (Deutschland)": "DE", "Germany (DE)": "DE", "Sudan, South": "", "Guinea, Equatorial": "", "France (Réunion)": "", "France, Réunion": "",
		"China, Republic of": "", "China (Taiwan)": "", "USA (Puerto Rico)": "", "Ireland, Northern": "", "Samoa (American)": "", "Países Baixos": "NL",
		"": "", "Wakanda": "", "XX": "", "999": "", "0": "", "800": "",
	} {
		if got, _ := Region(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"+447700900123", "+44 (0)20 7946", "'+1", "4.47911123456E+11", "\xff+", "07911 123456", "447911123456.0", "0044x"} {
		f.Add(s, "")
		f.Add(s, "GB")
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		if region != "" && !IsRegion(region) {
			return
		}
		got, _, flaw := Phone(s, region)
		if flaw != nil {
			return
		}
		if again, code, flaw := Phone(got, region); flaw != nil || again != got || code != "" {
			t.Errorf("%q became %q, which became %q (%v)", s, got, again, flaw)
		}
		if len(got) < 5 || len(got) > 16 || got[0] != '+' || strings.Trim(got[1:], "0123456789") != "" {
			t.Errorf("%q became %q", s, got)
		}
	})
}

func BenchmarkPhone(b *testing.B) {
	for _, c := range []struct{ name, phone, region string }{
		{"e164", "+447911123456", ""}, {"written", "+44 7911 123456", ""}, {"national", "07911 123456", "GB"}, {"no plus", "447911123456", "GB"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, f := Phone(c.phone, c.region); f != nil {
					b.Fatal(f.Code)
				}
			}
		})
	}
}
