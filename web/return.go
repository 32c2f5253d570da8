package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"go.uber.org/zap"
	"golang.org/x/text/language"
)

// returnPage is the page that people come back to after the verification. It has
// nothing of them: whoever opens it, with whatever token, sees the same.
type returnPage struct {
	returnWords
	said
	Lang string
	OnTo string // where the page leads on to; empty for nowhere
	Host string // of that
}

// returned takes what a browser says that comes back, and shows where its person
// has come to. The page follows from the address and the settings alone, so it tells
// nobody whether the token is right.
func (h *Handler) returned(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if r.Method == http.MethodGet { // a HEAD looks, and has come to nothing
		if err := h.svc.Returned(r.Context(), r.PathValue("token"), q); err != nil && r.Context().Err() == nil {
			h.log.Warn("what somebody came back with could not be kept", zap.Error(err))
		}
	}
	tag := readerOf(r)
	words := returnTexts[tag]
	p := returnPage{returnWords: words, said: words.of(q.Get("status"), q.Get("reason")), Lang: tag, OnTo: h.svc.ReturnTo()}
	if to, err := url.Parse(p.OnTo); err == nil {
		p.Host = to.Hostname()
	}
	var text bytes.Buffer
	if err := h.pages["return"].ExecuteTemplate(&text, "return", p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	_, err := w.Write(text.Bytes())
	return gone(err)
}

// returnTags are the languages of the page, the one for everybody else first.
var returnTags = []string{"en", "de", "fr", "es", "nl", "it", "pt"}

var returnMatcher = sync.OnceValue(func() language.Matcher {
	tags := make([]language.Tag, len(returnTags))
	for i, tag := range returnTags {
		tags[i] = language.Make(tag)
	}
	return language.NewMatcher(tags)
})

// acceptMost is how much of a list of languages is read; browsers send a tenth of it.
const acceptMost = 1000

// readerOf is the language, of those that the page has, that a browser likes best.
func readerOf(r *http.Request) string {
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if len(accept) > acceptMost {
		return returnTags[0]
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return returnTags[0]
	}
	_, i, _ := returnMatcher().Match(tags...)
	return returnTags[i]
}
