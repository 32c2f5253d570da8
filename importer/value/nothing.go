package value

import "strings"

// IsNothing reports whether a text is what people write into a cell that they have
// nothing for, such as -, n/a or keine, in the seven languages.
func IsNothing(s string) bool {
	if len(s) > longestNothing || strings.ContainsAny(s, "@0123456789") { // which most cells have
		return false
	}
	if strings.Trim(s, "-–—?./_* ") == "" {
		return s != ""
	}
	return nothings[Fold(s)]
}

// longestNothing is the length in bytes of the longest of those texts.
const longestNothing = 20

var nothings = set("na", "none", "nil", "null", "nan", "no", "nophone", "noemail", "unknown", "tbd", "tbc", "missing", "empty", "notavailable", "notapplicable",
	"keine", "kein", "keins", "keineangabe", "unbekannt", "fehlt", "leer", "nichtvorhanden", "ka", "aucun", "aucune", "neant", "inconnu", "nc", "nd", "nr",
	"ninguno", "ninguna", "desconocido", "notiene", "sindatos", "sd", "geen", "nvt", "onbekend", "nessuno", "nessuna", "assente", "sconosciuto",
	"nenhum", "nenhuma", "desconhecido", "naotem")
