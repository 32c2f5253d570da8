// Package config owns usher's settings: their names, defaults, and checks, and where each value came from.
//
// A value is taken from the strongest place that gives one: a command-line flag, else a USHER_* environment
// variable, else usher.yaml, else the default. The package knows nothing about what the settings are used for;
// only package main reads it, and package batch takes it from there.
package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime"
	"time"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"

	"usher/schedule/when"
)

// Config is the whole configuration, checked. Load makes it.
type Config struct {
	// Database is "sqlite:PATH", or a "postgres://" or "postgresql://" address. This path, and every other one here,
	// is absolute.
	Database string
	Upstream Upstream
	Lookup   Lookup
	Gate     Gate
	Pace     Pace
	Breaker  Breaker
	Work     Work
	Log      Log
	Defaults Defaults
	Report   Report
	Folder   Folder
	Web      Web
	// Sources are the databases that applicants are read from, by name. They come from usher.yaml only.
	Sources map[string]Source
	// Schedules are what usher.yaml says of schedules, by name.
	Schedules map[string]Schedule
	// Notify are those who are told what happens, by name. They come from usher.yaml only.
	Notify map[string]Target

	origins      map[string]string // key path -> where its value came from
	dataDatabase string            // the file that is the database by default, if it can be told
}

// Upstream says how the API is reached and how fast it may be called.
type Upstream struct {
	// BaseURL has its scheme and host in lower case, no default port, and no slash at the end, so that one
	// account has one spelling.
	BaseURL string
	// APIKey may be empty: some commands need none.
	APIKey string
	// APIKeyFile is the file that the key was read from, as an absolute path; empty if it came from none. See
	// [Upstream.ReadKey].
	APIKeyFile string
	// Insecure lets BaseURL be an http address of another machine.
	Insecure bool
	// Account names the account when several customers' accounts share one database; usually empty.
	Account string
	// Rate is requests per second, Burst how many may go at once, Daily how many a day. A Rate or Daily of 0
	// is no limit.
	Rate         float64
	Burst, Daily int
	// DayZone is the time zone at whose midnight a day begins, and DayLength the span that Daily counts by: 24 hours
	// are a day of the calendar. DayReserve is what of Daily is kept for look-ups; see [Upstream.Reserve].
	DayZone, DayReserve string
	DayLength           time.Duration
	// Timeout bounds one request.
	Timeout time.Duration
	// Resend is "auto" or "never": what happens to a person whose session was looked for twice and not found.
	Resend string
	// RetryAfterCap is the longest Retry-After that is believed.
	RetryAfterCap time.Duration
}

// Lookup says when a request whose answer was lost is looked up: both are counted from the attempt's deadline.
type Lookup struct{ After, Again time.Duration }

// Gate says when a gate that closed for want of tokens tries one applicant: first, and at the most.
type Gate struct{ ProbeFirst, ProbeMax time.Duration }

// Pace says how the limit of the API is met: ShortWait is the longest wait for which only the requests are put off, and
// the gate stays open.
type Pace struct{ ShortWait time.Duration }

// Work says how much one worker process does at once, and how long it may take to stop.
type Work struct {
	Concurrency int
	StopTimeout time.Duration
}

// Log says what is logged: Level is debug, info, warn or error; Format is console or json.
type Log struct{ Level, Format string }

// Defaults are what an import uses where it says nothing itself.
type Defaults struct {
	// Region is two capital letters: the country of phone numbers written without a country code.
	Region          string
	WorkflowID      string
	RedirectURL     string
	ReferencePrefix string
	// Return has people come back to a page of usher; see [Web].PublicURL.
	Return          bool
	SendEmailInvite bool
	SendPhoneInvite bool
	// Quiet are times in which nobody is invited.
	Quiet when.Rule
}

// Report says where reports of finished batches go; an empty Dir is the directory the import ran in.
type Report struct {
	Dir string
	// DeliverDir is the folder that results are delivered into; empty if they are into none.
	DeliverDir string
	// DeliverName is what the files there are called, with words such as {batch} to be replaced; see [DeliverWords].
	DeliverName string
	// DeliverFormat is csv, xlsx, jsonl or html.
	DeliverFormat string
	// DeliverSplit has a file beside it for each state that somebody is in, and DeliverManifest one that tells of all.
	DeliverSplit, DeliverManifest bool
}

// Web says how the pages are served, and who may come to them how.
type Web struct {
	// Listen is a host and a port; an empty host is all addresses of this machine.
	Listen string
	// PublicURL is the address that browsers know the pages by, without a path or a slash at the end; it may be empty.
	PublicURL string
	// UploadLimit is how many bytes an upload may have.
	UploadLimit int64
	// TLSCert and TLSKey are files, given both or not at all.
	TLSCert, TLSKey string
	// TrustHeader names the user who was signed in by a proxy, in requests that come from TrustFrom. Both are empty
	// or neither is.
	TrustHeader string
	TrustFrom   []netip.Prefix
	// MetricsToken lets somebody who shows it read the metrics from another machine. It is a secret, and may be empty.
	MetricsToken string
	// Idle is after how long without use a sign-in ends, Absolute after how long it ends in any case.
	Idle, Absolute time.Duration
	// ReturnSecret is what the addresses that people come back to are made with; it may be empty.
	ReturnSecret string
	// ReturnTo is the address that the page which people come back to leads on to; it may be empty.
	ReturnTo string
	// WebhookSecret is what the provider's webhooks are signed with; empty if none are taken.
	WebhookSecret string
}

// Options say where Load reads from. The zero value reads ./usher.yaml if there is one, and nothing else.
type Options struct {
	// File is the --config flag; empty means USHER_CONFIG, else usher.yaml in Dir if it exists.
	File string
	// Dir is the working directory, to which relative paths are taken, but for those in the file: they are taken to
	// the folder where that lies, or the link to it. Empty means the process's own.
	Dir string
	// Env is the environment in os.Environ's form. The user's data folder is found by it as well.
	Env []string
	// Flags maps key paths to values, for the flags that were set.
	Flags map[string]string
	// FlagNames maps key paths to flags as typed ("--region"), for messages. A key that is left out is called
	// by its path: --defaults-region.
	FlagNames map[string]string
}

// Load reads every layer and checks the values in force. The error, if any, is an *Error that holds every problem
// found; it never holds a secret.
func Load(o Options) (*Config, error) { return loadOn(runtime.GOOS, o) }

// loadOn is Load on an operating system.
func loadOn(goos string, o Options) (*Config, error) {
	if dir, err := filepath.Abs(o.Dir); err == nil {
		o.Dir = dir
	}
	layers, own, problems := readLayers(o, goos)
	merged := koanf.New(".")
	inForce := layer{}
	for _, l := range layers {
		if err := merged.Load(confmap.Provider(l.texts(), "."), nil); err != nil {
			return nil, fmt.Errorf("merge configuration: %w", err)
		}
		for path, s := range l {
			inForce[path] = s
		}
	}

	c := &Config{Sources: own.sources, Schedules: own.schedules, Notify: own.notify, origins: map[string]string{}}
	c.dataDatabase, _ = dataDatabase(o.Env, goos)
	for _, k := range keys {
		s := inForce[k.Path]
		c.origins[k.Path] = s.origin.name
		err := s.err
		if err == nil {
			err = k.set(c, merged.String(k.Path))
		}
		if err != nil && s.err != nil && s.origin.name == defaultOrigin && len(problems) > 0 {
			continue // the place that gives a value may be among those that have problems
		}
		if err != nil {
			problems = append(problems, newProblem(k.Path, s.origin, err))
		}
	}
	c.Upstream.APIKeyFile = inForce["upstream.api_key"].file
	if len(problems) == 0 {
		c.allowToStop()
		problems = c.contradictions(inForce)
		if err := c.resolve(); err != nil {
			problems = append(problems, newProblem("database", inForce["database"].origin, err))
		}
	}
	if len(problems) > 0 {
		return nil, &Error{Problems: problems}
	}
	return c, nil
}

// defaultOrigin is the origin of a value that no place gives.
const defaultOrigin = "default"

// Source returns where the value in force came from: "default", the name of the file, of the environment variable
// or of the flag. It is empty for an unknown path and for a Config that Load did not make.
func (c *Config) Source(path string) string { return c.origins[path] }

// Redacted returns every setting in a form that may be printed: a secret is "set" or "not set", a database address
// has no password.
func (c *Config) Redacted() map[string]string {
	printable := make(map[string]string, len(keys))
	for _, k := range keys {
		printable[k.Path] = k.show(c)
	}
	return printable
}
