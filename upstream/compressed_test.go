package upstream

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func zipped(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}

// TestCompressedAnswers: who says nothing of compression may get it (RFC 9110, section
// 12.5.3), and some proxies compress whatever was said. Neither makes an answer unreadable.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	for name, always := range map[string]bool{"unless told not to": false, "always": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, text := http.StatusOK, `{"id":"s1","session_url":"https://x.test/s1"}`
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if !always && r.Header.Get("Accept-Encoding") == "identity" {
					w.WriteHeader(status)
					_, _ = io.WriteString(w, text)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(status)
				_, _ = w.Write(zipped(text))
			})
			if s, err := c.CreateSession(t.Context(), person); err != nil || s.ID != "s1" {
				t.Errorf("got %+v, %v", s, err)
			}
			status, text = http.StatusBadRequest, `{"message":"phone is invalid"}`
			_, err := c.CreateSession(t.Context(), person)
			if e := as[*StatusError](t, err); e.Message != "phone is invalid" {
				t.Errorf("the API said %q", e.Message)
			}
		})
	}
}

// TestCompressedAnswersAreBounded: what is cut short, too large or not compressed at all is
// in doubt as it would be otherwise.
func TestCompressedAnswersAreBounded(t *testing.T) {
	t.Parallel()
	whole := zipped(`{"id":"s1"}`)
	for reason, body := range map[string][]byte{
		ReasonTruncated: whole[:len(whole)-6],
		ReasonTooLarge:  zipped(`{"id":"` + strings.Repeat("s", maxAnswer) + `"}`),
	} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
		})
		_, err := c.CreateSession(t.Context(), person)
		if e := as[*AnswerError](t, err); e.Reason != reason {
			t.Errorf("%s: %v", reason, e)
		}
	}
}
