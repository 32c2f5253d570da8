package config

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/schedule/when"
)

// write puts content into a file of dir and returns its path.
func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// home is an environment with a home, where the default database lies.
var home = []string{"HOME=/home/ann"}

// load loads content as usher.yaml, with an environment.
func load(t *testing.T, content string, env ...string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	if content != "" {
		write(t, dir, "usher.yaml", content)
	}
	return Load(Options{Dir: dir, Env: append(env, home...)})
}

// mustLoad is load for a configuration without problems.
func mustLoad(t *testing.T, content string, env ...string) *Config {
	t.Helper()
	c, err := load(t, content, env...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problems returns the problems of a configuration, one string each.
func problems(t *testing.T, err error) []string {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Load: error %v, want an *Error", err)
	}
	var all []string
	for _, p := range e.Problems {
		all = append(all, p.String())
	}
	return all
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	want := &Config{
		Database: "sqlite:/home/ann/.local/share/usher/usher.db",
		Upstream: Upstream{BaseURL: "https://api.deepidv.com", Rate: 25, Burst: 10, Daily: 10000,
			DayZone: "UTC", DayReserve: "1%", DayLength: 24 * time.Hour, Timeout: 15 * time.Second, Resend: "auto", RetryAfterCap: 10 * time.Minute},
		Lookup:   Lookup{After: 30 * time.Second, Again: 2 * time.Minute},
		Gate:     Gate{ProbeFirst: time.Minute, ProbeMax: 30 * time.Minute},
		Pace:     Pace{ShortWait: 10 * time.Second},
		Breaker:  Breaker{Canary: 5, SameRefusal: 10, Tolerate: 10},
		Work:     Work{Concurrency: 32, StopTimeout: 30 * time.Second},
		Log:      Log{Level: "info", Format: "console"},
		Defaults: Defaults{SendEmailInvite: true, SendPhoneInvite: true},
		Report:   Report{DeliverName: "{date}-{batch}-{name}", DeliverFormat: "csv", DeliverManifest: true},
		Folder:   Folder{Settle: 5 * time.Second, Limit: 1e9, Problems: FolderRefuse},
		Web:      Web{Listen: "127.0.0.1:8080", UploadLimit: 256e6, Idle: 2 * time.Hour, Absolute: 12 * time.Hour},
	}
	if diff := cmp.Diff(want, mustLoad(t, ""), cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

// everything sets every key to something else than its default.
const everything = `
database: postgres://usher@db/usher
upstream:
  base_url: https://sandbox.example.com/api
  api_key: k-123
  insecure: yes
  account: acme
  rate: 2.5
  burst: 3
  daily: 0
  timeout: 20s
  resend: never
  retry_after_cap: 1d
  day_zone: America/New_York
  day_reserve: 5%
  day_length: 6h
lookup: {after: 1m, again: 3m}
breaker:
  canary: 3
  same_refusal: 4
  tolerate: 25%
pace:
  short_wait: 7s
gate:
  probe_first: 2m
  probe_max: 1h
work:
  concurrency: 8
  stop_timeout: 1m30s
log: {level: debug, format: json}
defaults:
  region: de
  workflow_id: wf_1
  redirect_url: https://example.com/thanks?x=1
  reference_prefix: acme-
  return: yes
  send_email_invite: no
  send_phone_invite: 0
  quiet_hours: 20:00-07:00
  quiet_days: sat,sun
  holidays: 2026-12-25
  quiet_zone: Europe/Berlin
report:
  dir: /var/reports
  deliver_dir: /var/results
  deliver_name: "{batch}-{run}"
  deliver_format: xlsx
  deliver_split: yes
  deliver_manifest: no
folder:
  settle: 20s
  limit: 2GB
  problems: leave_out
web:
  listen: :80
  public_url: https://usher.example.com
  upload_limit: 100MiB
  tls_cert: /etc/usher/cert.pem
  tls_key: /etc/usher/key.pem
  trust_header: x-remote-user
  trust_from: 10.0.0.1, 192.168.7.9/16
  idle: 30m
  absolute: 8h
  return_secret: 0123456789abcdef0123456789abcdef
  return_to: https://example.com/welcome
  webhook_secret: whsec_1
  metrics_token: 0123456789abcdef
`

func TestLoadFile(t *testing.T) {
	t.Parallel()
	want := &Config{
		Database: "postgres://usher@db/usher",
		Upstream: Upstream{BaseURL: "https://sandbox.example.com/api", APIKey: "k-123", Insecure: true, Account: "acme", Rate: 2.5,
			Burst: 3, DayZone: "America/New_York", DayReserve: "5%", DayLength: 6 * time.Hour,
			Timeout: 20 * time.Second, Resend: "never", RetryAfterCap: 24 * time.Hour},
		Lookup:  Lookup{After: time.Minute, Again: 3 * time.Minute},
		Gate:    Gate{ProbeFirst: 2 * time.Minute, ProbeMax: time.Hour},
		Pace:    Pace{ShortWait: 7 * time.Second},
		Breaker: Breaker{Canary: 3, SameRefusal: 4, Tolerate: 25},
		Work:    Work{Concurrency: 8, StopTimeout: 90 * time.Second},
		Log:     Log{Level: "debug", Format: "json"},
		Defaults: Defaults{Region: "DE", WorkflowID: "wf_1", RedirectURL: "https://example.com/thanks?x=1", ReferencePrefix: "acme-", Return: true,
			Quiet: when.Rule{Hours: "20:00-07:00", Days: "sat,sun", Holidays: "2026-12-25", Zone: "Europe/Berlin"}},
		Report: Report{Dir: "/var/reports", DeliverDir: "/var/results", DeliverName: "{batch}-{run}", DeliverFormat: "xlsx", DeliverSplit: true},
		Folder: Folder{Settle: 20 * time.Second, Limit: 2_000_000_000, Problems: FolderLeaveOut},
		Web: Web{Listen: ":80", PublicURL: "https://usher.example.com", UploadLimit: 100 << 20, TLSCert: "/etc/usher/cert.pem",
			TLSKey: "/etc/usher/key.pem", TrustHeader: "X-Remote-User", Idle: 30 * time.Minute, Absolute: 8 * time.Hour,
			TrustFrom:    []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("192.168.0.0/16")},
			ReturnSecret: "0123456789abcdef0123456789abcdef", ReturnTo: "https://example.com/welcome", WebhookSecret: "whsec_1",
			MetricsToken: "0123456789abcdef"},
	}
	got := mustLoad(t, everything)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for _, k := range Keys() {
		if source := got.Source(k.Path); source != "usher.yaml" {
			t.Errorf("Source(%q) = %q, want usher.yaml: is the key missing in this test?", k.Path, source)
		}
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "usher.yaml", "upstream: {rate: 1, burst: 1, daily: 1}\n")
	c, err := Load(Options{
		Dir:       dir,
		Env:       []string{"HOME=/root", "USHER_UPSTREAM_BURST=2", "USHER_UPSTREAM_DAILY=2", "USHER_LOG_LEVEL=warn"},
		Flags:     map[string]string{"upstream.daily": "3", "log.level": "error"},
		FlagNames: map[string]string{"upstream.daily": "--per-day"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Upstream{BaseURL: "https://api.deepidv.com", Rate: 1, Burst: 2, Daily: 3,
		DayZone: "UTC", DayReserve: "1%", DayLength: 24 * time.Hour, Timeout: 15 * time.Second, Resend: "auto", RetryAfterCap: 10 * time.Minute}
	if diff := cmp.Diff(want, c.Upstream); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for path, want := range map[string]string{
		"upstream.timeout": "default", "upstream.rate": "usher.yaml", "upstream.burst": "USHER_UPSTREAM_BURST",
		"upstream.daily": "--per-day", "log.level": "--log-level", "no.such": "",
	} {
		if got := c.Source(path); got != want {
			t.Errorf("Source(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestOnlyValuesInForceAreChecked(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "upstream: {rate: fast, api_key_file: nowhere}", "USHER_UPSTREAM_RATE=5", "USHER_UPSTREAM_API_KEY=k")
	if c.Upstream.Rate != 5 || c.Upstream.APIKey != "k" {
		t.Errorf("got %v", c.Upstream)
	}
}

func TestEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "usher.yaml", "upstream:\n  rate: fast\n  brust: 1\n")
	_, err := Load(Options{Dir: dir, Env: []string{"USHER_LOOKUP_AFTER=30", "USHER_LOKUP_AGAIN=1m"},
		Flags: map[string]string{"work.concurrency": "0", "sped": "1"}})
	want := []string{
		`usher.yaml:3: upstream.brust is not a setting of this version; did you mean upstream.burst?`,
		`USHER_LOKUP_AGAIN: is not a variable of this version; did you mean USHER_LOOKUP_AGAIN?`,
		`--sped: sped is not a setting of this version; take it out; no known name is like it`,
		`upstream.rate (usher.yaml:2): "fast" is not a number; write requests per second, such as 25 or 0.5, or 0 for no limit`,
		`lookup.after (USHER_LOOKUP_AFTER): "30" has no unit; write 30s if seconds are meant`,
		`work.concurrency (--work-concurrency): "0" is out of range; write a whole number from 1 to 2000, digits only`,
	}
	if diff := cmp.Diff(want, problems(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("Error() = %s", got)
	}
}

func TestRedacted(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, everything)
	got := c.Redacted()
	for path, want := range map[string]string{
		"database": "postgres://usher@db/usher", "upstream.api_key": "set", "upstream.rate": "2.5",
		"web.upload_limit": "100MiB", "web.trust_from": "10.0.0.1, 192.168.0.0/16",
		"upstream.retry_after_cap": "24h", "work.stop_timeout": "1m30s", "defaults.send_email_invite": "false",
		"web.return_secret": "set", "web.webhook_secret": "set", "web.metrics_token": "set", "web.return_to": "https://example.com/welcome",
	} {
		if got[path] != want {
			t.Errorf("%s is shown as %q, want %q", path, got[path], want)
		}
	}
	if len(got) != len(Keys()) {
		t.Errorf("%d settings shown, want all %d", len(got), len(Keys()))
	}
	if got := new(Config).Redacted(); got["upstream.api_key"] != "not set" || got["database"] != "not set" {
		t.Errorf("the zero Config is shown as %v", got)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Path] || seen[k.Env] {
			t.Errorf("%s: its path or variable is another key's too", k.Path)
		}
		seen[k.Path], seen[k.Env] = true, true
		if k.Help == "" || k.Env != "USHER_"+strings.ToUpper(strings.ReplaceAll(k.Path, ".", "_")) {
			t.Errorf("incomplete key: %+v", k)
		}
		if k.Secret != slices.Contains([]string{"database", "upstream.api_key", "web.return_secret", "web.webhook_secret", "web.metrics_token"}, k.Path) {
			t.Errorf("%s: Secret = %v", k.Path, k.Secret)
		}
	}
}
