package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// loadSources loads a file with the given text, and one named "secret" beside it.
func loadSources(t *testing.T, text string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"usher.yaml": text, "secret": "mysql://hr:pass-word@db/hr\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(Options{Dir: dir, Env: home})
}

func TestSources(t *testing.T) {
	t.Parallel()
	c, err := loadSources(t, `
upstream: {rate: 5}
sources:
  hr:
    url_file: secret
    query: |
      SELECT id FROM people
      WHERE updated_at > :mark
    columns: {external_id: id, email: mail}
    watermark: updated_at
    start: 2020-01-01
    overlap: 90s
  all-of-them:
    url: sqlite:hr.db
    query: SELECT * FROM people
`)
	if err != nil {
		t.Fatal(err)
	}
	all := c.Sources["all-of-them"]
	if path := strings.TrimPrefix(all.URL, "sqlite:"); !filepath.IsAbs(path) {
		t.Errorf("the path of %q is not absolute", all.URL)
	}
	all.URL = "sqlite:" + filepath.Base(all.URL)
	c.Sources["all-of-them"] = all
	overlap := 90 * time.Second
	want := map[string]Source{
		"hr": {URL: "mysql://hr:pass-word@db/hr", Query: "SELECT id FROM people\nWHERE updated_at > :mark",
			Columns: map[string]string{"external_id": "id", "email": "mail"}, Watermark: "updated_at", Start: "2020-01-01", Overlap: &overlap},
		"all-of-them": {URL: "sqlite:hr.db", Query: "SELECT * FROM people"},
	}
	if diff := cmp.Diff(want, c.Sources); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Upstream.Rate != 5 {
		t.Errorf("the rate is %v", c.Upstream.Rate)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, c.Sources); strings.Contains(text, "pass-word") {
			t.Errorf("%s shows the address: %s", verb, text)
		}
	}
}

func TestSourcesWrong(t *testing.T) {
	t.Parallel()
	const query = "    query: SELECT 1\n"
	for name, c := range map[string]struct{ text, want string }{
		"no section":      {"sources: 5", "sources (usher.yaml:1): is a section"},
		"no settings":     {"sources:\n  hr:\n", "sources.hr (usher.yaml:2): has no settings"},
		"bad name":        {"sources:\n  h r:\n    url: sqlite:x\n", "sources (usher.yaml:2): the name of a source is not a plain word"},
		"twice":           {"sources:\n  hr:\n    url: sqlite:x\n" + query + "  hr:\n    url: sqlite:x\n" + query, "sources.hr (usher.yaml:5): is given twice, the first time in line 2"},
		"unknown setting": {"sources:\n  hr:\n    url: sqlite:x\n    querry: x\n" + query, "sources.hr (usher.yaml:4): querry is not a setting of this version; did you mean query?"},
		"key twice":       {"sources:\n  hr:\n    url: sqlite:x\n" + query + query, "sources.hr.query (usher.yaml:5): is given twice, the first time in line 4"},
		"no url":          {"sources:\n  hr:\n" + query, "sources.hr.url (usher.yaml:2): is missing"},
		"no query":        {"sources:\n  hr:\n    url: sqlite:x\n", "sources.hr.query (usher.yaml:2): is missing"},
		"two urls":        {"sources:\n  hr:\n    url: mysql://hr:pass-word@db/hr\n    url_file: secret\n" + query, "sources.hr.url_file (usher.yaml:4): the value is given both here and in line 3"},
		"no secret":       {"sources:\n  hr:\n    url_file: nothing\n" + query, "sources.hr.url_file (usher.yaml:3): the file it names cannot be read"},
		"kind":            {"sources:\n  hr:\n    url: oracle://hr:pass-word@db/hr\n" + query, "sources.hr.url (usher.yaml:3): it is none of the known kinds"},
		"no database":     {"sources:\n  hr:\n    url: mysql://hr:pass-word@db\n" + query, "sources.hr.url (usher.yaml:3): it names no host or no database"},
		"not encoded":     {"sources:\n  hr:\n    url: mysql://hr:pass-word@x@db/hr\n" + query, "sources.hr.url (usher.yaml:3): it is not a valid MySQL address"},
		"parameter":       {"sources:\n  hr:\n    url: mysql://hr:pass-word@db/hr?multiStatements=true\n" + query, "sources.hr.url (usher.yaml:3): it has a parameter"},
		"field":           {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    columns: {e_mail: mail}\n", "sources.hr.columns (usher.yaml:5): e_mail is not a field of an applicant; did you mean email?"},
		"columns":         {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    columns: mail\n", "sources.hr.columns (usher.yaml:5): is a section"},
		"no column":       {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    columns: {email: }\n", "sources.hr.columns.email (usher.yaml:5): names no column"},
		"no watermark":    {"sources:\n  hr:\n    url: sqlite:x\n    query: SELECT :mark\n    start: 0\n", "sources.hr.watermark (usher.yaml:4): is missing, and the query uses :mark"},
		"no start":        {"sources:\n  hr:\n    url: sqlite:x\n    query: SELECT :mark\n    watermark: id\n", "sources.hr.start (usher.yaml:4): is missing, and the query uses :mark"},
		"needless start":  {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    start: 0\n", "sources.hr.start (usher.yaml:5): is of no use without watermark"},
		"idle overlap":    {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    overlap: 5m\n", "sources.hr.overlap (usher.yaml:5): is of no use without watermark"},
		"overlap unit":    {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    watermark: at\n    overlap: 300\n", "sources.hr.overlap (usher.yaml:6): \"300\" has no unit"},
		"overlap long":    {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    watermark: at\n    overlap: 31d\n", "sources.hr.overlap (usher.yaml:6): \"31d\" is too long"},
		"overlap behind":  {"sources:\n  hr:\n    url: sqlite:x\n" + query + "    watermark: at\n    overlap: -5m\n", "sources.hr.overlap (usher.yaml:6): \"-5m\" is less than nothing"},
		"list":            {"sources:\n  hr:\n    url: [pass-word]\n" + query, "sources.hr.url (usher.yaml:3): has a list or a section"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadSources(t, c.text)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "pass-word") {
				t.Errorf("the address is shown: %v", err)
			}
		})
	}
}
