package importer

import (
	"testing"
	"time"
)

// Fingerprints are kept for ever: what a person says of a list today must not
// make a list of yesterday look new.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"nothing": {Options{}, "126a67ab7b2977b86b9ab431a697eaa8f58d30c5e6c04cddcee7a22f0878311f"},
		"defaults": {Options{Defaults: Defaults{SendEmailInvite: true, WorkflowID: "wf-1", RedirectURL: "https://example.com/", Region: "GB"}},
			"1068bd2086d17c7064ac879ae5665c4cc7dfa052c09156ba22f4fcd921f0b7a9"},
		"all": {Options{Sheet: "People", Columns: map[string]string{"phone": "Handy", "email": "Mail"}, AllowDuplicates: true,
			ReinviteAfter: 90 * 24 * time.Hour, ReinviteChanged: true, Defaults: Defaults{SendPhoneInvite: true, ReferencePrefix: "acme-"}},
			"10456eb4fa58ca6f2846e16f92497540d80667f783b961d201e6a60145113dbf"},
		"what shapes no row": {Options{Name: "May", Mendable: 500, Mended: &Mended{Sheet: "People"}, Places: map[int]string{}},
			"126a67ab7b2977b86b9ab431a697eaa8f58d30c5e6c04cddcee7a22f0878311f"},
	} {
		got, _, err := fingerprint(open(t, people(1, 2)), c.o)
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
}
