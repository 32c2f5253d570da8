package web

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"usher/batch"
)

// The plan of a list says who goes first, and lets it be chosen, as when the batch pauses
// itself. What is chosen is the list's, and then the batch's.
func TestTelltaleBreakers(t *testing.T) {
	t.Parallel()
	o, at := newTelltaleQuiet(t, map[string]string{"breaker.canary": "1", "breaker.same_refusal": "7"})
	page := o.get(uli, at)
	o.has(page, http.StatusOK, "The first one goes alone; the others follow when that one is invited. If one of them is refused the batch is paused")
	if fieldOf(page, "breaker_canary") != "1" || fieldOf(page, "breaker_same_refusal") != "7" || fieldOf(page, "breaker_tolerate") != "10" {
		t.Errorf("not the settings': %q %q %q", fieldOf(page, "breaker_canary"), fieldOf(page, "breaker_same_refusal"), fieldOf(page, "breaker_tolerate"))
	}
	choose := func(pairs ...string) answered {
		return o.post(uli, at+"/choices", append([]string{"revision", fieldOf(o.get(uli, at), "revision"), "send_email", "1"}, pairs...)...)
	}
	o.has(choose("breaker_canary", "five"), http.StatusBadRequest, "is no number")
	o.has(choose("breaker_canary", "-1"), http.StatusBadRequest, "is not from 0 to 1,000")
	o.has(choose("breaker_canary", "1001"), http.StatusBadRequest, "is not from 0 to 1,000")
	o.has(choose("breaker_tolerate", "101"), http.StatusBadRequest, "is not from 0 to 100")
	o.has(choose("breaker_canary", "0", "breaker_same_refusal", "3", "breaker_tolerate", "20"), http.StatusSeeOther)
	o.has(choose("breaker_canary", ""), http.StatusSeeOther) // nothing is said of it, as on a page of an earlier version
	o.until("it is checked again", func() bool { return contains(o.get(uli, at).text, "What will happen") })
	page = o.get(uli, at)
	o.hasNot(page, "goes alone")
	if fieldOf(page, "breaker_canary") != "0" || fieldOf(page, "breaker_same_refusal") != "3" || fieldOf(page, "breaker_tolerate") != "20" {
		t.Errorf("not what was chosen: %q %q %q", fieldOf(page, "breaker_canary"), fieldOf(page, "breaker_same_refusal"), fieldOf(page, "breaker_tolerate"))
	}
	o.has(o.post(uli, at+"/invite", "revision", fieldOf(page, "revision"), "agreed", "2"), http.StatusSeeOther)
	o.work()
	var canary, same, tolerate int
	o.until("it is a batch", func() bool {
		return o.db.QueryRowContext(t.Context(), "SELECT canary, same_refusal, tolerate FROM batches WHERE state <> 'importing'").Scan(&canary, &same, &tolerate) == nil
	})
	if canary != 0 || same != 3 || tolerate != 20 {
		t.Errorf("the batch's: %d %d %d", canary, same, tolerate)
	}
}

// work has the pages' process send until the test ends.
func (o *desk) work() {
	ctx, worked := o.Context(), make(chan struct{})
	go func() {
		defer close(worked)
		_ = o.svc.Work(ctx)
	}()
	o.Cleanup(func() { <-worked })
}

// In a browser: who goes first follows what is typed; a list whose first one is refused
// stops by itself, its page says why, and goes on when it is resumed there.
func TestTelltaleBreakersBrowser(t *testing.T) {
	t.Parallel()
	o, _ := newTelltaleQuiet(t, nil)
	a := o.post(uli, "/new/paste", "cells", listed+"refused,Lovelace,ada@else.example,+15192220011,EMP-11,first\n"+
		"Alan,Turing,alan@else.example,+15192220012,EMP-12,second\nGrace,Hopper,grace@else.example,+15192220013,EMP-13,third\n")
	at := a.Header.Get("Location")
	b := browse(t, o.url)
	b.open(at)
	b.says("What will happen")
	b.press("Choices")
	b.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("breaker_canary").focus()`))
	b.do(chromedp.SetValue(chromedp.CSS("#breaker_canary"), "2"))
	b.says("The first 2 go alone")
	b.until(`document.getElementById("breaker_canary").value === "2" && document.querySelector("details:has(#breaker_canary)").open`)
	b.look("plan-breakers")
	b.press("Invite 3 people")
	o.work()
	b.until(`location.pathname.startsWith("/batches/")`)
	b.says("This batch is paused: not all of its first people were invited")
	b.says("1 of the first 2 people was refused: HTTP 400")
	b.look("batch-stopped")
	b.press("Resume")
	b.says("finished with problems")
}

// What the provider said of people is for who may see these.
func TestTelltaleBreakersWords(t *testing.T) {
	t.Parallel()
	stopped := batch.Batch{PauseReason: batch.PausedCanary, PauseDetail: "1 of the first 5 people was refused: HTTP 400"}
	if a := pauseAdviceOf(stopped, true); !contains(a.Words, "was refused: HTTP 400. They went alone") {
		t.Errorf("said %q", a.Words)
	}
	if a := pauseAdviceOf(stopped, false); contains(a.Words, "HTTP 400") {
		t.Errorf("told to everybody: %q", a.Words)
	}
}
