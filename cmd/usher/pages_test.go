package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// visitorKey is the key of the script's visitor of the pages among its values.
type visitorKey struct{}

// pageVisitor is somebody who is on a page.
type pageVisitor struct {
	ts   *testscript.TestScript
	web  http.Client
	at   *url.URL
	text string
}

// pages VERB…: what somebody does on the pages of 'usher serve'.
//
//	pages open FILE     opens the link that the server has printed to a file
//	pages bring FILE    brings a list
//	pages wait TEXT     reads the page again until it says so
//	pages invite        presses the button, and leaves out the rows that have problems
//	pages report FILE   downloads the report of the batch, as CSV
func scriptPages(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: pages VERB…")
	}
	v, _ := ts.Value(visitorKey{}).(map[string]*pageVisitor)
	if v["it"] == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		v["it"] = &pageVisitor{web: http.Client{Jar: jar, Timeout: time.Minute}}
	}
	it := v["it"]
	it.ts = ts
	switch args[0] {
	case "open":
		it.open(args[1])
	case "bring":
		it.bring(args[1])
	case "wait":
		it.wait(args[1])
	case "invite":
		it.post(it.at.Path+"/invite", url.Values{"revision": {it.hidden("revision")}, "agreed": {it.hidden("agreed")}, "leave_out": {"1"}})
	case "report":
		it.post(it.at.Path+"/report", url.Values{"format": {"csv"}})
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(it.text), 0o600))
	default:
		ts.Fatalf("pages cannot %s", args[0])
	}
}

var printedLink = regexp.MustCompile(`http://\S+\n`)

func (v *pageVisitor) open(file string) {
	for range 600 {
		text, err := os.ReadFile(v.ts.MkAbs(file))
		if link := printedLink.Find(text); err == nil && link != nil {
			v.shown(v.web.Get(strings.TrimSpace(string(link))))
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.ts.Fatalf("the server has printed no link")
}

func (v *pageVisitor) bring(file string) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", file)
	v.ts.Check(err)
	_, err = io.WriteString(part, v.ts.ReadFile(file))
	v.ts.Check(err)
	v.ts.Check(form.Close())
	v.shown(v.web.Post(v.at.JoinPath("/new").String(), form.FormDataContentType(), &body))
}

func (v *pageVisitor) wait(text string) {
	for range 600 {
		if strings.Contains(v.text, text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
		v.shown(v.web.Get(v.at.String()))
	}
	v.ts.Fatalf("the page never says %q:\n%s", text, v.text)
}

func (v *pageVisitor) post(path string, form url.Values) {
	to := *v.at
	to.Path, to.RawQuery = path, ""
	v.shown(v.web.PostForm(to.String(), form))
}

// hidden is what a form of the page has for the server.
func (v *pageVisitor) hidden(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(v.text)
	if m == nil {
		v.ts.Fatalf("the page has no %s:\n%s", name, v.text)
	}
	return m[1]
}

func (v *pageVisitor) shown(res *http.Response, err error) {
	v.ts.Check(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	v.ts.Check(err)
	if res.StatusCode != http.StatusOK {
		v.ts.Fatalf("%s was answered %s:\n%s", res.Request.URL.Path, res.Status, text)
	}
	v.at, v.text = res.Request.URL, string(text)
}
