package importer

import (
	"fmt"
	"strings"
	"unicode"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// validator turns rows into applicants, and notes what is wrong with them.
type validator struct {
	header   *heading.Header
	defaults Defaults
	order    value.NameOrder // of the parts of full names
	problems []Problem       // of the row in hand
	repairs  []Repair        // likewise
	row      int
	extra    []string                // of the row in hand: what its columns hold that are no field
	also     map[heading.Field][]int // columns that may hold a field too; nil until somebody lacks one
	id       string                  // of the row in hand, if it comes from a database
	from     *places                 // of the row in hand; nil where each field has one column
	format   table.Format            // of the source
	country  lastCountry
	url      string // the last redirect_url that was right: it is mostly the same
}

// Check refuses defaults that an import would refuse. An error is a [heading.OptionError].
func (d Defaults) Check() error { return checkDefaults(d) }

// checkDefaults refuses defaults that every row would be refused for.
func checkDefaults(d Defaults) error {
	if d.RedirectURL != "" {
		if f := value.CheckRedirectURL(d.RedirectURL); f != nil {
			return &heading.OptionError{Option: "redirect URL", Problem: f.Wrong, Remedy: "give an address that starts with https://"}
		}
	}
	if d.RedirectURL != "" && d.Return {
		return &heading.OptionError{Option: "redirect URL", Problem: "people cannot go to it and come back to a page of usher", Remedy: "leave out the address, or the page of usher"}
	}
	if d.NameOrder != "" && !value.IsNameOrder(d.NameOrder) {
		return &heading.OptionError{Option: "name order", Problem: fmt.Sprintf("there is no order %q", value.Clip(string(d.NameOrder), value.MaxShown)), Remedy: "give first-last or last-first"}
	}
	if d.Region != "" && !value.IsRegion(d.Region) {
		return &heading.OptionError{Option: "region", Problem: fmt.Sprintf("there is no country %q", value.Clip(d.Region, value.MaxShown)), Remedy: "give the two letters of a country, such as GB"}
	}
	if f := value.CheckWorkflowID(d.WorkflowID); f != nil {
		return &heading.OptionError{Option: "workflow id", Problem: f.Wrong, Remedy: "copy the id from the provider's console"}
	}
	return checkPrefix(d.ReferencePrefix)
}

// checkPrefix refuses a prefix that could not stand before a reference.
func checkPrefix(s string) error {
	const remedy = "give a short word for the company, such as acme-"
	f := value.CheckText(s)
	if f == nil {
		f = value.CheckExternalID(s)
	}
	switch {
	case f != nil:
		return &heading.OptionError{Option: "reference prefix", Problem: f.Wrong, Remedy: remedy}
	case strings.ContainsFunc(s, unicode.IsSpace):
		return &heading.OptionError{Option: "reference prefix", Problem: value.Quote(s) + " has white space in it", Remedy: remedy}
	case strings.HasPrefix(s, generatedPrefix):
		return &heading.OptionError{Option: "reference prefix", Problem: "references that usher makes begin with " + generatedPrefix, Remedy: remedy}
	}
	return nil
}

// applicant checks a row. It is queued when nothing is wrong with it, and
// otherwise rejected, with its values as they came. The problems are good
// until the next call.
func (v *validator) applicant(r *Row) (store.Applicant, []Problem) {
	v.problems, v.repairs = v.problems[:0], v.repairs[:0]
	v.row, v.id, v.from, v.extra = r.Number, r.facts.id, r.facts.from, r.Extra
	a := store.Applicant{Extra: r.Extra, State: store.Queued}
	a.Row = r.Number
	switch {
	case r.facts.leftOut:
		v.add(wholeRow, "", leftOutFlaw)
	case r.facts.cells > len(v.header.Columns):
		v.tooManyCells(r.facts.cells)
	case r.facts.headings:
		v.add(wholeRow, "", headingsFlaw)
	case r.facts.nobody:
		v.add(wholeRow, "", nobodyFlaw)
	case r.facts.unmended:
		v.add(wholeRow, "", &value.Flaw{Code: codeNotMended, Wrong: "The row is as the list of problems has it", Fix: "Do what its _fix says, or delete the row"})
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
	if v.header.At(heading.FullName) >= 0 {
		a.FirstName, a.LastName = v.fullName(r.FullName)
	} else {
		a.FirstName = v.required(heading.FirstName, r.FirstName, v.checkName)
		a.LastName = v.prefixed(r.LastNamePrefix, v.required(heading.LastName, r.LastName, v.checkName))
	}
	a.Email = v.email(r.Email)
	a.Phone = v.phone(r)
	checkID := value.CheckNewID
	switch {
	case r.facts.checked:
		checkID = value.CheckExternalID
	case r.facts.idNum:
		checkID = value.CheckNumberID
	}
	a.ExternalID = v.reference(r.ExternalID, checkID)
	a.SendEmailInvite = v.flag(heading.SendEmailInvite, r.SendEmailInvite, v.defaults.SendEmailInvite)
	a.SendPhoneInvite = v.flag(heading.SendPhoneInvite, r.SendPhoneInvite, v.defaults.SendPhoneInvite)
	a.WorkflowID = v.optional(heading.WorkflowID, r.WorkflowID, v.defaults.WorkflowID, value.CheckWorkflowID)
	a.RedirectURL = v.optional(heading.RedirectURL, r.RedirectURL, v.defaults.redirect(), v.checkURL)
}

// reference checks an external id, and puts the prefix before it.
func (v *validator) reference(raw string, check func(string) *value.Flaw) string {
	id, before := v.optional(heading.ExternalID, raw, "", check), len(v.problems)
	prefix := v.defaults.ReferencePrefix
	if id == "" || prefix == "" || strings.HasPrefix(id, prefix) || isOurs(id) {
		return id
	}
	id = prefix + id
	if f := value.CheckExternalID(id); f != nil && len(v.problems) == before {
		v.note(heading.ExternalID, &value.Flaw{Code: f.Code, Wrong: "with the prefix, " + f.Wrong, Fix: f.Fix})
	}
	return id
}

// required checks a value that must be there, and returns it tidy.
func (v *validator) required(f heading.Field, raw string, check func(string) *value.Flaw) string {
	s := v.tidy(f, raw)
	if s == "" {
		v.missing(f)
		return s
	}
	return v.checked(f, s, check)
}

// tidy brings a value into its one form. White space within is folded in names.
func (v *validator) tidy(f heading.Field, raw string) string {
	s, code := value.Tidy(raw, f == heading.FirstName || f == heading.LastName || f == heading.FullName)
	if code != "" && s != "" {
		v.repair(f, code, raw, s)
	}
	return s
}

func (v *validator) fullName(raw string) (first, last string) {
	s := v.tidy(heading.FullName, raw)
	if s == "" {
		v.missing(heading.FullName)
		return "", ""
	}
	f, code := value.CheckText(s), value.FullNameSplit
	if f == nil {
		var n value.Name
		n, f = value.SplitName(s, v.order)
		first, last = n.First, n.Last
		if n.Title != "" {
			code = value.FullNameTitle
		}
	}
	if f == nil {
		f = v.checkName(first)
	}
	if f == nil {
		f = v.checkName(last)
	}
	if f != nil {
		v.note(heading.FullName, f)
		return "", s
	}
	v.repair(heading.FullName, code, s, first+" | "+last)
	return first, last
}

// prefixed puts what a list has apart, such as "van der", before a last name.
func (v *validator) prefixed(prefix, last string) string {
	if prefix == "" || last == "" {
		return last
	}
	prefix, _ = value.Tidy(prefix, true)
	whole, ok := value.WithPrefix(prefix, last)
	if !ok || v.checkName(whole) != nil {
		return last
	}
	v.repair(heading.LastName, value.LastNamePrefixed, last, whole)
	return whole
}

func (v *validator) checkName(s string) *value.Flaw {
	return value.CheckName(s, v.format.Encoding == table.Windows1252)
}

// optional checks a value that may be missing, and returns it tidy.
func (v *validator) optional(f heading.Field, raw, unset string, check func(string) *value.Flaw) string {
	if raw == "" {
		return unset
	}
	s := v.tidy(f, raw)
	if s == "" {
		return unset
	}
	return v.checked(f, s, check)
}

func (v *validator) checked(f heading.Field, s string, check func(string) *value.Flaw) string {
	flaw := value.CheckText(s)
	if flaw == nil {
		flaw = check(s)
	}
	if flaw != nil {
		v.note(f, flaw)
	}
	return s
}

func (v *validator) flag(f heading.Field, raw string, unset bool) bool {
	if raw == "" {
		return unset
	}
	yes, flaw := value.Flag(value.Clean(raw), unset)
	if flaw != nil {
		v.note(f, flaw)
	}
	return yes
}

func (v *validator) checkURL(s string) *value.Flaw {
	if s == v.url {
		return nil
	}
	f := value.CheckRedirectURL(s)
	if f == nil {
		v.url = s
	}
	return f
}

func (v *validator) extras(values []string) {
	for i, s := range values {
		if f := value.CheckFreeText(s); f != nil {
			at := v.header.Extra[i]
			v.add(at, strings.TrimSpace(v.header.Columns[at].Heading), f)
		}
	}
}

const (
	codeRowTooLong = "row_too_long"
	codeNotMended  = "not_mended"
)

func (v *validator) tooManyCells(n int) {
	f := &value.Flaw{Code: codeRowTooLong, Wrong: fmt.Sprintf("The row has %d cells, but the header has %d", n, len(v.header.Columns)),
		Fix: "Delete what is to the right of the last heading, or give it a heading"}
	if name := delimiterNames[v.format.Delimiter]; name != "" {
		f.Wrong += ": a " + name + " inside a value has probably shifted the rest"
		f.Fix = fmt.Sprintf("Put the value that has the %s in it in quotes, as in \"Smith%s Jr.\"", name, v.format.Delimiter)
	}
	v.add(wholeRow, "", f)
}

var delimiterNames = map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

// keepAsIs keeps the values of a rejected row as they came, so that people find
// them again.
func (v *validator) keepAsIs(a *store.Applicant, r *Row) {
	a.FirstName, a.LastName = value.Clean(r.FirstName), value.Clean(r.LastName)
	if v.header.At(heading.FullName) >= 0 {
		a.LastName = value.Clean(r.FullName)
	}
	a.Email, a.Phone = value.Clean(r.Email), value.Clean(r.Phone)
	a.ExternalID, a.WorkflowID, a.RedirectURL = value.Clean(r.ExternalID), value.Clean(r.WorkflowID), value.Clean(r.RedirectURL)
}

func (v *validator) note(f heading.Field, flaw *value.Flaw) {
	at, name := v.place(f)
	v.add(at, name, flaw)
}

// place is the column in which the row in hand has a field, and its heading.
func (v *validator) place(f heading.Field) (int, string) {
	if v.from != nil && v.header.Turns(f) != nil {
		return v.from[f], strings.TrimSpace(v.header.Columns[v.from[f]].Heading)
	}
	return v.header.Place(f), v.header.Heading(f)
}

func (v *validator) repair(f heading.Field, code, from, to string) {
	_, name := v.place(f)
	v.repairs = append(v.repairs, Repair{v.row, name, code, from, to})
}

func (v *validator) add(at int, column string, f *value.Flaw) {
	v.problems = append(v.problems, Problem{Row: v.row, Column: column, Code: f.Code, Wrong: f.Wrong, Fix: f.Fix, At: at, ID: v.id})
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
