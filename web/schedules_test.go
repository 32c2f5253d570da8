package web

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/schedule"
	"usher/store"
)

// calendar is a desk with a database of people, and schedules.
type calendar struct {
	*desk
	s *schedule.Service // of the process that works
}

// newCalendar serves the pages of a process that works only if it is asked to. What
// usher.yaml says of schedules counts already.
func newCalendar(t *testing.T, said map[string]config.Schedule, work bool) *calendar {
	t.Helper()
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		t.Fatal(err)
	}
	settings := rehearsal.Settings()
	settings["database"], settings["report.dir"] = sqliteAt(t), t.TempDir()
	cfg, err := config.Load(config.Options{Dir: t.TempDir(), Flags: settings})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Sources = map[string]config.Source{"hr": {URL: "sqlite:" + calendarPeople(t), Query: `SELECT first AS first_name, 'Lee' AS last_name, mail AS email, phone, 'c' || n AS external_id FROM staff`}}
	cfg.Schedules = said
	svc, err := batch.Open(t.Context(), cfg, batch.Options{Command: "serve", Send: work, Rehearsal: rehearsal, Profiles: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c := &calendar{&desk{T: t, svc: svc}, schedule.New(svc)}
	c.open(settings["database"])
	if c.h, err = New(svc, Options{Version: "test", UploadLimit: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	c.h.identify = func(r *http.Request) (visitor, error) { return visitors[r.Header.Get("As")], nil }
	if work {
		c.s.WorkBeside()
		c.url = serveAndWork(t, c.h, svc).URL
	} else {
		t.Cleanup(svc.Close)
		server := httptest.NewServer(c.h)
		t.Cleanup(server.Close)
		t.Cleanup(c.h.End)
		c.url = server.URL
	}
	plan, err := c.s.Plan(t.Context())
	if err == nil {
		err = c.s.Apply(t.Context(), visitors[olga].actor(), plan)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// calendarPeople is a database of three people.
func calendarPeople(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hr.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, q := range []string{
		"CREATE TABLE staff (n INTEGER, first TEXT, mail TEXT, phone TEXT)",
		"INSERT INTO staff VALUES (1, 'Ann', 'ann1@example.com', '+447700900201'), (2, 'Bob', 'bob2@example.com', '+447700900202'), (3, 'Cyd', 'cyd3@example.com', '+447700900203')",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// make makes a schedule on a page, and returns its page.
func (c *calendar) make(name string, pairs ...string) answered {
	c.Helper()
	form := append([]string{"schedule", name, "cron", "30 7 * * 1-5", "zone", "Europe/Berlin", "source", "hr"}, pairs...)
	return c.leadsTo(olga, c.post(olga, "/schedule/new", form...), "/schedules/"+name+"?done=schedule-made")
}

// asks has an occurrence of a schedule wait for a yes.
func (c *calendar) asks(name, why string, people int) {
	c.Helper()
	err := c.s.Store.InTx(c.Context(), func(tx *store.Tx) error {
		sch, err := tx.Schedule(c.Context(), c.s.Account, name)
		if err != nil {
			return err
		}
		now, err := tx.Now(c.Context())
		if err != nil {
			return err
		}
		id, err := tx.InsertOccurrence(c.Context(), store.Occurrence{Schedule: sch.ID, Local: fmt.Sprint(why, people), DueAt: now, State: store.OccurrenceDue})
		if err != nil {
			return err
		}
		_, err = tx.AskOccurrence(c.Context(), id, why, people)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
}

// field is the value of a hidden field of a page.
func (c *calendar) field(a answered, name string) string {
	c.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.text)
	if m == nil {
		c.Fatalf("the page has no field %s:\n%s", name, a.text)
	}
	return m[1]
}

// Every key has a field with words, or can be said in usher.yaml alone.
func TestScheduleKeysHaveWords(t *testing.T) {
	t.Parallel()
	for _, key := range schedule.Keys() {
		if k := wordsOfKey(key); k.Label == key || k.Hint == "" && len(k.Is) == 0 && !schedule.OnlyInFile(key) {
			t.Errorf("%s: %+v", key, k)
		}
	}
}

// What is made on a page counts, is shown, changed after a look at what changes, and
// removed after a question; each is recorded once.
func TestScheduleMade(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, nil, false)
	c.has(c.get(olga, "/schedules"), http.StatusOK, "There is no schedule yet", `href="/schedule/new"`)
	form := c.get(olga, "/schedule/new")
	c.has(form, http.StatusOK, `<option value="hr">hr</option>`, "As usual: {schedule} {date} {time}", "As usual: 12h", "as usual: do it late")
	c.hasNot(form, `name="url_file"`, `name="folder"`)
	page := c.make("nightly", "max_people", "2")
	c.has(page, http.StatusOK, "The schedule is made", "07:30 &#43;0", "Europe/Berlin", "Nobody is working", "It was never due.", "With more than 2 people it waits")
	if n := strings.Count(page.text[strings.Index(page.text, "The next times"):], "<li>"); n < timesShown {
		t.Errorf("%d next times", n)
	}
	again := c.post(olga, "/schedule/new", "schedule", "nightly", "cron", "30 7 * * 1-5", "zone", "Europe/Berlin", "source", "hr", "max_people", "2")
	c.has(c.leadsTo(olga, again, "/schedules/nightly?done=schedule-same"), http.StatusOK, "says this already")
	c.has(c.get(olga, "/schedules"), http.StatusOK, `href="/schedules/nightly"`, "database hr", "a page", "07:30 &#43;0")

	edit := c.get(olga, "/schedules/nightly/edit")
	c.has(edit, http.StatusOK, `value="30 7 * * 1-5"`, `<option value="hr" selected>`)
	change := []string{"revision", c.field(edit, "revision"), "cron", "0 8 * * *", "zone", "Europe/Berlin", "source", "hr", "overlap", "wait"}
	review := c.post(olga, "/schedules/nightly/edit", change...)
	c.has(review, http.StatusOK, "30 7 * * 1-5", "0 8 * * *", "wait for it", "08:00 &#43;0", "as usual")
	if did := c.did(9); did != "olga schedule make" {
		t.Errorf("recorded: %s", did)
	}
	c.has(c.leadsTo(olga, c.post(olga, "/schedules/nightly/edit", append(change, "agreed", "1")...), "/schedules/nightly?done=schedule-changed"), http.StatusOK, "wait for it")
	c.leadsTo(olga, c.post(olga, "/schedules/nightly/edit", append(change, "agreed", "1")...), "/schedules/nightly?done=schedule-same")

	ask := c.get(olga, "/schedules/nightly/remove")
	c.has(ask, http.StatusOK, "Remove this schedule?")
	c.has(c.post(olga, "/schedules/nightly/remove", "revision", "1"), http.StatusConflict, "changed by somebody else")
	c.leadsTo(olga, c.post(olga, "/schedules/nightly/remove", "revision", c.field(ask, "revision")), "/schedules?done=schedule-removed")
	c.has(c.post(olga, "/schedules/nightly/remove", "revision", c.field(ask, "revision")), http.StatusNotFound, "no such schedule")
	if did := c.did(9); did != "olga schedule remove; olga schedule change; olga schedule make" {
		t.Errorf("recorded: %s", did)
	}
	c.has(c.make("nightly"), http.StatusOK, "It was never due.")
}

// What is wrong is told beside its field, and what was typed is kept.
func TestScheduleFlaws(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, map[string]config.Schedule{"hourly": {"cron": "@hourly", "zone": "UTC", "source": "hr"}}, false)
	c.h.schedules.Config.Schedules["unapplied"] = config.Schedule{"cron": "@hourly"}
	right := map[string]string{"schedule": "mine", "cron": "@daily", "zone": "UTC", "source": "hr"}
	for _, one := range []struct{ key, text, words string }{
		{"schedule", "", "not a plain word"}, {"schedule", "ночь", "not a plain word"}, {"schedule", "../users", "not a plain word"},
		{"schedule", "a/b", "not a plain word"}, {"schedule", "a%2fb", "not a plain word"}, {"schedule", manyLetters, "not a plain word"},
		{"schedule", script, "not a plain word"}, {"schedule", "hourly", "a schedule of this name in usher.yaml"}, {"schedule", "unapplied", "a schedule of this name in usher.yaml"},
		{"cron", "", "no cron expression"}, {"cron", "61 * * * *", "cannot be read"}, {"cron", strings.Repeat("1,", 5_000) + "1 * * * *", "too long"},
		{"cron", "0 0 30 2 *", "never comes"}, {"cron", quotes, "cron expression has five fields"}, {"zone", "Mars/Base", "no time zone"}, {"zone", "../../etc/passwd", "no time zone"},
		{"source", "gone", "There is no source"}, {"source", "", "not said where the list comes from"}, {"url", "https://hr.example/list.csv", "more than one place"},
		{"url", "https://user:word@hr.example/", "has a password in it"}, {"url", "http://127.0.0.1/", "an address of this machine"}, {"url", "https://LOCALHOST./x", "an address of this machine"},
		{"url", "file:///etc/passwd", "no address"}, {"missed", "never", "cannot be"}, {"missed_within", "soon", "no duration"},
		{"max_people", "-1", "no number"}, {"region", "Germany", "no country"}, {"redirect_url", "javascript:alert(1)", "https://"}, {"workflow_id", "a b\x00", "characters that no text has"},
		{"mapping", "../../x", "no such mapping"}, {"quiet_hours", "25-3", "quiet_hours"}, {"holidays", "Christmas", "holidays"}, {"reference_prefix", "a b", "white space"},
	} {
		form := url.Values{}
		for key, text := range right {
			form.Set(key, text)
		}
		form.Set(one.key, one.text)
		a := c.ask(olga, "POST", "/schedule/new", form)
		at := "e-" + one.key
		if one.key == "url" && strings.Contains(one.words, "more than") {
			at = "e-source"
		}
		beside := regexp.MustCompile(`(?s)<span class="error" id="` + at + `">([^<]*)</span>`).FindStringSubmatch(a.text)
		if a.StatusCode != http.StatusBadRequest || beside == nil || beside[1] == "" {
			t.Errorf("%s %.40q: %s, beside it: %q", one.key, one.text, a.Status, beside)
			continue
		}
		if words := one.words; !strings.HasPrefix(words, one.key) && !strings.Contains(beside[1], words) {
			t.Errorf("%s %.40q: %q is not %q", one.key, one.text, beside[1], words)
		}
		c.has(a, http.StatusBadRequest, "Nothing was saved")
		c.hasNot(a, script, "<img src=x")
		if one.text != "" && !strings.Contains(one.text, "\x00") && one.key != "source" && one.key != "missed" && one.text == url.PathEscape(one.text) {
			c.has(a, http.StatusBadRequest, `value="`+one.text+`"`)
		}
	}
	for _, key := range []string{"url_file", "folder"} { // whatever is sent, a page names no file
		err := func() error {
			_, err := c.s.Save(t.Context(), visitors[olga].actor(), schedule.Draft{Name: "mine", Texts: map[string]string{"cron": "@daily", "zone": "UTC", key: "/etc/passwd"}})
			return err
		}()
		var wrong *schedule.SpecError
		if !errors.As(err, &wrong) || !slices.ContainsFunc(wrong.Flaws, func(f schedule.Flaw) bool { return f.Key == key }) {
			t.Errorf("%s: %v", key, err)
		}
	}
	c.h.schedules.Config.Schedules["unapplied"]["zone"] = "UTC"
	c.has(c.get(olga, "/schedules"), http.StatusOK, "What usher.yaml says otherwise", "the schedule unapplied cannot be used:", "it is not said where the list comes from")
	c.h.schedules.Config.Schedules["unapplied"]["source"] = "hr"
	c.has(c.get(olga, "/schedules"), http.StatusOK, "make unapplied")
	if all, err := c.s.Schedules(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("there are %d schedules, %v", len(all), err)
	}
}

// Two who change the same do not overwrite each other, and keep what they typed.
func TestScheduleTwoEditors(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, nil, false)
	c.make("nightly")
	edit := func(agreed, cron, name, revision string) answered {
		return c.post(olga, "/schedules/nightly/edit", "revision", revision, "cron", cron, "zone", "Europe/Berlin", "source", "hr", "name", name, "agreed", agreed)
	}
	c.has(edit("1", "0 8 * * *", "", "1"), http.StatusSeeOther)
	for _, agreed := range []string{"", "1"} {
		a := edit(agreed, "0 9 * * *", "<mine>", "1")
		c.has(a, http.StatusConflict, "Somebody else has changed this schedule", `value="0 9 * * *"`, "0 8 * * *", "&lt;mine&gt;", `name="revision" value="2"`)
	}
	c.has(edit("1", "0 9 * * *", "<mine>", "2"), http.StatusSeeOther)
	// Of many at once, one is done.
	var wait sync.WaitGroup
	var mu sync.Mutex
	became := map[int]int{}
	for i := range 8 {
		wait.Go(func() {
			a := edit("1", fmt.Sprintf("%d 9 * * *", i+1), "", "3")
			mu.Lock()
			defer mu.Unlock()
			became[a.StatusCode]++
		})
	}
	wait.Wait()
	if became[http.StatusSeeOther] != 1 || became[http.StatusConflict] != 7 {
		t.Errorf("they became %v", became)
	}
	became = map[int]int{}
	for i := range 8 {
		wait.Go(func() {
			a := c.post(olga, "/schedule/new", "schedule", "new", "cron", fmt.Sprintf("%d 9 * * *", i+1), "zone", "UTC", "source", "hr")
			mu.Lock()
			defer mu.Unlock()
			became[a.StatusCode]++
		})
	}
	wait.Wait()
	if became[http.StatusSeeOther] != 1 || became[http.StatusBadRequest] != 7 {
		t.Errorf("made: %v", became)
	}
	c.has(c.get(olga, "/schedules/new"), http.StatusOK, `action="/schedules/new/pause"`) // a name as any other
	// Removed meanwhile.
	c.has(c.post(olga, "/schedules/nightly/remove", "revision", "4"), http.StatusSeeOther)
	c.has(edit("1", "0 9 * * *", "kept", "4"), http.StatusConflict, "has removed this schedule", `value="kept"`, `action="/schedule/new"`, `value="nightly"`)
}

// What is written in usher.yaml is shown and steered, and not changed.
func TestScheduleOfFile(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, map[string]config.Schedule{
		"hourly": {"cron": "@hourly", "zone": "UTC", "source": "hr"}, "secret": {"cron": "@daily", "zone": "UTC", "url_file": "/srv/usher/address"},
	}, false)
	page := c.get(olga, "/schedules/hourly")
	c.has(page, http.StatusOK, "written in usher.yaml", "usher schedule apply")
	c.hasNot(page, "/schedules/hourly/edit", "/schedules/hourly/remove")
	c.has(c.get(olga, "/schedules/secret"), http.StatusOK, "/srv/usher/address")
	c.leadsTo(olga, c.get(olga, "/schedules/hourly/edit"), "/schedules/hourly")
	c.has(c.post(olga, "/schedules/hourly/edit", "revision", "1", "cron", "@daily", "zone", "UTC", "source", "hr", "agreed", "1"), http.StatusConflict, "cannot be changed on a page")
	c.has(c.get(olga, "/schedules/hourly/remove"), http.StatusOK, "cannot be removed here")
	c.has(c.post(olga, "/schedules/hourly/remove", "revision", "1"), http.StatusConflict, "cannot be removed on a page")

	page = c.leadsTo(olga, c.post(olga, "/schedules/hourly/pause"), "/schedules/hourly?done=schedule-paused")
	c.has(page, http.StatusOK, "Paused</span> by <bdi>olga</bdi>", `action="/schedules/hourly/resume"`)
	c.has(c.get(olga, "/schedules"), http.StatusOK, "paused</span> by <bdi>olga</bdi>")
	c.has(c.post(olga, "/schedules/hourly/pause"), http.StatusConflict, "it is paused already", `action="/schedules/hourly/resume"`)
	c.leadsTo(olga, c.post(olga, "/schedules/hourly/resume"), "/schedules/hourly?done=schedule-resumed")
	c.has(c.post(olga, "/schedules/hourly/resume"), http.StatusConflict, "it is not paused")
	if did := c.did(2); did != "olga schedule resume; olga schedule pause" {
		t.Errorf("recorded: %s", did)
	}
	// Its source goes.
	c.exec(`UPDATE schedules SET spec = '{"cron":"@hourly","zone":"UTC","source":"gone"}', revision = 9 WHERE name = 'hourly'`)
	c.has(c.get(olga, "/schedules"), http.StatusOK, "cannot be used", "there is no source &#34;gone&#34;")
	c.has(c.post(olga, "/schedules/hourly/run", "seen", "0"), http.StatusConflict, "cannot be used as it is, so nothing was done")
	c.has(c.get(olga, "/schedules/hourly"), http.StatusOK, "It cannot be used", "there is no source &#34;gone&#34;", "put right in usher.yaml")
	for _, name := range []string{"none", "%2e%2e", "a%2fb", "%D0%BD", url.PathEscape(manyLetters), "%3Cscript%3E"} {
		for _, at := range []string{"", "/edit", "/remove", "/live"} {
			a := c.get(olga, "/schedules/"+name+at)
			if a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusTemporaryRedirect && a.StatusCode != http.StatusMovedPermanently {
				t.Errorf("/schedules/%.20s%s: %s", name, at, a.Status)
			}
			c.hasNot(a, "<script>")
		}
	}
}

// What asks is shown first, and answered once: with no more people than are shown.
func TestScheduleAsks(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, nil, false)
	c.make("nightly")
	c.asks("nightly", schedule.WhyMaxPeople, 1234)
	for _, path := range []string{"/schedules", "/schedules/nightly"} {
		c.has(c.get(olga, path), http.StatusOK, "1,234 people would be invited", "Yes, invite 1,234 people", "No, leave it out")
	}
	page := c.get(olga, "/schedules/nightly")
	id := c.field(page, "occurrence")
	c.has(c.post(olga, "/schedules/nightly/agree", "occurrence", id, "people", "1233"), http.StatusConflict, "more than you agreed to")
	for _, people := range []string{"", "-1", "many", "99999999999"} {
		c.has(c.post(olga, "/schedules/nightly/agree", "occurrence", id, "people", people), http.StatusBadRequest, "nothing was done")
	}
	c.make("other")
	c.has(c.post(olga, "/schedules/other/agree", "occurrence", id, "people", "1234"), http.StatusConflict, "asks for nothing any more")
	c.leadsTo(olga, c.post(olga, "/schedules/nightly/agree", "occurrence", id, "people", "1234"), "/schedules/nightly?done=schedule-agreed")
	c.has(c.post(olga, "/schedules/nightly/agree", "occurrence", id, "people", "1234"), http.StatusConflict, "asks for nothing any more", "is due", "olga")
	c.asks("nightly", schedule.WhyMissed, 0)
	page = c.get(olga, "/schedules/nightly")
	c.has(page, http.StatusOK, "Nobody worked when it was due.", "Yes, do it now")
	id = c.field(page, "occurrence")
	c.leadsTo(olga, c.post(olga, "/schedules/nightly/decline", "occurrence", id), "/schedules/nightly?done=schedule-declined")
	c.has(c.post(olga, "/schedules/nightly/decline", "occurrence", id), http.StatusConflict, "nothing to leave out any more")
	c.asks("nightly", schedule.WhyMissed, 1)
	c.has(c.get(olga, "/schedules/nightly/remove"), http.StatusOK, "1 time that waits for a yes is left out")
	c.has(c.post(olga, "/schedules/nightly/remove", "revision", "1"), http.StatusSeeOther)
	c.hasNot(c.make("nightly"), "Yes, do it now")
	if did := c.did(6); did != "olga schedule make; olga schedule remove; olga schedule skip; olga schedule run; olga schedule make; olga schedule make" {
		t.Errorf("recorded: %s", did)
	}
}

// A button that is pressed twice has a schedule run once; its batch is linked.
func TestScheduleRuns(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, nil, true)
	page := c.make("nightly")
	seen := c.field(page, "seen")
	c.leadsTo(olga, c.post(olga, "/schedules/nightly/run", "seen", seen), "/schedules/nightly?done=schedule-due")
	c.has(c.post(olga, "/schedules/nightly/run", "seen", seen), http.StatusConflict, "somebody has just asked for the same")
	c.until("its people are invited", func() bool { return strings.Contains(c.get(olga, "/schedules/nightly").text, "3 of 3 rows invited") })
	c.has(c.get(olga, "/schedules/nightly"), http.StatusOK, `<a href="/batches/1">batch 1</a>`, "<bdi>olga</bdi>")
	c.has(c.get(olga, "/schedules"), http.StatusOK, `<a href="/batches/1">batch 1</a>`)
	c.hasNot(c.get(olga, "/schedules"), "Nobody is working")
	c.until("it runs again, a second later", func() bool {
		seen := c.field(c.get(olga, "/schedules/nightly"), "seen")
		return c.post(olga, "/schedules/nightly/run", "seen", seen).StatusCode == http.StatusSeeOther
	})
}
