package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"usher/store/storetest"
)

// chromium is the one browser of this test binary; each test has a profile of its
// own in it.
var chromium = sync.OnceValues(func() (context.Context, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.DisableGPU)
		ctx, _ := chromedp.NewExecAllocator(context.Background(), o...)
		ctx, _ = chromedp.NewContext(ctx)
		return ctx, chromedp.Do(ctx)
	}
	return nil, exec.ErrNotFound
})

func TestMain(m *testing.M) {
	code := storetest.Main(m)
	if ctx, err := chromium(); err == nil && ctx != nil {
		_ = chromedp.Cancel(ctx)
	}
	os.Exit(code)
}

// tab is a window of a browser in which nothing may go wrong unseen: what a page
// logs as an error, and what it asks of another host, fails the test.
type tab struct {
	*testing.T
	ctx  context.Context
	base string

	mu    sync.Mutex
	wrong []string
}

// browse opens a window. Without Chromium t is skipped, or fails if
// USHER_TEST_NO_SKIP is set.
func browse(t *testing.T, base string) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	root, err := chromium()
	if err != nil && os.Getenv("USHER_TEST_NO_SKIP") != "" {
		t.Fatalf("no Chromium: %v", err)
	}
	if err != nil {
		t.Skipf("SKIPPED ALOUD: no Chromium (%v), so nobody clicks through the pages", err)
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{T: t, ctx: ctx, base: base}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.listen()
	t.Cleanup(b.check)
	return b
}

// listen notes what goes wrong, until the window is closed.
func (b *tab) listen() {
	console, sent := chromedp.Console(b.ctx), chromedp.Events(b.ctx, network.RequestWillBeSent)
	go func() {
		for m, err := range console {
			// A refusal is what some tests are about, and the browser tells of each.
			if err == nil && (m.IsException() || m.Type == "error" && !strings.Contains(m.Text, "status of 4")) {
				b.note("console: " + m.String() + " " + m.URL)
			}
		}
	}()
	go func() {
		for e, err := range sent {
			if err != nil {
				return
			}
			if u, err := url.Parse(e.Request.URL); err == nil && u.Host != "" && !strings.HasSuffix(b.base, u.Host) {
				b.note("request to another host: " + u.Host)
			}
		}
	}()
}

func (b *tab) note(wrong string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, wrong)
}

func (b *tab) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wrong := range b.wrong {
		b.Error(wrong)
	}
}

// do runs actions.
func (b *tab) do(all ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 90*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, all...); err != nil {
		b.Fatalf("%v\nthe page at that time:\n%s", err, b.text())
	}
}

// text is what the page says.
func (b *tab) text() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	return text
}

// open goes to a page.
func (b *tab) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// says waits until the page is whole, and has a text.
func (b *tab) says(text string) {
	b.Helper()
	quoted, _ := json.Marshal(text)
	b.until(fmt.Sprintf(`document.readyState === "complete" && document.body.innerText.includes(%s)`, quoted))
}

// until waits until something holds on the page, also across pages.
func (b *tab) until(holds string) {
	b.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](holds))
		if err == nil && ok {
			return
		}
		if time.Now().After(end) || b.ctx.Err() != nil {
			b.Fatalf("it never came to be that %s (%v)\nthe page at that time:\n%s", holds, err, b.text())
		}
	}
}

// click clicks on what a selector finds.
func (b *tab) click(selector string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// press clicks the button or link with this text.
func (b *tab) press(text string) {
	b.Helper()
	b.do(chromedp.Click(fmt.Sprintf(`//*[self::button or self::a or self::summary][contains(normalize-space(.), %q)]`, text)))
}

// violation is what axe-core finds wrong with a page.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

var axeScript = sync.OnceValues(func() (string, error) {
	text, err := os.ReadFile(os.Getenv("USHER_TEST_AXE"))
	return string(text), err
})

// accessible has axe-core look at the page as it is: by all of its rules, or by these.
// Without it the test is skipped, or fails if USHER_TEST_NO_SKIP is set.
func (b *tab) accessible(rules ...string) {
	b.Helper()
	script, err := axeScript()
	if err != nil && os.Getenv("USHER_TEST_NO_SKIP") != "" {
		b.Fatalf("no axe-core: %v", err)
	}
	if err != nil {
		b.Skip("SKIPPED ALOUD: no axe-core; install it with npm and set USHER_TEST_AXE to its axe.min.js")
	}
	if there, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](`"axe" in window`)); err != nil || !there {
		b.do(chromedp.Evaluate[chromedp.Void](script + "\n;0"))
	}
	by := "{}"
	if len(rules) > 0 {
		by = fmt.Sprintf(`{runOnly: "%s".split(" ")}`, strings.Join(rules, " "))
	}
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]violation](`axe.run(`+by+`).then(r => r.violations)`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range found {
		for _, n := range v.Nodes {
			b.Errorf("%s (%s): %s\n%s\n%s", v.ID, v.Impact, v.Help, n.HTML, n.Summary)
		}
	}
}

func contains(text, part string) bool { return strings.Contains(text, part) }
