package value

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// dialling is how a region dials its own numbers. It answers for plain numbers
// what phonenumbers answers, some ten times as fast, and declines all others:
// those that are not in use, and those that a rule of the region rewrites.
type dialling struct {
	region  string         // ISO 3166
	code    string         // the country code
	abroad  *regexp.Regexp // is dialled before a country code
	prefix  string         // is dialled before a national number; may be empty
	rule    *regexp.Regexp // of more than one prefix; nil if there is one at most
	zero    bool           // the prefix is a zero, or begins with one
	usual   int            // digits that an ordinary number has without the prefix, at most
	own     numbering
	leading *regexp.Regexp // the leading digits of all of sharing; nil if there are none
	sharing []numbering    // the regions with this country code, in the order in which they are tried
}

// numbering is which numbers a region has.
type numbering struct {
	leading *regexp.Regexp // tells its numbers from those of regions with the same country code; may be nil
	general *regexp.Regexp
	lengths []int32
	kinds   []numberKind // those of the same lengths as one
	mobile  numberKind
}

type numberKind struct {
	pattern *regexp.Regexp
	lengths []int32
}

// national is the E.164 form of a number in use that is dialled in the region,
// if it is a plain one.
func (d *dialling) national(digits string) (number string, ok bool) {
	if digits == "" || d.abroad.MatchString(digits) {
		return "", false
	}
	nsn := digits
	switch rest, prefixed, plain := d.cut(digits); {
	case !plain:
		return "", false
	case prefixed && d.prefix == d.code: // in North America 1 is both
		if strings.HasPrefix(rest, d.code) || d.own.general.MatchString(digits) {
			return "", false
		}
		nsn = rest
	case strings.HasPrefix(digits, d.code):
		return "", false // it may be the country code
	case prefixed:
		if d.own.general.MatchString(digits) {
			return "", false // the prefix may be part of it
		}
		nsn = rest
	}
	if nsn == "" || nsn[0] == '0' || !slices.Contains(d.own.lengths, int32(len(nsn))) || !d.own.general.MatchString(nsn) {
		return "", false
	}
	return "+" + d.code + nsn, d.inUse(nsn)
}

// tooLong reports whether a number has more digits than any of the region, and is
// not dialled abroad.
func (d *dialling) tooLong(digits string) bool {
	rest, _, _ := d.cut(digits)
	return len(d.own.lengths) > 0 && len(rest) > int(slices.Max(d.own.lengths)) && !d.abroad.MatchString(digits) && !strings.HasPrefix(digits, d.code)
}

// cut takes the prefix off. It is not plain if the number is rewritten then.
func (d *dialling) cut(digits string) (rest string, prefixed, plain bool) {
	if d.rule == nil {
		rest, prefixed = strings.CutPrefix(digits, d.prefix)
		return rest, prefixed && d.prefix != "", true
	}
	at := d.rule.FindStringSubmatchIndex(digits)
	if at == nil {
		return digits, false, true
	}
	return digits[at[1]:], true, at[len(at)-1] < 0 || len(at) == 2
}

// inUse reports whether the first region that a number may be of has it.
func (d *dialling) inUse(nsn string) bool {
	if len(d.sharing) == 1 {
		return d.sharing[0].has(nsn)
	}
	led := d.leading != nil && d.leading.MatchString(nsn) // one look, in place of one for each
	for i := range d.sharing {
		n := &d.sharing[i]
		if n.leading != nil {
			if led && n.leading.MatchString(nsn) {
				return n.has(nsn)
			}
		} else if n.has(nsn) {
			return true
		}
	}
	return false
}

func (n *numbering) has(nsn string) bool {
	if !n.general.MatchString(nsn) {
		return false
	}
	return slices.ContainsFunc(n.kinds, func(k numberKind) bool { return k.has(nsn) })
}

func (k numberKind) has(nsn string) bool {
	return k.pattern != nil && slices.Contains(k.lengths, int32(len(nsn))) && k.pattern.MatchString(nsn)
}

// noRegion stands for numbers that no region has, as those free of charge.
const noRegion = "001"

// metadata is what phonenumbers knows of each region.
var metadata = sync.OnceValue(func() map[string]*phonenumbers.PhoneMetadata {
	all := map[string]*phonenumbers.PhoneMetadata{}
	list, err := phonenumbers.MetadataCollection()
	if err != nil {
		return all
	}
	for _, m := range list.GetMetadata() {
		if m.GetId() != noRegion {
			all[m.GetId()] = m
		}
	}
	return all
})

var diallings sync.Map // of *dialling by region

// diallingOf is how a region dials, nil if there is no such region.
func diallingOf(region string) *dialling {
	if d, ok := diallings.Load(region); ok {
		return d.(*dialling)
	}
	d, _ := diallings.LoadOrStore(region, newDialling(region))
	return d.(*dialling)
}

func newDialling(region string) *dialling {
	m := metadata()[region]
	if m == nil {
		return nil
	}
	d := &dialling{
		region: region,
		code:   strconv.Itoa(int(m.GetCountryCode())),
		prefix: m.GetNationalPrefixForParsing(),
		zero:   strings.HasPrefix(m.GetNationalPrefix(), "0"),
		usual:  max(len(m.GetMobile().GetExampleNumber()), len(m.GetFixedLine().GetExampleNumber())),
		own:    numberingOf(m),
	}
	if !onlyDigits(d.prefix) {
		d.rule, d.prefix = regexp.MustCompile("^(?:"+d.prefix+")"), m.GetNationalPrefix()
	}
	d.abroad = regexp.MustCompile("^(?:" + cmp.Or(m.GetInternationalPrefix(), "00") + ")")
	var leading []string
	for _, r := range phonenumbers.GetRegionCodesForCountryCode(int(m.GetCountryCode())) {
		if other := metadata()[r]; other != nil {
			d.sharing = append(d.sharing, numberingOf(other))
			if digits := other.GetLeadingDigits(); digits != "" {
				leading = append(leading, digits)
			}
		}
	}
	if len(leading) > 0 {
		d.leading = regexp.MustCompile("^(?:" + strings.Join(leading, "|") + ")")
	}
	return d
}

func numberingOf(m *phonenumbers.PhoneMetadata) numbering {
	n := numbering{general: whole(m.GetGeneralDesc().GetNationalNumberPattern()), lengths: m.GetGeneralDesc().GetPossibleLength()}
	if m.GetLeadingDigits() != "" {
		n.leading = regexp.MustCompile("^(?:" + m.GetLeadingDigits() + ")")
	}
	byLengths := map[string]int{} // place in kinds
	patterns := [][]string{}
	for _, desc := range []*phonenumbers.PhoneNumberDesc{m.GetMobile(), m.GetFixedLine(), m.GetTollFree(), m.GetPremiumRate(),
		m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
		pattern, lengths := desc.GetNationalNumberPattern(), desc.GetPossibleLength()
		if pattern == "" {
			continue
		}
		if len(lengths) == 0 {
			lengths = n.lengths
		}
		if desc == m.GetMobile() {
			n.mobile = numberKind{whole(pattern), lengths}
		}
		key := fmt.Sprint(lengths)
		at, ok := byLengths[key]
		if !ok {
			at = len(n.kinds)
			byLengths[key] = at
			n.kinds, patterns = append(n.kinds, numberKind{lengths: lengths}), append(patterns, nil)
		}
		if !slices.Contains(patterns[at], pattern) { // mobile and other phones often share one
			patterns[at] = append(patterns[at], pattern)
		}
	}
	for i := range n.kinds {
		n.kinds[i].pattern = whole(strings.Join(patterns[i], "|"))
	}
	return n
}

func whole(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")$") }

// valid reports whether a number with its country code is in use, or meant for
// examples.
func valid(number string) bool {
	cc := 0
	if IsE164(number) {
		cc = countryCode(number)
	}
	if cc == 0 {
		return false
	}
	for _, prefix := range forExamples {
		if len(number) == len(prefix)+3 && strings.HasPrefix(number, prefix) {
			return true
		}
	}
	nsn := number[1+ccDigits(cc):]
	d := diallingOf(phonenumbers.GetRegionCodeForCountryCode(cc))
	if d != nil && nsn != "" && nsn[0] != '0' {
		if _, prefixed, plain := d.cut(nsn); plain && !prefixed {
			return d.inUse(nsn)
		}
	}
	num, err := phonenumbers.Parse(number, "")
	return err == nil && phonenumbers.IsValidNumber(num) && phonenumbers.Format(num, phonenumbers.E164) == number
}

// forExamples are the numbers of the United Kingdom that are kept for films and
// manuals (Ofcom, Telephone numbers for drama use), and that are in no plan.
var forExamples = []string{"+447700900", "+441632960"}
