package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// evil are values that would do something on a page which takes them for more than
// text. Each has a mark by which it is found again.
var evil = []string{
	`<script>alert("mark")</script>"><img src=x onerror=alert(1)>' onmouseover='alert(1)' x='`, "javascript:alert('mark')",
	"\u202emark\u2066\u200f👩‍👩‍👧‍👦\U000e0041\u2028`${1}`", "mark\x00\x01\x1b[31m\x7f\u0085\xff\xc0\xaf", "mark\r\nSet-Cookie: usher=mark\r\n\r\n<p>",
	"</title></textarea></select><svg onload=alert(1)>{{.mark}}&lt;b&gt;<!-- mark", strings.Repeat("mark", 2500),
}

// texts are attributes whose value is shown, or sent back, and never followed.
var texts = []string{"value", "aria-label", "datetime", "content", "data-now"}

var digits = regexp.MustCompile(`[0-9]+|/uploads/[A-Z0-9]+|code=[a-z_]+`)

// elements are the elements and comments of a page, with their attributes and what
// these say, but for numbers and for text.
func elements(t *testing.T, text string) map[string]bool {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for n := range doc.Descendants() {
		switch n.Type {
		case html.CommentNode:
			all["<!--"+n.Data] = true
		case html.ElementNode:
			line := n.Data
			for _, a := range n.Attr {
				line += " " + a.Key
				if !slices.Contains(texts, a.Key) {
					line += "=" + digits.ReplaceAllString(a.Val, "#")
				}
			}
			all[line] = true
		}
	}
	return all
}

// workbook is a list in which all that somebody writes is one value, as a workbook.
func workbook(t *testing.T, value string) string {
	t.Helper()
	value = strings.ToValidUTF8(value, "?")
	seen := inHeader(value) // a row with anything else is left out
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	rows := [][]any{
		{"First name", "Last name", "Email", "Phone", "Reference", "Notes " + seen},
		{value, "Okonkwo", "anneliese@example.com", "+447700900101", "R1", value},
		{"Refusenik", "Person", "refused.person@example.com", "+447700900102", "R2", seen},
		{"Lostina", "Nowhere", "lost.nowhere@example.com", "+447700900103", "R3", seen},
		{"Wrongly", value, value, value, value, value},
		{"Bert", "Bell", "bert@example.com", "+447700900105", "R5", seen},
		{"Bert", "Bell", "bert@example.com", "+447700900105", "R5", seen},
	}
	for i, row := range rows {
		for j, cell := range row {
			text := fmt.Sprint(cell)
			if len(text) > 32000 {
				text = text[:32000]
			}
			name, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if err := f.SetCellStr("Sheet1", name, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := f.NewSheet(sheetName(value)); err != nil {
		t.Fatal(err)
	}
	buf, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// sheetName is as much of a value as a workbook takes for the name of a sheet.
func sheetName(value string) string {
	name := []rune("S " + strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) || r < 0x20 {
			return -1
		}
		return r
	}, value))
	return string(name[:min(len(name), 28)])
}

// inHeader is as much of a value as can be in the head of a part of a form.
func inHeader(value string) string {
	return strings.Map(func(r rune) rune {
		if r != '\r' && r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, value)
}

// tour has somebody do with a value all that can be done with one, and returns the
// pages by what they are of.
func tour(t *testing.T, database, value string) (o *office, pages map[string]answered) {
	t.Helper()
	refusal, err := json.Marshal(map[string]any{"error": map[string]string{"message": value, "code": value}})
	if err != nil {
		t.Fatal(err)
	}
	o = openOffice(t, database, string(refusal))
	pages = map[string]answered{}
	keep := func(what string, a answered) answered {
		if old, ok := pages[what]; ok {
			t.Fatalf("%s twice: %s", what, old.Status)
		}
		pages[what] = a
		if a.StatusCode >= 500 {
			t.Errorf("%s of %.30q: %s\n%s", what, value, a.Status, a.text)
		}
		return a
	}
	get := func(what, path string) { keep(what, o.as("Una", "GET", path, nil)) }
	post := func(what, path string, form url.Values) answered {
		return keep(what, o.as("Una", "POST", path, form))
	}
	// A list, and what is chosen and mended of it.
	a := keep("sent", o.sendFile("Una", "/new", inHeader(value)+".xlsx", workbook(t, value)))
	at := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("a list with %.30q: %s\n%s", value, a.Status, a.text)
	}
	o.checked("Una", at)
	get("new", "/new")
	plan := keep("plan", o.as("Una", "GET", at, nil))
	revision := o.hidden(plan.text, "revision")
	post("mended", at+"/mend", url.Values{"revision": {revision}, "row": {"5"}, "cells-5": {"2", "3"}, "cell-5-2": {value}, "cell-5-3": {value + " "}})
	o.checked("Una", at)
	plan = keep("plan, mended", o.as("Una", "GET", at, nil))
	revision = o.hidden(plan.text, "revision")
	post("cells", at+"/cells", url.Values{"row": {"5"}, "column": {"2", value}, "cell-2": {value}})
	post("sheet", at+"/choices", url.Values{"revision": {revision}, "name": {value}, "sheet": {value}, "region": {value}, "workflow": {value}, "redirect": {value}, "profile": {value}, "save_as": {value}, "header_row": {value}, "reinvite_after": {value}, "column": {"0", value}, "column-0": {value}})
	post("options", at+"/choices", url.Values{"revision": {revision}, "name": {value}, "sheet": {sheetName(value)}, "region": {value}, "workflow": {value}, "redirect": {value}, "column": {"5"}, "column-5": {value}, "header_row": {"0"}})
	o.checked("Una", at)
	get("plan, refused", at)
	post("invite, changed", at+"/invite", url.Values{"revision": {value}, "agreed": {value}, "leave_out": {value}})
	plan = o.as("Una", "GET", at, nil)
	chosen := url.Values{"revision": {o.hidden(plan.text, "revision")}, "name": {value}, "sheet": {"Sheet1"}, "send_email": {"1"}}
	if a := o.as("Una", "POST", at+"/choices", chosen); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("choices: %s\n%s", a.Status, a.text)
	}
	o.checked("Una", at)
	get("plan, chosen", at)
	b := o.invite("Una", at)
	// The batch of it, and whom somebody looks for.
	for what, path := range map[string]string{"batch": "", "acts": "/acts", "people": "/people", "invited": "/people/2", "failed": "/people/3", "lost": "/people/4", "rejected": "/people/5",
		"well": "/people/6", "duplicate": "/people/7", "unknown": "/unknown", "reinvite": "/people/6/reinvite", "cancel": "/cancel", "retry": "/retry", "rest": "/rest"} {
		get(what, b+path)
	}
	keep("batches", o.as("Vera", "GET", "/batches", nil))
	keep("batch, viewer", o.as("Vera", "GET", b, nil))
	form := url.Values{"who": {value}, "state": {"failed"}, "code": {value}, "from": {value}, "batch": {value}, "before": {value}, "row": {value}, "became": {value}, "session": {value}, "format": {value}, "agreed": {value}}
	post("searched", "/batches", form)
	post("people, searched", b+"/people", form)
	post("people, by code", b+"/people", url.Values{"state": {"failed"}, "code": {value}})
	get("people, by code in an address", b+"/people?state=failed&code="+url.QueryEscape(value)+"&after="+url.QueryEscape(value))
	post("found", "/find", url.Values{"who": {value}})
	post("found on", "/find", form)
	post("resolved", b+"/unknown", form)
	post("resolved as", b+"/unknown", url.Values{"row": {"4"}, "became": {"invited"}, "session": {value}})
	get("resolved, person", b+"/people/4")
	post("link", b+"/people/6/link", form)
	post("kind", b+"/report", form)
	post("source", "/new/source", url.Values{"source": {value}})
	get("done", "/batches?done="+url.QueryEscape(value)+"&state="+url.QueryEscape(value))
	post("pasted", "/new/paste", url.Values{"cells": {value}})
	get("nowhere", "/"+url.PathEscape(value))
	get("no list", "/uploads/"+url.PathEscape(value))
	// Users, sign-in and the gate.
	keep("user", o.as("Olga", "POST", "/users", url.Values{"name": {value}, "role": {value}, "password": {"correct horse battery"}}))
	keep("user, viewer", o.as("Olga", "POST", "/users", url.Values{"name": {value}, "role": {"viewer"}, "password": {"correct horse battery"}}))
	keep("role", o.as("Olga", "POST", "/users/1/role", url.Values{"role": {value}}))
	keep("users", o.as("Olga", "GET", "/users", nil))
	keep("gate", o.as("Olga", "POST", "/gate/close", url.Values{"why": {value}, "batch": {value}}))
	keep("gate, seen", o.as("Vera", "GET", "/account", nil))
	keep("gate, opened", o.as("Olga", "POST", "/gate/open", url.Values{"batch": {value}}))
	keep("sign in", o.send(o.browser(), "POST", "/signin", url.Values{"name": {value}, "password": {value}, "next": {value}}))
	keep("sign in, next", o.send(o.browser(), "GET", "/signin?next="+url.QueryEscape(value), nil))
	keep("sign in, token", o.send(o.browser(), "GET", "/signin?token="+url.QueryEscape(value), nil))
	return o, pages
}

// TestHostileValues goes through all pages with evil values. Whatever they are made
// of is made of harmless ones too.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, value := range []string{"mark", "two words"} {
		_, pages := tour(t, sqliteAt(t), value)
		for _, a := range pages {
			maps.Copy(known, elements(t, a.text))
		}
	}
	for _, value := range evil {
		t.Run(fmt.Sprintf("%.12q", value), func(t *testing.T) {
			t.Parallel()
			database := sqliteAt(t)
			if strings.Contains(value, "\x00") { // which PostgreSQL takes worse
				database = postgresAt(t)
			}
			o, pages := tour(t, database, value)
			for _, what := range slices.Sorted(maps.Keys(pages)) {
				a := pages[what]
				for name, values := range a.Header {
					if strings.Contains(strings.Join(values, " "), "mark") {
						t.Errorf("%s: %s: %.200q", what, name, values)
					}
				}
				if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
					continue
				}
				if strings.Contains(a.text, "\x00") || strings.Contains(a.text, "ZgotmplZ") || !utf8.ValidString(a.text) {
					t.Errorf("%s is no text, or has what templates refuse", what)
				}
				if strings.Contains(a.text, "SQLSTATE") {
					t.Errorf("%s tells of the database: %s", what, a.text)
				}
				for element := range elements(t, a.text) {
					if !known[element] {
						t.Errorf("%s has what harmless values do not give: %.300q", what, element)
					}
				}
			}
			for _, e := range o.logged.All() {
				if text, err := json.Marshal(e.ContextMap()); err != nil || strings.Contains(string(text)+e.Message, "mark") {
					t.Errorf("it is logged: %s %.300s", e.Message, text)
				}
			}
		})
	}
}

// sendFile sends a file as somebody.
func (o *office) sendFile(name, path, file, content string) answered {
	o.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", file)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		o.Fatal(err)
	}
	return o.sendBody(o.who[name], path, form.FormDataContentType(), &body)
}

func (o *office) sendBody(c *http.Client, path, kind string, body io.Reader) answered {
	o.Helper()
	res, err := c.Post(o.URL+path, kind, body)
	return read(o.T, res, err)
}
