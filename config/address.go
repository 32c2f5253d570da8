package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// No message of this file shows an address: people put passwords and tokens into them.

// baseURL accepts the address of the API and returns its one spelling. The account that invitations are counted
// under is made of it, so two spellings of one address would invite everybody twice.
func baseURL(given string) (string, error) {
	u, err := url.Parse(given)
	if err != nil || !validHost(u) || (!strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http")) {
		return "", wrong("write it as https://api.deepidv.com", "it is not an http or https address")
	}
	path := strings.TrimRight(u.Path, "/")
	switch {
	case u.User != nil:
		return "", wrong("take them out; the key goes into upstream.api_key", "it has a user name or password in it")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", wrong("write only what comes before the first ? or #", "it has a query or fragment in it")
	case strings.HasSuffix(path, "/v1"), strings.HasSuffix(path, "/v1/sessions"):
		return "", wrong("leave off /v1 and what follows; usher adds it", "it has the path of a request in it")
	}
	clean := url.URL{Scheme: strings.ToLower(u.Scheme), Host: plainHost(u), Path: path, RawPath: strings.TrimRight(u.RawPath, "/")}
	return clean.String(), nil
}

// redirectURL accepts a valid HTTPS address, as the API asks for, or nothing.
func redirectURL(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	u, err := url.Parse(given)
	if err != nil || !validHost(u) || !strings.EqualFold(u.Scheme, "https") {
		return "", wrong("write it as https://example.com/thanks", "it is not an https address")
	}
	if u.User != nil {
		return "", wrong("take them out; every applicant would see them", "it has a user name or password in it")
	}
	return given, nil
}

// validHost reports whether an address names a host, and a port that exists if it names one.
func validHost(u *url.URL) bool {
	if u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \t") {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Port() == "" || (err == nil && port > 0)
}

// plainHost returns the host in lower case, with its port unless that is the scheme's own.
func plainHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	own := map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	if port != "" && port != own {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// sqliteScheme begins the address of an SQLite database; the path follows.
const sqliteScheme = "sqlite:"

// database accepts the two forms of a database address.
func database(given string) (string, error) {
	if path, ok := strings.CutPrefix(given, sqliteScheme); ok {
		return given, sqlitePath(path)
	}
	if isPostgres(given) {
		return given, postgresAddress(given)
	}
	return "", wrong("write sqlite:PATH, or postgres://USER@HOST/NAME", "it is neither of the known kinds of database")
}

// isPostgres reports whether an address is one of PostgreSQL.
func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// sqlitePath checks the part after "sqlite:". A database in memory is refused: usher would forget whom it invited.
func sqlitePath(path string) error {
	switch {
	case path == "":
		return wrong("write sqlite:usher.db", "it names no file")
	case strings.HasPrefix(path, "//"):
		return wrong("write sqlite:usher.db or sqlite:/var/lib/usher.db", "it has // after sqlite:")
	case strings.Contains(path, ":memory:"):
		return wrong("name a file, such as sqlite:usher.db", "a database in memory would forget who was invited")
	case strings.HasPrefix(path, "~"):
		return homeless()
	case strings.ContainsAny(path, "?\x00\n\r"), strings.TrimSpace(path) != path:
		return wrong("write the path alone", "it has an option, a space or a line break beside the path")
	}
	return nil
}

// parsePostgres parses an address. An @ that does not end the user's name and password means that the password was
// not encoded: net/url takes half of it for a host or a path, where it would be shown.
func parsePostgres(address string) (*url.URL, bool) {
	u, err := url.Parse(address)
	if err != nil || strings.Count(address, "@") > 1 {
		return nil, false
	}
	return u, u.User != nil || !strings.Contains(address, "@")
}

// postgresAddress checks an address as far as it can be checked without connecting.
func postgresAddress(address string) error {
	u, ok := parsePostgres(address)
	switch {
	case !ok:
		return wrong("write postgres://USER:PASSWORD@HOST/NAME, with @ : / ? # % in the password as %40 %3A %2F %3F %23 %25",
			"it is not a valid PostgreSQL address")
	case u.Host == "" && u.Query().Get("host") == "" && u.Path == "":
		return wrong("write postgres://USER@HOST/NAME", "it names no host and no database")
	}
	return nil
}

// shownParams are the parameters of a PostgreSQL address that hold no secret.
var shownParams = []string{"host", "port", "user", "dbname", "sslmode", "application_name", "connect_timeout",
	"target_session_attrs", "pool_max_conns", "pool_min_conns"}

// redactDatabase returns a database address without its password and without the parameters that might be secret.
func redactDatabase(address string) string {
	if !isPostgres(address) {
		if strings.HasPrefix(address, sqliteScheme) {
			return address
		}
		return redactKey(address)
	}
	u, ok := parsePostgres(address)
	if !ok {
		return redactKey(address)
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	kept, given := url.Values{}, u.Query()
	for _, name := range shownParams {
		if given.Has(name) {
			kept.Set(name, given.Get(name))
		}
	}
	u.RawQuery, u.Fragment = kept.Encode(), ""
	return u.String()
}
