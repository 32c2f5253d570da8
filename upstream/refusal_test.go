package upstream

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestRefusalBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 400)
	for _, tt := range []struct{ name, kind, body, code, message string }{
		{"error", "application/json", `{"error":"phone is invalid"}`, "", "phone is invalid"},
		{"error object", "application/json", `{"error":{"message":"phone is invalid","code":"bad_phone"}}`, "bad_phone", "phone is invalid"},
		{"error object, outer code", "application/json", `{"code":"outer","error":{"message":"no"}}`, "outer", "no"},
		{"message", "application/json", `{"message":"no such workflow"}`, "", "no such workflow"},
		{"message and code", "application/json", `{"message":"no","code":"E1"}`, "E1", "no"},
		{"numeric code", "application/json", `{"message":"no","code":4021}`, "4021", "no"},
		{"message before error", "application/json", `{"error":"Bad Request","message":"phone is invalid"}`, "", "phone is invalid"},
		{"several messages", "application/json", `{"message":["a is required","b is required"]}`, "", "a is required; b is required"},
		{"another JSON", "application/json", `{"errors":[{"field":"phone"}]}`, "", `{"errors":[{"field":"phone"}]}`},
		{"JSON called text", "text/plain", `{"error":"no"}`, "", "no"},
		{"null error", "application/json", `{"error":null,"message":"no"}`, "", "no"},
		{"plain text", "text/plain", "Insufficient funds or subscription.\n", "", "Insufficient funds or subscription."},
		{"no type", "", "no", "", "no"},
		{"page", "text/html", "<html><head><TITLE>502 Bad\n Gateway &amp; more</TITLE><body>nginx", "", "502 Bad Gateway & more"},
		{"page without type", "", "<!doctype html><title>Hello</title>", "", "Hello"},
		{"page without title", "text/html", "<p>secret details", "", "a web page without a title"},
		{"empty", "text/html", "", "", ""},
		{"BOM", "application/json", "\ufeff{\"error\":\"no\"}", "", "no"},
		{"control characters", "text/plain", "a\x00b\x1b[31m\r\nc\td", "", "a b [31m c d"},
		{"reversed writing", "text/plain", "a\u202eb\u200bc", "", "abc"},
		{"bad UTF-8", "text/plain", "a\xffb", "", "a\ufffdb"},
		{"long", "text/plain", long, "", long[:2*299] + "…"},
		{"long code", "application/json", `{"message":"no","code":"` + strings.Repeat("c", 99) + `"}`, strings.Repeat("c", 63) + "…", "no"},
		{"quoting the key", "text/plain", "invalid key " + testKey, "", "invalid key [key]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, message := parseRefusal([]byte(tt.body), tt.kind, testKey)
			if code != tt.code || message != tt.message {
				t.Errorf("got %q and %q, want %q and %q", code, message, tt.code, tt.message)
			}
		})
	}
}

// A key as it may be made up for a rehearsal is a part of many words. These stay
// whole, and the key is told by none of them.
func TestRefusalQuotesTheKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ key, says, want string }{
		{"w", "workflow_id: who knows w?", "workflow_id: who knows [key]?"},
		{"w", "w", "[key]"},
		{"w", "w w ww w-w (w)", "[key] [key] ww w-w ([key])"},
		{"key", "the api-key 'key' is no key.", "the api-key '[key]' is no [key]."},
		{"ä1", "ä1x xä1 ä1", "ä1x xä1 [key]"},
		{"k-12345", "k-12345", "[key]"},
		{"k-123456", "xk-123456x", "x[key]x"},
		{"", "no key", "no key"},
	} {
		if _, got := parseRefusal([]byte(tt.says), "text/plain", tt.key); got != tt.want {
			t.Errorf("the key %q: got %q, want %q", tt.key, got, tt.want)
		}
	}
}

func TestStatusErrorOfAnAnswer(t *testing.T) {
	t.Parallel()
	_, err := answering(t, 402, "text/plain", "Insufficient funds or subscription.").CreateSession(t.Context(), person)
	e := as[*StatusError](t, err)
	want := StatusError{Status: 402, Message: "Insufficient funds or subscription."}
	if *e != want {
		t.Errorf("got %+v, want %+v", *e, want)
	}
	if err.Error() != "create session: the API answered 402 Payment Required" {
		t.Errorf("text %q", err)
	}
	huge := answering(t, 500, "text/plain", strings.Repeat("x", 3<<20))
	_, err = huge.CreateSession(t.Context(), person)
	if e := as[*StatusError](t, err); e.Status != 500 || utf8.RuneCountInString(e.Message) != maxMessage {
		t.Errorf("huge body: %d and %d characters", e.Status, utf8.RuneCountInString(e.Message))
	}
	_, err = answering(t, 799, "", "").CreateSession(t.Context(), person)
	if e := as[*StatusError](t, err); e.Error() != "the API answered 799" {
		t.Errorf("text %q", e)
	}
}

func FuzzParseRefusal(f *testing.F) {
	f.Add([]byte(`{"error":{"message":"no","code":1}}`), "application/json")
	f.Add([]byte("<title>x</title>"), "text/html")
	f.Add([]byte("\xff\x00"), "")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		code, message := parseRefusal(body, kind, testKey)
		for _, s := range []string{code, message} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxMessage {
				t.Errorf("%q cannot be stored", s)
			}
			if strings.IndexFunc(s, unicode.IsControl) >= 0 || strings.Contains(s, testKey) {
				t.Errorf("%q must not be shown", s)
			}
		}
	})
}
