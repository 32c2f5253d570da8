package upstream

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage = 300
	maxCode    = 64
)

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// parseRefusal reads the body of an answer that is not a success into a code and
// a message that can be shown. The forms are those seen from the provider, plain
// text among them; a proxy's page is reduced to its title. The key is taken out
// in case the answer quotes it.
func parseRefusal(body []byte, contentType, key string) (code, message string) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if f, ok := parseObject(body); ok {
		code, message = f.refusal()
	}
	if message == "" {
		message = plain(string(body), contentType)
	}
	return tidy(code, key, maxCode), tidy(message, key, maxMessage)
}

// refusal finds code and message of {"error": "…"}, {"error": {"message": …,
// "code": …}} and {"message": …, "code": …}. Where both error and message are
// texts, message is the one that explains.
func (f fields) refusal() (code, message string) {
	code, message = f.text("code"), f.sentence("message")
	if inner, ok := parseObject(f["error"]); ok {
		return orDefault(inner.text("code"), code), orDefault(inner.sentence("message"), message)
	}
	return code, orDefault(message, f.sentence("error"))
}

// sentence is a text field, or a list of texts in one line.
func (f fields) sentence(name string) string {
	var list []string
	if json.Unmarshal(f[name], &list) == nil && len(list) > 0 {
		return strings.Join(list, "; ")
	}
	return f.text(name)
}

// plain is the text of a body that is not one of the JSON forms.
func plain(body, contentType string) string {
	if !strings.Contains(strings.ToLower(contentType), "html") && !strings.HasPrefix(body, "<") {
		return body
	}
	if m := htmlTitle.FindStringSubmatch(body); m != nil && strings.TrimSpace(m[1]) != "" {
		return html.UnescapeString(m[1])
	}
	if body == "" {
		return ""
	}
	return "a web page without a title"
}

// tidy makes text from outside fit to be stored and shown.
func tidy(s, key string, limit int) string {
	return clip(withoutKey(s, key), limit)
}

// keyLeast is how long a key is at the least that nobody can take for a word or a
// part of one. Those of the provider are longer by far.
const keyLeast = 8

// withoutKey takes the key out of a text, wherever it stands. One that is so short
// that words have it in them by chance is taken out where it stands alone.
func withoutKey(s, key string) string {
	if key == "" {
		return s
	}
	if len(key) >= keyLeast {
		return strings.ReplaceAll(s, key, "[key]")
	}
	var out strings.Builder
	before := ' '
	for {
		head, rest, found := strings.Cut(s, key)
		out.WriteString(head)
		if !found {
			return out.String()
		}
		if head != "" {
			before, _ = utf8.DecodeLastRuneInString(head)
		}
		after, _ := utf8.DecodeRuneInString(rest)
		if ofWord(before) || ofWord(after) {
			out.WriteString(key)
		} else {
			out.WriteString("[key]")
		}
		before, _ = utf8.DecodeLastRuneInString(key)
		s = rest
	}
}

// ofWord reports whether a character is part of a word, or of a name in code.
func ofWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-'
}

// clip makes one line of valid text of at most limit characters.
func clip(s string, limit int) string {
	s = strings.Join(strings.Fields(spaced(s)), " ")
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}

// spaced replaces control characters by blanks and drops invisible ones, such as
// those that turn the direction of writing.
func spaced(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// clean is s without anything that cannot be stored as text, and without the
// blanks around it.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}
