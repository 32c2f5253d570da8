package importer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What belongs before a last name is there, and only once.
func TestListsWithWhatStandsBeforeTheLastName(t *testing.T) {
	t.Parallel()
	const contact = "sien@example.com;+31612345601"
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"Dutch":               {"Voornaam;Tussenvoegsel;Achternaam;E-mail;Mobiel\nSien;van der;Meulen;" + contact, "Sien|van der Meulen"},
		"none":                {"Voornaam;Voorvoegsel;Achternaam;E-mail;Mobiel\nSien;;Meulen;" + contact, "Sien|Meulen"},
		"German":              {"Vorname;Vorsatzwort;Nachname;E-Mail;Mobil\nSien;von;Stein;" + contact, "Sien|von Stein"},
		"a lesser word":       {"Vorname;Namenszusatz;Nachname;E-Mail;Mobil\nSien;vom;Stein;" + contact, "Sien|vom Stein"},
		"two of them":         {"Vorname;Namenszusatz;Vorsatzwort;Nachname;E-Mail;Mobil\nSien;Freiin;von;Stein;" + contact, "Sien|von Stein"},
		"a title":             {"Vorname;Namenszusatz;Nachname;E-Mail;Mobil\nSien;Dr.;Stein;" + contact, "Sien|Stein"},
		"there already":       {"Voornaam;Tussenvoegsel;Achternaam;E-mail;Mobiel\nSien;de;de Boer;" + contact, "Sien|de Boer"},
		"a report of usher's": {"row;status;session_id;session_url;sent_at;first_name;last_name;email;phone;Tussenvoegsel\n2;cancelled;;;;Sien;de Boer;" + contact + ";de", "Sien|de Boer"},
		"beside full names":   {"Naam;Tussenvoegsel;E-mail;Mobiel\nBoer, Sien;de;" + contact, "Sien|Boer"},
	} {
		want := []string{"2 " + c.want + " sien@example.com +31612345601"}
		if diff := cmp.Diff(want, headingsOutcome(t, open(t, c.text+"\n"), Defaults{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
