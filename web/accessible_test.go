package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"usher/batch"
)

// TestAccessible has axe-core look at every page: light and dark, narrow and wide.
// With USHER_TEST_LOOK set to a folder it keeps pictures of them there.
func TestAccessible(t *testing.T) {
	t.Parallel()
	base, link := rehearse(t)
	b := browse(t, base)
	b.open("/signin")
	b.look("signin")
	b.do(chromedp.Navigate(link))
	b.says("There is no batch yet.")
	b.look("batches-none")
	b.open("/new")
	b.look("new")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{messy(t, 60)}))
	b.press("Send the file")
	b.says("This list cannot be read yet")
	b.look("plan-refused")
	b.do(chromedp.SetValue(chromedp.CSS(`select[aria-label="Meaning of Erreichbar unter"]`), "phone"))
	b.says("What will happen")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
	b.look("plan")
	b.click(`[name="leave_out"]`)
	b.press("Invite 61 people")
	b.until(`location.pathname === "/batches/1"`)
	b.look("batch-running")
	b.says("finished")
	b.look("batch")
	for _, page := range []string{"/batches", "/gate", "/workers", "/users", "/account", "/nothing"} {
		b.open(page)
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
		b.look(strings.Trim(page, "/"))
	}
}

// The pages of people, of whom some have names that break pages, are looked at too.
func TestPeopleAccessible(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	o.becomes(4, batch.Unknown, "several_sessions", "The provider has 2 sessions that may be theirs.")
	o.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	o.has(o.post(olga, "/gate/close"), http.StatusSeeOther)
	b := browse(t, o.url)
	for _, page := range []string{"/batches", "/batches/1", "/batches/1/acts", "/batches/1/people", "/batches/1/people/2", "/batches/1/people/3",
		"/batches/1/people/4", "/batches/1/people/5", "/batches/1/people/6", "/batches/1/people/2/reinvite", "/batches/1/unknown", "/batches/1/retry", "/batches/1/rest"} {
		b.open(page)
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`))
		b.look(strings.ReplaceAll(page[1:], "/", "-"))
	}
	b.open("/find")
	b.look("find")
	b.do(chromedp.SetValue(chromedp.CSS(`[name="who"]`), "lovelace"))
	b.click(`main form button`)
	b.says("Ada")
	b.look("found")

	o = newOffice(t, false)
	o.h.identify = func(*http.Request) (visitor, error) { return visitors[olga], nil }
	b = browse(t, o.url)
	b.open("/batches/1/cancel")
	b.look("cancel")
}

// ofColours are the rules that the dark form of a page can break where the light one
// does not.
var ofColours = []string{"color-contrast", "link-in-text-block"}

// look has axe-core look at the page in each of its forms.
func (b *tab) look(name string) {
	b.Helper()
	for _, scheme := range []string{"light", "dark"} {
		_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		if err != nil {
			b.Fatal(err)
		}
		for _, width := range []int64{320, 1280} {
			b.do(chromedp.EmulateViewport(width, 900))
			b.until("innerWidth === " + fmt.Sprint(width))
			if scheme == "light" {
				b.accessible()
			} else {
				b.accessible(ofColours...)
			}
			b.fits()
			b.picture(fmt.Sprintf("%s-%s-%d.png", name, scheme, width))
		}
	}
}

// fits makes sure that a page is no wider than its window. Tables scroll by
// themselves.
func (b *tab) fits() {
	b.Helper()
	wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.documentElement.scrollWidth <= innerWidth ? "" :
		[...document.querySelectorAll("main *")].filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 200)).join("\n") || "something"`))
	if err != nil || wide != "" {
		b.Errorf("the page is wider than its window (%v):\n%s", err, wide)
	}
}

func (b *tab) picture(name string) {
	b.Helper()
	folder := os.Getenv("USHER_TEST_LOOK")
	if folder == "" {
		return
	}
	time.Sleep(200 * time.Millisecond) // for the eye alone
	image, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name), image, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}
