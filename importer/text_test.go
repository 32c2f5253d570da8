package importer

import (
	"slices"
	"strings"
	"testing"
)

// planOf checks rows below the contract's header.
func planOf(t *testing.T, rows ...string) *Plan {
	t.Helper()
	plan, err := Check(t.Context(), nil, open(t, "first_name,last_name,email,phone,external_id,redirect_url\n"+strings.Join(rows, "\n")+"\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestText(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{ // a code, or a repair and what came of it
		"#N/A":             "cell_error",
		"#NAME?":           "cell_error",
		"#WERT!":           "cell_error",
		"#DIV/0!":          "cell_error",
		"#DIVISION/0!":     "cell_error",
		"#DĚLENÍ_NULOU!":   "cell_error",
		"#¡VALOR!":         "cell_error",
		"########":         "cell_error",
		"Err:508":          "cell_error",
		"Jos\ufffd":        "character_damaged",
		"Ann\uffff":        "character_damaged",
		"A\ue000nn":        "character_damaged",
		"123":              "name_invalid",
		"-":                "name_invalid",
		"n/a":              "name_invalid",
		"ann@example.com":  "name_invalid",
		"A\x07nn":          "control_character",
		"A\u200bnn":        "invisible_removed Ann",
		"\ufeffAnn\u200e":  "invisible_removed Ann",
		"A\u202enn\u00ad":  "invisible_removed Ann",
		"A\u00a0nn":        "white_space_removed A nn",
		`"=""Ann"""`:       "text_mark_removed Ann",
		"'=Ann":            "text_mark_removed =Ann",
		"'t Hooft":         "",
		"#1 Dad":           "",
		"Null":             "",
		"علی\u200cرضا":     "",
		"Ann 👩\u200d🚀":     "",
		"J\u0301ose":       "",
		"O\u2019Brien-Ö 王": "",
	} {
		plan := planOf(t, given+",Lee,ann@example.com,+447700900123,,")
		got := ""
		for _, k := range plan.Problems {
			got = k.Code
		}
		for _, k := range plan.Repairs {
			got = k.Code + " " + k.Examples[0].To
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

func TestInvisibleInAddresses(t *testing.T) {
	t.Parallel()
	plan := planOf(t, "Ann,Lee,\u200bann@exam\u200dple.com\u00ad,\u202a+44 7700 900123\u202c,,",
		"Bob,Lee,'bob@example.com,\"=\"\"+447700900124\"\"\",\"=\"\"007\"\"\",", "Cy,Lee,c\u00a0y@example.com,+447700900125,1.23E+05,https://-x.example")
	var got []string
	for _, k := range plan.Repairs {
		for _, r := range k.Examples {
			got = append(got, k.Column+" "+r.To)
		}
	}
	slices.Sort(got)
	if want := []string{"email ann@example.com", "email bob@example.com", "external_id 007", "phone +44 7700 900123",
		"phone +447700900123", "phone +447700900124"}; !slices.Equal(got, want) {
		t.Errorf("repairs: got %q", got)
	}
	var codes []string
	for _, k := range plan.Problems {
		codes = append(codes, k.Code)
	}
	slices.Sort(codes)
	if want := []string{"email_invalid", "external_id_number", "redirect_url_invalid"}; !slices.Equal(codes, want) {
		t.Errorf("problems: got %q", codes)
	}
}

// One mailbox is one person, however its domain is written.
func TestSameMailbox(t *testing.T) {
	t.Parallel()
	plan := planOf(t, "Ann,Lee,ann@bücher.example,+447700900123,,", "Ann,Lee,ann@xn--bcher-kva.example,+447700900123,,",
		"Ann,Lee,ANN@BÜCHER.example,+447700900123,,", "Ann,Lee,ann@bu\u0308cher.example,+447700900123,,")
	if plan.Tokens != 1 || plan.DuplicatesInFile != 3 {
		t.Errorf("%d invited, %d duplicates, %v", plan.Tokens, plan.DuplicatesInFile, plan.Problems)
	}
}
