package heading

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"usher/importer/value"
)

// forms are how a heading may be read, folded, the surest first.
type forms struct {
	sure []string // as it is, and without stars, numbers, and what must be filled in and how
	weak []string // without its section and whose it is, and by the program's own name
}

// all are the sure forms and the weak ones.
func (f forms) all() []string { return slices.Concat(f.sure, f.weak) }

// formsOf reads a heading as templates and exports decorate it. What is somebody
// else's has one form only, so that it is never taken for the person's own.
func formsOf(heading string) (f forms) {
	f.sure = []string{value.Fold(heading)}
	if strange(heading) {
		return f
	}
	add := func(to *[]string, words []string) {
		if form := value.Fold(strings.Join(words, " ")); form != "" && !slices.Contains(f.all(), form) {
			*to = append(*to, form)
		}
	}
	outside, groups := grouped(numberSign.Replace(value.Clip(heading, 4*value.MaxShown)))
	base := plainWords(outside, groups)
	add(&f.sure, base)
	add(&f.weak, ofPerson(base))
	if section, rest, ok := cutSection(outside); ok && sections[value.Fold(section)] {
		inner := plainWords(rest, groups)
		add(&f.weak, inner)
		add(&f.weak, ofPerson(inner))
	}
	for _, g := range groups {
		if g.square { // the program's own name, as in "Given name [givenName]"
			add(&f.weak, tokens(g.text))
			add(&f.weak, ofPerson(tokens(g.text)))
		}
	}
	return f
}

// numberSign writes what stands for "number" out.
var numberSign = strings.NewReplacer("#", " number ", "№", " number ", "n°", " number ", "N°", " number ", "nº", " number ", "Nº", " number ")

// group is a part of a heading in brackets.
type group struct {
	text   string
	square bool
}

// grouped takes the parts in brackets out of a heading.
func grouped(heading string) (outside string, groups []group) {
	for {
		from := strings.IndexAny(heading, "([{")
		if from < 0 {
			return outside + heading, groups
		}
		closing := map[byte]string{'(': ")", '[': "]", '{': "}"}[heading[from]]
		inside, rest, ok := strings.Cut(heading[from+1:], closing)
		if !ok {
			return outside + heading, groups
		}
		groups = append(groups, group{inside, closing != ")"})
		outside += heading[:from] + " "
		heading = rest
	}
}

// plainWords are the words of a heading without those that say how it is filled in.
// A part in brackets that says anything else belongs to the heading.
func plainWords(outside string, groups []group) []string {
	all := tokens(bullet.ReplaceAllString(outside, ""))
	for len(all) > 1 && required[value.Fold(all[0])] {
		all = all[1:]
	}
	for i, w := range all {
		if i > 0 && (manners[value.Fold(w)] || required[value.Fold(w)]) {
			all = all[:i]
			break
		}
	}
	for _, g := range groups {
		if !g.square && !saysHow(g.text) {
			all = append(all, tokens(g.text)...)
		}
	}
	return all
}

// bullet is how a heading is numbered: "1. First name", "b) E-mail".
var bullet = regexp.MustCompile(`^\s*\(?([0-9]{1,2}|[A-Za-z])[.):]\s+`)

// tokens takes a heading apart into words and numbers, also where it is written in
// one: inviteeEmail.
func tokens(heading string) []string {
	return strings.FieldsFunc(apart(heading), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// saysHow reports whether a part in brackets says how a value is written.
func saysHow(text string) bool {
	inside := tokens(text)
	return len(inside) == 0 && strings.HasPrefix(strings.TrimSpace(text), "+") || slices.ContainsFunc(inside, func(w string) bool {
		w = value.Fold(w)
		return required[w] || manners[w] || instructions[w]
	})
}

// ofPerson leaves out whose value it is, where that is the person of the row.
func ofPerson(all []string) []string {
	if len(all) > 1 && persons[value.Fold(all[0])] {
		return all[1:]
	}
	last := len(all) - 1
	if last < 1 || !persons[value.Fold(all[last])] {
		return nil
	}
	for last > 1 && connectors[value.Fold(all[last-1])] {
		last--
	}
	return all[:last]
}

// cutSection takes the name of a form's section off: "Personal Contact: Mobile".
func cutSection(heading string) (section, rest string, ok bool) {
	for _, between := range []string{": ", " - ", " – ", " > ", " / ", ".", ":", "/", "|", "_"} {
		if section, rest, ok = strings.Cut(heading, between); ok && strings.ContainsFunc(rest, unicode.IsLetter) {
			return section, rest, true
		}
	}
	return "", "", false
}

// wordSet is a set of folded words.
func wordSet(list string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.SplitSeq(list, ",") {
		all[value.Fold(word)] = true
		all[value.FoldWithoutUmlauts(strings.TrimSpace(word))] = true
	}
	delete(all, "")
	return all
}

// The words around a heading, in the seven languages.
var (
	// required say that a value must be there, or need not be.
	required = wordSet(`required, mandatory, optional, needed, Pflichtfeld, Pflicht, Pflichtangabe, erforderlich, obligatoire, requis, facultatif, optionnel,
		obligatorio, requerido, opcional, verplicht, optioneel, obbligatorio, richiesto, facoltativo, opzionale, obrigatório, requerida, obligatoria`)
	// manners begin how it is written.
	manners = wordSet(`incl, including, include, includes, inclusive, inkl, inklusive, mit, avec, con, incluyendo, met, inclusief, compreso, com, incluindo, with, without,
		if, falls, wenn, sofern, soweit, si, indien, se`)
	// instructions are in brackets only.
	instructions = wordSet(`format, formato, formatted, formatiert, formaté, formateado, geformatteerd, eg, g, zB, bijv, z, country, code, prefix, international, digits, characters, max, min, as, per, passport, example, ex, Vorwahl, Ländervorwahl, Landesvorwahl,
		Beispiel, laut, ohne, indicatif, sans, exemple, prefijo, sin, ejemplo, landcode, landnummer, zonder, voorbeeld, prefisso, senza, esempio, indicativo, sem, exemplo, selon, según, volgens, come`)
	// persons are what the person of a row is called.
	persons = wordSet(`employee, emp, candidate, applicant, invitee, recipient, worker, staff, associate, colleague, participant, member, Mitarbeiter, Mitarbeiters,
		Mitarbeiterin, Mitarbeitende, Mitarbeitenden, Bewerber, Bewerbers, Kandidat, salarié, salariée, collaborateur, candidat, employé, employée, empleado, empleada, trabajador, candidato, medewerker,
		werknemer, kandidaat, dipendente, collaboratore, colaborador, funcionário, destinatario`)
	connectors = wordSet("of, the, du, de, la, le, l, des, der, del, dell, do, da, van")
	// sections are parts of a form about the person alone.
	sections = wordSet(`personal, personal contact, personal info, personal information, personal data, personal details, contact, contact info, contact information,
		contact details, contact data, basic info, basic information, basic details, general, general information, profile, work contact, home contact, private contact, work, home, primary, main, employee, employee details,
		employee information, worker, candidate, applicant, legal name, name, invitee, Persönliche Daten, persönliche Angaben, Kontakt, Kontaktdaten, Stammdaten, Mitarbeiter, Mitarbeiterdaten, Allgemein, privat,
		Données personnelles, informations personnelles, coordonnées, identité, salarié, collaborateur, datos personales, datos de contacto, contacto, empleado,
		Persoonlijke gegevens, contactgegevens, medewerker, dati personali, dati anagrafici, anagrafica, contatti, recapiti, dipendente, dados pessoais, contato, colaborador, funcionário`)
)
