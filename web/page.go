package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"usher/batch"
)

//go:embed templates/*.html
var templateFiles embed.FS

// page is what every template is given.
type page struct {
	Status  int    // of HTTP; 200 when 0
	Title   string // what the page is about
	Section string // the part of the navigation that it belongs to
	Done    string // what was just done, in words
	Refresh int    // seconds after which it is to be asked for again, where there is no script
	Data    any

	Visitor   visitor
	Gate      batch.Gate
	Rehearsal bool
	Version   string
}

// parsePages parses each page together with the frame around it and the parts
// that pages share.
func parsePages() (map[string]*template.Template, error) {
	base, err := template.New("frame").Funcs(functions).ParseFS(templateFiles, "templates/frame.html", "templates/part_*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{"": base}
	for _, name := range names {
		short := strings.TrimSuffix(path.Base(name), ".html")
		if short == "frame" || strings.HasPrefix(short, "part_") {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", short, err)
		}
		pages[short] = t
	}
	return pages, nil
}

// show writes a page, whole or not at all.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, name string, p page) {
	p.Visitor, p.Version, p.Rehearsal = visitorOf(r), h.o.Version, h.svc.Rehearsal()
	p.Gate = batch.Gate{Open: true}
	if p.Visitor.Role != nobody {
		if g, err := h.svc.Gate(r.Context()); err == nil { // a page without its banner is better than none
			p.Gate = g
		}
	}
	var text bytes.Buffer
	if err := h.pages[name].ExecuteTemplate(&text, "frame", p); err != nil {
		h.log.Error("a page could not be written", zap.String("page", name), zap.Error(err))
		http.Error(w, "Something went wrong here. Try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if p.Status != 0 {
		w.WriteHeader(p.Status)
	}
	_, _ = w.Write(text.Bytes()) // whoever asked may be gone
}

// part writes a part that pages share.
func (h *Handler) part(name string, data any) (string, error) {
	var text bytes.Buffer
	err := h.pages[""].ExecuteTemplate(&text, name, data)
	return text.String(), err
}

// functions are what templates can call.
var functions = template.FuncMap{
	"asset":     assetPath,
	"time":      timeElement,
	"thousands": batch.Thousands,
	"counted":   batch.Counted,
	"plural":    batch.Plural,
	"share":     share,
	"settled":   func(c batch.Counts) int { return c.Total() - c.Open() },
	"count":     func(c batch.Counts, state string) int { return c[batch.State(state)] },
}

// timeElement shows a time: in the server's zone, which it names, until the script
// puts the reader's in its place.
func timeElement(t *time.Time) template.HTML {
	if t == nil {
		return "–"
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`,
		t.UTC().Format(time.RFC3339), template.HTMLEscapeString(t.Local().Format("2 Jan 2006, 15:04:05 MST"))))
}

// share is a part of a whole in whole per cent, below 100 until all of it is done.
func share(part, whole int) int {
	if whole <= 0 {
		return 100
	}
	return part * 100 / whole
}

// doneWords say what was done, by the word in the address of the page that follows.
var doneWords = map[string]string{
	"discarded":  "The list was discarded. Nothing of it is kept.",
	"replaced":   "The new file has taken the place of the old one.",
	"corrected":  "The rows of your file have taken the place of the old ones, and everything was checked again.",
	"known":      "This list was imported before, with the same choices: here is its batch. Nobody was invited again.",
	"mended":     "What you mended is kept, and everything was checked again.",
	"user-added": "The user was added.",
	"role":       "The role was changed.",
	"password":   "The password was changed. Who was signed in with the old one is signed out.",
	"signed-out": "The user was signed out everywhere.",
	"removed":    "The user was removed, and is signed out.",
}

// done is what was just done, in words.
func done(r *http.Request) string { return doneWords[r.URL.Query().Get("done")] }

// seconds is a time as a Retry-After has it.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
