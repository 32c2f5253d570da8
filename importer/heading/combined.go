package heading

import (
	"strings"

	"usher/importer/value"
)

// combination is headings that are made of two words in either order: a thing, and
// which of them it is, as in "Work Phone" and "Phone (work)".
type combination []struct{ things, which string }

// combined are those of a language in each line.
var combined = map[Field]combination{
	Phone: {
		{"phone, phone number, telephone, telephone number, tel", "mobile, cell, work, home, personal, private, business, office, primary, main, mobile work, mobile personal, preferred"},
		{"mobile, mobile number, mobile phone, mobile phone number, cell, cell phone, cell number, cell phone number, cellphone", "work, home, personal, private, business, company, primary, main, preferred"},
		{"Telefon, Telefonnummer, Tel, Rufnummer, Telefonnr", "privat, private, geschäftlich, geschäftliche, dienstlich, dienstliche, mobil, beruflich, Mobilfunk, Arbeit"},
		{"Handy, Handynummer, Handynr, Mobil, Mobilnummer, Mobiltelefon, Mobilfunknummer, Mobilrufnummer", "privat, private, geschäftlich, geschäftliche, dienstlich, dienstliche, beruflich, Arbeit"},
		{"téléphone, tél, mobile, portable, numéro de téléphone, numéro de portable, téléphone portable, téléphone mobile", "professionnel, pro, personnel, perso, privé, principal, mobile, portable"},
		{"teléfono, móvil, celular, teléfono móvil, número de teléfono, teléfono celular", "personal, de trabajo, trabajo, corporativo, profesional, particular, móvil, celular, empresa, de empresa, laboral"},
		{"telefoon, telefoonnummer, mobiel, mobiele nummer, mobiel nummer, gsm, mobiele telefoon", "werk, zakelijk, zakelijke, privé, persoonlijk, mobiel"},
		{"telefono, cellulare, numero di telefono, numero di cellulare, telefono cellulare", "aziendale, personale, lavoro, ufficio, privato, di lavoro, mobile"},
		{"telefone, telemóvel, celular, número de telefone", "pessoal, profissional, corporativo, trabalho, de trabalho, empresarial, móvel"},
	},
	Email: {
		{"email, email address, email addr, mail, email id, mail id", "work, business, company, corporate, office, personal, private, home, primary, main, official, contact, preferred"},
		{"E-Mail, E-Mail-Adresse, Mail, Mailadresse", "privat, private, geschäftlich, geschäftliche, dienstlich, dienstliche, beruflich, berufliche, Arbeit, Firma"},
		{"e-mail, mail, courriel, adresse e-mail, adresse mail, adresse courriel", "professionnel, professionnelle, pro, personnel, personnelle, perso, privé, privée, principal, principale"},
		{"correo, correo electrónico, e-mail, dirección de correo", "personal, de trabajo, trabajo, corporativo, profesional, particular, empresa, de empresa, laboral"},
		{"e-mail, e-mailadres, mail, mailadres", "werk, zakelijk, zakelijke, privé, persoonlijk, persoonlijke"},
		{"email, mail, e-mail, indirizzo e-mail, posta elettronica", "aziendale, personale, lavoro, ufficio, privata, privato, di lavoro"},
		{"email, e-mail, correio eletrónico, correio eletrônico, endereço de e-mail", "pessoal, profissional, corporativo, trabalho, de trabalho, empresarial"},
	},
}

// combine makes the headings, folded. What ends in "number" may be short for it.
func (all combination) combine() (words []string) {
	add := func(word string) {
		words = append(words, value.Fold(word), value.FoldWithoutUmlauts(word))
		if rest, ok := strings.CutSuffix(word, " number"); ok {
			for _, short := range []string{"num", "no", "nr", "nbr"} {
				words = append(words, value.Fold(rest+short))
			}
		}
	}
	for _, one := range all {
		for thing := range strings.SplitSeq(one.things, ",") {
			thing = strings.TrimSpace(thing)
			add(thing)
			for which := range strings.SplitSeq(one.which, ",") {
				which = strings.TrimSpace(which)
				add(thing + " " + which)
				add(which + " " + thing)
			}
		}
	}
	return words
}
