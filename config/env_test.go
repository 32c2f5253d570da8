package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryVariable(t *testing.T) {
	t.Parallel()
	for _, k := range Keys() {
		value := k.Default
		if value == "" {
			value = map[string]string{"database": "sqlite:x.db", "defaults.region": "US", "defaults.redirect_url": "https://example.com",
				"web.public_url": "https://example.com", "web.trust_from": "10.0.0.1", "web.return_to": "https://example.com",
				"web.return_secret": strings.Repeat("x", 32), "web.metrics_token": strings.Repeat("x", 16),
				"defaults.quiet_hours": "20:00-07:00", "defaults.quiet_days": "sun", "defaults.holidays": "2026-12-25", "defaults.quiet_zone": "UTC"}[k.Path]
		}
		if value == "" {
			value = "x"
		}
		other := map[string]string{"web.tls_cert": "USHER_WEB_TLS_KEY=y", "web.tls_key": "USHER_WEB_TLS_CERT=y",
			"web.trust_header": "USHER_WEB_TRUST_FROM=10.0.0.1", "web.trust_from": "USHER_WEB_TRUST_HEADER=y",
			"defaults.quiet_hours": "USHER_DEFAULTS_QUIET_ZONE=UTC", "defaults.quiet_days": "USHER_DEFAULTS_QUIET_ZONE=UTC",
			"defaults.holidays": "USHER_DEFAULTS_QUIET_ZONE=UTC"}[k.Path]
		c := mustLoad(t, "", k.Env+"="+value, other)
		if got := c.Source(k.Path); got != k.Env {
			t.Errorf("%s: from %q, want %q", k.Path, got, k.Env)
		}
	}
}

func TestVariablesThatAreNotSettings(t *testing.T) {
	t.Parallel()
	mustLoad(t, "", "USHER", "USHERS=1", "usher_x=1", "USHER_TEST_NO_SKIP=1", "USHER_BENCH=1", "USHER_BENCH_ROWS=1000",
		// Kubernetes, for services "usher" and "usher-web"
		"USHER_SERVICE_HOST=10.0.0.1", "USHER_SERVICE_PORT=80", "USHER_SERVICE_PORT_HTTP=80", "USHER_PORT=tcp://10.0.0.1:80",
		"USHER_PORT_80_TCP=tcp://10.0.0.1:80", "USHER_WEB_PORT_80_TCP_ADDR=10.0.0.1", "USHER_WEB_SERVICE_HOST=10.0.0.1")
}

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	_, err := load(t, "", "USHER_API_KEY=s3cr3t", "USHER_UPSTREAM_APIKEY=s3cr3t", "USHER_CONFG=x", "USHER_COLOUR=red", "USHER_PORT=80")
	want := []string{
		"USHER_API_KEY: is not a variable of this version; did you mean USHER_UPSTREAM_API_KEY?",
		"USHER_COLOUR: is not a variable of this version; take it out; no known name is like it",
		"USHER_CONFG: is not a variable of this version; did you mean USHER_CONFIG?",
		"USHER_PORT: is not a variable of this version; take it out; no known name is like it",
		"USHER_UPSTREAM_APIKEY: is not a variable of this version; did you mean USHER_UPSTREAM_API_KEY?",
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestEmptyVariableIsNotSet(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "upstream: {rate: 3, api_key: k}", "USHER_UPSTREAM_RATE=", "USHER_UPSTREAM_API_KEY_FILE=", "USHER_CONFIG=")
	if c.Upstream.Rate != 3 || c.Upstream.APIKey != "k" {
		t.Errorf("got rate %v and key %q, want those of the file", c.Upstream.Rate, c.Upstream.APIKey)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"rate", "rate", 0}, {"flaw", "lawn", 2}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
