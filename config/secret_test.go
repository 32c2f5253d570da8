package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canary stands for a secret in these tests; it must never be seen.
const canary = "s3cr3t"

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		yaml string
		env  []string
	}{
		"key with a space":         {env: []string{"USHER_UPSTREAM_API_KEY=s3cr3t x"}},
		"key with a line break":    {env: []string{"USHER_UPSTREAM_API_KEY=s3cr3t\n"}},
		"key with a hidden space":  {env: []string{"USHER_UPSTREAM_API_KEY=s3cr3t\u200b"}},
		"key beside a file":        {env: []string{"USHER_UPSTREAM_API_KEY=s3cr3t", "USHER_UPSTREAM_API_KEY_FILE=x"}},
		"key for a file's name":    {env: []string{"USHER_UPSTREAM_API_KEY_FILE=/s3cr3t"}},
		"password not encoded":     {env: []string{"USHER_DATABASE=postgres://u:s3cr3t@x@h/d"}},
		"password with a slash":    {env: []string{"USHER_DATABASE=postgres://u:1/s3cr3t@h/d"}},
		"password, unknown kind":   {env: []string{"USHER_DATABASE=mysql://u:s3cr3t@h/d"}},
		"password, keyword form":   {env: []string{"USHER_DATABASE=host=h password=s3cr3t"}},
		"password in the base URL": {env: []string{"USHER_UPSTREAM_BASE_URL=https://u:s3cr3t@h"}},
		"token in the base URL":    {env: []string{"USHER_UPSTREAM_BASE_URL=https://h/?t=s3cr3t"}},
		"token in the redirect":    {env: []string{"USHER_DEFAULTS_REDIRECT_URL=http://h/?t=s3cr3t"}},
		"return secret, too short": {env: []string{"USHER_WEB_RETURN_SECRET=s3cr3t"}},
		"return secret in words":   {env: []string{"USHER_WEB_RETURN_SECRET=s3cr3t and what follows is long enough"}},
		"webhook secret, spaced":   {env: []string{"USHER_WEB_WEBHOOK_SECRET=s3cr3t x"}},
		"key with an asterisk":     {yaml: "upstream:\n  api_key: *s3cr3t\n"},
		"key with an ampersand":    {yaml: "upstream:\n  api_key: &s3cr3t\n"},
		"key with a mark":          {yaml: "upstream:\n  api_key: !s3cr3t\n"},
		"key with a percent sign":  {yaml: "upstream:\n  api_key: %s3cr3t\n"},
		"key without a space":      {yaml: "upstream: {api_key:s3cr3t}\n"},
		"key without a space, too": {yaml: "upstream:\n  api_key:s3cr3t\n"},
		"key in the line above":    {yaml: "upstream:\n  rate: 25\n   api_key:s3cr3t\n"},
		"key under a wrong name":   {yaml: "upstream:\n  apikey: s3cr3t\n"},
		"key in a list":            {yaml: "upstream:\n  api_key: [s3cr3t]\n"},
		"key twice":                {yaml: "upstream:\n  api_key: s3cr3t\n  api_key: s3cr3t\n"},
		"key beside a file, yaml":  {yaml: "upstream:\n  api_key: s3cr3t\n  api_key_file: s3cr3t\n"},
		"key with a quote":         {yaml: "upstream:\n  api_key: \"s3cr3t\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := load(t, test.yaml, test.env...)
			if err == nil {
				t.Fatalf("accepted as %v", c.Redacted())
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, dir, "usher.yaml", "database_file: dsn\nupstream:\n  api_key_file: key\n")
	write(t, dir, "dsn", "postgres://u:s3cr3t@h/d\n")
	write(t, dir, "key", "from-yaml\r\n")
	absolute := write(t, elsewhere, "other", "from-env\n")

	c, err := Load(Options{Dir: elsewhere, File: dir + "/usher.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Upstream.APIKey != "from-yaml" || c.Database != "postgres://u:s3cr3t@h/d" {
		t.Errorf("got %q and %q", c.Upstream.APIKey, c.Database)
	}
	for _, name := range []string{"other", absolute} { // a relative name in a variable is taken to the working directory
		c, err = Load(Options{Dir: elsewhere, File: dir + "/usher.yaml", Env: []string{"USHER_UPSTREAM_API_KEY_FILE=" + name}})
		if err != nil {
			t.Fatal(err)
		}
		if c.Upstream.APIKey != "from-env" || c.Source("upstream.api_key") != "USHER_UPSTREAM_API_KEY_FILE" {
			t.Errorf("got %q from %s", c.Upstream.APIKey, c.Source("upstream.api_key"))
		}
	}
}

func TestBadSecretFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "empty", "\n")
	write(t, dir, "large", strings.Repeat("x", maxSecret+1))
	write(t, dir, "two", "s3cr3t\ns3cr3t\n")
	for name, want := range map[string]string{
		"empty":   "the file it names is empty; put the value into it",
		"large":   "the file it names is too large; name a file with nothing but the value in it",
		"nowhere": "the file it names cannot be read (no such file or directory); name a file with the value in it, one this user may read",
		".":       "the file it names cannot be read (it is a folder, not a file); name a file with the value in it, one this user may read",
		"two":     "it has a space, a control character or a character outside ASCII in it; copy the key again, without spaces, quotes or line breaks",
	} {
		_, err := Load(Options{Dir: dir, Env: append([]string{"USHER_UPSTREAM_API_KEY_FILE=" + name}, home...)})
		want := []string{"upstream.api_key (USHER_UPSTREAM_API_KEY_FILE): " + want}
		if diff := cmp.Diff(want, problems(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSecretGivenTwice(t *testing.T) {
	t.Parallel()
	_, err := load(t, "\nupstream:\n  api_key: a\n  api_key_file: b\n", "USHER_DATABASE=sqlite:a.db", "USHER_DATABASE_FILE=b")
	want := []string{
		"database (USHER_DATABASE_FILE): the value is given both here and in USHER_DATABASE; keep one of the two",
		"upstream.api_key (usher.yaml:4): the value is given both here and in line 3; keep one of the two",
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	// One in each of two places is no contradiction: the stronger place counts.
	c := mustLoad(t, "upstream: {api_key_file: nowhere}", "USHER_UPSTREAM_API_KEY=k")
	if c.Upstream.APIKey != "k" {
		t.Errorf("got %q", c.Upstream.APIKey)
	}
}

func TestRedactDatabase(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"sqlite:usher.db":         "sqlite:usher.db",
		"postgres://h/d":          "postgres://h/d",
		"postgres://u:s3cr3t@h/d": "postgres://u@h/d",
		"postgresql://u:s3cr3t@h:5433/d?sslmode=require&password=s3cr3t&sslpassword=s3cr3t": "postgresql://u@h:5433/d?sslmode=require",
		"postgres://u:s3cr3t@x@h/d": "set",
		"s3cr3t":                    "set",
		"":                          "not set",
	} {
		if got := redactDatabase(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

func FuzzRedactDatabase(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"x@", "/"}, {"1/", ""}, {"1?sslmode=", ""}, {"%40", "#"}, {":", "@h?host="}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		address := "postgres://u:" + before + canary + after + "@h/d"
		if got := redactDatabase(address); strings.Contains(got, canary) {
			t.Errorf("%q is shown as %q", address, got)
		}
		if _, err := database(address); err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("the error about %q shows the password: %v", address, err)
		}
	})
}
