package heading

import "usher/importer/value"

// countries are where headings of names are mostly from that belong to one language
// alone, as ISO 3166 has them. They speak for a country; they prove none.
var countries = map[string]string{
	"vorname": "DE", "vornamen": "DE", "nachname": "DE", "familienname": "DE",
	"prenom": "FR", "prenoms": "FR", "nomdefamille": "FR", "nometprenom": "FR",
	"apellido": "ES", "apellidos": "ES", "nombres": "ES", "nombredepila": "ES", "nombreyapellidos": "ES",
	"voornaam": "NL", "voornamen": "NL", "achternaam": "NL",
	"cognome": "IT", "nomeecognome": "IT",
	"sobrenome": "BR", "apelido": "PT", "apelidos": "PT",
}

// Country is the country that the headings of the names speak for; empty if they
// speak for none.
func (h *Header) Country() string {
	for _, f := range []Field{FirstName, LastName, FullName} {
		if at := h.at[f]; at >= 0 {
			if region := countries[value.Fold(h.Columns[at].Heading)]; region != "" {
				return region
			}
		}
	}
	return ""
}
