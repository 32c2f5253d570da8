package heading

import (
	"strings"
	"testing"
)

// listsFirst are the first rows of a list, for a guess to be judged by.
func listsFirst(rows ...string) func() [][]string {
	return func() (all [][]string) {
		for _, row := range rows {
			all = append(all, strings.Split(row, "|"))
		}
		return all
	}
}

// What a column holds decides whether it is an address, or the name of the person.
func TestColumnsJudgedByTheirValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header string
		rows         []string
		want         string
	}{
		{"yes and no beside addresses", "Vorname|Nachname|Mail|E-Mail-Adresse|Handy", []string{"Uwe|Kern|ja|uwe@example.com|1", "Ute|Kern|nein||2"}, "first_name last_name - email phone"},
		{"yes and no beside a weaker word", "Nombre|Apellidos|Móvil|Correo|Email del empleado", []string{"Eva|Gil|1|sí|eva@example.com"}, "first_name last_name phone - email"},
		{"yes and no beside what may be meant", "first_name|last_name|phone|email|Mail adr. in use", []string{"Uwe|Kern|1|x|uwe@example.com"},
			": the file has no column email; it has: first_name, last_name, phone, email, Mail adr. in use"},
		{"yes and no, and nothing else", "first_name|last_name|phone|email", []string{"Uwe|Kern|1|no"}, "first_name last_name phone email"},
		{"no values", "first_name|last_name|phone|Mail|E-Mail", []string{"Uwe|Kern|1||"}, ": column 4 (Mail) and column 5 (E-Mail) both mean email"},
		{"one address among words", "first_name|last_name|phone|email|E-Mail", []string{"Uwe|Kern|1|no|a@example.com", "Uwe|Kern|1|b@example.com|"},
			": column 4 (email) and column 5 (E-Mail) both mean email"},
		{"the person's name", "Worker|Mail|Phone", []string{"Ute Kern|u@example.com|1", "Cher|c@example.com|1", "Uwe Kern|w@example.com|1"}, "full_name email phone"},
		{"in other languages", "Medewerker|Mail|Phone", []string{"Ute van Kern|u@example.com|1"}, "full_name email phone"},
		{"the person's number", "Medewerker|Mail|Phone", []string{"1007|u@example.com|1"}, ": the file has no column first_name, last_name; it has: Medewerker, Mail, Phone"},
		{"the person's kind", "Employee|Mail|Phone", []string{"Contractor|u@example.com|1"}, ": the file has no column first_name, last_name; it has: Employee, Mail, Phone"},
		{"beside the parts", "Employee|First name|Last name|Mail|Phone", []string{"Ute Kern|Ute|Kern|u@example.com|1"}, "- first_name last_name email phone"},
		{"the person's number beside the names", "Dipendente|Nome|Cognome|Mail|Phone", []string{"A007|Ute|Kern|u@example.com|1"}, "external_id first_name last_name email phone"},
		{"the person's date", "Employee|Mail|First name|Last name|Phone", []string{"2026-01-02|u@example.com|Ute|Kern|1"}, "- email first_name last_name phone"},
		{"two lesser words", "Nom de naissance|Nom usuel|Prénom|Courriel|Mobile", []string{"ROY|KERN|Ute|u@example.com|1"}, ": column 2 (Nom usuel) and column 1 (Nom de naissance) both mean last_name"},
		{"two of them", "Employee|Associate|Mail|Phone", []string{"Ute Kern|Uwe Kern|u@example.com|1"}, ": the file has no column first_name, last_name; it has: Employee, Associate, Mail, Phone"},
	} {
		if got := fieldsOf(c.header, Known{First: listsFirst(c.rows...)}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// The number that one system has is a reference where the list has no plain one.
func TestNumbersOfSystems(t *testing.T) {
	t.Parallel()
	const rest = "|first_name|last_name|email|phone"
	for header, want := range map[string]string{
		"Staff number (Workday)":                "external_id",
		"Global Staff ID":                       "external_id",
		"Personal-Nr. (DATEV)":                  "external_id",
		"ID salarié (paie)":                     "external_id",
		"Staff number (Workday)|Staff number":   "- external_id",
		"Badge no.|Staff number (Workday)":      "- external_id",
		"Staff number (SAP)|Staff number (UKG)": "- -",
		"Work / Employee ID in company":         "external_id",
		"Manager / Employee ID in company":      "-",
		"Global ID":                             "-",
		"Company number":                        "-",
		"Manager's staff number (Workday)":      "-",
		"Staff number (N+1)":                    "-",
		"Internal number":                       "-",
	} {
		if got := fieldsOf(header+rest, Known{}); got != want+" first_name last_name email phone" {
			t.Errorf("%s: %s", header, got)
		}
	}
}
