package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestContradictions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		yaml string
		env  []string
		want string
	}{
		"probe": {env: []string{"USHER_GATE_PROBE_MAX=10s"},
			want: `gate.probe_max (USHER_GATE_PROBE_MAX): 10s is shorter than gate.probe_first (1m, default); make gate.probe_max the longer of the two`},
		"probe, the other one": {yaml: "gate:\n  probe_first: 2h\n",
			want: `gate.probe_first (usher.yaml:2): 2h is longer than gate.probe_max (30m, default); make gate.probe_max the longer of the two`},
		"look-ups at once": {yaml: "lookup:\n  after: 1m\n", env: []string{"USHER_LOOKUP_AGAIN=60s"},
			want: `lookup.again (USHER_LOOKUP_AGAIN): 1m is not later than lookup.after (1m, usher.yaml:2); make lookup.again the later of the two: both are counted from the end of the request`},
		"look-up beyond the default": {env: []string{"USHER_LOOKUP_AFTER=5m"},
			want: `lookup.after (USHER_LOOKUP_AFTER): 5m is not earlier than lookup.again (2m, default); make lookup.again the later of the two: both are counted from the end of the request`},
		"second look-up before the default": {env: []string{"USHER_LOOKUP_AGAIN=20s"},
			want: `lookup.again (USHER_LOOKUP_AGAIN): 20s is not later than lookup.after (30s, default); make lookup.again the later of the two: both are counted from the end of the request`},
		"stop": {env: []string{"USHER_UPSTREAM_TIMEOUT=1m", "USHER_WORK_STOP_TIMEOUT=30s"},
			want: `work.stop_timeout (USHER_WORK_STOP_TIMEOUT): 30s is shorter than upstream.timeout (1m, USHER_UPSTREAM_TIMEOUT); make work.stop_timeout the longer of the two, or stopping leaves requests behind without their answers`},
		"burst": {yaml: "upstream: {burst: 50, daily: 20}\n",
			want: `upstream.burst (usher.yaml:1): 50 is more than upstream.daily (20, usher.yaml:1); make upstream.daily the larger of the two, or 0 for no limit`},
		"reserve": {yaml: "upstream: {day_reserve: 100, daily: 100}\n",
			want: `upstream.day_reserve (usher.yaml:1): 100 leaves nothing to invite anybody with of upstream.daily (100, usher.yaml:1); make upstream.day_reserve the smaller of the two`},
		"sign-in": {yaml: "web: {idle: 1d}\n",
			want: `web.idle (usher.yaml:1): 24h is longer than web.absolute (12h, default); make web.absolute the longer of the two`},
		"certificate without its key": {yaml: "web:\n  tls_cert: cert.pem\n",
			want: `web.tls_cert (usher.yaml:2): web.tls_key is not set; set both of them, or neither`},
		"key without its certificate": {env: []string{"USHER_WEB_TLS_KEY=key.pem"},
			want: `web.tls_key (USHER_WEB_TLS_KEY): web.tls_cert is not set; set both of them, or neither`},
		"header of anybody": {env: []string{"USHER_WEB_TRUST_HEADER=X-Remote-User"},
			want: `web.trust_header (USHER_WEB_TRUST_HEADER): web.trust_from is not set; set both of them, or neither`},
		"proxy without a header": {env: []string{"USHER_WEB_TRUST_FROM=10.0.0.1"},
			want: `web.trust_from (USHER_WEB_TRUST_FROM): web.trust_header is not set; set both of them, or neither`},
	} {
		_, err := load(t, test.yaml, test.env...)
		if diff := cmp.Diff([]string{test.want}, problems(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestContradictionsOfFlagsAreFlags(t *testing.T) {
	t.Parallel()
	_, err := Load(Options{Dir: t.TempDir(), Env: home, Flags: map[string]string{"lookup.after": "5m", "gate.probe_first": "1h"}})
	if e, ok := err.(*Error); !ok || len(e.Problems) != 2 || !e.OfFlags() {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoContradiction(t *testing.T) {
	t.Parallel()
	mustLoad(t, "", "USHER_GATE_PROBE_MAX=1m")
	mustLoad(t, "", "USHER_LOOKUP_AFTER=200ms", "USHER_LOOKUP_AGAIN=201ms")
	mustLoad(t, "", "USHER_WORK_STOP_TIMEOUT=5s")
	if c := mustLoad(t, "", "USHER_UPSTREAM_TIMEOUT=1m"); c.Work.StopTimeout <= time.Minute {
		t.Errorf("stopping may take %s, and a request a minute", c.Work.StopTimeout)
	}
	mustLoad(t, "", "USHER_UPSTREAM_DAILY=3")
	mustLoad(t, "", "USHER_UPSTREAM_BURST=50", "USHER_UPSTREAM_DAILY=50")
	mustLoad(t, "", "USHER_UPSTREAM_BURST=50", "USHER_UPSTREAM_DAILY=0")
}

func TestUnencryptedToThisMachineOnly(t *testing.T) {
	t.Parallel()
	for address, here := range map[string]bool{
		"http://localhost:8089":           true,
		"http://LOCALHOST":                true,
		"http://localhost.:80":            true,
		"http://api.localhost":            true,
		"http://127.0.0.1:8089":           true,
		"http://127.9.8.7/api":            true,
		"http://[::1]:8089":               true,
		"http://[::ffff:127.0.0.1]:8089":  true,
		"http://api.deepidv.com":          false,
		"http://127.0.0.1.evil.com":       false,
		"http://localhost.evil.com":       false,
		"http://evil-localhost":           false,
		"http://notlocalhost":             false,
		"http://localhost.localdomain":    false,
		"http://0x7f000001":               false,
		"http://0x7f.0.0.1":               false,
		"http://0177.0.0.1":               false,
		"http://2130706433":               false,
		"http://127.1":                    false,
		"http://127.0.0.1.":               false,
		"http://0.0.0.0":                  false,
		"http://[::]":                     false,
		"http://[::1%25eth0]":             false,
		"http://[::ffff:10.0.0.1]":        false,
		"http://10.0.0.1":                 false,
		"http://128.0.0.1":                false,
		"http://host.docker.internal":     false,
		"http://localhost\u3002evil.com":  false,
		"http://\uff11\uff12\uff17.0.0.1": false,
		"HTTP://API.example.com/v2":       false,
	} {
		_, err := load(t, "", "USHER_UPSTREAM_BASE_URL="+address)
		if here != (err == nil) {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := load(t, "upstream: {insecure: yes}", "USHER_UPSTREAM_BASE_URL="+address); err != nil {
			t.Errorf("%s, insecure: %v", address, err)
		}
	}
	_, err := load(t, "upstream:\n  base_url: http://api.example.com\n")
	want := []string{"upstream.base_url (usher.yaml:2): it is an http address of another machine, and upstream.insecure is not set: " +
		"the API key and people's data would go there unencrypted; write it with https://, or set upstream.insecure to true if that is meant"}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	// Addresses that hide another host are refused whatever is set.
	for _, address := range []string{"http://localhost@evil.com", "http://127.0.0.1:80@evil.com", "http://evil.com#@localhost", "http://evil.com?@localhost", "http://127.0.0.1%2eevil.com", `http://evil.com\@localhost`} {
		if c, err := load(t, "upstream: {insecure: yes}", "USHER_UPSTREAM_BASE_URL="+address); err == nil {
			t.Errorf("%s became %s", address, c.Upstream.BaseURL)
		}
	}
}
