package value

// Flag reads yes or no in the words that people and programs use.
func Flag(s string, unset bool) (bool, *Flaw) {
	if s == "" {
		return unset, nil
	}
	switch s {
	case "1", "1.0", "1,0", "-1": // -1 is how Access writes yes
		return true, nil
	case "0", "0.0", "0,0":
		return false, nil
	}
	if len(s) <= MaxShown {
		if value, ok := flagWords[Fold(s)]; ok {
			return value, nil
		}
	}
	return unset, &Flaw{"boolean_invalid", Quote(s) + " is neither yes nor no", "Write yes or no, or leave the cell empty"}
}

// flagWords are in English, German, French, Spanish, Dutch, Italian and
// Portuguese, folded.
var flagWords = map[string]bool{
	"true": true, "on": true, "x": true, "ein": true, "aan": true, "yes": true, "y": true, "ja": true, "j": true, "wahr": true, "oui": true, "o": true, "vrai": true,
	"si": true, "s": true, "verdadero": true, "waar": true, "vero": true, "sim": true, "verdadeiro": true,
	"false": false, "off": false, "aus": false, "uit": false, "no": false, "n": false, "nein": false, "falsch": false, "non": false, "faux": false,
	"falso": false, "nee": false, "onwaar": false, "nao": false,
}
