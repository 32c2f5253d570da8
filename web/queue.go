package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// queueAt is where the job queue's own pages are.
const queueAt = "/queue"

// stillStyle is the one style sheet of the queue's pages that is always the same: they
// add it for a moment when they change from light to dark.
const stillStyle = "*,*::before,*::after{-webkit-transition:none!important;-moz-transition:none!important;" +
	"-o-transition:none!important;-ms-transition:none!important;transition:none!important}"

// queuePolicy is the policy of the queue's pages. They need what the other pages do,
// icons that their style sheet holds, and two sheets within the page: the one with
// the nonce, in which they write as they go, and [stillStyle].
func queuePolicy(nonce string) string {
	sum := sha256.Sum256([]byte(stillStyle))
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}

// queue shows the job queue's own pages, with a bar above them that leads back.
func (h *Handler) queue(w http.ResponseWriter, r *http.Request) error {
	if strings.HasSuffix(r.URL.Path, ".html") {
		return errNotFound // a page there is unfinished
	}
	nonce := rand.Text()
	w.Header().Set("Content-Security-Policy", queuePolicy(nonce))
	held := &heldPage{ResponseWriter: w, path: r.URL.Path}
	r.Header.Del("Range")
	h.queuePages.ServeHTTP(held, r)
	if !held.held || r.Method == http.MethodHead {
		return nil
	}
	page, err := h.framed(held.page.Bytes(), nonce)
	if err != nil {
		w.Header().Set("Content-Security-Policy", policy) // what is shown instead is usher's own
		return err
	}
	_, err = w.Write(page)
	return gone(err)
}

// framed puts usher's bar and style sheet into a page of the queue's.
func (h *Handler) framed(page []byte, nonce string) ([]byte, error) {
	head, headEnd, ok1 := bytes.Cut(page, []byte("</head>"))
	body, root, ok2 := bytes.Cut(headEnd, []byte(`<div id="root"`))
	if !ok1 || !ok2 {
		return nil, errNotFound // such as the list of a folder
	}
	links, err := h.part("queuehead", nonce)
	if err != nil {
		return nil, err
	}
	bar, err := h.part("queuebar", h.svc.Rehearsal())
	if err != nil {
		return nil, err
	}
	head = bytes.Replace(head, []byte("<title>River</title>"), []byte("<title>Queue – usher</title>"), 1)
	return bytes.Join([][]byte{head, []byte(links + "</head>"), body, []byte(bar + `<div id="root"`), root}, nil), nil
}

// heldPage holds a page back until it is whole, and lets all else through.
type heldPage struct {
	http.ResponseWriter
	path string
	sent bool
	held bool
	page bytes.Buffer
}

// WriteHeader implements [http.ResponseWriter].
func (p *heldPage) WriteHeader(status int) {
	p.sent = true
	head := p.Header()
	if status == http.StatusOK && strings.HasPrefix(head.Get("Content-Type"), "text/html") {
		p.held = true
		head.Del("Content-Length")
		head.Del("Accept-Ranges")
		return
	}
	if status == http.StatusOK && strings.HasPrefix(p.path, queueAt+"/assets/") {
		head.Set("Cache-Control", "private, max-age=31536000, immutable") // their names change with what is in them
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (p *heldPage) Write(text []byte) (int, error) {
	if !p.sent {
		p.WriteHeader(http.StatusOK)
	}
	if p.held {
		return p.page.Write(text)
	}
	return p.ResponseWriter.Write(text)
}

// errOnlyLook is why a request to the queue's pages was refused.
var errOnlyLook = errors.New("the queue's pages are to look only")

// onlyLook refuses whatever is more than looking at the queue's pages.
func (h *Handler) onlyLook(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Allow", "GET, HEAD")
	return errOnlyLook
}
