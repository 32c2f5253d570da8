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
	"unicode/utf8"

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
	Gate      gateView
	Rehearsal bool
	Version   string
}

// gateView is the gate as the banner of every page shows it.
type gateView struct {
	batch.Gate
	MayOpen bool  // there is a button for it
	Batch   int64 // whose page it is on, to which the button leads back; 0 for none
}

// Advice is why sending has stopped, and what somebody can do.
func (g gateView) Advice() gateAdvice { return gateAdviceOf(g.Gate) }

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
	if p.Done == "" {
		p.Done = doneWords[r.URL.Query().Get("done")]
	}
	p.Gate.Open = true
	if p.Visitor.Role != nobody {
		if g, err := h.svc.Gate(r.Context()); err == nil { // a page without its banner is better than none
			p.Gate = gateView{g, p.Visitor.Operator(), 0}
			p.Gate.Batch, _ = number(r, "id")
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
	_, _ = w.Write(bytes.ToValidUTF8(text.Bytes(), []byte("\uFFFD"))) // whoever asked may be gone
}

// part writes a part that pages share.
func (h *Handler) part(name string, data any) (string, error) {
	var text bytes.Buffer
	err := h.pages[""].ExecuteTemplate(&text, name, data)
	return text.String(), err
}

// functions are what templates can call.
var functions = template.FuncMap{
	"askof":     askOf,
	"asset":     assetPath,
	"time":      timeElement,
	"thousands": batch.Thousands,
	"counted":   batch.Counted,
	"plural":    batch.Plural,
	"share":     share,
	"statename": func(s batch.State) string { return stateName[s] },
	"said":      pageWords,
	"capital":   capital,
	"was":       was,
	"when":      when,
	"named":     named,
	"settled":   func(c batch.Counts) int { return c.Total() - c.Open() },
	"groupname": func(g batch.FolderGroup) string { return groupWords[g] },
	"count":     func(c batch.Counts, state string) int { return c[batch.State(state)] },
}

// timeElement shows a time, or that there is none: in the server's zone, which it
// names, until the script puts the reader's in its place.
func timeElement(at any) (template.HTML, error) {
	var t time.Time
	switch at := at.(type) {
	case time.Time:
		t = at
	case *time.Time:
		if at == nil {
			return "–", nil
		}
		t = *at
	default:
		return "", fmt.Errorf("%T is no time", at)
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s</time>`,
		t.UTC().Format(time.RFC3339), template.HTMLEscapeString(t.Local().Format("2 Jan 2006, 15:04:05 MST")))), nil
}

// capital begins words with a capital letter; a code stays as it is.
func capital(words string) string {
	if words == "" || words[0] >= utf8.RuneSelf || strings.Contains(words, "_") {
		return words
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// share is a part of a whole in whole per cent, below 100 until all of it is done.
func share(part, whole int) int {
	if whole <= 0 {
		return 100
	}
	return part * 100 / whole
}

// seconds is a time as a Retry-After has it.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
