package heading

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/importer/table"
)

// understood is what the columns of a header were taken for.
func understood(t *testing.T, cells ...string) []string {
	t.Helper()
	h, err := Read(cells, Known{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range h.Columns {
		switch {
		case c.Ignored:
			all = append(all, "ignored")
		case c.Field != "":
			all = append(all, c.Field)
		default:
			all = append(all, "extra "+c.Heading)
		}
	}
	return all
}

func TestMapHeader(t *testing.T) {
	t.Parallel()
	fields := fieldNames[:FullName]
	for name, c := range map[string]struct{ header, want []string }{
		"snake case": {fields, fields},
		"camel case": {[]string{"firstName", "lastName", "email", "phone", "externalId", "sendEmailInvite",
			"sendPhoneInvite", "workflowId", "redirectUrl"}, fields},
		"as people write": {[]string{"First Name", " LAST NAME ", "E-Mail", "Phone", "External ID", "send-email-invite",
			"Send Phone Invite", "Workflow-ID", "Redirect URL"}, fields},
		"other columns": {[]string{"Team", "phone", "email", "Status", "last_name", "row", "first_name", "", "Team"},
			[]string{"extra Team", "phone", "email", "extra Status", "last_name", "extra row", "first_name", "extra column 8", "extra Team"}},
		"a report": {[]string{"row", "status", "external_id", "first_name", "last_name", "email", "phone", "session_id", "session_url",
			"error_code", "error", "attempts", "sent_at", "settled_at", "outcome_status", "outcome_reason", "'=Team", "Status"},
			[]string{"ignored", "ignored", "external_id", "first_name", "last_name", "email", "phone", "ignored", "ignored",
				"ignored", "ignored", "ignored", "ignored", "ignored", "ignored", "ignored", "extra =Team", "extra Status"}},
		"a list of problems": {[]string{"first_name", "last_name", "email", "phone", "_row", "_status", "_code", "_problem", "_fix"},
			[]string{"first_name", "last_name", "email", "phone", "ignored", "ignored", "ignored", "ignored", "ignored"}},
	} {
		if diff := cmp.Diff(c.want, understood(t, c.header...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefusedHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header []string
		want   string
	}{
		"one missing":     {[]string{"first_name", "Surnme", "email", "phone"}, "no column last_name; it has: first_name, Surnme, email, phone"},
		"two missing":     {[]string{"email", "phone"}, "no column first_name, last_name"},
		"twice":           {[]string{"first_name", "last_name", "email", "phone", "E-Mail"}, "column 3 (email) and column 5 (E-Mail) both mean email"},
		"both spellings":  {[]string{"first_name", "firstName", "last_name", "email", "phone"}, "both mean first_name"},
		"other words":     {[]string{"Imię", "Nazwisko", "Poczta"}, "the first one has: Imię, Nazwisko, Poczta"},
		"a person":        {[]string{"Zaphod", "Beeblebrox", "zaphod@example.com", "+447700900123"}, "the file has no header"},
		"half a person":   {[]string{"email", "zaphod@example.com", "+447700900123"}, "it has: email, column 2, column 3"},
		"semicolons":      {[]string{"first_name;last_name;email;phone"}, "not separated by commas"},
		"whole in quotes": {[]string{"Vorname;Nachname;E-Mail;Telefon", "", ""}, "each line of the file is in quotes as a whole"},
		"many":            {append([]string{"email"}, strings.Split(strings.Repeat("x,", 99), ",")...), "and 89 more"},
		"control":         {[]string{"first_name", "last_name", "email", "phone", "a\x00b"}, "control character"},
	} {
		_, err := Read(c.header, Known{})
		var refused *table.FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, c.want) || refused.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, personal := range []string{"Zaphod", "zaphod", "7700"} {
			if strings.Contains(refused.Problem+refused.Remedy, personal) {
				t.Errorf("%s: %q is in the error", name, personal)
			}
		}
	}
}

func TestHeadersOfOtherSystems(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"First Name|Last Name|Work Email|Mobile Phone|Employee #":                                   "first_name last_name email phone external_id",
		"Legal Name - First Name|Legal Name - Last Name|Email - Primary Work|Phone - Primary Home":  "first_name last_name email phone",
		"Vorname|Nachname|E-Mail-Adresse|Mobiltelefon|Land":                                         "first_name last_name email phone country",
		"Name|Vorname|E-Mail (geschäftlich)|Telefon geschaeftlich":                                  "last_name first_name email phone",
		"FIRSTNAME|LASTNAME|EMAIL|CELL_PHONE|USERID":                                                "first_name last_name email phone -",
		"Name|Given Name|Family Name|E-mail 1 - Value|E-mail 2 - Value|Phone 1 - Value":             "- first_name last_name email - phone",
		"First Name|Last Name|E-mail Address|E-mail 2 Address|Mobile Phone":                         "first_name last_name email - phone",
		"Nom|Prénom|Adresse de messagerie|Tél. mobile|Pays":                                         "last_name first_name email phone country",
		"Nombre|Apellidos|Correo electrónico|Teléfono móvil|País":                                   "first_name last_name email phone country",
		"Voornaam|Achternaam|E-mailadres|Mobiele telefoon":                                          "first_name last_name email phone",
		"Nome|Cognome|Posta elettronica|Cellulare":                                                  "first_name last_name email phone",
		"Nome|Apelido|E-mail|Telemóvel":                                                             "first_name last_name email phone",
		"Full name|Email|Phone":                                                                     "full_name email phone",
		"Name|Email|Phone":                                                                          "full_name email phone",
		"First Name *|Last Name (required)|EMAIL|phone":                                             "first_name last_name email phone",
		"session_id|first_name|last_name|email|phone|Work Email|Mobile":                             "- first_name last_name email phone - -",
		"Candidate First Name|Candidate Last Name|Candidate Email|Phone Number (with country code)": "first_name last_name email phone",
		"Name (First)|Name (Last)|Correo-e|Tel. móvil":                                              "first_name last_name email phone",
		"Nom usuel|Prénom usuel|Adresse mail|N° de portable":                                        "last_name first_name email phone",
		"Prénom|Nom|Nom de naissance|E-mail|Téléphone":                                              "first_name last_name - email phone",
		"Apellidos|Nombre|Primer nombre|Email|Teléfono":                                             "last_name first_name - email phone",
		"Legal First Name|Preferred First Name|Legal Last Name|Email|Phone":                         "first_name - last_name email phone",
		"Preferred first name|Preferred last name|Work email address|Mobile phone number":           "first_name last_name email phone",
		"Preferred First Name|Legal First Name|Preferred Last Name|Legal Last Name|Email|Phone":     "- first_name - last_name email phone",
		"Personnel number|Name|Primary contact email|Primary contact phone":                         "external_id full_name email phone",
		"Cognome|Nome|Email aziendale|Tel. cellulare":                                               "last_name first_name email phone",
		"Vorname|Rufname|Nachname|E-Mail|Telefon":                                                   "first_name - last_name email phone",
		"First|Last|Email|Cell|Country|Country of residence":                                        "first_name last_name email phone country -",
	} {
		h, err := Read(strings.Split(header, "|"), Known{})
		if err != nil {
			t.Errorf("%s: %v", header, err)
			continue
		}
		var got []string
		for _, c := range h.Columns {
			got = append(got, orElse(c.Field, "-"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %s, want %s", header, got, want)
		}
	}
}

func orElse(s, unset string) string {
	if s == "" {
		return unset
	}
	return s
}

func TestMappedColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		pairs  []string
		want   string // or what the error says
	}{
		{"first_name|last_name|Work Email|Home Email|phone", nil, `--map email="Work Email" or --map email="Home Email"`},
		{"first_name|last_name|Work Email|Home Email|phone", []string{"email=home email"}, "first_name last_name - email phone"},
		{"first_name|last_name|Invitation mail|phone", nil, `--map email="Invitation mail"`},
		{"first_name|last_name|Invitation mail|phone", []string{"E-Mail=Invitation mail"}, "first_name last_name email phone"},
		{"first_name|Name|email|phone", nil, `--map last_name="Name"`},
		{"First Name|Last Name|Email|Phone|Mobile Phone", nil, `--map phone="Mobile Phone" or --map phone="Phone"`},
		{"First Name|Last Name|Email|Business Phone|Home Phone|Mobile Phone", nil, `with --map phone="Mobile Phone" or`},
		{"First Name|Last Name|E-Mail|Email Address|Phone", nil, "both mean email"},
		{"First Name|Last Name|Manager Email|Email Verified|Phone", nil, "no column email"},
		{"Nombre|Primer apellido|Segundo apellido|Correo|Móvil", nil, `--map last_name="Primer apellido" or --map last_name="Segundo apellido"`},
		{"Nombre|Primer apellido|Segundo apellido|Correo|Móvil", []string{"last_name=Primer apellido"}, "first_name last_name - email phone"},
		{"first_name|last_name|emial|phone", nil, `--map email="emial"`},
		{"first_name|last_name|email|phone", []string{"phone=Mobil"}, "phone is mapped to a column"},
		{"first_name|last_name|email|phone", []string{"phone=email", "email=email"}, "mapped to both"},
		{"first_name|last_name|email|email|phone", []string{"email=email"}, "both called"},
		{"first_name|last_name|email|phone", []string{"fax=email"}, `no field "fax"`},
		{"first_name|last_name|email|phone", []string{"email"}, "not written as"},
		{"first_name|last_name|email|phone", []string{"email=a", "email=b"}, "mapped twice"},
	} {
		got := ""
		mapped, err := ParseMap(nil, c.pairs)
		var h *Header
		if err == nil {
			h, err = Read(strings.Split(c.header, "|"), Known{Mapped: mapped})
		}
		if err != nil {
			got = err.Error() + " " + err.(interface{ Hint() string }).Hint()
		} else {
			for _, c := range h.Columns {
				got += orElse(c.Field, "-") + " "
			}
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s %q: got %s, want %s", c.header, c.pairs, got, c.want)
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "usher", "profiles", "hr.json")
	want := Profile{Columns: map[string]string{"email": "Work mail", "country": "Büro"}, NameOrder: "last-first"}
	if _, err := LoadProfile(path); err == nil {
		t.Error("read a profile that is not there")
	}
	if err := SaveProfile(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := LoadProfile(path)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("first_name|last_name|email|phone", "email=Work mail")
	f.Add("Name|Vorname|E-Mail 1|Telefon|\x00|_row|session_id|status", "phone=Telefon")
	f.Fuzz(func(t *testing.T, line, pair string) {
		mapped, err := ParseMap(nil, []string{pair})
		if err != nil {
			mapped = nil
		}
		cells := strings.Split(line, "|")
		h, err := Read(cells, Known{Mapped: mapped})
		if n := Counter(mapped)(cells); err == nil && n < table.RequiredColumns-1 && h.at[FullName] < 0 {
			t.Errorf("%q is a header with %d heads", line, n)
		}
		var refused *table.FileError
		if err != nil && (!errors.As(err, &refused) || refused.Problem == "" || refused.Remedy == "") {
			t.Errorf("%q: refused with %v", line, err)
		}
		if err == nil {
			for f, at := range h.at {
				if at >= 0 && h.Columns[at].Field != fieldNames[f] {
					t.Errorf("%q: %s is at %d, which is %q", line, fieldNames[f], at, h.Columns[at].Field)
				}
			}
		}
	})
}

// Headings of names speak for a country where they are of one language alone.
func TestCountry(t *testing.T) {
	t.Parallel()
	for heads, want := range map[string]string{
		"Vorname,Nachname,E-Mail,Mobil":       "DE",
		"Prénom,Nom,Courriel,Mobile":          "FR",
		"Nombre,Apellidos,Correo,Móvil":       "ES",
		"First name,Last name,Email,Phone":    "",
		"Nome,Cognome,E-mail,Cellulare":       "IT",
		"Voornaam,Achternaam,E-mail,Telefoon": "NL",
	} {
		h, err := Read(strings.Split(heads, ","), Known{})
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Country(); got != want {
			t.Errorf("%s: got %q, want %q", heads, got, want)
		}
	}
}
