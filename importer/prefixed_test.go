package importer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

// Who was invited as Berg is not somebody else because the list has van der before it.
func TestLastNamesWithAndWithoutWhatStandsBeforeThem(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		const prefixedHead = "Voornaam;Tussenvoegsel;Achternaam;E-mail;Mobiel\n"
		first := w.run("Voornaam;Achternaam;E-mail;Mobiel\n"+
			"Sien;Berg;sien@example.com;+31612345601\nJan;van den Berg;jan@example.com;+31612345602\nPiet;Hondt;piet@example.com;+31612345603\n", w.options())
		later := w.run(prefixedHead+
			"Sien;van der;Berg;sien@example.com;+31612345601\n"+ // has it now
			"Jan;;Berg;jan@example.com;+31612345602\n"+ // had it then
			"Jan;van der;Berg;jan@example.com;+31612345602\n"+ // another name
			"Piet;d';Hondt;piet@example.com;+31612345603\n"+
			"Kees;van der;Berg;sien@example.com;+31612345601\n", w.options())
		id := first.Batch.ID
		want := []string{"2 duplicate in_batch " + at(id, 2), "3 duplicate in_batch " + at(id, 3), "4 rejected contact_of_another",
			"5 duplicate in_batch " + at(id, 4), "6 rejected contact_of_another"}
		if diff := cmp.Diff(want, w.outcomes(later.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// Likewise under a reference with other contact data.
		w.run("Personeelsnummer;Voornaam;Achternaam;E-mail;Mobiel\nN-1;Toos;Vries;toos@example.com;+31612345604\n", w.options())
		moved := w.run("Personeelsnummer;Voornaam;Tussenvoegsel;Achternaam;E-mail;Mobiel\nN-1;Toos;de;Vries;toos@example.nl;+31612345605\n", w.options())
		if got := w.applicants(moved.Batch.ID)[0]; got.ErrorCode != ContactChanged {
			t.Errorf("with new contact data: %s %s", got.State, got.ErrorCode)
		}
	})
}

func at(batch int64, row int) string { return fmt.Sprintf("%d/%d", batch, row) }
