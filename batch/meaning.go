package batch

import "net/http"

// Words are what an attempt means, from the table of outcomes.
func (a Attempt) Words() string {
	if a.Outcome == OutcomeDeferred {
		return deferredWords(a.Status)
	}
	if words, ok := outcomeWords[a.Outcome]; ok {
		return words
	}
	return a.Outcome
}

var outcomeWords = map[string]string{
	"":               "Its end is not known yet: it is under way, or whoever sent it has died. It is looked up.",
	OutcomeCreated:   "The provider made a session.",
	OutcomeRefused:   "The provider refused this person.",
	OutcomeNotSent:   "Nothing was sent: the provider could not be reached, or the batch was paused just before. It does not count.",
	OutcomeInDoubt:   "The answer was lost, so it may have been sent. It is looked up before anything else is sent.",
	OutcomeFound:     "The answer was lost, and the session was found when it was looked up.",
	OutcomeNotFound:  "The answer was lost, and the provider knows no session of it.",
	OutcomeAbandoned: "A session was made that nobody was told of and nobody can open. It was given up.",
	OutcomeUnknown:   "The answer was lost, and what was found does not tell what became of it.",
	OutcomeResolved:  "A person said what became of it.",
}

// deferredWords say why an answer refused nobody: it was about the account.
func deferredWords(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "The provider did not accept the key. It does not count, and is sent again."
	case http.StatusPaymentRequired:
		return "The tokens had run out. It does not count, and is sent again."
	case http.StatusTooManyRequests:
		return "The provider asked for a slower pace. It does not count, and is sent again."
	case http.StatusNotFound:
		return "The provider did not know the workflow. It does not count."
	}
	return "The provider could not take it then. It does not count, and is sent again."
}

// CodeMeaning is what an error code means for people, and what they can do.
type CodeMeaning struct{ Words, Remedy string }

// MeaningOf finds the meaning of a code of usher's own. One of the API has words
// of the API alone.
func MeaningOf(state State, code string) (CodeMeaning, bool) {
	m, ok := codeMeanings[code]
	if state == Rejected && !ok {
		m, ok = meaningByKind(code)
	}
	return m, ok
}

const (
	mendRow   = "Correct the rows, and invite the rest."
	askThem   = "Look in the provider's console whether they have a session, and say here whether they were invited."
	noAction  = "Nothing has to be done."
	otherData = "Look which of the two is right. Only then correct the row, and invite the rest."
)

var codeMeanings = map[string]CodeMeaning{
	"in_doubt":             {"the answer was lost: it is being looked up", "Wait: this settles by itself."},
	"url_missing":          {"invited, and the link is being asked for", "Wait: this settles by itself."},
	"url_lost":             {"invited, but the provider does not tell the link", "Only who lost the link needs another one: invite that person again."},
	"session_of_another":   {"the provider answered with somebody else's session", askThem},
	"several_sessions":     {"the provider has more than one session that may be theirs", askThem},
	"time_does_not_fit":    {"the provider has a session, but of another time", askThem},
	"external_id_shared":   {"somebody else has the same reference, so the session found may be theirs", askThem},
	"attempts_used_up":     {"the answer was lost again and again", askThem},
	"lookup_impossible":    {"the answer was lost, and the provider cannot be asked what became of it", askThem},
	"not_sent":             {"a person found that nothing was sent", "Send again to who failed."},
	"invalid_request":      {"the provider refused the data", "Look what it says about one of them. Then correct the rows, and invite the rest."},
	"too_large":            {"the provider found the request too large", mendRow},
	"refused":              {"the provider refused", "Look what it says about one of them."},
	"duplicate_in_file":    {"more than once in the list", noAction},
	"invited_before":       {"invited before", noAction},
	"in_batch":             {"in another batch that is not done", noAction},
	"invited_elsewhere":    {"invited already, by the list's own word", noAction},
	"contact_changed":      {"invited before, with another e-mail address or phone number", "Choose to invite those whose contact data has changed, and bring the list again."},
	"contact_of_another":   {"somebody with another name has the same e-mail address and phone number", otherData},
	"reference_of_another": {"somebody else has the same reference", otherData},
	"external_id_reused":   {"two people of the list have the same reference", mendRow},
	"row_too_long":         {"the row has more cells than there are columns", mendRow},
	"not_mended":           {"the row was not corrected", mendRow},
	"left_out":             {"left out on purpose", noAction},
	"control_character":    {"a cell has a character that cannot be sent", mendRow},
	"cell_error":           {"a cell shows an error of the spreadsheet", mendRow},
	"boolean_invalid":      {"a cell is neither yes nor no", mendRow},
	"country_unknown":      {"the country is not known", mendRow},
}

// kinds are the beginnings of the codes of what was found wrong with a value.
var kinds = []struct{ begins, words string }{
	{"first_name_", "the first name is not right"}, {"last_name_", "the last name is not right"}, {"full_name_", "the name cannot be told apart"},
	{"name_", "a name is not right"}, {"email_", "the e-mail address is not right"}, {"phone_", "the phone number is not right"},
	{"external_id_", "the reference is not right"}, {"workflow_", "the workflow is not right"}, {"redirect_", "the redirect address is not right"},
}

func meaningByKind(code string) (CodeMeaning, bool) {
	if words, missing := missingWords[code]; missing {
		return CodeMeaning{words, mendRow}, true
	}
	for _, k := range kinds {
		if len(code) > len(k.begins) && code[:len(k.begins)] == k.begins {
			return CodeMeaning{k.words, mendRow}, true
		}
	}
	return CodeMeaning{}, false
}

var missingWords = map[string]string{
	"first_name_missing": "the first name is missing", "last_name_missing": "the last name is missing", "full_name_missing": "the name is missing",
	"email_missing": "the e-mail address is missing", "phone_missing": "the phone number is missing", "phone_no_country_code": "the phone number has no country code",
}
