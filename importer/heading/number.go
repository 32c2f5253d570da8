package heading

import (
	"slices"
	"strings"
	"sync"

	"usher/importer/value"
)

// numbering is how sure it is that a column of numbers of employees tells one person
// from another, the surest first.
type numbering int

const (
	noNumbering      numbering = iota
	employeeNumber             // of the employer's own list
	payrollNumber              // of whoever pays
	badgeNumber                // of a card, which may go to another person
	doubtfulNumber             // a word that means something else too
	leastOfNumbering = doubtfulNumber
)

// numberings are the words for them, by whose number it is and what it is called, in
// any order, and words that stand alone.
var numberings = []struct {
	sure         numbering
	whose, which string
	alone        string
}{
	{employeeNumber, "employee, employees, emp, empl, staff, staff member, personnel, pers, worker, associate, colleague, team member",
		"id, number, no, nr, num, nbr, code, identifier, id number, id no, identification number, unique id, reference, ref",
		"eeid, ee id, ee number, ee no, ee nr, co emp no, pernr, pers id, employee export code, employee id in company, employee file number, person number, person id external, hr id, hris id, workday id, works number, works no, clock number, clock no"},
	{employeeNumber, "Personal, Pers", "Nummer, Nr, Kennung, Kennnummer, Kennziffer, Stammnummer, Stammnr", "Pers ID, PNR"},
	{employeeNumber, "Mitarbeiter, Mitarbeiterin, Angestellten, MA, AN, Arbeitnehmer, Beschäftigten",
		"Nummer, Nr, ID, Code, Kennung, Kennnummer, Schlüssel", ""},
	{employeeNumber, "employé, de l'employé, d'employé, salarié, du salarié, de salarié, collaborateur, du collaborateur, de collaborateur, du personnel, personnel, agent, de l'agent, d'agent",
		"numéro, n, no, num, number, id, identifiant, code, matricule", "matricule, num matricule, number mat, n mat, no mat, numéro de matricule, numéro matricule, no matricule, n matricule, number matricule, number de matricule, matricule RH, matricule interne"},
	{employeeNumber, "empleado, de empleado, del empleado, trabajador, de trabajador, del trabajador, colaborador, del colaborador, de personal, legajo, de legajo",
		"número, nro, n, no, num, núm, number, id, código, cód, clave, identificador, legajo", "legajo, número legajo"},
	{employeeNumber, "personeels, personeel, medewerkers, medewerker, werknemers, werknemer", "nummer, nr, id, code, number, no", "stamnummer"},
	{employeeNumber, "matricola, di matricola, dipendente, del dipendente, collaboratore, lavoratore, del lavoratore, del personale",
		"numero, n, nr, no, nro, num, number, id, codice, cod, matricola", "matricola, matr, n matr, number matr"},
	{employeeNumber, "funcionário, de funcionário, do funcionário, colaborador, do colaborador, de colaborador, empregado, de empregado, do empregado, trabalhador, do trabalhador, matrícula, de matrícula",
		"número, n, no, nro, num, number, id, código, cód, matrícula", "número mecanográfico, n mecanográfico, no mecanográfico, number mecanográfico, n mec, no mec, number mec, registro funcional"},
	{payrollNumber, "payroll, Lohn, Gehalts, salaris, paie, de paie, nómina, de nómina, loon, busta paga, folha",
		"id, number, no, nr, num, code, Nummer, numéro, n, numero, número, código, codice, identifiant, file number", "file number, matricule paie, matricule de paie"},
	{badgeNumber, "badge, access badge, de badge, cartellino, Dienstausweis, do crachá",
		"id, number, no, nr, num, code, Nummer, Nr, numéro, n, numero, número, código, codice", ""},
	{doubtfulNumber, "candidate, applicant, participant, Bewerber, Kandidaten, candidat, du candidat, candidato, del candidato, kandidaat, sollicitant",
		"id, number, no, nr, Nummer, numéro, n, número, numero, identifiant, identifier", "matrícula, person id, personal id, personal number"},
}

// numberOf is what kind of number a folded heading means.
var numberOf = sync.OnceValue(func() map[string]numbering {
	all := map[string]numbering{}
	add := func(word string, sure numbering) {
		for _, folded := range []string{value.Fold(word), value.FoldWithoutUmlauts(word)} {
			if was, ok := all[folded]; !ok || sure < was {
				all[folded] = sure
			}
		}
	}
	for _, n := range numberings {
		for word := range strings.SplitSeq(n.alone, ",") {
			add(strings.TrimSpace(word), n.sure)
		}
		for whose := range strings.SplitSeq(n.whose, ",") {
			for which := range strings.SplitSeq(n.which, ",") {
				if whose, which = strings.TrimSpace(whose), strings.TrimSpace(which); whose != "" {
					add(whose+which, n.sure)
					add(which+whose, n.sure)
				}
			}
		}
	}
	delete(all, "")
	return all
})

// Doubt is a field that was given no column though some may hold it, or whose column
// was chosen among several.
type Doubt struct {
	Field   string `json:"field"`
	Columns []int  `json:"columns"` // from 0; of a header that is refused the likeliest first
	Why     string `json:"why"`     // see [NumbersRival], [NamesUnclear] and [Fault]
}

// Why a field has no column, or what is not known of the one that it has.
const (
	NumbersRival    = "numbers_rival"    // several columns are as likely
	NumbersRepeated = "numbers_repeated" // several people have the same
	NamesUnclear    = "names_unclear"    // full names do not say which part is the last name
)

// byNumber takes the number of an employee for the reference, where the list has no
// better one: the surest, and none where two are equally sure.
func (h *Header) byNumber(all []forms) {
	if h.at[ExternalID] >= 0 || h.barred[ExternalID] || len(h.rivals[ExternalID]) > 0 {
		return
	}
	var found [leastOfNumbering + 1][]int
	for i, forms := range all {
		if h.Columns[i].Field != "" {
			continue
		}
		switch n := numberingOf(h.Columns[i].Heading, forms); {
		case n != noNumbering:
			found[n] = append(found[n], i)
		case forms.person() && h.hasNumbers(i):
			found[doubtfulNumber] = append(found[doubtfulNumber], i)
		}
	}
	for _, all := range found {
		switch {
		case len(all) == 0:
			continue
		case len(all) > 1:
			h.doubt(ExternalID, NumbersRival, all...)
		case h.repeats(all[0]):
			h.doubt(ExternalID, NumbersRepeated, all...)
		default:
			h.take(ExternalID, all[0])
		}
		return
	}
}

// numberingOf is what kind of number a heading means. That of one system or company
// among several, such as "Employee ID (SAP)", is less sure than a plain one.
func numberingOf(heading string, forms forms) numbering {
	for _, form := range forms.all() {
		if n, ok := numberOf()[form]; ok {
			return n
		}
	}
	if section, rest, ok := cutSection(heading); ok && sections[value.Fold(section)] { // whose words may be strange alone
		if n, ok := numberOf()[value.Fold(rest)]; ok {
			return n
		}
	}
	if strange(heading) {
		return noNumbering
	}
	all := tokens(numberSign.Replace(value.Clip(heading, 4*value.MaxShown)))
	rest := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return systems[value.Fold(w)] })
	if n := numberOf()[value.Fold(strings.Join(rest, ""))]; n != noNumbering && len(rest) < len(all) {
		return max(n, payrollNumber)
	}
	return noNumbering
}

// systems are the words that say in which system or company a number is one.
var systems = wordSet(`SAP, Workday, ADP, DATEV, Personio, SuccessFactors, Oracle, PeopleSoft, UKG, Kronos, Sage, HRIS, global, local, unique, company, corporate, group, internal, external,
	Firmen, Konzern, intern, interne, extern, externe, eindeutige, interno, interna, externo, externa, unico, único, única, unique, payroll, Lohn, paie, nómina, paga, folha`)

func (h *Header) doubt(f Field, why string, columns ...int) {
	h.Doubts = append(h.Doubts, Doubt{fieldNames[f], columns, why})
}

// repeats reports whether several of the first people have the same in a column.
func (h *Header) repeats(at int) bool {
	if h.first == nil || h.at[Email] < 0 {
		return false
	}
	whose := map[string]string{}
	return slices.ContainsFunc(h.first(), func(cells []string) bool {
		if at >= len(cells) || h.at[Email] >= len(cells) {
			return false
		}
		number, email := strings.TrimSpace(cells[at]), strings.ToLower(strings.TrimSpace(cells[h.at[Email]]))
		other, seen := whose[number]
		whose[number] = email
		return number != "" && email != "" && seen && other != email
	})
}

// hasNumbers reports whether the first values of a column are numbers of people, all of
// them: a word with a digit in it.
func (h *Header) hasNumbers(at int) bool {
	return h.first != nil && h.filled(at) && !slices.ContainsFunc(h.first(), func(cells []string) bool {
		s := cell(cells, at)
		return s != "" && (!strings.ContainsAny(s, "0123456789") || strings.ContainsAny(s, "@+ ") || date.MatchString(s))
	})
}
