package value

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// RegionGuess is a country that phone numbers without a country code may be of.
type RegionGuess struct {
	Region string `json:"region"` // ISO 3166
	Reads  int    `json:"reads"`  // how many of them are its numbers
	Of     int    `json:"of"`     // how many there are
}

const (
	// narrowedBy is how many numbers tell the countries that come into question. All
	// numbers of a large list would be tried in two hundred countries else.
	narrowedBy = 200
	// maxGuesses is how many countries are named; of more, none is likely.
	maxGuesses = 3
	// evident is how many other rows are looked at for what speaks for a country.
	evident = 1000
)

// Regions finds out of which country the numbers of a list are that name none. It
// takes none for granted: that is for a person to say.
type Regions struct {
	first   []string // numbers without a country code
	guesses []RegionGuess
	chosen  bool
	of      int            // numbers without a country code
	others  int            // numbers with one
	speaks  map[string]int // how often something speaks for a country
	lean    string         // the one that decides where nothing else does
}

// Lean has a country decide where nothing else tells countries apart, as the language
// of a list's headings does. It may be empty.
func (r *Regions) Lean(region string) { r.lean = region }

// National looks at a number that was refused because it names no country, and the
// address beside it.
func (r *Regions) National(phone, email string) {
	r.of++
	r.see(email, phone)
	if !r.chosen {
		if r.first = append(r.first, strings.Clone(phone)); len(r.first) == narrowedBy {
			r.choose()
		}
		return
	}
	for i := range r.guesses {
		if readsIn(phone, r.guesses[i].Region) {
			r.guesses[i].Reads++
		}
	}
}

// Other looks at the number of another row, in E.164 form, and the address beside it.
func (r *Regions) Other(phone, email string) {
	r.others++
	r.see(email, phone)
}

// see counts what speaks for a country: the domain of an address, other numbers, and
// how a number is written.
func (r *Regions) see(email, phone string) {
	if r.of+r.others > evident {
		return
	}
	if r.speaks == nil {
		r.speaks = map[string]int{}
	}
	switch {
	case IsE164(phone):
		r.speaks[phonenumbers.GetRegionCodeForCountryCode(countryCode(phone))]++
	case northAmerican.MatchString(phone):
		r.speaks["US"]++
	}
	if at := strings.LastIndexByte(email, '.'); at >= 0 && len(email)-at == 3 {
		top := strings.ToUpper(email[at+1:])
		if top == "UK" {
			top = "GB"
		}
		r.speaks[top]++
	}
}

// northAmerican is how numbers are written in North America, and hardly anywhere else.
var northAmerican = regexp.MustCompile(`^\s*(1[-. ])?(\([2-9][0-9]{2}\)\s?|[2-9][0-9]{2}[-. /])[2-9][0-9]{2}[-. ][0-9]{4}\s*$`)

// choose narrows the countries down to those in which nearly all the first numbers
// are numbers, by those that read the most.
func (r *Regions) choose() {
	r.chosen = true
	most := 0
	for region := range phonenumbers.GetSupportedRegions() {
		if phonenumbers.GetRegionCodeForCountryCode(phonenumbers.GetCountryCodeForRegion(region)) != region {
			continue // it shares the code of another, and so its numbers
		}
		n := 0
		for i, phone := range r.first {
			if readsIn(phone, region) {
				n++
			} else if 5*(i+1-n) > len(r.first) {
				break
			}
		}
		if most = max(most, n); n > 0 && 5*n >= 4*len(r.first) {
			r.guesses = append(r.guesses, RegionGuess{Region: region, Reads: n})
		}
	}
	r.guesses = slices.DeleteFunc(r.guesses, func(g RegionGuess) bool { return g.Reads < most })
	speaks := func(region string) int { // the lean is half a voice
		if region == r.lean {
			return 2*r.speaks[region] + 1
		}
		return 2 * r.speaks[region]
	}
	slices.SortFunc(r.guesses, func(a, b RegionGuess) int {
		return cmp.Or(speaks(b.Region)-speaks(a.Region), cmp.Compare(a.Region, b.Region))
	})
	if len(r.guesses) > 1 && speaks(r.guesses[0].Region) > speaks(r.guesses[1].Region) {
		r.guesses = r.guesses[:1]
	}
	if len(r.guesses) > maxGuesses {
		r.guesses = nil
	}
	r.first = nil
}

// Guesses are the countries that the numbers may be of: mostly one, several where
// nothing tells them apart, and none where most numbers name their country anyway.
func (r *Regions) Guesses() []RegionGuess {
	if r.of < r.others {
		return nil
	}
	if !r.chosen {
		r.choose()
	}
	for i := range r.guesses {
		r.guesses[i].Of = r.of
	}
	return r.guesses
}

// readsIn reports whether a number is one that is in use in a region.
func readsIn(phone, region string) bool {
	number, _, f := Phone(phone, region)
	return f == nil && valid(number)
}
