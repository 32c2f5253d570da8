package config

import (
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// listenAddress accepts a host, or none for all of this machine's addresses, and a port. Port 0 is any free one.
func listenAddress(given string) (string, error) {
	host, port, err := net.SplitHostPort(given)
	if err != nil {
		return "", wrong("write it as 127.0.0.1:8080, or :8080 for all addresses of this machine", "%s is not an address and a port", shown(given))
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || strings.ContainsAny(host, " \t/") {
		return "", wrong("write a port from 1 to 65535, as in 127.0.0.1:8080", "%s has no host and port that can be", shown(given))
	}
	return net.JoinHostPort(host, port), nil
}

// publicURL accepts the address that browsers know the pages by, or nothing. The links on them begin with /, so it
// cannot have a path.
func publicURL(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	u, err := url.Parse(given)
	if err != nil || !validHost(u) || !strings.EqualFold(u.Scheme, "https") && !strings.EqualFold(u.Scheme, "http") {
		return "", wrong("write it as https://usher.example.com", "it is not an http or https address")
	}
	switch {
	case u.User != nil:
		return "", wrong("take them out; users sign in on the page", "it has a user name or password in it")
	case strings.Trim(u.Path, "/") != "":
		return "", wrong("give the pages a host name of their own, and write that alone", "it has a path in it; below a path of another site they do not work")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", wrong("write only the scheme and the host", "it has a query or fragment in it")
	}
	return strings.ToLower(u.Scheme) + "://" + plainHost(u), nil
}

// leastReturnSecret is how many characters a secret must have that nobody may guess.
const leastReturnSecret = 32

// returnSecret accepts a secret that is long enough, or nothing.
func returnSecret(given string) (string, error) {
	const remedy = "make one with 'openssl rand -base64 32'; every process that works or serves pages needs the same"
	switch {
	case given == "":
		return "", nil
	case strings.ContainsFunc(given, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", wrong(remedy, "it has a space, a control character or a character outside ASCII in it")
	case len(given) < leastReturnSecret:
		return "", wrong(remedy, "it is shorter than %d characters", leastReturnSecret)
	}
	return given, nil
}

var sizeText = regexp.MustCompile(`^([0-9]{1,12}) ?([A-Za-z]*)$`)

// sizeUnit is a unit of bytes.
type sizeUnit struct {
	name  string
	bytes int64
}

// sizeUnits are those that a size may have, the largest first.
var sizeUnits = []sizeUnit{{"GiB", 1 << 30}, {"GB", 1e9}, {"MiB", 1 << 20}, {"MB", 1e6}, {"", 1}}

// The least and the most that uploads may be limited to.
const (
	leastUpload = 1e6
	mostUpload  = 4 << 30
)

// uploadLimit parses a number of bytes with a unit, or without one.
func uploadLimit(given string) (int64, error) {
	const remedy = "write it as 256MB, 100MiB, 1GB, or a number of bytes"
	m := sizeText.FindStringSubmatch(given)
	if m == nil {
		return 0, wrong(remedy, "%s is not a size", shown(given))
	}
	i := slices.IndexFunc(sizeUnits, func(u sizeUnit) bool { return strings.EqualFold(u.name, m[2]) })
	if i < 0 {
		return 0, wrong(remedy, "%s has a unit that is not known", shown(given))
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > mostUpload || n*sizeUnits[i].bytes > mostUpload || n*sizeUnits[i].bytes < leastUpload {
		return 0, wrong("write a size from 1MB to 4GB", "%s is out of range", shown(given))
	}
	return n * sizeUnits[i].bytes, nil
}

// formatSize writes a size in the largest unit in which it is whole.
func formatSize(n int64) string {
	for _, u := range sizeUnits {
		if n%u.bytes == 0 && n > 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return "0"
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

// trustHeader accepts the name of a header that only the proxy sets, or nothing.
func trustHeader(given string) (string, error) {
	name := textproto.CanonicalMIMEHeaderKey(given)
	switch {
	case given == "":
		return "", nil
	case !headerName.MatchString(given):
		return "", wrong("write a name such as X-Remote-User", "%s is not the name of a header", shown(given))
	case slices.Contains([]string{"Authorization", "Cookie", "Host", "Origin", "Referer", "User-Agent"}, name):
		return "", wrong("write a name that only your proxy sets, such as X-Remote-User", "%s is a header that browsers send by themselves", shown(given))
	}
	return name, nil
}

// trustFrom parses addresses and networks, separated by commas.
func trustFrom(given string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for part := range strings.SplitSeq(given, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if a, addrErr := netip.ParseAddr(part); addrErr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, wrong("write addresses or networks such as 10.0.0.1, 10.0.0.0/24", "%s is not an address or a network", shown(part))
		case p.Addr().Is4In6():
			return nil, wrong("write it as an IPv4 network, such as 10.0.0.0/24", "%s is an IPv4 network in IPv6's form", shown(part))
		case p.Bits() == 0:
			return nil, wrong("name your proxies only", "%s is everybody, who could then sign in as anybody", shown(part))
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func formatPrefixes(all []netip.Prefix) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
		if p.IsSingleIP() {
			texts[i] = p.Addr().String()
		}
	}
	return strings.Join(texts, ", ")
}

// halves returns the problems of settings that are of no use without another.
func (c *Config) halves(from layer) (problems []Problem) {
	values := c.Redacted()
	for _, pair := range [][2]string{
		{"web.tls_cert", "web.tls_key"}, {"web.tls_key", "web.tls_cert"},
		{"web.trust_header", "web.trust_from"}, {"web.trust_from", "web.trust_header"},
	} {
		if values[pair[0]] != "" && values[pair[1]] == "" {
			problems = append(problems, newProblem(pair[0], from[pair[0]].origin, wrong("set both of them, or neither", "%s is not set", pair[1])))
		}
	}
	return problems
}
