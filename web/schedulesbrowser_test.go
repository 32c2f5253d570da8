package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/config"
)

// What is watched follows: what is paused elsewhere, and what is removed.
func TestScheduleLive(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, map[string]config.Schedule{"hourly": {"cron": "@hourly", "zone": "Asia/Tokyo", "source": "hr"}}, false)
	c.make("nightly")
	c.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	b := browse(t, c.url)
	b.open("/schedules/nightly")
	b.says("It was never due.")
	c.has(c.post(olga, "/schedules/nightly/pause"), http.StatusSeeOther)
	b.until(`document.querySelector("[data-live]").innerText.includes("Paused by olga")`)
	c.has(c.post(olga, "/schedules/nightly/edit", "revision", "1", "cron", "0 6 * * *", "zone", "UTC", "source", "hr", "agreed", "1"), http.StatusSeeOther)
	b.until(`document.querySelector("[data-part=said]").innerText.includes("0 6 * * *")`)
	c.has(c.post(olga, "/schedules/nightly/remove", "revision", "2"), http.StatusSeeOther)
	b.says("There is no such schedule")
	b.open("/schedules")
	b.says("hourly")
	c.make("later")
	b.until(`document.querySelector("[data-live]").innerText.includes("later")`)
}

// Somebody makes a schedule and changes it: the next times follow while they type, and
// the script does nothing that the policy forbids.
func TestScheduleTyped(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, nil, false)
	c.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	b := browse(t, c.url)
	b.open("/schedules")
	b.press("Make a schedule")
	b.says("Say when it is due and in which time zone")
	b.until(`document.querySelectorAll("#zones option").length > 100`)
	typed := func(field, text string) {
		b.Helper()
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#`+field+`").value = ""`), chromedp.SendKeys(chromedp.CSS("#"+field), text))
	}
	typed("schedule", "berlin")
	typed("k-cron", "30 2 * *")
	typed("k-zone", "Europe/Berlin")
	b.says("A cron expression has five fields, and this has 4.")
	b.do(chromedp.SendKeys(chromedp.CSS("#k-cron"), " *"))
	b.until(`document.querySelectorAll("[data-part=next] li").length === 5 && document.querySelector("[data-part=next]").innerText.includes("02:30 +0")`)
	b.press("Make this schedule")
	b.says("Nothing was saved")
	b.until(`document.querySelector("#e-source").innerText !== "" && document.querySelector("#k-cron").value === "30 2 * * *"`)
	b.do(chromedp.SetValue(chromedp.CSS("#k-source"), "hr"))
	b.press("Make this schedule")
	b.says("The schedule is made")
	b.press("Change it")
	b.until(`document.querySelectorAll("[data-part=next] li").length === 5`)
	typed("k-cron", "@daily")
	b.until(`document.querySelector("[data-part=next]").innerText.includes("00:00 +0")`)
	b.press("See what changes")
	b.says("Change berlin?")
	b.press("Go on typing")
	b.until(`document.querySelector("#k-cron")?.value === "@daily"`)
	b.press("See what changes")
	b.says("Change berlin?")
	b.press("Change it like this")
	b.says("counts like this from now on")
	b.press("Remove it")
	b.press("Remove this schedule")
	b.says("There is no schedule yet")
}

// The pages of schedules are looked at as all others are.
func TestSchedulesAccessible(t *testing.T) {
	t.Parallel()
	c := newCalendar(t, map[string]config.Schedule{
		"hourly": {"cron": "@hourly", "zone": "Asia/Tokyo", "source": "hr"}, strings.Repeat("long-", 12) + "name": {"cron": "0 0 29 2 *", "zone": "UTC", "url": "https://hr.example/" + strings.Repeat("list", 50)},
		"gone": {"cron": "@daily", "zone": "UTC", "source": "hr"},
	}, false)
	c.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	c.make("nightly", "holidays", "2026-12-25", "max_people", "1000")
	c.asks("nightly", "max_people", 1234)
	c.exec(`UPDATE schedules SET spec = '{"cron":"@hourly","zone":"UTC","source":"gone"}', revision = 9 WHERE name = 'gone'`)
	c.has(c.post(olga, "/schedules/hourly/pause"), http.StatusSeeOther)
	b := browse(t, c.url)
	for _, path := range []string{"/schedules", "/schedules/nightly", "/schedules/gone", "/schedules/nightly/remove"} {
		b.open(path)
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
		b.look(strings.ReplaceAll(path[1:], "/", "-"))
	}
	b.open("/schedule/new")
	b.press("Make this schedule") // with no name, which the browser does not send
	b.do(chromedp.SetValue(chromedp.CSS("#schedule"), "a b"))
	b.press("Make this schedule")
	b.says("Nothing was saved")
	b.look("schedule-flaws")
	b.open("/schedules/nightly/edit")
	b.do(chromedp.SetValue(chromedp.CSS("#k-cron"), "0 9 * * *"))
	b.press("See what changes")
	b.says("Change nightly?")
	b.look("schedule-review")
	form := url.Values{"revision": {"1"}, "cron": {"0 8 * * *"}, "zone": {"UTC"}, "source": {"hr"}, "agreed": {"1"}}
	c.has(c.ask(olga, "POST", "/schedules/nightly/edit", form), http.StatusSeeOther)
	b.press("Change it like this")
	b.says("Somebody else has changed this schedule")
	b.look("schedule-clash")
}
