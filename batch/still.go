package batch

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"usher/jobs"
	"usher/store"
)

// serving are the batches that the workers of an account work for; 0 is all of them.
type serving []int64

func (s serving) has(batch int64) bool { return slices.Contains(s, 0) || slices.Contains(s, batch) }

// stillWords say of a batch's account what keeps its batches from going on.
type stillWords struct {
	api     string // address of the account's API; empty if it is the one that is set here
	set     string // address that is set here
	workers int    // of the database
	serving serving
	inTurn  []store.Batch // nil if all are
	running int
}

// of says what keeps a batch that is not over from going on, apart from the gate, and
// what to do about it; both are empty if nothing does.
func (s stillWords) of(b Batch) (words, hint string) {
	served := s.serving.has(b.ID)
	switch {
	case b.State == Paused:
		return "", b.PausedHint()
	case b.State != Running || b.Counts.Open() == 0:
		return "", ""
	case !served && s.api != "":
		return fmt.Sprintf("Nobody works on it: it is for the API at %s, and these settings name %s.", s.api, s.set),
			fmt.Sprintf("set upstream.base_url to that address again and start 'usher work'; or 'usher cancel %d', and run the list again with these settings", b.ID)
	case s.workers == 0:
		return "Nobody is working. Start 'usher work', or run the file again with 'usher run'.", ""
	case !served:
		return "Nobody works on it: who works is at something else alone.",
			"start 'usher work', or run the file again with 'usher run'; on SQLite that is possible when the other is done"
	case b.IsQuiet():
		return "", b.QuietHint()
	case s.inTurn != nil && !slices.ContainsFunc(s.inTurn, func(o store.Batch) bool { return o.ID == b.ID }):
		return fmt.Sprintf("It waits for its turn: %d of the %d batches that are running are sent at a time.", len(s.inTurn), s.running), ""
	case b.WaitsForFirst():
		return FirstWords(b.breakers, b.Counts.Total()), ""
	}
	return "", ""
}

// still finds out what may keep the batches of an account from going on.
func (s *Service) still(ctx context.Context, account int64, st Standing) (w stillWords, err error) {
	w = stillWords{set: s.API(), workers: len(st.Workers), serving: st.serving}
	if account != s.account {
		if w.api, err = s.apiOf(ctx, account); err != nil {
			return w, err
		}
	}
	running, err := s.st.BatchesIn(ctx, account, store.BatchRunning)
	w.inTurn, w.running = jobs.InTurn(running), len(running)
	return w, err
}

// apiOf is the address of an account's API, without what is secret in it.
func (s *Service) apiOf(ctx context.Context, account int64) (string, error) {
	name, err := s.st.AccountName(ctx, account)
	if err != nil || account == s.account {
		return s.API(), err
	}
	address, of, named := strings.Cut(name, "#")
	if u, err := url.Parse(address); err == nil {
		u.User = nil
		address = u.String()
	}
	if named {
		address += fmt.Sprintf(" (upstream.account: %s)", of)
	}
	return address, nil
}

// elsewhere are the batches of other accounts that are running or paused: nobody who
// works with these settings sends them.
func (s *Service) elsewhere(ctx context.Context, st Standing) ([]Batch, error) {
	all, err := s.st.Batches(ctx, store.BatchFilter{States: []store.BatchState{store.BatchRunning, store.BatchPaused}})
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(b store.Batch) bool { return b.Account == s.account })
	slices.Reverse(all) // the oldest first
	others, err := s.counted(ctx, all)
	for i := range others {
		if err != nil {
			break
		}
		err = s.addStill(ctx, &others[i], st)
	}
	return others, err
}

// addStill adds to a batch of another account which API it is for, and what keeps it
// from going on.
func (s *Service) addStill(ctx context.Context, b *Batch, st Standing) (err error) {
	if st.serving, err = s.servingOf(ctx, b.account); err != nil {
		return err
	}
	w, err := s.still(ctx, b.account, st)
	b.API = w.api
	b.Still, b.StillHint = w.of(*b)
	return err
}

func (s *Service) servingOf(ctx context.Context, account int64) (all serving, err error) {
	workers, err := s.st.WorkerPaces(ctx, account)
	for _, w := range workers {
		all = append(all, w.Batch)
	}
	return all, err
}
