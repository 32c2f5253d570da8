package heading

import (
	"strings"
	"testing"
)

// fieldsOf is what the columns of a header were taken for, or why it was refused.
func fieldsOf(header string, known Known) string {
	h, err := Read(strings.Split(header, "|"), known)
	if err != nil {
		return err.Error()
	}
	var got []string
	for _, c := range h.Columns {
		got = append(got, orElse(c.Field, "-"))
	}
	return strings.Join(got, " ")
}

// Numbers of employees are references, in seven languages and many spellings.
func TestNumbersOfEmployees(t *testing.T) {
	t.Parallel()
	const rest = "|first_name|last_name|email|phone"
	for _, word := range strings.Split(`Employee ID;Employee No.;Employee Nr;Employee #;Employee number;Employee code;EmployeeID;employee_number;Emp ID;Emp. No;EMP_NO;Empl ID;
		Staff ID;Staff No;Staff number;Staff code;Personnel No.;Personnel number;Pers.No.;PERNR;Worker ID;Worker number;Associate ID;Payroll ID;Payroll No.;Payroll number;Badge ID;Badge id;Badge No;Badge #;
		EEID;EE #;EE No.;Clock Number;Works No.;Employee ID in company;Person Number;Employee ID (optional);Employee ID - if any;Employee ID*;Employee ID [employeeId];Employee Export Code;File Number;ID employee;
		Personalnummer;Personal-Nr.;Pers.-Nr.;PersNr;Pers. Nr.;Mitarbeiternummer;Mitarbeiter-ID;Mitarbeiter Nr.;Mitarbeiter-Nr;MA-Nr.;Angestelltennummer;Lohnnummer;PNR;AN-Nr.;Personalkennziffer;Dienstausweisnummer;Personalnummer (optional);
		Matricule;N° matricule;N° de matricule;Numéro de matricule;Matricule salarié;N° employé;N° d'employé;Numéro d'employé;ID employé;Identifiant salarié;Code salarié;N° salarié;Numéro du salarié;Identifiant collaborateur;Code collaborateur;Matricule paie;N° de badge;N° agent;Matricule agent;Num. matricule;N° Mat.;
		Número de empleado;N.º de empleado;Nº empleado;No. de empleado;Núm. empleado;ID empleado;ID de empleado;Código de empleado;Código empleado;Legajo;N° de legajo;Nro. legajo;Número de legajo;ID trabajador;Código de trabajador;Número de nómina;
		Personeelsnummer;Personeelsnr.;Personeels-ID;Personeelscode;Medewerkernummer;Medewerkersnummer;Medewerker-ID;Medewerker ID;Werknemersnummer;Werknemer-ID;Medewerkercode;Badgenummer;Salarisnummer;
		Matricola;Numero matricola;Numero di matricola;N. matricola;N° matricola;Codice dipendente;ID dipendente;Matricola dipendente;Codice del dipendente;Numero badge;Matr.;N.ro matricola;
		Matrícula;Nº de matrícula;Número de funcionário;Nº funcionário;ID do funcionário;Código do colaborador;Número de colaborador;ID colaborador;Número mecanográfico;N.º mecanográfico;Nº mec.;Número de empregado;Número do crachá`, ";") {
		word = strings.TrimSpace(word)
		if got := fieldsOf(word+rest, Known{}); got != "external_id first_name last_name email phone" {
			t.Errorf("%s: %s", word, got)
		}
	}
	for _, word := range strings.Split(`#;No.;ID;Number;Employee;Employee status;Employee type;Badge;Passport number;Personalausweisnummer;Steuernummer;Steuer-ID;SSN;National ID;Codice fiscale;NIF;
		Número de tarjeta;Kontonummer;Manager ID;Manager employee ID;Supervisor's staff number;Department code;Job code;Pay code;Número de pasaporte;Cost center number;Company number;Vorgesetzter Personalnummer;Phone badge`, ";") {
		word = strings.TrimSpace(word)
		if got := fieldsOf(word+rest, Known{}); got != "- first_name last_name email phone" {
			t.Errorf("%s: %s", word, got)
		}
	}
}

// The better column is taken, then the surer one, and none of two that are alike.
func TestSeveralNumbersOfEmployees(t *testing.T) {
	t.Parallel()
	const rest = "|first_name|last_name|email|phone"
	first := func(rows ...string) func() [][]string {
		return func() (all [][]string) {
			for _, row := range rows {
				all = append(all, strings.Split(row, "|"))
			}
			return all
		}
	}
	for header, want := range map[string]string{
		"Employee ID|external_id":         "- external_id",
		"Personalnummer|Externe ID":       "- external_id",
		"Badge ID|Employee ID":            "- external_id",
		"Payroll No.|Personnel No.":       "- external_id",
		"Badge ID|Payroll ID":             "- external_id",
		"Matrícula|Código do funcionário": "- external_id",
		"Employee ID|Employee Number":     "- -",
		"Employee ID|Staff number|Badge":  "- - -",
	} {
		if got := fieldsOf(header+rest, Known{}); got != want+" first_name last_name email phone" {
			t.Errorf("%s: %s", header, got)
		}
	}
	h, err := Read(strings.Split("Employee ID|Employee Number"+rest, "|"), Known{})
	if err != nil || len(h.Doubts) != 1 || h.Doubts[0].Why != NumbersRival || h.Doubts[0].Field != "external_id" || len(h.Doubts[0].Columns) != 2 {
		t.Errorf("two that are alike: %v, %v", h.Doubts, err)
	}
	for _, c := range []struct {
		rows []string
		want string
	}{
		{[]string{"FT|Ann|Lee|ann@example.com", "PT|Bob|Ray|bob@example.com", "FT|Cy|Fox|cy@example.com"}, NumbersRepeated},
		{[]string{"7|Ann|Lee|ann@example.com", "|Bob|Ray|bob@example.com", "|Cy|Fox|cy@example.com", "7|Ann|Lee|Ann@example.com", "8"}, ""},
	} {
		h, err := Read(strings.Split("Staff code"+rest, "|"), Known{First: first(c.rows...)})
		why := ""
		if err == nil && len(h.Doubts) > 0 {
			why = h.Doubts[0].Why
		}
		if err != nil || why != c.want || (h.At(ExternalID) < 0) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.rows, why, err)
		}
	}
}

// What templates and exports put around a heading is seen through.
func TestDecoratedHeadings(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"First Name*|Last Name*|Email Address*|Phone Number* (incl. country code)|Employee ID (optional)":               "first_name last_name email phone external_id",
		"* Given name [givenName]|* Surname [surname]|Email address to invite [inviteeEmail] Required|Phone":            "first_name last_name email phone",
		"Personal Info: First Name|Personal Info: Last Name|Personal Contact: Personal Mobile|Work Contact: Work Email": "first_name last_name phone email",
		"Employee No.|First Name|Last Name|User name|Email|Phone Num|Job Title For User|Manager|Notes":                  "external_id first_name last_name - email phone - - -",
		"1. First name|2. Last name|3. E-mail|4. Mobile number (with country code, e.g. +44 7700 900123)":               "first_name last_name email phone",
		"a) Vorname|b) Nachname|c) E-Mail (Pflichtfeld)|d) Handynummer (mit Ländervorwahl)":                             "first_name last_name email phone",
		"Vorname (erforderlich)|Nachname (erforderlich)|E-Mail-Adresse – Pflichtfeld|Telefon inkl. Vorwahl":             "first_name last_name email phone",
		"Vorname des Mitarbeiters|Nachname des Mitarbeiters|E-Mail Mitarbeiter|Telefon Mitarbeiter":                     "first_name last_name email phone",
		"Prénom du salarié|Nom de famille du salarié|E-mail professionnel (obligatoire)|Tél. mobile (avec indicatif)":   "first_name last_name email phone",
		"Nombre del empleado|Apellidos del empleado|Correo electrónico (obligatorio)|Móvil personal":                    "first_name last_name email phone",
		"Voornaam medewerker|Achternaam medewerker|E-mail zakelijk (verplicht)|Mobiel (met landcode)":                   "first_name last_name email phone",
		"Nome del dipendente|Cognome del dipendente|Email aziendale (obbligatorio)|Cellulare (con prefisso)":            "first_name last_name email phone",
		"Nome do funcionário|Sobrenome do funcionário|E-mail corporativo (obrigatório)|Celular (com DDI)":               "first_name last_name email phone",
		"Employee First Name|Employee Last Name|Employee Work Email|Employee Mobile Number":                             "first_name last_name email phone",
		"Worker.firstName|Employee.lastName|contact.email|contact.mobilePhone":                                          "first_name last_name email phone",
		"First name (as in passport)|Last name (as in passport)|Email (one per person, required)|Phone [mobile_phone]":  "first_name last_name email phone",
		"Participant E-mail|Participant First Name|Participant Last Name|Ph. No.":                                       "email first_name last_name phone",
		"Email|Main Email|First|Last|Cell Num":                                                                          "email - first_name last_name phone",
	} {
		if got := fieldsOf(header, Known{}); got != want {
			t.Errorf("%s:\n got %s\nwant %s", header, got, want)
		}
	}
	for _, header := range []string{ // somebody else's, something else, or the second of several
		"First|Last|Manager: Email|Phone", "First|Last|Email (manager)|Phone", "First|Last|Email [managerEmail]|Phone", "First|Last|Email (2)|Phone", "First|Last|E-mail 2|Phone",
		"First|Last|Email|Emergency Contact: Phone", "First|Last|Email|Phone (emergency)", "First|Last|Email|Phone type", "First|Last|Email format|Phone", "First|Last|Email opt-in (yes/no)|Phone",
		"First|Last|Correo del jefe|Phone", "First|Last|E-Mail des Vorgesetzten|Phone", "First|Last|E-mail du responsable|Phone", "First|Last|Email|Phone (next of kin)", "First|Last|Email|Fax (incl. country code)",
		"First|Last|Email of the employee's manager|Phone", "First|Last|Send invitation message (true or false) [sendEmail]|Phone",
	} {
		if got := fieldsOf(header, Known{}); !strings.Contains(got, "has no column") {
			t.Errorf("%s: %s", header, got)
		}
	}
}

// What is offered for a field is judged by the values below it, too.
func TestCandidatesByTheirValues(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"Ada", "Lovelace", "a note", "true", "ada@example.com", "+15192223333", "2026-01-05"}}
	known := Known{First: func() [][]string { return rows }}
	_, err := Read(strings.Split("First name|Last name|Phone notes|Send email|Address for mail|Phone line|Phone since", "|"), known)
	hint := err.(interface{ Hint() string }).Hint()
	for _, want := range []string{`--map email="Address for mail"`, `--map phone="Phone line"`} {
		if !strings.Contains(hint, want) {
			t.Errorf("%q is not offered: %s", want, hint)
		}
	}
	for _, not := range []string{"notes", "Send", "since"} {
		if strings.Contains(hint, not) {
			t.Errorf("%q is offered: %s", not, hint)
		}
	}
}
