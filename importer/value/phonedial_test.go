package value

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"usher/store/storetest"
)

// asPhonenumbers is what phonenumbers makes of digits dialled in a region.
func asPhonenumbers(digits, region string) (number string, ok bool) {
	num, err := phonenumbers.Parse(digits, region)
	if err != nil || !phonenumbers.IsValidNumber(num) {
		return "", false
	}
	return phonenumbers.Format(num, phonenumbers.E164), true
}

// sameAsPhonenumbers makes sure that the short way, if it is taken, leads to
// where phonenumbers does. It reports whether it is, and whether the number is in
// use for phonenumbers.
func sameAsPhonenumbers(t *testing.T, digits, region string) (taken, valid bool) {
	t.Helper()
	number, taken := diallingOf(region).national(digits)
	want, valid := asPhonenumbers(digits, region)
	if taken && number != want {
		t.Errorf("%s in %s is %s, and %q (%t) for phonenumbers", digits, region, number, want, valid)
	}
	return taken, valid
}

func TestDiallingIsThatOfPhonenumbers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	valid, short := 0, 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, digits := range dialled(region, random) {
			taken, inUse := sameAsPhonenumbers(t, digits, region)
			if inUse {
				valid++
			}
			if taken {
				short++
			}
		}
	}
	if short*2 < valid {
		t.Errorf("only %d of %d numbers in use went the short way", short, valid)
	}
}

// dialled are numbers of a region of all kinds, with each prefix and without,
// and such as are nearly right.
func dialled(region string, random *rand.Rand) []string {
	var all []string
	for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
		example := phonenumbers.GetExampleNumberForType(region, kind)
		if example == nil {
			continue
		}
		nsn := phonenumbers.GetNationalSignificantNumber(example)
		code := phonenumbers.Format(example, phonenumbers.E164)[1:]
		inside := phonenumbers.GetNddPrefixForRegion(region, true)
		for range storetest.Rows(4, 1) { // nothing in here is done beside anything
			all = append(all, nsn, inside+nsn, code, "00"+code, nsn[:len(nsn)-1], nsn+"1", "0"+nsn, "1"+nsn)
			changed := []byte(nsn)
			changed[random.IntN(len(changed))] = byte('0' + random.IntN(10))
			nsn = string(changed)
			last := slices.Clone(changed)
			for i := range last[len(last)/2:] {
				last[len(last)/2+i] = byte('0' + random.IntN(10))
			}
			all = append(all, string(last), inside+string(last))
		}
	}
	return all
}

// sameInUse makes sure that a number is in use here just if it is there.
func sameInUse(t *testing.T, number string) {
	t.Helper()
	num, err := phonenumbers.Parse(number, "")
	want := IsE164(number) && err == nil && phonenumbers.IsValidNumber(num) && phonenumbers.Format(num, phonenumbers.E164) == number
	for _, prefix := range forExamples {
		want = want || strings.HasPrefix(number, prefix) && len(number) == len(prefix)+3
	}
	if got := valid(number); got != want {
		t.Errorf("%s: in use %t, not %t", number, got, want)
	}
}

func TestInUseIsThatOfPhonenumbers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 9))
	for region := range phonenumbers.GetSupportedRegions() {
		for i, digits := range dialled(region, random) {
			if i%storetest.Rows(3, 10) == 0 {
				sameInUse(t, "+"+strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))+digits)
			}
		}
	}
}

func FuzzDialling(f *testing.F) {
	for _, seed := range [][2]string{{"07911123456", "GB"}, {"2125550123", "US"}, {"12125550123", "CA"}, {"01761234567", "DE"},
		{"0111512345678", "AR"}, {"80291234567", "BY"}, {"0612345678", "FR"}, {"18002007911123456", "GB"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, digits, region string) {
		if onlyDigits(digits) && len(digits) <= maxPhoneText && IsRegion(region) {
			sameAsPhonenumbers(t, digits, region)
			if number := "+" + digits; IsE164(number) {
				sameInUse(t, number)
			}
		}
	})
}

func BenchmarkNationalPhone(b *testing.B) {
	for _, c := range []struct{ region, number string }{{"GB", "07911 123456"}, {"US", "(212) 255-0123"}, {"DE", "0171 2345678"}} {
		b.Run(c.region, func(b *testing.B) {
			for b.Loop() {
				if _, _, flaw := Phone(c.number, c.region); flaw != nil {
					b.Fatal(flaw.Wrong)
				}
			}
		})
		b.Run(c.region+"/phonenumbers", func(b *testing.B) {
			for b.Loop() {
				if _, ok := asPhonenumbers(c.number, c.region); !ok {
					b.Fatal("not in use")
				}
			}
		})
	}
}
