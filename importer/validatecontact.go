package importer

import (
	"fmt"
	"slices"
	"strings"

	"usher/importer/heading"
	"usher/importer/value"
)

// missing notes that there is no value, though everybody needs one.
func (v *validator) missing(f heading.Field) { v.lacks(f, "the cell is empty") }

// nothing notes that a value is what people write where there is none.
func (v *validator) nothing(f heading.Field, s string) {
	v.lacks(f, value.Quote(s)+" stands there, which is none")
}

func (v *validator) lacks(f heading.Field, wrong string) {
	fix := "Fill it in: it is needed for everybody"
	if at := v.elsewhere(f); at >= 0 {
		fix = fmt.Sprintf("Fill it in; or, as the column %s has one, take that where this is empty (%s)",
			value.Quote(strings.TrimSpace(v.header.Columns[at].Heading)), v.header.With(f, at))
	}
	v.note(f, &value.Flaw{Code: f.String() + "_missing", Wrong: wrong, Fix: fix})
}

// elsewhere is the first column that may hold a field too, and in which the row in hand has
// an address or a number beyond doubt; else negative.
func (v *validator) elsewhere(f heading.Field) int {
	if v.also == nil {
		v.also = map[heading.Field][]int{heading.Email: v.header.Also(heading.Email), heading.Phone: v.header.Also(heading.Phone)}
	}
	for _, at := range v.also[f] {
		i := slices.Index(v.header.Extra, at)
		if i < 0 || i >= len(v.extra) {
			continue
		}
		var flaw *value.Flaw
		switch s := strings.TrimSpace(v.extra[i]); {
		case s == "":
			continue
		case f == heading.Email:
			_, _, flaw = value.Email(s)
		default:
			_, _, flaw = value.Phone(s, v.defaults.Region)
		}
		if flaw == nil {
			return at
		}
	}
	return -1
}

func (v *validator) email(raw string) string {
	s := v.tidy(heading.Email, raw)
	if s == "" {
		v.missing(heading.Email)
		return s
	}
	if value.IsNothing(s) {
		v.nothing(heading.Email, s)
		return s
	}
	address, code, f := value.Email(s)
	if f != nil {
		v.note(heading.Email, f)
	} else if code != "" {
		v.repair(heading.Email, code, s, address)
	}
	return address
}

// phone brings a phone number into its form.
func (v *validator) phone(r *Row) string {
	s := v.tidy(heading.Phone, r.Phone)
	if s == "" {
		v.missing(heading.Phone)
		return s
	}
	if value.IsNothing(s) {
		v.nothing(heading.Phone, s)
		return s
	}
	if f := value.CheckText(s); f != nil {
		v.note(heading.Phone, f)
		return s
	}
	if r.facts.phoneNum {
		if f := value.CheckRounded(s); f != nil {
			v.note(heading.Phone, f)
			return s
		}
	}
	region, ok := v.region(r.Country)
	if r.facts.checked || r.facts.hadPlus {
		if number, ok := value.WithoutPlus(s, region); ok {
			v.repair(heading.Phone, value.PhonePlus, s, number)
			return number
		}
	}
	normal, code, f := value.Phone(s, region)
	switch {
	case f != nil && !ok && f.Code == value.NoCountryCode:
		v.note(heading.Country, &value.Flaw{Code: "country_unknown", Wrong: value.Quote(value.Clean(r.Country)) + " is not a country that usher knows, and the phone number has no country code",
			Fix: "Write the two letters of the country, such as GB, or the phone number with + and the country code"})
	case f != nil:
		v.note(heading.Phone, f)
	case code != "":
		v.repair(heading.Phone, code, s, normal)
	}
	return normal
}

// lastCountry is the country of the last row: it is mostly the same.
type lastCountry struct {
	text, region string
	ok           bool
}

// region is the country of numbers that name none: the row's own, else the
// default. It is not ok if the row's country is not known.
func (v *validator) region(of string) (string, bool) {
	if of == "" {
		return v.defaults.Region, true
	}
	if v.country.text != of {
		region, ok := v.defaults.Region, true
		if s := value.Clean(of); s != "" {
			region, ok = value.Region(s)
		}
		v.country = lastCountry{of, region, ok}
	}
	return v.country.region, v.country.ok
}
