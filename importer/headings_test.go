package importer

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// headingsOutcome is what a check makes of each row of a list, who would be invited
// with which values, and what it tells of the list.
func headingsOutcome(t *testing.T, src Feed, d Defaults) []string {
	t.Helper()
	k, err := newCheck(t.Context(), nil, Options{Defaults: d})
	if err != nil {
		t.Fatal(err)
	}
	in, err := k.placer.open(t.Context(), src, Options{Defaults: d}, k.secret)
	if err != nil {
		return []string{"refused: " + err.Error()}
	}
	planner, got := newPlanner(in.valid.header), []string{}
	for {
		c, err := in.next(2) // small, so that rows are held over its end
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		planner.add(c)
		for _, a := range c.applicants {
			if a.State == store.Rejected {
				got = append(got, fmt.Sprintf("%d %s", a.Row, a.ErrorCode))
				continue
			}
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s|%s %s %s %s", a.Row, a.FirstName, a.LastName, a.Email, a.Phone, a.ExternalID)))
		}
		for _, p := range c.problems {
			if p.Code == codeNobody && p.Column != "" {
				t.Errorf("row %d: nobody is told of column %s", p.Row, p.Column)
			}
		}
	}
	plan := planner.finish(in, "list")
	for _, d := range plan.Doubts {
		got = append(got, "doubt "+d.Field+" "+d.Why)
	}
	if plan.Format.Run != "" {
		got = append(got, "run "+plan.Format.Run)
	}
	if len(plan.Format.SkippedRows) > 0 {
		got = append(got, fmt.Sprint("titles ", plan.Format.SkippedRows))
	}
	if plan.BlankBeyond > 0 {
		got = append(got, fmt.Sprint("blank beyond ", plan.BlankBeyond))
	}
	for _, r := range plan.LeftOut {
		got = append(got, fmt.Sprintf("left out %d %s", r.Row, r.Text))
	}
	for _, g := range plan.Regions {
		got = append(got, fmt.Sprintf("region %s %d/%d", g.Region, g.Reads, g.Of))
	}
	return got
}

const (
	headingsHead = "Nachname;Vorname;E-Mail;Telefon;Ort\n"
	headingsAda  = "Lovelace;Ada;ada@example.com;+15192223333;Ulm\n"
	headingsBob  = "Ray;Bob;bob@example.com;+15192223334;\n"
)

func TestRowsThatNameNobody(t *testing.T) {
	t.Parallel()
	ada, bob := "2 Ada|Lovelace ada@example.com +15192223333", "3 Bob|Ray bob@example.com +15192223334"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a total":               {headingsAda + headingsBob + "Summe: 2;;;;\n", []string{ada, bob, "left out 4 Summe: 2"}},
		"a total in two cells":  {headingsAda + headingsBob + "Total;;;12;\n", []string{ada, bob, "left out 4 Total 12"}},
		"blank lines between":   {headingsAda + headingsBob + ";;;;\n\n;;;;Exportiert am 28.11.2026\n", []string{ada, bob, "left out 6 Exportiert am 28.11.2026"}},
		"several":               {headingsAda + headingsBob + "Anzahl;2;;;\nStand: 28.11.2026\nSeite 1 von 1\n", []string{ada, bob, "left out 4 Anzahl 2", "left out 5 Stand: 28.11.2026", "left out 6 Seite 1 von 1"}},
		"exported by, in cells": {headingsAda + "Exported on;2026-11-28;by;HR;\n", []string{ada, "left out 3 Exported on 2026-11-28 by HR"}},
		"a note in the middle":  {headingsAda + "Vertrieb;;;;\nRay;Bob;bob@example.com;+15192223334;\n", []string{ada, "3 row_without_person", "4 Bob|Ray bob@example.com +15192223334"}},
		"notes, and one more":   {headingsAda + "Vertrieb;;;;\nA\nRay;Bob;bob@example.com;+15192223334;\nSumme;2\n", []string{ada, "3 row_without_person", "4 row_without_person", "5 Bob|Ray bob@example.com +15192223334", "left out 6 Summe 2"}},
		"values of nobody":      {headingsAda + ";;;;Ulm\n" + headingsBob, []string{ada, "3 row_without_person", "4 Bob|Ray bob@example.com +15192223334"}},
		"somebody at the end":   {headingsAda + "Ray;Bob;;;Ulm\n", []string{ada, "3 email_missing"}},
		"a name like an ending": {headingsAda + "Page;Larry;;;Ulm\n", []string{ada, "3 email_missing"}},
		"a phone at the end":    {headingsAda + ";;;+15192223334;\n", []string{ada, "3 first_name_missing"}},
		"an address at the end": {headingsAda + ";;bob@example.com;;\n", []string{ada, "3 first_name_missing"}},
		"an address in a note":  {headingsAda + "Fragen? hr@example.com\n" + headingsBob, []string{ada, "3 row_without_person", "4 Bob|Ray bob@example.com +15192223334"}},
		"an address and a name": {headingsAda + "Ray hr@example.com;Bob\n", []string{ada, "3 email_missing"}},
		"headings further down": {headingsAda + headingsHead + headingsBob, []string{ada, "3 row_without_person", "4 Bob|Ray bob@example.com +15192223334"}},
		"headings, then people": {"Last name;First name;Mail;Mobile;City\n" + headingsAda, []string{"3 Ada|Lovelace ada@example.com +15192223333", "left out 2 Last name First name Mail Mobile City"}},
		"words of a person":     {"Name;Nome;unbekannt;Handy;Ulm\n" + headingsAda, []string{"2 email_missing", "3 Ada|Lovelace ada@example.com +15192223333"}},
		"only that":             {"Summe;1\n", []string{"2 row_without_person"}},
		"too many":              {headingsAda + strings.Repeat("x\n", maxBelow+1), append([]string{ada}, headingsNumbered(3, maxBelow+1)...)},
		"blank beyond":          {strings.ReplaceAll(headingsAda+headingsBob, "\n", ";; ;\n"), []string{ada, bob, "blank beyond 2"}},
		"more beyond":           {strings.ReplaceAll(headingsAda, "\n", ";;x\n"), []string{"2 row_too_long"}},
	} {
		src := open(t, headingsHead+c.text)
		if diff := cmp.Diff(c.want, headingsOutcome(t, src, Defaults{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// headingsNumbered are rows from a number on that name nobody.
func headingsNumbered(from, n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf("%d %s", from+i, codeNobody))
	}
	return rows
}

// Exports of real systems, as they are: the right people with the right values.
func TestExportsOfSystems(t *testing.T) {
	t.Parallel()
	const person = "ada@example.com +15192223333"
	for name, c := range map[string]struct {
		text string
		d    Defaults
		want []string
	}{
		"Workday": {"Workers Report\n\nEmployee ID,Legal Name - First Name,Legal Name - Last Name,Email - Primary Work,Phone - Primary Mobile,Cost Center\n00042,Ada,Lovelace,ada@example.com,+1 (519) 222-3333,77\n", Defaults{},
			[]string{"4 Ada|Lovelace " + person + " 00042", "titles [1]"}},
		"BambooHR": {"Employee #,Last Name,First Name,Work Email,Mobile Phone,Status\n7,Lovelace,Ada,ada@example.com,519-222-3333,Active\n", Defaults{Region: "CA"},
			[]string{"2 Ada|Lovelace " + person + " 7"}},
		"SAP": {"Pers.No.;Last name;First name;E-Mail;Telephone no.\n00001234;Lovelace;Ada;ada@example.com;+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 00001234"}},
		"Personio": {"ID;Vorname;Nachname;E-Mail;Personalnummer;Private Telefonnummer\n99;Ada;Lovelace;ada@example.com;A-7;+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " A-7"}},
		"ADP": {"Payroll Name,File Number,Personal Contact: Personal Mobile,Work Contact: Work Email\n\"Lovelace, Ada\",004711,+15192223333,ada@example.com\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 004711"}},
		"Google": {"First Name [Required],Last Name [Required],Email Address [Required],Employee ID,Mobile Phone,Org Unit Path [Required]\nAda,Lovelace,ada@example.com,E1,+15192223333,/\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " E1"}},
		"DATEV": {"PersNr;Name;Vorname;Telefon privat;E-Mail privat\n00815;Lovelace;Ada;+15192223333;ada@example.com\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 00815"}},
		"PayFit": {"Matricule,Nom,Prénom,Email professionnel,Téléphone portable\n12,Lovelace,Ada,ada@example.com,+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 12"}},
		"Factorial": {"Código de empleado,Nombre,Apellidos,Email,Teléfono\nF-1,Ada,Lovelace,ada@example.com,+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " F-1"}},
		"AFAS": {"Medewerker-ID;Roepnaam;Achternaam;E-mail werk;Mobiel privé\n007;Ada;Lovelace;ada@example.com;+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 007"}},
		"Zucchetti": {"Matricola;Cognome;Nome;E-mail aziendale;Cellulare aziendale\n000123;Lovelace;Ada;ada@example.com;+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 000123"}},
		"Portuguese": {"Nº de funcionário;Nome;Sobrenome;E-mail corporativo;Telemóvel\n0055;Ada;Lovelace;ada@example.com;+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person + " 0055"}},
		"a template": {"version:v1.0,,,,,\nFirst name,Last name,Phone,Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required,Send invitation message (true or false) [sendEmail]\nAda,Lovelace,+15192223333,ada@example.com,http://example.com,true\n", Defaults{},
			[]string{"3 Ada|Lovelace " + person, "titles [1]"}},
		"two separators": {"\ufeffFirst Name,Last Name,Email,Phone;;;;\nAda,\"Lovelace\",ada@example.com,\"+15192223333\";;;;\n\"B\nob\",Ray,bob@example.com,+15192223334;;;;\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person, "3 B ob|Ray bob@example.com +15192223334", "run ;;;;"}},
		"not two separators": {"First Name,Last Name,Phone,Email;\nAda,Lovelace,+15192223333,ada@example.com\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person}},
		"numbers that rival": {"Employee ID,Employee Number,First Name,Last Name,Email,Phone\n1,2,Ada,Lovelace,ada@example.com,+15192223333\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person, "doubt external_id numbers_rival"}},
		"groups are no numbers": {"Staff code,First Name,Last Name,Email,Phone\nFT,Ada,Lovelace,ada@example.com,+15192223333\nFT,Bob,Ray,bob@example.com,+15192223334\n", Defaults{},
			[]string{"2 Ada|Lovelace " + person, "3 Bob|Ray bob@example.com +15192223334", "doubt external_id numbers_repeated"}},
		"capitals": {"Nom et prénom;Courriel;Mobile\nDUPONT Jean;jean@example.com;+33612345678\nM. LE GOFF Yann;yann@example.com;+33612345679\nTotal : 2\n", Defaults{},
			[]string{"2 Jean|DUPONT jean@example.com +33612345678", "3 Yann|LE GOFF yann@example.com +33612345679", "left out 4 Total : 2"}},
		"capitals of some": {"Name;Email;Phone\nDUPONT Jean;jean@example.com;+33612345678\nYann Le Goff;yann@example.com;+33612345679\n", Defaults{},
			[]string{"2 full_name_unclear", "3 full_name_unclear", "doubt full_name names_unclear"}},
		"an order": {"Name;Email;Phone\nAnn van der Berg;ann@example.com;+33612345678\nYann;yann@example.com;+33612345679\n\"Roe, Bob\";bob@example.com;+33612345670\n", Defaults{NameOrder: value.FirstLast},
			[]string{"2 Ann|van der Berg ann@example.com +33612345678", "3 full_name_one_word", "4 Bob|Roe bob@example.com +33612345670"}},
		"a region": {"Vorname;Nachname;E-Mail;Handy\nAda;Lovelace;ada@example.de;0171 2345678\nBob;Ray;bob@example.de;0172 3456789\n", Defaults{},
			[]string{"2 phone_no_country_code", "3 phone_no_country_code", "region DE 2/2"}},
	} {
		if diff := cmp.Diff(c.want, headingsOutcome(t, open(t, c.text), c.d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A workbook's numbers stay numbers, and its dates days, also in rows that were
// looked at beforehand.
func TestWorkbookThatIsLookedAtBeforehand(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "list.xlsx")
	if err := os.WriteFile(path, headingsBook(t), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := table.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	plan, err := Check(t.Context(), nil, src, Options{Mendable: 10})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Counts[store.Queued] != 1 || len(plan.Problems) != 1 || plan.Problems[0].Code != "external_id_number" || len(plan.LeftOut) != 1 {
		t.Errorf("counts %v, problems %v, left out %v", plan.Counts, plan.Problems, plan.LeftOut)
	}
	for _, c := range plan.Columns {
		if c.Heading == "Start" && !cmp.Equal(c.Samples, []string{"2026-11-28"}) {
			t.Errorf("dates are shown as %v", c.Samples)
		}
	}
	if len(plan.Mendable) != 1 || !cmp.Equal(plan.Mendable[0].Cells[5], "2026-11-28") {
		t.Errorf("dates are kept as %v", plan.Mendable)
	}
}
