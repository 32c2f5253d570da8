package heading

import (
	"slices"
	"strings"

	"usher/importer/value"
)

// Repeats reports whether a row below the header names the same columns once more,
// in the same words or in others: the address, the phone number and a part of the name.
func (h *Header) Repeats(cells []string) bool {
	return h.repeatsAt(Email, cells) && h.repeatsAt(Phone, cells) &&
		slices.ContainsFunc([]Field{FirstName, LastName, FullName}, func(f Field) bool { return h.repeatsAt(f, cells) })
}

// IsTypes reports whether a row below the header says of each column what its values are,
// such as Text or Required, as templates do.
func (h *Header) IsTypes(cells []string) bool {
	filled := 0
	for _, cell := range cells {
		word := value.Fold(cell)
		if word == "" {
			continue
		}
		if filled++; !types[strings.TrimRight(word, "0123456789")] {
			return false
		}
	}
	return filled > 2
}

// types are what templates call the values of a column, in the seven languages.
var types = typeWords("text string str char varchar nvarchar alphanumeric freetext number numeric integer int bigint decimal float double digits date datetime timestamp " +
	"boolean bool yesno email phone phonenumber uuid enum list required optional mandatory " +
	"zahl nummer ganzzahl datum pflicht pflichtfeld erforderlich janein texte nombre entier numerique courriel telephone obligatoire facultatif " +
	"texto numero entero fecha booleano obligatorio opcional correo telefono tekst getal verplicht optioneel testo data obbligatorio facoltativo inteiro obrigatorio")

func typeWords(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// repeatsAt reports whether a row has a heading for a field in its column.
func (h *Header) repeatsAt(f Field, cells []string) bool {
	at := h.at[f]
	if at < 0 || at >= len(cells) || personal(cells[at]) {
		return false
	}
	if word := value.Fold(cells[at]); word == "" {
		return false
	} else if word == value.Fold(h.Columns[at].Heading) {
		return true
	}
	forms := formsOf(cells[at])
	if m, ok := meaningOf(forms); ok {
		return m.field == f
	}
	pair, ok := pairOf(forms)
	return ok && (f == FullName || pair.part == f)
}
