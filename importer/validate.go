package importer

import (
	"fmt"
	"strings"
	"unicode"

	"usher/importer/table"
	"usher/store"
)

// validator turns rows into applicants, and notes what is wrong with them.
type validator struct {
	header   *header
	defaults Defaults
	problems []Problem // of the row in hand
	repairs  []Repair  // likewise
	row      int
	format   table.Format // of the source
	country  lastCountry
	url      string // the last redirect_url that was right: it is mostly the same
}

// checkDefaults refuses defaults that every row would be refused for.
func checkDefaults(d Defaults) error {
	if d.RedirectURL != "" {
		if f := checkRedirectURL(d.RedirectURL); f != nil {
			return &OptionError{Option: "redirect URL", Problem: f.wrong, Remedy: "give an address that starts with https://"}
		}
	}
	if d.Region != "" && !isRegion(d.Region) {
		return &OptionError{Option: "region", Problem: fmt.Sprintf("there is no country %q", clip(d.Region, maxShown)), Remedy: "give the two letters of a country, such as GB"}
	}
	if f := checkWorkflowID(d.WorkflowID); f != nil {
		return &OptionError{Option: "workflow id", Problem: f.wrong, Remedy: "copy the id from the provider's console"}
	}
	return checkPrefix(d.ReferencePrefix)
}

// checkPrefix refuses a prefix that could not stand before a reference.
func checkPrefix(s string) error {
	const remedy = "give a short word for the company, such as acme-"
	f := checkText(s)
	if f == nil {
		f = checkExternalID(s)
	}
	switch {
	case f != nil:
		return &OptionError{Option: "reference prefix", Problem: f.wrong, Remedy: remedy}
	case strings.ContainsFunc(s, unicode.IsSpace):
		return &OptionError{Option: "reference prefix", Problem: shown(s) + " has white space in it", Remedy: remedy}
	case strings.HasPrefix(s, generatedPrefix):
		return &OptionError{Option: "reference prefix", Problem: "references that usher makes begin with " + generatedPrefix, Remedy: remedy}
	}
	return nil
}

// applicant checks a row. It is queued when nothing is wrong with it, and
// otherwise rejected, with its values as they came. The problems are good
// until the next call.
func (v *validator) applicant(r *Row) (store.Applicant, []Problem) {
	v.problems, v.repairs, v.row = v.problems[:0], v.repairs[:0], r.Number
	a := store.Applicant{Extra: r.Extra, State: store.Queued}
	a.Row = r.Number
	switch {
	case r.facts.cells > len(v.header.columns):
		v.tooManyCells(r.facts.cells)
	case r.facts.unmended:
		v.add("", &flaw{code: codeNotMended, wrong: "The row is as the list of problems has it", fix: "Do what its _fix says, or delete the row"})
	default:
		v.values(&a, r)
		v.extras(r.Extra)
	}
	if len(v.problems) > 0 {
		v.keepAsIs(&a, r)
		reject(&a, v.problems)
	}
	return a, v.problems
}

func (v *validator) values(a *store.Applicant, r *Row) {
	if v.header.place(fullName) >= 0 {
		a.FirstName, a.LastName = v.fullName(r.FullName)
	} else {
		a.FirstName = v.required(firstName, r.FirstName, v.checkName)
		a.LastName = v.required(lastName, r.LastName, v.checkName)
	}
	a.Email = v.email(r.Email)
	a.Phone = v.phone(r)
	checkID := checkNewID
	switch {
	case r.facts.checked:
		checkID = checkExternalID
	case r.facts.idNum:
		checkID = checkNumberID
	}
	a.ExternalID = v.reference(r.ExternalID, checkID)
	a.SendEmailInvite = v.flag(sendEmailInvite, r.SendEmailInvite, v.defaults.SendEmailInvite)
	a.SendPhoneInvite = v.flag(sendPhoneInvite, r.SendPhoneInvite, v.defaults.SendPhoneInvite)
	a.WorkflowID = v.optional(workflowID, r.WorkflowID, v.defaults.WorkflowID, checkWorkflowID)
	a.RedirectURL = v.optional(redirectURL, r.RedirectURL, v.defaults.RedirectURL, v.checkURL)
}

// reference checks an external id, and puts the prefix before it.
func (v *validator) reference(raw string, check func(string) *flaw) string {
	id, before := v.optional(externalID, raw, "", check), len(v.problems)
	prefix := v.defaults.ReferencePrefix
	if id == "" || prefix == "" || strings.HasPrefix(id, prefix) || isOurs(id) {
		return id
	}
	id = prefix + id
	if f := checkExternalID(id); f != nil && len(v.problems) == before {
		v.note(externalID, &flaw{code: f.code, wrong: "with the prefix, " + f.wrong, fix: f.fix})
	}
	return id
}

// required checks a value that must be there, and returns it tidy.
func (v *validator) required(f field, raw string, check func(string) *flaw) string {
	s := v.tidy(f, raw)
	if s == "" {
		v.missing(f)
		return s
	}
	return v.checked(f, s, check)
}

func (v *validator) missing(f field) {
	v.note(f, &flaw{code: f.String() + "_missing", wrong: "the cell is empty", fix: "Fill it in: it is needed for everybody"})
}

// tidy brings a value into its one form. White space within is folded in names.
func (v *validator) tidy(f field, raw string) string {
	s, code := tidy(raw, f == firstName || f == lastName || f == fullName)
	if code != "" && s != "" {
		v.repair(f, code, raw, s)
	}
	return s
}

func (v *validator) fullName(raw string) (first, last string) {
	s := v.tidy(fullName, raw)
	if s == "" {
		v.missing(fullName)
		return "", ""
	}
	f := checkText(s)
	if f == nil {
		first, last, f = splitName(s)
	}
	if f == nil {
		f = v.checkName(first)
	}
	if f == nil {
		f = v.checkName(last)
	}
	if f != nil {
		v.note(fullName, f)
		return "", s
	}
	v.repair(fullName, fullNameSplit, s, first+" | "+last)
	return first, last
}

func (v *validator) checkName(s string) *flaw {
	return checkName(s, v.format.Encoding == table.Windows1252)
}

func (v *validator) email(raw string) string {
	s := v.tidy(email, raw)
	if s == "" {
		v.missing(email)
		return s
	}
	address, code, f := normalEmail(s)
	if f != nil {
		v.note(email, f)
	} else if code != "" {
		v.repair(email, code, s, address)
	}
	return address
}

// phone brings a phone number into its form.
func (v *validator) phone(r *Row) string {
	s := v.tidy(phone, r.Phone)
	if s == "" {
		v.missing(phone)
		return s
	}
	if f := checkText(s); f != nil {
		v.note(phone, f)
		return s
	}
	if r.facts.phoneNum {
		if f := checkRounded(s); f != nil {
			v.note(phone, f)
			return s
		}
	}
	region, ok := v.region(r.Country)
	if r.facts.checked || r.facts.hadPlus {
		if number, ok := withoutPlus(s, region); ok {
			v.repair(phone, phonePlus, s, number)
			return number
		}
	}
	normal, code, f := normalPhone(s, region)
	switch {
	case f != nil && !ok && f.code == "phone_no_country_code":
		v.note(country, &flaw{code: "country_unknown", wrong: shown(clean(r.Country)) + " is not a country that usher knows, and the phone number has no country code",
			fix: "Write the two letters of the country, such as GB, or the phone number with + and the country code"})
	case f != nil:
		v.note(phone, f)
	case code != "":
		v.repair(phone, code, s, normal)
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
		if s := clean(of); s != "" {
			region, ok = regionOf(s)
		}
		v.country = lastCountry{of, region, ok}
	}
	return v.country.region, v.country.ok
}

// optional checks a value that may be missing, and returns it tidy.
func (v *validator) optional(f field, raw, unset string, check func(string) *flaw) string {
	if raw == "" {
		return unset
	}
	s := v.tidy(f, raw)
	if s == "" {
		return unset
	}
	return v.checked(f, s, check)
}

func (v *validator) checked(f field, s string, check func(string) *flaw) string {
	flaw := checkText(s)
	if flaw == nil {
		flaw = check(s)
	}
	if flaw != nil {
		v.note(f, flaw)
	}
	return s
}

func (v *validator) flag(f field, raw string, unset bool) bool {
	if raw == "" {
		return unset
	}
	value, flaw := checkFlag(clean(raw), unset)
	if flaw != nil {
		v.note(f, flaw)
	}
	return value
}

func (v *validator) checkURL(s string) *flaw {
	if s == v.url {
		return nil
	}
	f := checkRedirectURL(s)
	if f == nil {
		v.url = s
	}
	return f
}

func (v *validator) extras(values []string) {
	for i, s := range values {
		if f := checkFreeText(s); f != nil {
			heading := v.header.columns[v.header.extra[i]].Heading
			v.add(strings.TrimSpace(heading), f)
		}
	}
}

const (
	codeRowTooLong = "row_too_long"
	codeNotMended  = "not_mended"
)

func (v *validator) tooManyCells(n int) {
	f := &flaw{code: codeRowTooLong, wrong: fmt.Sprintf("The row has %d cells, but the header has %d", n, len(v.header.columns)),
		fix: "Delete what is to the right of the last heading, or give it a heading"}
	if name := delimiterNames[v.format.Delimiter]; name != "" {
		f.wrong += ": a " + name + " inside a value has probably shifted the rest"
		f.fix = fmt.Sprintf("Put the value that has the %s in it in quotes, as in \"Smith%s Jr.\"", name, v.format.Delimiter)
	}
	v.add("", f)
}

var delimiterNames = map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

// keepAsIs keeps the values of a rejected row as they came, so that people find
// them again.
func (v *validator) keepAsIs(a *store.Applicant, r *Row) {
	a.FirstName, a.LastName = clean(r.FirstName), clean(r.LastName)
	if v.header.place(fullName) >= 0 {
		a.LastName = clean(r.FullName)
	}
	a.Email, a.Phone = clean(r.Email), clean(r.Phone)
	a.ExternalID, a.WorkflowID, a.RedirectURL = clean(r.ExternalID), clean(r.WorkflowID), clean(r.RedirectURL)
}

func (v *validator) note(f field, flaw *flaw) { v.add(v.header.heading(f), flaw) }

func (v *validator) repair(f field, code, from, to string) {
	v.repairs = append(v.repairs, Repair{v.row, v.header.heading(f), code, from, to})
}

func (v *validator) add(column string, f *flaw) {
	v.problems = append(v.problems, Problem{Row: v.row, Column: column, Code: f.code, Wrong: f.wrong, Fix: f.fix})
}

// reject gives an applicant its problems. A NUL cannot be stored as text by
// PostgreSQL, so it is replaced by the character that stands for such.
func reject(a *store.Applicant, problems []Problem) {
	a.State, a.ErrorCode = store.Rejected, problems[0].Code
	sentences := make([]string, len(problems))
	for i, p := range problems {
		sentences[i] = p.String()
	}
	a.Error = strings.Join(sentences, " ")
	for _, s := range []*string{&a.FirstName, &a.LastName, &a.Email, &a.Phone, &a.ExternalID, &a.WorkflowID, &a.RedirectURL} {
		*s = withoutNUL(*s)
	}
	for i := range a.Extra {
		a.Extra[i] = withoutNUL(a.Extra[i])
	}
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
