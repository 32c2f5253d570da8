package batch_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/batch"
	"usher/config"
)

// The doctor says what is missing for people, and for webhooks, to come back, what is
// set without use, and no secret.
func TestDoctorOfReturns(t *testing.T) {
	t.Parallel()
	const secret, hook = "a-secret-of-32-characters-or-more", "whsec_of_the_provider"
	folder := t.TempDir()
	sqlite, postgres := "sqlite:"+filepath.Join(folder, "usher.db"), "postgres://127.0.0.1:1/none"
	open := filepath.Join(folder, "open.db")
	if err := os.WriteFile(open+".return-secret", []byte(strings.Repeat("x", 60)), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		database string
		settings map[string]string
		page     string // what is found of the return page; a problem if it begins with !
		hooks    string
	}{
		"nothing":               {sqlite, nil, "an import with --return would be refused: web.public_url is no https address", "none are taken"},
		"nothing on PostgreSQL": {postgres, nil, "people can come back to no other; web.return_secret is not set", "none are taken"},
		"http": {sqlite, map[string]string{"web.public_url": "http://usher.example"},
			"not in use", "none are taken"},
		"whole on SQLite": {sqlite, map[string]string{"web.public_url": "https://usher.example", "web.webhook_secret": hook},
			"people can come back to https://usher.example, if an import says so (--return); the secret for it is made", "taken at https://usher.example/webhook/provider"},
		"a secret that others may read": {"sqlite:" + open, map[string]string{"web.public_url": "https://usher.example"},
			"!others than its owner may open", "none are taken"},
		"no secret on PostgreSQL": {postgres, map[string]string{"web.public_url": "https://usher.example"},
			"would be refused: web.return_secret is not set", "none are taken"},
		"whole on PostgreSQL": {postgres, map[string]string{"web.public_url": "https://usher.example", "web.return_secret": secret, "web.return_to": "https://own.example", "defaults.return": "yes"},
			"people can come back to https://usher.example; it leads on to web.return_to", "none are taken"},
		"wanted": {postgres, map[string]string{"defaults.return": "yes"},
			"!defaults.return has people come back to usher, and they cannot: web.public_url is no https address", "none are taken"},
		"a secret alone": {postgres, map[string]string{"web.return_secret": secret},
			"!web.return_secret is set without use, as people cannot come back to usher: web.public_url", "none are taken"},
		"two without use": {sqlite, map[string]string{"web.return_secret": secret, "web.return_to": "https://own.example"},
			"!web.return_secret and web.return_to are set without use", "none are taken"},
		"webhooks alone": {sqlite, map[string]string{"web.webhook_secret": hook},
			"not in use", "taken by 'usher serve' at /webhook/provider; web.public_url"},
		"one secret for both": {sqlite, map[string]string{"web.public_url": "https://usher.example", "web.return_secret": secret, "web.webhook_secret": secret},
			"people can come back", "!web.webhook_secret and web.return_secret are the same"},
	} {
		settings := flags(c.database, "http://127.0.0.1:1")
		maps.Copy(settings, c.settings)
		cfg, err := config.Load(config.Options{Flags: settings})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]batch.Finding{}
		for _, f := range batch.Examine(t.Context(), cfg, "test") {
			found[f.What] = f
		}
		for what, want := range map[string]string{"return page": c.page, "webhooks": c.hooks} {
			f := found[what]
			words, bad := strings.CutPrefix(want, "!")
			got := f.Note
			if f.Err != nil {
				got = f.Err.Error()
			}
			if (f.Err != nil) != bad || !strings.Contains(got, words) || bad && f.Hint == "" {
				t.Errorf("%s, %s: %+v, want %q", name, what, f, want)
			}
			if text := got + f.Hint; strings.Contains(text, secret) || strings.Contains(text, hook) || strings.Contains(text, "xxx") {
				t.Errorf("%s, %s: a secret is shown: %+v", name, what, f)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "usher.db.return-secret")); err == nil {
		t.Error("the doctor made a secret")
	}
}
