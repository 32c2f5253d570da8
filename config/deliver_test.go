package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestDeliverNames(t *testing.T) {
	t.Parallel()
	load := func(pattern string) error {
		_, err := Load(Options{Dir: t.TempDir(), Env: home, Flags: map[string]string{"report.deliver_name": pattern}})
		return err
	}
	for _, good := range []string{"{date}-{batch}-{name}", "{schedule}-{date}", "{name}", "Ergebnis {batch}", "{date}T{time}.{run}", "a..{batch}"} {
		if err := load(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                                   "same for every batch; put {batch} in it",
		"results":                            "same for every batch",
		"{schedule}-{run}":                   "same for every batch",
		"../{batch}":                         "could lead out of its folder",
		"/out/{batch}":                       "could lead out of its folder",
		`out\{batch}`:                        "could lead out of its folder",
		"C:{batch}":                          "could lead out of its folder",
		".{batch}":                           "begins with a dot",
		"{id}":                               "{id} in it is not known; use {date}, {time}, {batch}",
		"{batch":                             "without its other half",
		"{batch}}":                           "without its other half",
		"{}{batch}":                          "{} in it is not known",
		"{batch}?":                           "names of files cannot have",
		"a\n{batch}":                         "names of files cannot have",
		"{batch}\x00":                        "names of files cannot have",
		"{batch}" + strings.Repeat("x", 100): "more than 100 characters",
	} {
		if err := load(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
	}
}

// A relative folder counts from the file that names it, as other places do.
func TestDeliverSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := Load(Options{Dir: dir, Env: home, Flags: map[string]string{"report.deliver_dir": "out", "report.deliver_split": "yes", "report.deliver_format": "XLSX"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Report; r.DeliverDir != filepath.Join(dir, "out") || !r.DeliverSplit || !r.DeliverManifest || r.DeliverFormat != "xlsx" || r.DeliverName != "{date}-{batch}-{name}" {
		t.Errorf("%+v", r)
	}
}
