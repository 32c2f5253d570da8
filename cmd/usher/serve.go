package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"usher/batch"
	"usher/cmd/usher/process"
	"usher/config"
	"usher/web"
)

// serveOptions are what 'usher serve' was asked for.
type serveOptions struct{ noWork, sandbox bool }

func newServe(a *app) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the pages: upload, mend, invite and watch in the browser",
		Long: `Serves the pages on which people bring lists, mend them, invite and watch, and
works on every running batch as 'usher work' does. Ctrl-C or SIGTERM stops it:
what is in flight is brought to an end first.

As long as there is no user ('usher user add'), it listens on this machine alone
and prints a link that signs in once, as operator. With --sandbox everything goes
to a sandbox: no key, no cost, nobody contacted, and all is forgotten at its end.`,
		Args: argsError(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context(), o) },
	}
	f := cmd.Flags()
	a.setting(f, "listen", "web.listen", "address to serve on (default 127.0.0.1:8080)")
	f.BoolVar(&o.noWork, "no-work", false, "serve pages only; others work")
	f.BoolVar(&o.sandbox, "sandbox", false, "rehearse: nobody is contacted")
	paceFlags(a, f)
	return cmd
}

// serveMemory is how much memory is in use before it is looked through more often than
// process.WorkGC says. The check of a million rows (100 MB of CSV) took 180 MB of the machine's
// memory without it, and 91 MB with it on PostgreSQL, 134 MB on SQLite, for a tenth more
// of a core. At 50 MiB it took a quarter more. A worker by itself stays under it.
const serveMemory = 70 << 20

func (a *app) serve(ctx context.Context, o serveOptions) (err error) {
	process.UseMemory(ctx)
	if !slices.ContainsFunc(a.env, func(set string) bool { return strings.HasPrefix(set, "GOMEMLIMIT=") }) {
		debug.SetMemoryLimit(serveMemory)
	}
	opens := opening{batch.Options{Command: "serve", Send: !o.noWork, Profiles: config.ProfileFolder(a.env)}, true}
	if o.sandbox {
		if opens.Rehearsal, err = batch.NewRehearsal(false); err != nil {
			return err
		}
	}
	s, cfg, err := a.open(ctx, opens)
	if err != nil {
		return err
	}
	defer s.Close()
	a.telling(s).Begin()
	users, err := s.Users(ctx)
	if err != nil {
		return err
	}
	if !o.noWork { // before a link is printed that nobody would answer
		if err := besides(s.LockWork(ctx)); err != nil {
			return err
		}
		workingSchedules(s).WorkBeside()
	}
	linked := o.sandbox || len(users) == 0
	listener, err := listen(cfg.Web, linked)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	pages := pageOptions(cfg, linked)
	pages.Log = a.logLine
	h, err := web.New(s, pages)
	if err != nil {
		return err
	}
	a.tellPages(h, cfg.Web, listener)
	work := s.Work
	if o.noWork {
		work = s.WatchDatabase
	}
	return beside(ctx, work, h, listener, cfg.Work.StopTimeout)
}

// beside serves beside work, until ctx ends or one of them fails.
func beside(ctx context.Context, work func(context.Context) error, h *web.Handler, listener net.Listener, stopTime time.Duration) error {
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return h.Serve(ctx, listener, stopTime) })
	both.Go(func() error { return work(ctx) })
	return both.Wait()
}

// besides says how pages are served beside a worker that no other may be beside.
func besides(err error) error {
	var held *batch.HeldError
	if errors.As(err, &held) {
		return batch.WithHint(err, "serve the pages alone with --no-work: the other one works")
	}
	return err
}

func pageOptions(cfg *config.Config, linked bool) web.Options {
	w := cfg.Web
	o := web.Options{
		Version: version, PublicURL: w.PublicURL, UploadLimit: w.UploadLimit, TLSCert: w.TLSCert, TLSKey: w.TLSKey,
		Idle: w.Idle, Absolute: w.Absolute, TrustHeader: w.TrustHeader, TrustFrom: w.TrustFrom, MetricsToken: w.MetricsToken,
	}
	if linked {
		o.LinkName = actor().Name
	}
	return o
}

// listen takes the address to serve on. As long as a link signs people in, that is
// one that this machine alone can reach.
func listen(cfg config.Web, linked bool) (net.Listener, error) {
	if host, _, err := net.SplitHostPort(cfg.Listen); linked && (err != nil || !web.Loopback(host)) {
		return nil, batch.WithHint(fmt.Errorf("there is no user yet, so the pages are not served on %s, where others could reach them", cfg.Listen),
			"add one with 'usher user add NAME --role operator', or leave --listen out (--sandbox has no users, and is for this machine alone)")
	}
	return listenOn(cfg.Listen, "the pages", "127.0.0.1:8081")
}

// listenOn takes an address to serve something on. Another one is such as that.
func listenOn(address, what, other string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, batch.WithHint(fmt.Errorf("%s cannot be served on %s: %w", what, address, err), "choose another address with --listen, such as "+other)
	}
	return listener, nil
}

// tellPages says where the pages are.
func (a *app) tellPages(h *web.Handler, cfg config.Web, listener net.Listener) {
	base := cfg.PublicURL
	if base == "" {
		base = h.Scheme() + "://" + web.Address(listener.Addr())
	}
	if link := h.Link(base); link != "" {
		fmt.Fprintf(a.stdout, "Open this link. It signs in once, as operator:\n\n    %s\n\n", link)
	} else {
		fmt.Fprintln(a.stdout, base)
	}
	fmt.Fprintln(a.stderr, "usher: the pages are served; Ctrl-C stops it")
}
