package value

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryLanguages are those in which countries are known by their names.
var countryLanguages = []language.Tag{language.English, language.German, language.French, language.Spanish, language.Dutch, language.Italian,
	language.Portuguese, language.Danish, language.Swedish, language.Norwegian, language.Finnish, language.Polish, language.Czech,
	language.Hungarian, language.Romanian, language.Turkish, language.Chinese, language.Japanese, language.Korean, language.Hebrew,
	language.Arabic, language.Russian, language.Ukrainian, language.Greek}

// otherCountries are names that people write and Unicode's list (CLDR) has
// otherwise, by ISO 3166 code.
const otherCountries = `
AE UAE
CZ Czech Republic, Tschechische Republik, République tchèque, República Checa, Tsjechische Republiek
DE GER
GB UK, United Kingdom of Great Britain and Northern Ireland, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Großbritannien, Grande-Bretagne, Angleterre, Inglaterra, Engeland, Groot-Brittannië, Gran Bretaña
IE Republic of Ireland, Eire
CD Democratic Republic of the Congo, Congo Democratic Republic of the
KR Republic of Korea, Korea Republic of, Korea South
KP Korea Democratic People's Republic of, Korea North
MK Macedonia
CN People's Republic of China
NL The Netherlands, Holland, Pays Bas, Países Baixos
RU Russian Federation
TR Türkiye, Turkey
US USA, United States of America, America, EE.UU., EUA
VN Viet Nam
`

// countries finds a country's code by its folded name. A name that two countries
// have in two languages is none's.
var countries = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	add := func(name, code string) {
		for _, word := range []string{Fold(name), FoldWithoutUmlauts(strings.ToLower(name))} {
			if before, ok := all[word]; ok && before != code {
				all[word] = ""
			} else {
				all[word] = code
			}
		}
	}
	for code := range phonenumbers.GetSupportedRegions() {
		region, err := language.ParseRegion(code)
		if err != nil {
			continue
		}
		add(region.ISO3(), code)
		for _, tag := range countryLanguages {
			add(display.Regions(tag).Name(region), code)
		}
	}
	for line := range strings.Lines(otherCountries) {
		code, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		for name := range strings.SplitSeq(names, ",") {
			all[Fold(name)] = code
		}
	}
	delete(all, "")
	return all
})

// stateForms are what lists of ISO's write after a country's name, folded. divided
// are the names that need it.
var (
	stateForms = set("republicof", "therepublicof", "islamicrepublicof", "unitedrepublicof", "bolivarianrepublicof", "plurinationalstateof",
		"federatedstatesof", "provinceofchina", "kingdomofthe", "stateof", "federalrepublicof", "socialistrepublicof")
	divided = set("korea", "congo", "china", "guinea", "sudan", "ireland", "cyprus", "samoa")
)

// countryNamed also reads a name that is written with what the country is, as in
// lists of ISO's: "Moldova, Republic of".
func countryNamed(s string) (code string, ok bool) {
	word := Fold(s)
	if len(word) == 2 && IsRegion(strings.ToUpper(word)) {
		return strings.ToUpper(word), true // U.S.
	}
	if code = countries()[word]; code == "" {
		code = countries()[strings.TrimPrefix(word, "the")]
	}
	if name, kind, cut := strings.Cut(s, ","); code == "" && cut {
		code = countries()[Fold(name)+Fold(kind)]
		if name = Fold(name); code == "" && stateForms[Fold(kind)] && !divided[name] {
			code = countries()[name]
		}
	}
	return code, code != ""
}

// Region reads a country, as its code or its name, or as the code that is
// dialled for it if that is one country's.
func Region(s string) (region string, ok bool) {
	if len(s) > MaxShown {
		return "", false
	}
	if len(s) == 2 && IsRegion(strings.ToUpper(s)) {
		return strings.ToUpper(s), true
	}
	if code, ok := countryNamed(s); ok {
		return code, true
	}
	if before, inside, cut := strings.Cut(s, "("); cut && strings.TrimSpace(before) != "" {
		return sameRegion(before, strings.TrimSuffix(strings.TrimSpace(inside), ")"))
	}
	if code, _, cut := strings.Cut(s, " - "); cut && len(code) == 2 && IsRegion(strings.ToUpper(code)) {
		return strings.ToUpper(code), true
	}
	s = strings.Trim(s, "() ")
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "00")
	if len(digits) == 0 || len(digits) > 3 || digitsOf(digits) != len(digits) {
		return "", false
	}
	cc := countryCode("+" + digits)
	if cc == 0 || ccDigits(cc) != len(digits) || len(phonenumbers.GetRegionCodesForCountryCode(cc)) == 0 {
		return "", false
	}
	region = phonenumbers.GetRegionCodeForCountryCode(cc)
	if !IsRegion(region) {
		return "", false // not a country: free of charge, or by satellite
	}
	return region, true
}

// sameRegion reads a country that is written in two ways, such as "Germany (DE)"
// and "United Kingdom (+44)". Both must mean the same.
func sameRegion(name, other string) (region string, ok bool) {
	region, ok = Region(strings.TrimSpace(name))
	if !ok {
		return "", false
	}
	if digits := strings.TrimPrefix(other, "+"); onlyDigits(digits) {
		ok = strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region)) == strings.TrimPrefix(digits, "00")
	} else {
		second, known := Region(other)
		ok = known && second == region
	}
	if !ok {
		return "", false
	}
	return region, true
}
