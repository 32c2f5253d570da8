package heading

import (
	"strings"
	"sync"

	"usher/importer/value"
)

// headings are the words by which people and the exports of HR systems call a
// field: BambooHR, Workday, Personio, SAP SuccessFactors, Google and Outlook
// contacts, in English, German, French, Spanish, Dutch, Italian and
// Portuguese. They are written as people write them; see [value.Fold]. A word is here
// only if it can mean nothing else.
var headings = [NumFields]string{
	FirstName: `first name, first names, given name, given names, forename, forenames, fname, christian name, legal first name, first, employee first name, candidate first name, applicant first name, name first,
		legal name first name, first name legal, Vorname, Vornamen, prénom, prénoms, nombres, nombre de pila, voornaam, voornamen,
		primeiro nome, nome próprio`,
	LastName: `last name, last names, surname, surnames, family name, family names, lname, last, employee last name, candidate last name, applicant last name, name last, legal last name, legal name last name,
		last name legal, Nachname, Nachnamen, Familienname, Zuname, nom de famille, apellido, apellidos, achternaam, familienaam,
		cognome, sobrenome, apelido, apelidos, último nome`,
	Email: `email address, email addr, email adress, mail, mail address, email to invite, email address to invite, email id, emails, primary email, primary email address, email primary, work email,
		work email address, work mail, email work, email address work, email primary work, primary work email, work email primary,
		business email, business email address, email business, company email, company email address, corporate email, office email,
		official email, home email, home email address, email home, primary home email, email primary home, personal email,
		personal email address, email personal, private email, private email address, email private, email 1, email 1 value,
		email 1 address, contact email, primary contact email, candidate email, employee email, work contact work email,
		E-Mail-Adresse, Mailadresse, E-Mail geschäftlich, geschäftliche E-Mail, geschäftliche E-Mail-Adresse, E-Mail dienstlich,
		dienstliche E-Mail, dienstliche E-Mail-Adresse, E-Mail privat, private E-Mail-Adresse, E-Mail Arbeit, Firmen-E-Mail, E-Mail 1 Adresse, E-Mail-Adresse geschäftlich, E-Mail-Adresse dienstlich, E-Mail-Adresse privat,
		courriel, adresse courriel, courrier électronique, adresse e-mail, adresse mail, adresse électronique, adresse de courriel,
		adresse de messagerie, messagerie, e-mail professionnel, email pro, mail professionnel, mail pro, courriel professionnel,
		e-mail personnel, mail personnel, adresse e-mail professionnelle, adresse e-mail personnelle, courriel personnel,
		correo, correo-e, correo electrónico, dirección de correo, dirección de correo electrónico, dirección de email, dirección de e-mail,
		email de trabajo, correo de trabajo, correo electrónico del trabajo, correo personal, correo corporativo, email corporativo, correo electrónico de trabajo,
		correo electrónico personal, correo electrónico corporativo,
		e-mailadres, mailadres, e-mail werk, werk e-mail, zakelijk e-mailadres, zakelijke e-mail, e-mail zakelijk, privé e-mail,
		privé e-mailadres, e-mail privé, werkmail,
		posta elettronica, indirizzo e-mail, indirizzo mail, indirizzo di posta elettronica, e-mail aziendale, e-mail personale,
		correio eletrónico, correio eletrônico, endereço de e-mail, endereço de correio eletrónico, email pessoal, email profissional`,
	Phone: `phone number, phone no, phone nr, phones, telephone, telephone number, telephone no, tel, tel no, tel number, mobile,
		mobile phone, mobile phone number, mobile number, mobile no, mobile telephone, cell, cell phone, cell phone number, cell number,
		cellular, cellular phone, cellphone, phone mobile, phone cell, phone 1, phone 1 value, primary phone, primary phone number,
		primary mobile phone, primary mobile phone number, phone primary mobile, employee phone, candidate phone, phone primary, work phone, work phone number, phone work, work mobile, work mobile phone, business phone,
		business phone number, business mobile, biz phone, phone business, office phone, home phone, home phone number,
		phone home, primary home phone, phone primary home, primary work phone, phone primary work, personal phone, personal phone number,
		personal mobile, personal mobile phone, private phone, private phone number, private mobile, contact number, contact no,
		contact phone, contact phone number, primary contact phone, ph, ph no, ph number, mob, mob no, mob number, landline or mobile, phone with country code, phone number with country code, international phone,
		Telefon, Telefonnummer, Telefonnr, Tel Nr, Telnummer, Rufnummer, Handy, Handynummer, Handynr, Mobil, Mobiltelefon,
		Mobiltelefonnummer, Mobilnummer, Mobilnr, Mobilfunk, Mobilfunknummer, Mobilrufnummer, Telefon mobil, Telefonnummer mobil, Telefon geschäftlich,
		geschäftliche Telefonnummer, Telefon dienstlich, dienstliche Telefonnummer, Diensthandy, Telefon privat, private Telefonnummer,
		private Handynummer, Mobil privat, Mobil geschäftlich, Handy privat, Mobiltelefon privat, Mobiltelefon geschäftlich, Mobiltelefon dienstlich,
		numéro de téléphone, n téléphone, n° de téléphone, no de téléphone, no tél, numéro tél, tél mobile, téléphone mobile,
		téléphone portable, portable, tél portable, numéro mobile, numéro de mobile, numéro de portable, n° de portable, numéro de téléphone portable, numéro de téléphone mobile, téléphone pro,
		téléphone professionnel, téléphone personnel, téléphone bureau, téléphone domicile, mobile pro, mobile professionnel, mobile personnel,
		teléfono, número de teléfono, teléfono móvil, móvil, número móvil, tel móvil, tfno, teléfono móvil personal, número de móvil, celular, teléfono celular, número de celular,
		teléfono de trabajo, teléfono del trabajo, teléfono personal, teléfono particular,
		telefoon, telefoonnummer, telefoonnr, mobiel, mobiel nummer, mobiele telefoon, mobiele nummer, mobiele telefoonnummer, mobiel telefoonnummer, gsm,
		gsm-nummer, telefoon mobiel, telefoonnummer mobiel, telefoon werk, telefoon privé, 06-nummer,
		cellulare, numero di telefono, telefono cellulare, tel cellulare, tel cell, numero cellulare, numero di cellulare,
		telefone, telemóvel, número de telefone, telefone celular, número de telemóvel`,
	ExternalID: `external reference, external identifier, external ref, externe ID, ID externe, identifiant externe, ID externo,
		identificador externo, extern ID`,
	FullName: `full name, complete name, payroll name, full legal name, name in full, display name, employee name, candidate name, applicant name, legal name, worker name,
		last name first name, surname first name, surname forename, vollständiger Name, ganzer Name, Name Vorname, Nachname Vorname, nom complet, nom et prénom, nom prénom,
		nombre completo, nombre y apellidos, apellidos y nombre, apellidos nombre, volledige naam, naam voornaam, achternaam voornaam, nome completo, nome e cognome,
		cognome nome, cognome e nome`,
	Country: `country code, country name, country region, country iso, iso country, iso country code, country of residence, phone country, phone country code,
		Land, Ländercode, Landescode, Länderkürzel, Landeskennzeichen, Land Region, pays, code pays, país, código de país, código país,
		landcode, landnaam, paese, codice paese`,
	LastNamePrefix: `surname prefix, family name prefix, last name infix, surname infix, tussenvoegsel, tussenvoegsels, voorvoegsel, voorvoegsels, voorvoegsel achternaam,
		voorvoegsels achternaam, tussenv, Vorsatzwort, Namensvorsatz, Namensvorsatzwort, particule, particule du nom`,
}

// lesserHeadings are words that may mean a field where no other column does.
var lesserHeadings = [NumFields]string{
	FirstName:      "preferred first name, preferred given name, Rufname, roepnaam, primer nombre, prénom usuel",
	LastName:       "preferred last name, preferred surname, preferred family name, nom d'usage, nom usuel, nom de naissance",
	LastNamePrefix: "Namenszusatz, Namenszusätze",
	Phone:          "mobile phone international format, public primary mobile phone number",
}

// lesser is which field a folded lesser heading means, and how likely it is among them.
var lesser = sync.OnceValue(func() map[string]lesserWord {
	all := map[string]lesserWord{}
	for f, list := range lesserHeadings {
		for i, word := range strings.Split(list, ",") {
			all[value.Fold(strings.TrimSpace(word))] = lesserWord{Field(f), i}
		}
	}
	delete(all, "")
	return all
})

type lesserWord struct {
	field Field
	order int
}

// pairs are words that mean a part of the name only beside the word of their
// own language for the other part: "Name" beside "Vorname" is the last name.
// Alone they mean the full name.
var pairs = map[string]pair{
	"name":   {LastName, "vorname voornaam"},
	"nom":    {LastName, "prenom"},
	"naam":   {LastName, "voornaam voornamen roepnaam"},
	"nombre": {FirstName, "apellido"},
	"nome":   {FirstName, "cognome sobrenome apelido"},
}

type pair struct {
	part   Field
	beside string
}

// pairOf finds a pair by the forms of a heading.
func pairOf(f forms) (p pair, ok bool) {
	for _, form := range f.all() {
		if p, ok = pairs[form]; ok {
			break
		}
	}
	return p, ok
}

// fieldOf is which field a folded heading means, and whether it is the
// contract's own word for it.
var fieldOf = sync.OnceValue(func() map[string]meaning {
	all := map[string]meaning{}
	for f, list := range headings {
		for word := range strings.SplitSeq(list, ",") {
			word = strings.TrimSpace(word)
			all[value.Fold(word)] = meaning{field: Field(f)}
			all[value.FoldWithoutUmlauts(word)] = meaning{field: Field(f)}
		}
	}
	for f, list := range combined {
		for _, word := range list.combine() {
			if _, ok := all[word]; !ok {
				all[word] = meaning{field: f, weak: true}
			}
		}
	}
	for f, name := range fieldNames {
		all[value.Fold(name)] = meaning{field: Field(f), own: true}
	}
	delete(all, "")
	return all
})

type meaning struct {
	field Field
	own   bool
	weak  bool // a column that is called so is taken where no other has a sure word
}

// meaningOf is what a heading means. Weak forms that mean different fields mean none.
func meaningOf(f forms) (found meaning, ok bool) {
	for _, form := range f.sure {
		if m, known := fieldOf()[form]; known {
			return m, true
		}
	}
	for _, form := range f.weak {
		m, known := fieldOf()[form]
		switch {
		case !known:
		case ok && found.field != m.field:
			return meaning{}, false
		default:
			found, ok = meaning{field: m.field, weak: true}, true
		}
	}
	return found, ok
}
