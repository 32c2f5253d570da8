package config

import (
	"strings"
	"testing"
	"time"
)

func TestBadValues(t *testing.T) {
	t.Parallel()
	for path, values := range map[string]map[string]string{
		"upstream.rate": {"fast": "is not a number", "-1": "out of range", "NaN": "is not a number", "inf": "is not a number",
			"1e3": "is not a number", "2,5": "is not a number", "0.00000001": "out of range", "1e999": "is not a number"},
		"upstream.burst":       {"0": "out of range", "1.5": "whole number", "010_0": "whole number", "ten": "whole number"},
		"upstream.day_zone":    {"Berlin": "time zone", "": "time zone", "Local": "time zone"},
		"upstream.day_reserve": {"-1": "share of the day", "1.5%": "share of the day", "99%": "out of range", "some": "share of the day"},
		"upstream.day_length":  {"1s": "too short", "25h": "too long"},
		"upstream.daily":       {"-1": "out of range", "10,000": "whole number", "99999999999999999999": "whole number"},
		"upstream.timeout": {"15": "has no unit; write 15s", "0.5": "has no unit", "99ms": "too short; write 100ms or more",
			"6m": "too long; write 5m or less", "soon": "is not a duration", "-5s": "too short"},
		"lookup.after":         {"0s": "not longer than nothing", "-1m": "not longer than nothing", "1d2d": "not a duration", "0": "no unit"},
		"work.concurrency":     {"0": "out of range", "2001": "out of range", "+5": "whole number"},
		"upstream.resend":      {"always": "write one of: auto, never"},
		"log.level":            {"warning": "write one of: debug, info, warn, error"},
		"log.format":           {"text": "console, json"},
		"defaults.region":      {"USA": "two letters", "U1": "two letters", "uk": "write GB"},
		"defaults.workflow_id": {"wf 1": "white space"},

		"defaults.reference_prefix": {"acme -": "white space"},
		"upstream.account":          {"a\tb": "control character"},
		"report.dir":                {"a\x00b": "control character"},

		"defaults.send_email_invite": {"on": "write yes or no", "2": "neither yes nor no"},
		"defaults.redirect_url": {"http://example.com": "not an https address", "example.com": "not an https address",
			"https://": "not an https address", "https://u:p@example.com": "user name or password"},
		"upstream.base_url": {"api.deepidv.com": "not an http or https address", "ftp://api.deepidv.com": "not an http",
			"https://": "not an http", "https://h:0": "not an http", "https://h:99999": "not an http", "https://u@h": "user name",
			"https://h/?a=b": "query", "https://h?": "query", "https://h/#x": "fragment", "https://h/v1/": "leave off /v1",
			"https://h/v1/sessions": "leave off /v1"},
		"database": {"usher.db": "neither of the known kinds", "mysql://h/d": "neither", "host=h user=u": "neither",
			"sqlite:": "names no file", "sqlite://usher.db": "has // after", "sqlite::memory:": "would forget",
			"sqlite:a.db?mode=ro": "option", "sqlite:a.db ": "space", "postgres://": "names no host",
			"postgres://u:p@ss@h/d": "not a valid PostgreSQL address", "postgres://h:port/d": "not a valid"},

		"web.listen": {"8080": "not an address and a port", "localhost": "not an address and a port", "h:http": "no host and port that can be",
			"h:65536": "no host and port", "http://h:80": "not an address and a port", "a b:80": "no host and port", "::1:80": "not an address"},
		"web.public_url": {"usher.example.com": "not an http or https", "ftp://h": "not an http or https", "https://h/usher": "has a path in it",
			"https://u:p@h": "user name or password", "https://h/?": "query", "https://h/#x": "fragment"},
		"web.upload_limit": {"big": "not a size", "-1MB": "not a size", "1.5GB": "not a size", "1TB": "unit that is not known", "1k": "unit that is not known",
			"0": "out of range", "999999": "out of range", "0MB": "out of range", "5GB": "out of range", "4294967297": "out of range", "999999999999GiB": "out of range"},
		"web.trust_header": {"X Remote": "not the name of a header", "X-Remote-User:": "not the name of a header", "cookie": "browsers send", "HOST": "browsers send"},
		"web.trust_from": {"proxy": "not an address or a network", "10.0.0.1/33": "not an address", "10.0.0.1,0.0.0.0/0": "everybody", "::/0": "everybody",
			"fe80::1%eth0": "not an address", "::ffff:10.0.0.0/104": "IPv4 network in IPv6's form", "10.0.0": "not an address"},
		"web.return_to":     {"http://example.com": "not an https address"},
		"web.return_secret": {strings.Repeat("x", 31): "shorter than 32", strings.Repeat("x", 31) + " x": "has a space", strings.Repeat("ö", 32): "outside ASCII"},
		"defaults.return":   {"maybe": "neither yes nor no"},
		"web.idle":          {"10s": "too short; write 5m or more", "2": "no unit"}, "web.absolute": {"1m": "too short"},
	} {
		for value, want := range values {
			_, err := Load(Options{Dir: t.TempDir(), Env: home, Flags: map[string]string{path: value}, FlagNames: map[string]string{path: "--it"}})
			if err == nil {
				t.Errorf("%s: %q was accepted", path, value)
				continue
			}
			got := problems(t, err)
			if len(got) != 1 || !strings.HasPrefix(got[0], path+" (--it): ") || !strings.Contains(got[0], want) {
				t.Errorf("%s: %q is answered %q, want one problem that says %q", path, value, got, want)
			}
		}
	}
}

func TestGoodValues(t *testing.T) {
	t.Parallel()
	for path, values := range map[string]map[string]string{
		"upstream.rate":    {"0": "0", "0.5": "0.5", "25": "25", " 25 ": "25"},
		"upstream.daily":   {"0": "0", "010": "10"},
		"upstream.timeout": {"1s": "1s", "5m": "5m", "1m30s": "1m30s", "90.5s": "1m30.5s"},
		"gate.probe_max":   {"90d": "2160h", "1d12h30m": "36h30m"},
		"upstream.resend":  {"NEVER": "never"},
		"log.level":        {"Debug": "debug"},
		"defaults.region":  {"": "", "gb": "GB"},
		"defaults.send_phone_invite": {"yes": "true", "True": "true", "1": "true", "NO": "false", "false": "false",
			"0": "false"},
		"upstream.account": {"Müller & Söhne": "Müller & Söhne"},
		"upstream.base_url": {"https://API.deepidv.com/": "https://api.deepidv.com", "HTTPS://h:443": "https://h",
			"http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://[::1]:80/x//": "http://[::1]/x",
			"https://h/Path": "https://h/Path"},
		"database": {"sqlite:/var/lib/usher.db": "sqlite:/var/lib/usher.db", "postgres:///usher?host=/run": "postgres:///usher?host=%2Frun",
			"postgresql://h1:5432,h2:5433/d": "postgresql://h1:5432,h2:5433/d"},
		"web.listen":        {":8080": ":8080", "[::1]:0": "[::1]:0", "localhost:80": "localhost:80", "0.0.0.0:443": "0.0.0.0:443"},
		"web.public_url":    {"": "", "HTTPS://Usher.Example.COM:443/": "https://usher.example.com", "http://10.0.0.1:8080": "http://10.0.0.1:8080"},
		"web.upload_limit":  {"1MB": "1MB", "1 gb": "1GB", "4GiB": "4GiB", "1048576": "1MiB", "1000001": "1000001", "2000MB": "2GB"},
		"web.return_secret": {"": "not set", strings.Repeat("x", 32): "set"}, "web.return_to": {"": ""},
		"web.trust_header": {"": ""}, "web.trust_from": {"": "", " , ": ""},
	} {
		for value, want := range values {
			env := append([]string{"USHER_WORK_STOP_TIMEOUT=10m"}, home...) // longer than every timeout here
			c, err := Load(Options{Dir: t.TempDir(), Env: env, Flags: map[string]string{path: value}})
			if err != nil {
				t.Errorf("%s: %q: %v", path, value, err)
			} else if got := c.Redacted()[path]; got != want {
				t.Errorf("%s: %q became %q, want %q", path, value, got, want)
			}
		}
	}
}

func TestDurationOverflow(t *testing.T) {
	t.Parallel()
	for _, given := range []string{"99999d2562047h", "100000d", "1d-3h", "1.5d", "", "d"} {
		if d, err := ParseDuration(given); err == nil {
			t.Errorf("ParseDuration(%q) = %s, want an error", given, d)
		}
	}
	if d, err := ParseDuration("99999d"); err != nil || d != 99999*24*time.Hour {
		t.Errorf("ParseDuration(99999d) = %s, %v", d, err)
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"30s", "90d", "1d12h", "30", "-1h", "1.5d", "99999d2562047h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		d, err := ParseDuration(given)
		if err != nil {
			return
		}
		again, err := ParseDuration(formatDuration(d))
		if d != 0 && (err != nil || again != d) {
			t.Errorf("%q is %s, which is written %q and read as %s (%v)", given, d, formatDuration(d), again, err)
		}
	})
}
