package upstream

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxID    = 256
	maxURL   = 8 << 10
	maxLinks = 16 << 10
	maxToken = 4 << 10
)

// fields is a JSON object read leniently: a field that makes no sense is left
// out, since a session that exists must not be lost over its links. Names are
// matched exactly.
type fields map[string]json.RawMessage

// parseObject reads a JSON object; anything else is not ok.
func parseObject(b []byte) (fields, bool) {
	var f fields
	if json.Unmarshal(bytes.TrimPrefix(b, []byte("\ufeff")), &f) != nil || f == nil {
		return nil, false
	}
	return f, true
}

// text is the first of the named fields that says something: a string, or an
// integer as its digits.
func (f fields) text(names ...string) string {
	for _, name := range names {
		raw := bytes.TrimSpace(f[name])
		var s string
		switch {
		case digits(string(raw)):
			return string(raw)
		case json.Unmarshal(raw, &s) != nil:
		case strings.TrimSpace(s) != "":
			return s
		}
	}
	return ""
}

// token is a page token, which has to go back exactly as it came; empty on the
// last page. It is not ok when the list says in another way that there is more,
// or with a token that cannot be sent back: the rest of such a list is not known.
func (f fields) token(names ...string) (token string, ok bool) {
	if token = f.text(names...); token != "" {
		return token, len(token) <= maxToken
	}
	for name, raw := range f {
		if saysMore(name) && !saysNothing(raw) {
			return "", false
		}
	}
	return "", true
}

// saysMore tells the names by which lists say that they go on.
func saysMore(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	return strings.HasPrefix(name, "next") || name == "hasmore" || name == "hasnext"
}

// saysNothing tells the values by which they say that they do not.
func saysNothing(raw json.RawMessage) bool {
	switch strings.Join(strings.Fields(string(raw)), "") {
	case "null", "false", `""`, "{}", "[]":
		return true
	}
	var s string
	return json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) == ""
}

// rows is the first of the named fields that is an array of objects. A null is
// none: an API that lost its list has not said that nobody was invited.
func (f fields) rows(names ...string) ([]fields, bool) {
	for _, name := range names {
		var rows []fields
		if json.Unmarshal(f[name], &rows) == nil && rows != nil {
			return rows, true
		}
	}
	return nil, false
}

// session reads a session record; it is not ok without a usable id.
func (f fields) session() (Session, bool) {
	id := usableID(f.text("id", "idv_id"))
	return Session{
		ID:         id,
		URL:        webAddress(f.text("session_url", "sessionUrl")),
		ExternalID: clean(f.text("externalId", "external_id")),
		Status:     clip(f.text("status"), maxCode),
		Links:      f.links(),
		CreatedAt:  f.created(),
	}, id != ""
}

// usableID is the id without blanks around it, or nothing when it could not be
// stored or sent back.
func usableID(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxID || s != clean(s) || strings.ContainsRune(s, utf8.RuneError) {
		return ""
	}
	return s
}

// webAddress is s if a browser may be sent there. It becomes a link on pages and
// in reports, so javascript: and its like are nothing.
func webAddress(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || s != clean(s) || u.Host == "" ||
		u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return s
}

// links is the array as it came, without blanks; nil when there is none, when it
// is very long, or when it holds a NUL, which PostgreSQL cannot store.
func (f fields) links() json.RawMessage {
	raw := bytes.TrimSpace(f["links"])
	var out bytes.Buffer
	if len(raw) == 0 || raw[0] != '[' || json.Compact(&out, raw) != nil ||
		out.Len() > maxLinks || bytes.Contains(out.Bytes(), []byte(`\u0000`)) || !utf8.Valid(out.Bytes()) {
		return nil
	}
	return out.Bytes()
}

// created reads the time of creation: a date, or seconds or milliseconds since
// 1970. Zero when there is none that can be believed.
func (f fields) created() time.Time {
	for _, name := range []string{"created_at", "createdAt", "created"} {
		raw := bytes.TrimSpace(f[name])
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		if t, ok := parseTime(strings.TrimSpace(s)); ok {
			return t
		}
	}
	return time.Time{}
}

// timeLayouts are RFC 3339, and what is met beside it: without a zone (taken for
// UTC), without seconds, the day alone, and the dates of HTTP and of mail.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999 -0700", "2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly, time.RFC1123, time.RFC1123Z}

// parseTime reads one of [timeLayouts] or an epoch number. What is told to the
// minute or the day is taken for its beginning. Years outside 2000 to 2100 are
// not believed.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), believable(t)
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n > 1e14 {
		return time.Time{}, false
	}
	if n < 1e11 { // as milliseconds this would be before 1973
		n *= 1000
	}
	t := time.UnixMilli(int64(n)).UTC()
	return t, believable(t)
}

func believable(t time.Time) bool { return t.Year() >= 2000 && t.Year() <= 2100 }

// digits says whether s is a whole number without sign.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
