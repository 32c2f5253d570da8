package config

import (
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ yaml, want string }{
		"tab": {"upstream:\n\trate: 1\n",
			"usher.yaml:2: is not valid YAML (found character that cannot start any token); check the indentation (spaces, no tabs) and the quotes there"},
		"colon": {"upstream:\n  rate: 25\n  burst:3\nlog:\n",
			"usher.yaml:3: is not valid YAML (could not find expected ':'); check the indentation (spaces, no tabs) and the quotes there"},
		"list":             {"- a\n", "usher.yaml:1: holds no settings; write it as name: value, a line each"},
		"plain text":       {"\nhello\n", "usher.yaml:2: holds no settings; write it as name: value, a line each"},
		"section as value": {"upstream: fast\n", "upstream (usher.yaml:1): is a section, not a setting; write its settings below it, indented by two spaces"},
		"value as section": {"log:\n  level:\n    x: 1\n", "log.level (usher.yaml:2): has a list or a section for its value; write one value after the colon"},
		"value as list":    {"log:\n  level: [info]\n", "log.level (usher.yaml:2): has a list or a section for its value; write one value after the colon"},
		"twice":            {"log:\n  level: info\n  level: warn\n", "log.level (usher.yaml:3): is given twice, the first time in line 2; keep one of the two"},
		"twice, two ways":  {"log.level: info\nlog:\n  level: warn\n", "log.level (usher.yaml:3): is given twice, the first time in line 1; keep one of the two"},
		"two documents":    {"log:\n---\nlog:\n", "usher.yaml:2: has a second document in it; keep one, and take out the --- between them"},
		"odd name":         {"? [a]\n: b\n", "usher.yaml:1: has a name that is not plain text; write it as name: value"},
		"anchor":           {"log:\n  level: &x info\n", "log.level (usher.yaml:2): its value begins with a sign that YAML reads otherwise; put the value in 'quotes'"},
		"unknown anchor":   {"log:\n  level: *x\n", "usher.yaml:2: has a value that begins with *; put the value in 'quotes'"},
		"merge":            {"<<: {log: x}\n", "usher.yaml:1: this name is not a setting of this version; take it out; no known name is like it"},
		"not UTF-8":        {"log:\n  level: \xff\n", "usher.yaml:2: is not UTF-8 text; save the file as UTF-8"},
		"typo in section":  {"upsteam:\n  rate: 1\n  burst: 2\n", "usher.yaml:1: upsteam is not a setting of this version; did you mean upstream?"},
		"without section":  {"api_key: x\n", "usher.yaml:1: api_key is not a setting of this version; did you mean upstream.api_key?"},
		"later version":    {"deliveries:\n  a: b\n", "usher.yaml:1: deliveries is not a setting of this version; take it out; no known name is like it"},
		"no space":         {"upstream: {api_key:x}\n", "usher.yaml:1: upstream.api_key has no value; put a space after the colon"},
		"empty value":      {"log:\n  level: ''\n", `log.level (usher.yaml:2): "" is not known here; write one of: debug, info, warn, error`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, test.yaml)
			if diff := cmp.Diff([]string{test.want}, problems(t, err)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesWithoutValues(t *testing.T) {
	t.Parallel()
	for _, yaml := range []string{"\n", "# nothing yet\n", "upstream:\n  # rate: 1\n", "upstream:\n  rate:\n", "log: ~\n", "---\nlog: {}\n", "\ufefflog:\r\n"} {
		c := mustLoad(t, yaml)
		if got := c.Source("upstream.rate"); got != "default" {
			t.Errorf("%q: rate is from %s, want the default", yaml, got)
		}
	}
}

func TestWhichFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "usher.yaml", "upstream: {burst: 1}")
	write(t, dir, "two.yaml", "upstream: {burst: 2}")
	three := write(t, t.TempDir(), "three.yaml", "upstream: {burst: 3}")
	for _, test := range []struct {
		file, env string
		want      int
		source    string
	}{
		{"", "", 1, "usher.yaml"},
		{"", "two.yaml", 2, "two.yaml"},
		{three, "two.yaml", 3, three},
	} {
		c, err := Load(Options{File: test.file, Dir: dir, Env: append([]string{"USHER_CONFIG=" + test.env}, home...)})
		if err != nil {
			t.Fatal(err)
		}
		if c.Upstream.Burst != test.want || c.Source("upstream.burst") != test.source {
			t.Errorf("%+v: burst %d from %s", test, c.Upstream.Burst, c.Source("upstream.burst"))
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(dir+"/usher.yaml", 0o700); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"":        "usher.yaml: cannot be read (it is a folder, not a file)",
		"no.yaml": "no.yaml: cannot be read (no such file or directory)",
	} {
		_, err := Load(Options{Dir: dir, File: file})
		want := []string{want + "; name a file this user may read with --config or USHER_CONFIG"}
		if diff := cmp.Diff(want, problems(t, err)); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{everything, "a: *b", "a: &b\nb: *b", "? [a]\n: b", "a: 1\n---\nb: 2", "<<: {a: 1}", "\xff", "log:\n\tx"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r := fileReader{name: "usher.yaml", layer: layer{}, lines: map[string]int{}}
		r.read(content)
		for _, p := range r.problems {
			if p.What == "" || p.Remedy == "" {
				t.Errorf("a problem without words: %+v", p)
			}
		}
		for path, s := range r.layer {
			for _, k := range keys {
				if k.Path != path {
					continue
				}
				if err := k.set(new(Config), s.text); err != nil && !errors.As(err, new(*flaw)) {
					t.Errorf("%s: %q: an error without a remedy: %v", path, s.text, err)
				}
			}
		}
	})
}
