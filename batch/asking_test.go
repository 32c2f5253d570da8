package batch

import (
	"strings"
	"testing"
)

// TestAskingWords: numbers agree with their nouns, and what cannot be taken back is
// said before anybody gives a batch up.
func TestAskingWords(t *testing.T) {
	t.Parallel()
	p := &Pending{Batch: Batch{ID: 7, Counts: Counts{Queued: 5, Rejected: 5, Duplicate: 1}},
		Ask: &Question{Invitations: 5, Cost: Cost{Tokens: 5}, API: "https://api.deepidv.com"}}
	want := "11 rows: 5 to invite, 5 rejected, 1 duplicate. Send 5 invitations (5 tokens) through https://api.deepidv.com?"
	if got := p.AskWords(); got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	one := Question{Invitations: 1, Cost: Cost{Tokens: 1}, API: "https://api.example"}
	if got := one.SendWords("again"); got != "Send 1 invitation again (1 token) through https://api.example?" {
		t.Errorf("asked %q", got)
	}
	b := Batch{ID: 3, Name: "people.csv", Counts: Counts{Invited: 40, Queued: 60, Sending: 1}}
	for _, want := range []string{"40 people were invited already", "cannot be taken back", "1 is being sent", "Give up on the 60 people"} {
		if got := b.GiveUpWords(); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func TestDeclinedHintFitsWhatIsThere(t *testing.T) {
	t.Parallel()
	fresh, known := &Pending{}, &Pending{Known: true, Batch: Batch{ID: 3}}
	if got := fresh.DeclinedHint(); !strings.Contains(got, "nothing of the list was kept") {
		t.Errorf("a new list: %q", got)
	}
	if got := known.DeclinedHint(); !strings.Contains(got, "usher cancel 3") {
		t.Errorf("a batch that runs: %q", got)
	}
}
