package importer

import (
	"fmt"
	"strings"

	"usher/store"
)

// validator turns rows into applicants, and notes what is wrong with them.
type validator struct {
	header   *header
	defaults Defaults
	problems []Problem // of the row in hand
	row      int
	url      string // the last redirect_url that was right: it is mostly the same
}

// checkDefaults refuses defaults that every row would be refused for.
func checkDefaults(d Defaults) error {
	if d.RedirectURL != "" {
		if f := checkRedirectURL(d.RedirectURL); f != nil {
			return &OptionError{"redirect URL", f.wrong, "give an address that starts with https://"}
		}
	}
	if f := checkWorkflowID(d.WorkflowID); f != nil {
		return &OptionError{"workflow id", f.wrong, "copy the id from the provider's console"}
	}
	return nil
}

// applicant checks a row. It is queued when nothing is wrong with it, and
// otherwise rejected, with its values as they came. The problems are good
// until the next call.
func (v *validator) applicant(r *Row) (store.Applicant, []Problem) {
	v.problems, v.row = v.problems[:0], r.Number
	a := store.Applicant{Extra: r.Extra, State: store.Queued}
	a.Row = r.Number
	if r.cells > len(v.header.columns) {
		v.tooManyCells(r.cells)
	} else {
		v.values(&a, r)
		v.extras(r.Extra)
	}
	if len(v.problems) > 0 {
		keepAsIs(&a, r)
		reject(&a, v.problems)
	}
	return a, v.problems
}

func (v *validator) values(a *store.Applicant, r *Row) {
	a.FirstName = v.required(firstName, r.FirstName, checkName)
	a.LastName = v.required(lastName, r.LastName, checkName)
	a.Email = v.required(email, r.Email, checkEmail)
	a.Phone = v.phone(r.Phone)
	a.ExternalID = v.optional(externalID, r.ExternalID, "", checkExternalID)
	a.SendEmailInvite = v.flag(sendEmailInvite, r.SendEmailInvite, v.defaults.SendEmailInvite)
	a.SendPhoneInvite = v.flag(sendPhoneInvite, r.SendPhoneInvite, v.defaults.SendPhoneInvite)
	a.WorkflowID = v.optional(workflowID, r.WorkflowID, v.defaults.WorkflowID, checkWorkflowID)
	a.RedirectURL = v.optional(redirectURL, r.RedirectURL, v.defaults.RedirectURL, v.checkURL)
}

// required checks a value that must be there, and returns it clean.
func (v *validator) required(f field, raw string, check func(string) *flaw) string {
	s := clean(raw)
	if s == "" {
		v.note(f, &flaw{fieldNames[f] + "_missing", "the cell is empty", "Fill it in: it is needed for everybody"})
		return s
	}
	return v.checked(f, s, check)
}

func (v *validator) phone(raw string) (normal string) {
	v.required(phone, raw, func(s string) (f *flaw) {
		normal, f = normalPhone(s)
		return f
	})
	return normal
}

// optional checks a value that may be missing, and returns it clean.
func (v *validator) optional(f field, raw, unset string, check func(string) *flaw) string {
	if raw == "" {
		return unset
	}
	s := clean(raw)
	if s == "" {
		return unset
	}
	return v.checked(f, s, check)
}

func (v *validator) checked(f field, s string, check func(string) *flaw) string {
	if controlled(s) {
		v.note(f, controlFlaw(s))
	} else if flaw := check(s); flaw != nil {
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
		if badlyControlled(s) {
			heading := v.header.columns[v.header.extra[i]].Heading
			v.add(strings.TrimSpace(heading), controlFlaw(s))
		}
	}
}

func (v *validator) tooManyCells(n int) {
	v.add("", &flaw{"row_too_long",
		fmt.Sprintf("The row has %d cells, but the header has %d: a comma inside a value has probably shifted the rest", n, len(v.header.columns)),
		`Put the value that has the comma in it in quotes, as in "Smith, Jr."`})
}

// keepAsIs keeps the values of a rejected row as they came, so that people find
// them again.
func keepAsIs(a *store.Applicant, r *Row) {
	a.FirstName, a.LastName = clean(r.FirstName), clean(r.LastName)
	a.Email, a.Phone = clean(r.Email), clean(r.Phone)
	a.ExternalID, a.WorkflowID, a.RedirectURL = clean(r.ExternalID), clean(r.WorkflowID), clean(r.RedirectURL)
}

func (v *validator) note(f field, flaw *flaw) { v.add(v.header.heading(f), flaw) }

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
