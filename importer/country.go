package importer

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// countryNames are countries by their ISO 3166 code, as people write them in
// English, German, French, Spanish, Dutch, Italian and Portuguese, where that
// differs by more than accents.
const countryNames = `
AE United Arab Emirates, UAE, Vereinigte Arabische Emirate, Émirats arabes unis, Emiratos Árabes Unidos
AR Argentina, Argentinien, Argentine, Argentinië
AT Austria, Österreich, Autriche, Oostenrijk
AU Australia, Australien, Australie, Australië
BE Belgium, Belgien, Belgique, Bélgica, België, Belgio
BG Bulgaria, Bulgarien, Bulgarie, Bulgarije
BR Brazil, Brasilien, Brésil, Brasil, Brazilië, Brasile
CA Canada, Kanada, Canadá
CH Switzerland, Schweiz, Suisse, Suiza, Zwitserland, Svizzera, Suíça
CL Chile, Chili, Cile
CN China, Chine, Cina, People's Republic of China
CO Colombia, Kolumbien, Colombie, Colômbia
CY Cyprus, Zypern, Chypre, Chipre
CZ Czech Republic, Czechia, Tschechien, Tschechische Republik, Tchéquie, République tchèque, República Checa, Tsjechië
DE Germany, Deutschland, Allemagne, Alemania, Duitsland, Germania, Alemanha
DK Denmark, Dänemark, Danemark, Dinamarca, Denemarken, Danimarca
EE Estonia, Estland, Estonie
EG Egypt, Ägypten, Égypte, Egipto, Egypte, Egitto
ES Spain, Spanien, Espagne, España, Spanje, Spagna, Espanha
FI Finland, Finnland, Finlande, Finlandia
FR France, Frankreich, Francia, Frankrijk, França
GB United Kingdom, UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Vereinigtes Königreich, Großbritannien, Royaume-Uni, Angleterre, Reino Unido, Inglaterra, Verenigd Koninkrijk, Groot-Brittannië, Engeland, Regno Unito
GR Greece, Griechenland, Grèce, Grecia, Griekenland
HK Hong Kong, Hongkong
HR Croatia, Kroatien, Croatie, Croacia, Kroatië
HU Hungary, Ungarn, Hongrie, Hungría, Hongarije
IE Ireland, Irland, Irlande, Irlanda, Ierland, Republic of Ireland
IL Israel, Israël
IN India, Indien, Inde, Índia
IT Italy, Italien, Italie, Italia, Italië, Itália
JP Japan, Japon, Japón, Giappone, Japão
KE Kenya, Kenia
KR South Korea, Republic of Korea, Südkorea, Corée du Sud, Corea del Sur, Zuid-Korea
LT Lithuania, Litauen, Lituanie, Lituania
LU Luxembourg, Luxemburg, Luxemburgo
LV Latvia, Lettland, Lettonie, Letonia, Letland
MA Morocco, Marokko, Maroc, Marruecos
MT Malta, Malte
MX Mexico, Mexiko, Mexique, México, Messico
MY Malaysia, Malaisie, Malasia, Maleisië
NG Nigeria, Nigéria
NL Netherlands, The Netherlands, Holland, Niederlande, Pays-Bas, Países Bajos, Nederland, Paesi Bassi, Países Baixos
NO Norway, Norwegen, Norvège, Noruega, Noorwegen, Norvegia
NZ New Zealand, Neuseeland, Nouvelle-Zélande, Nueva Zelanda, Nieuw-Zeeland
PE Peru, Perú, Pérou
PH Philippines, Philippinen, Filipinas, Filipijnen
PK Pakistan
PL Poland, Polen, Pologne, Polonia, Polska
PT Portugal
RO Romania, Rumänien, Roumanie, Rumania, Roemenië
RS Serbia, Serbien, Serbie
RU Russia, Russland, Russie, Rusia, Rusland, Russian Federation
SA Saudi Arabia, Saudi-Arabien, Arabie saoudite, Arabia Saudita
SE Sweden, Schweden, Suède, Suecia, Zweden, Svezia
SG Singapore, Singapur, Singapour
SI Slovenia, Slowenien, Slovénie, Eslovenia
SK Slovakia, Slowakei, Slovaquie, Eslovaquia, Slowakije
TH Thailand, Thaïlande, Tailandia
TR Turkey, Türkiye, Türkei, Turquie, Turquía, Turkije
TW Taiwan, Taïwan
UA Ukraine, Ucrania, Oekraïne
US United States, United States of America, USA, U.S.A., Vereinigte Staaten, États-Unis, Estados Unidos, EE.UU., Verenigde Staten, Stati Uniti
VN Vietnam, Viet Nam
ZA South Africa, Südafrika, Afrique du Sud, Sudáfrica, Zuid-Afrika
`

// longCodes are ISO 3166 codes of three letters, and other signs, in the same form.
const longCodes = `
AE ARE
AR ARG
AT AUT
AU AUS
BE BEL
BG BGR
BR BRA
CA CAN
CH CHE
CL CHL
CN CHN
CO COL
CY CYP
CZ CZE
DE DEU, GER
DK DNK
EE EST
ES ESP
FI FIN
FR FRA
GB GBR
GR GRC
HK HKG
HR HRV
HU HUN
IE IRL
IL ISR
IN IND
IT ITA
JP JPN
KR KOR
LT LTU
LU LUX
LV LVA
MX MEX
NL NLD
NO NOR
NZ NZL
PL POL
PT PRT
RO ROU
SE SWE
SG SGP
SI SVN
SK SVK
TR TUR
UA UKR
ZA ZAF
`

// countries finds a country's code by its folded name.
var countries = func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(countryNames + longCodes) {
		code, names, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		for name := range strings.SplitSeq(names, ",") {
			all[fold(name)] = code
			all[fold(umlauts.Replace(strings.ToLower(name)))] = code
		}
	}
	return all
}()

// regionOf reads a country, as its code or its name, or as the code that is
// dialled for it if that is one country's.
func regionOf(s string) (region string, ok bool) {
	if len(s) > maxShown {
		return "", false
	}
	if len(s) == 2 && isRegion(strings.ToUpper(s)) {
		return strings.ToUpper(s), true
	}
	if code, found := countries[fold(s)]; found {
		return code, true
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "+"), "00")
	if len(digits) == 0 || len(digits) > 3 || digitsOf(digits) != len(digits) {
		return "", false
	}
	cc := countryCode("+" + digits)
	if cc == 0 || ccDigits(cc) != len(digits) || len(phonenumbers.GetRegionCodesForCountryCode(cc)) == 0 {
		return "", false
	}
	region = phonenumbers.GetRegionCodeForCountryCode(cc)
	if !isRegion(region) {
		return "", false // not a country: free of charge, or by satellite
	}
	return region, true
}
