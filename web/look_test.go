package web

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"usher/batch"
)

func TestLook(t *testing.T) {
	s := newSite(t, Options{LinkName: "root", Version: "test"})
	s.add("Ann", batch.Viewer)
	b := browse(t, s.URL)
	b.open(s.h.Link(s.URL)[len(s.URL):])
	for _, dark := range []string{"light"} {
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: dark}}}); err != nil {
			t.Fatal(err)
		}
		for _, w := range []int64{1280} {
			b.do(chromedp.EmulateViewport(w, 900))
			for _, p := range []string{"/batches", "/users"} {
				b.open(p)
				t.Log(time.Now().Format("05.000"), b.text()[:80])
				b.accessible()
				t.Log(time.Now().Format("05.000"))
				if d := os.Getenv("USHER_LOOK"); d != "" {
					time.Sleep(700 * time.Millisecond)
					img, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
					if err != nil {
						t.Fatal(err)
					}
					name := d + "/" + dark + "-" + map[int64]string{320: "n", 1280: "w"}[w] + "-" + map[string]string{"/batches": "batches", "/users": "users", "/account": "account", "/signin": "signin", "/batches/9": "none"}[p] + ".png"
					_ = os.WriteFile(name, img, 0o600)
				}
			}
		}
	}
}
