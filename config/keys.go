package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// envPrefix begins the name of every environment variable that belongs to usher.
const envPrefix = "USHER_"

// Key describes one setting, for documentation and the help of flags.
type Key struct {
	Path    string // "upstream.rate": its place in usher.yaml
	Env     string // "USHER_UPSTREAM_RATE"
	Default string // as it would be written in usher.yaml
	Help    string // one line
	// Secret settings are never printed. They can also be read from a file that is named under the same name
	// with _file (in usher.yaml) or _FILE (in the environment) added.
	Secret bool
}

// key joins a Key to the field it fills.
type key struct {
	Key
	set  func(*Config, string) error
	show func(*Config) string
}

// Keys returns every setting, in the order of the documentation.
func Keys() []Key {
	public := make([]Key, len(keys))
	for i, k := range keys {
		public[i] = k.Key
	}
	return public
}

// keys is the one list of settings; everything else in this package follows from it.
var keys = []key{
	secret(bind("database", "", "where usher keeps its data: sqlite:PATH or postgres://…; empty = usher.db in the user's data folder",
		database, func(c *Config) *string { return &c.Database }), redactDatabase),

	bind("upstream.base_url", "https://api.deepidv.com", "address of the identity-verification API",
		baseURL, func(c *Config) *string { return &c.Upstream.BaseURL }),
	secret(bind("upstream.api_key", "", "API key of the account",
		apiKey, func(c *Config) *string { return &c.Upstream.APIKey }), redactKey),
	bind("upstream.insecure", "false", "whether the API may be called unencrypted (http) on another machine",
		boolean, func(c *Config) *bool { return &c.Upstream.Insecure }),
	bind("upstream.account", "", "name of the account, when several share one database",
		text, func(c *Config) *string { return &c.Upstream.Account }),
	bind("upstream.rate", "25", "requests per second, of all workers together; 0 = no limit",
		rate, func(c *Config) *float64 { return &c.Upstream.Rate }),
	bind("upstream.burst", "10", "requests that may go at once after a quiet moment",
		whole(1, 100_000), func(c *Config) *int { return &c.Upstream.Burst }),
	bind("upstream.daily", "10000", "requests per day; 0 = no limit",
		whole(0, 1_000_000_000), func(c *Config) *int { return &c.Upstream.Daily }),
	bind("upstream.day_zone", "UTC", "time zone at whose midnight the day of upstream.daily begins, such as America/New_York",
		dayZone, func(c *Config) *string { return &c.Upstream.DayZone }),
	bind("upstream.day_reserve", "1%", "requests of the day that are kept for looking up lost answers: a number, or a share such as 1%",
		dayReserve, func(c *Config) *string { return &c.Upstream.DayReserve }),
	bind("upstream.day_length", "24h", "span that upstream.daily counts by, from midnight on, if it is shorter than a day",
		duration(10*time.Second, 24*time.Hour), func(c *Config) *time.Duration { return &c.Upstream.DayLength }),
	bind("upstream.timeout", "15s", "longest time one request may take",
		duration(100*time.Millisecond, 5*time.Minute), func(c *Config) *time.Duration { return &c.Upstream.Timeout }),
	bind("upstream.resend", "auto", "what to do with a lost request whose session was not found: auto (send again) or never",
		choice("auto", "never"), func(c *Config) *string { return &c.Upstream.Resend }),
	bind("upstream.retry_after_cap", "10m", "longest Retry-After that is believed",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Upstream.RetryAfterCap }),

	bind("lookup.after", "30s", "wait before a lost request is looked up",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Lookup.After }),
	bind("lookup.again", "2m", "wait before it is looked up for the second time",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Lookup.Again }),

	bind("gate.probe_first", "1m", "first try after the tokens ran out",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Gate.ProbeFirst }),
	bind("gate.probe_max", "30m", "longest wait between two tries",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Gate.ProbeMax }),

	bind("pace.short_wait", "10s", "longest wait the API may ask for without closing the gate",
		duration(0, time.Minute), func(c *Config) *time.Duration { return &c.Pace.ShortWait }),

	bind("breaker.canary", "5", "people of each batch who go first, alone: the others follow when these are invited; 0 = none",
		whole(0, 1000), func(c *Config) *int { return &c.Breaker.Canary }),
	bind("breaker.same_refusal", "10", "people in a row, refused for the same reason, who pause a batch; 0 = never",
		whole(0, 1_000_000), func(c *Config) *int { return &c.Breaker.SameRefusal }),
	bind("breaker.tolerate", "10", "per cent of people refused above which a batch is paused, from the 50th on; 100 = never",
		percent, func(c *Config) *int { return &c.Breaker.Tolerate }),

	bind("work.concurrency", "32", "requests in flight at once in one process",
		whole(1, 2000), func(c *Config) *int { return &c.Work.Concurrency }),
	bind("work.stop_timeout", "30s", "longest time to stop in",
		duration(1, 0), func(c *Config) *time.Duration { return &c.Work.StopTimeout }),

	bind("log.level", "info", "least level that is logged: debug, info, warn or error",
		choice("debug", "info", "warn", "error"), func(c *Config) *string { return &c.Log.Level }),
	bind("log.format", "console", "form of the log: console or json",
		choice("console", "json"), func(c *Config) *string { return &c.Log.Format }),

	bind("defaults.region", "", "country of phone numbers without a country code, two letters",
		region, func(c *Config) *string { return &c.Defaults.Region }),
	bind("defaults.workflow_id", "", "workflow of the sessions; empty = a standalone verification",
		word, func(c *Config) *string { return &c.Defaults.WorkflowID }),
	bind("defaults.reference_prefix", "", "put before each external_id of a list, where the numbers of several companies meet, such as acme-",
		word, func(c *Config) *string { return &c.Defaults.ReferencePrefix }),
	bind("defaults.redirect_url", "", "https address the applicant's browser goes to afterwards",
		redirectURL, func(c *Config) *string { return &c.Defaults.RedirectURL }),
	bind("defaults.return", "false", "whether people come back to a page of usher afterwards; needs web.public_url with https",
		boolean, func(c *Config) *bool { return &c.Defaults.Return }),
	bind("defaults.send_email_invite", "true", "whether the API sends an invitation by e-mail",
		boolean, func(c *Config) *bool { return &c.Defaults.SendEmailInvite }),
	bind("defaults.send_phone_invite", "true", "whether the API sends an invitation by SMS",
		boolean, func(c *Config) *bool { return &c.Defaults.SendPhoneInvite }),
	bind("defaults.quiet_hours", "", "hours of each day in which nobody is invited, such as 20:00-07:00, separated by commas",
		text, func(c *Config) *string { return &c.Defaults.Quiet.Hours }),
	bind("defaults.quiet_days", "", "days of the week on which nobody is invited, such as sat,sun",
		text, func(c *Config) *string { return &c.Defaults.Quiet.Days }),
	bind("defaults.holidays", "", "dates on which nobody is invited, such as 2026-12-25, separated by commas",
		text, func(c *Config) *string { return &c.Defaults.Quiet.Holidays }),
	bind("defaults.quiet_zone", "", "time zone of the quiet hours, days and holidays, such as Europe/Berlin",
		text, func(c *Config) *string { return &c.Defaults.Quiet.Zone }),

	bind("report.dir", "", "where reports of finished batches go; empty = beside where the import ran",
		text, func(c *Config) *string { return &c.Report.Dir }),
	bind("report.deliver_dir", "", "folder that the results of finished batches are put into, for other programs; empty = none",
		text, func(c *Config) *string { return &c.Report.DeliverDir }),
	bind("report.deliver_name", "{date}-{batch}-{name}", "what the files there are called: words, {date}, {time}, {batch}, {name}, {schedule} and {run}",
		deliverName, func(c *Config) *string { return &c.Report.DeliverName }),
	bind("report.deliver_format", "csv", "what kind of files they are: csv, xlsx, jsonl or html",
		choice("csv", "xlsx", "jsonl", "html"), func(c *Config) *string { return &c.Report.DeliverFormat }),
	bind("report.deliver_split", "false", "whether there is also a file for each state that somebody is in",
		boolean, func(c *Config) *bool { return &c.Report.DeliverSplit }),
	bind("report.deliver_manifest", "true", "whether a file beside them, written last, tells what was delivered",
		boolean, func(c *Config) *bool { return &c.Report.DeliverManifest }),

	bind("folder.settle", "5s", "how long a file in a watched folder must not have changed before it is taken",
		duration(100*time.Millisecond, time.Hour), func(c *Config) *time.Duration { return &c.Folder.Settle }),
	shownBy(bind("folder.limit", "1GB", "largest file that is taken from a watched folder, written as web.upload_limit is",
		uploadLimit, func(c *Config) *int64 { return &c.Folder.Limit }), func(c *Config) string { return formatSize(c.Folder.Limit) }),
	bind("folder.problems", FolderRefuse, "a file in a watched folder that has rows with problems: refuse it, or leave_out those rows",
		choice(FolderRefuse, FolderLeaveOut), func(c *Config) *string { return &c.Folder.Problems }),

	bind("web.listen", "127.0.0.1:8080", "address and port that the pages are served at",
		listenAddress, func(c *Config) *string { return &c.Web.Listen }),
	bind("web.public_url", "", "address that browsers know the pages by, such as https://usher.example.com; a path is not supported",
		publicURL, func(c *Config) *string { return &c.Web.PublicURL }),
	shownBy(bind("web.upload_limit", "256MB", "largest file that may be uploaded: a number with MB, MiB, GB or GiB, or of bytes",
		uploadLimit, func(c *Config) *int64 { return &c.Web.UploadLimit }), func(c *Config) string { return formatSize(c.Web.UploadLimit) }),
	bind("web.tls_cert", "", "file with the certificate, in PEM, when the pages are served with TLS",
		text, func(c *Config) *string { return &c.Web.TLSCert }),
	bind("web.tls_key", "", "file with the certificate's private key",
		text, func(c *Config) *string { return &c.Web.TLSKey }),
	bind("web.trust_header", "", "header in which a proxy names the user it has signed in, such as X-Remote-User",
		trustHeader, func(c *Config) *string { return &c.Web.TrustHeader }),
	shownBy(bind("web.trust_from", "", "addresses or networks of the proxies that are believed, separated by commas",
		trustFrom, func(c *Config) *[]netip.Prefix { return &c.Web.TrustFrom }), func(c *Config) string { return formatPrefixes(c.Web.TrustFrom) }),
	secret(bind("web.metrics_token", "", "what a reader of /metrics and /readyz on another machine shows, as 'Authorization: Bearer …'; at least 16 characters",
		token, func(c *Config) *string { return &c.Web.MetricsToken }), redactKey),
	bind("web.idle", "2h", "when a sign-in ends that is not used",
		duration(5*time.Minute, 0), func(c *Config) *time.Duration { return &c.Web.Idle }),
	bind("web.absolute", "12h", "when a sign-in ends in any case",
		duration(5*time.Minute, 0), func(c *Config) *time.Duration { return &c.Web.Absolute }),
	secret(bind("web.return_secret", "", "what the addresses that people come back to are made with, 32 characters or more; empty = usher makes one, on SQLite",
		returnSecret, func(c *Config) *string { return &c.Web.ReturnSecret }), redactKey),
	bind("web.return_to", "", "https address that the page people come back to leads on to; empty = nowhere",
		redirectURL, func(c *Config) *string { return &c.Web.ReturnTo }),
	secret(bind("web.webhook_secret", "", "secret that the provider's webhooks are signed with; empty = none are taken",
		apiKey, func(c *Config) *string { return &c.Web.WebhookSecret }), redactKey),
}

// bind makes the key at path, whose text parse turns into the value of a field.
func bind[T any](path, def, help string, parse func(string) (T, error), field func(*Config) *T) key {
	return key{
		Key: Key{Path: path, Env: envName(path), Default: def, Help: help},
		set: func(c *Config, given string) error {
			value, err := parse(given)
			if err == nil {
				*field(c) = value
			}
			return err
		},
		show: func(c *Config) string { return format(*field(c)) },
	}
}

// shownBy has a key's value written in a form of its own.
func shownBy(k key, show func(*Config) string) key {
	k.show = show
	return k
}

// secret makes a key secret; redact says what of its value may be shown.
func secret(k key, redact func(string) string) key {
	k.Secret = true
	plain := k.show
	k.show = func(c *Config) string { return redact(plain(c)) }
	return k
}

// redactKey tells only whether there is a key.
func redactKey(value string) string {
	if value == "" {
		return "not set"
	}
	return "set"
}

// format writes a value as it would be written in usher.yaml.
func format(value any) string {
	if d, ok := value.(time.Duration); ok {
		return formatDuration(d)
	}
	return fmt.Sprint(value)
}

// envName returns the name of the environment variable for a key path.
func envName(path string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// names returns every path a layer may give: those of the keys, and those that name a file with a secret in it.
func names() []string {
	var all []string
	for _, k := range keys {
		all = append(all, k.Path)
		if k.Secret {
			all = append(all, k.Path+fileSuffix)
		}
	}
	return all
}

// sections returns the first parts of the paths that have two.
func sections() []string {
	var all []string
	for _, k := range keys {
		if s, _, nested := strings.Cut(k.Path, "."); nested && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
