package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher/batch"
	"usher/config"
)

// newTelltaleQuiet serves pages with quiet times of the settings, and returns the address
// of a list of so many people that Uli brought.
func newTelltaleQuiet(t *testing.T, settings map[string]string) (o *desk, at string) {
	t.Helper()
	flags := map[string]string{"database": sqliteAt(t), "upstream.base_url": provider(t, plainRefusal), "upstream.api_key": "test", "upstream.rate": "1", "upstream.burst": "1"}
	for key, value := range settings {
		flags[key] = value
	}
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(svc.Close)
	h, err := New(svc, Options{Version: "test", UploadLimit: 1 << 20, Idle: time.Hour, Absolute: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	h.identify = func(r *http.Request) (visitor, error) {
		if as := r.Header.Get("As"); as != "" {
			return visitors[as], nil
		}
		return visitors[olga], nil
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	t.Cleanup(h.End)
	o = &desk{T: t, svc: svc, h: h, url: server.URL}
	o.open(cfg.Database)
	a := o.post(uli, "/new/paste", "cells", listed+"Ada,Lovelace,ada@mail.example,+15192220001,EMP-1,first\nAlan,Turing,alan@mail.example,+15192220002,EMP-2,second\n")
	at = a.Header.Get("Location")
	o.until("the list is checked", func() bool { return contains(o.get(uli, at).text, "What will happen") })
	return o, at
}

// fieldOf is the value of a field of a page.
func fieldOf(a answered, name string) string {
	if m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.text); m != nil {
		return m[1]
	}
	return "there is no such field"
}

// finishOf is when a plan says that all are invited.
func finishOf(a answered) string {
	if m := regexp.MustCompile(`Done at <time datetime="([^"]+)"`).FindStringSubmatch(a.text); m != nil {
		return m[1]
	}
	return ""
}

// The quiet times of a list begin with those of the settings. What is wrong with them is
// said beside the field that it is in, and what was typed stays.
func TestTelltaleQuietChoice(t *testing.T) {
	t.Parallel()
	o, at := newTelltaleQuiet(t, map[string]string{"defaults.quiet_days": "sun", "defaults.quiet_zone": "Europe/Berlin"})
	page := o.get(uli, at)
	if fieldOf(page, "quiet_days") != "sun" || fieldOf(page, "quiet_zone") != "Europe/Berlin" || fieldOf(page, "quiet_hours") != "" {
		t.Errorf("not the settings': %q %q %q", fieldOf(page, "quiet_days"), fieldOf(page, "quiet_zone"), fieldOf(page, "quiet_hours"))
	}
	choose := func(pairs ...string) answered {
		form := append([]string{"revision", fieldOf(o.get(uli, at), "revision"), "send_email", "1", "region", "GB"}, pairs...)
		return o.post(uli, at+"/choices", form...)
	}
	for part, wrong := range map[string][2]string{
		"hours": {"20-7" + quotes, "are no hours. Write them like"}, "days": {"someday", "is no day of the week. Write"},
		"holidays": {"25.12.2026", "is no date. Write"}, "zone": {"Mars/Phobos", "There is no time zone"},
	} {
		form := map[string]string{"quiet_hours": "01:00-02:00", "quiet_days": "sat", "quiet_holidays": "2030-12-25", "quiet_zone": "UTC"}
		form["quiet_"+part] = wrong[0]
		var pairs []string
		for name, value := range form {
			pairs = append(pairs, name, value)
		}
		a := choose(pairs...)
		o.has(a, http.StatusBadRequest, `id="quiet_`+part+`-wrong" role="alert">`, wrong[1], `aria-invalid="true" aria-describedby="quiet_`+part+`-hint quiet_`+part+`-wrong"`, "<details open>")
		o.hasNot(a, quotes, `id="wrong"`)
		if n := strings.Count(a.text, "aria-invalid"); n != 1 {
			t.Errorf("%s: %d fields are marked", part, n)
		}
		if part != "hours" && fieldOf(a, "quiet_"+part) != wrong[0] {
			t.Errorf("%s: what was typed is gone", part)
		}
		if fieldOf(a, "region") != "GB" {
			t.Errorf("%s: what else was typed is gone", part)
		}
		if got := fieldOf(o.get(uli, at), "quiet_days"); got != "sun" {
			t.Fatalf("%s: what is wrong was kept: %q", part, got)
		}
	}
	o.has(choose("quiet_hours", "20:00-07:00", "quiet_zone", ""), http.StatusBadRequest, `id="quiet_zone-wrong"`, "need a time zone")
	o.has(choose(), http.StatusSeeOther) // the form of an earlier version
	if got := fieldOf(o.get(uli, at), "quiet_days"); got != "sun" {
		t.Errorf("quiet times are gone that nobody spoke of: %q", got)
	}
}

// Quiet times that are chosen move the time at which all is done, and are the batch's.
func TestTelltaleQuietFinish(t *testing.T) {
	t.Parallel()
	o, at := newTelltaleQuiet(t, nil)
	before := o.get(uli, at)
	today, tomorrow := time.Now().UTC(), time.Now().UTC().AddDate(0, 0, 1)
	days := today.Format("2006-01-02") + "," + tomorrow.Format("2006-01-02")
	o.has(o.post(uli, at+"/choices", "revision", fieldOf(before, "revision"), "send_email", "1", "quiet_holidays", days, "quiet_zone", "UTC",
		"quiet_hours", "", "quiet_days", ""), http.StatusSeeOther)
	o.until("it is checked again", func() bool { return contains(o.get(uli, at).text, "What will happen") })
	page := o.get(uli, at)
	o.has(page, http.StatusOK, "as nobody is invited in its quiet times")
	o.hasNot(before, "in its quiet times")
	finish, err := time.Parse(time.RFC3339, finishOf(page))
	if err != nil || finish.Before(tomorrow.Truncate(24*time.Hour).AddDate(0, 0, 1)) {
		t.Errorf("done at %s (%v), and without quiet times at %s", finishOf(page), err, finishOf(before))
	}
	o.has(o.post(uli, at+"/invite", "revision", fieldOf(page, "revision"), "agreed", "2"), http.StatusSeeOther)
	var quiet string
	o.work()
	o.until("it is a batch", func() bool {
		return o.db.QueryRowContext(t.Context(), "SELECT quiet FROM batches WHERE state = 'running'").Scan(&quiet) == nil
	})
	if !strings.Contains(quiet, days) {
		t.Errorf("the batch's: %s", quiet)
	}
	o.until("it is quiet", func() bool { return contains(o.get(uli, "/batches/1").text, "This batch is quiet until") })
}

// In a browser the plan follows what is typed, and says beside the field what is wrong.
func TestTelltaleQuietBrowser(t *testing.T) {
	t.Parallel()
	o, at := newTelltaleQuiet(t, nil)
	b := browse(t, o.url)
	b.open(at)
	b.says("What will happen")
	b.press("Choices")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("quiet_holidays").focus()`))
	day := time.Now().UTC().Format("2006-01-02") + "," + time.Now().UTC().AddDate(0, 0, 1).Format("2006-01-02")
	b.do(chromedp.SetValue(chromedp.CSS("#quiet_holidays"), day))
	b.until(`document.getElementById("quiet_zone-wrong") !== null`)
	b.says("Quiet times need a time zone")
	b.until(`document.activeElement.id === "quiet_holidays" && document.querySelector("details:has(#quiet_zone)").open`)
	b.do(chromedp.SetValue(chromedp.CSS("#quiet_zone"), "UTC"))
	b.says("as nobody is invited in its quiet times")
	b.until(`document.getElementById("quiet_zone-wrong") === null && document.getElementById("quiet_holidays").value === "` + day + `"`)
	b.do(chromedp.SetValue(chromedp.CSS("#quiet_hours"), "never"))
	b.says("are no hours")
	b.look("plan-quiet")
}
