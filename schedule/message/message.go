// Package message owns telling: that a batch is finished or paused, that the gate was
// closed or opened, that a schedule was missed or waits, that a file was refused. What
// there is to tell stands in rows, written where it happens ([Note], and the store
// itself). A loop makes messages of them by the rules of the settings, and errands send
// those: as signed webhooks, as mails, or by running a program.
//
// Nothing waits for it, and it knows nothing of people: a message holds numbers, and
// names of batches, schedules and folders. The results of a batch, which are about
// people, go into a mail only where the settings say so.
package message

import (
	"context"
	"crypto/x509"
	"time"

	"go.uber.org/zap"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// Options are what a [Room] needs beside the settings.
type Options struct {
	// Env is the environment of this process, in os.Environ's form. Programs that are
	// run get little of it.
	Env []string
	// Version of the program, which receivers are told.
	Version string
}

// Room tells people.
type Room struct {
	svc     *batch.Service
	st      *store.Store
	account int64
	targets map[string]config.Target
	cfg     *config.Config
	o       Options
	log     *zap.Logger

	times times
	roots *x509.CertPool // whom TLS trusts; nil for whom the system does
}

// times are how long things take. Tests have others.
type times struct {
	look    time.Duration               // how often the loop looks for events
	gather  time.Duration               // how long the first event waits for others of its kind
	gap     func(n int) time.Duration   // from a message to the next of its kind, after n within an hour
	wait    func(try int) time.Duration // after a try that failed, counted from 1
	webhook time.Duration               // the longest time that an attempt takes
	mail    time.Duration
	command time.Duration
	last    time.Duration // in which a process that ends tells what it caused
}

var usual = times{look: 2 * time.Second, gather: 2 * time.Second, gap: gap, wait: backoff,
	webhook: 15 * time.Second, mail: time.Minute, command: time.Minute, last: 30 * time.Second}

// New makes a room for a service.
func New(svc *batch.Service, o Options) *Room {
	base := svc.Base()
	return &Room{svc: svc, st: base.Store, account: base.Account, targets: base.Config.Notify, cfg: base.Config, o: o, log: base.Log, times: usual}
}

// workers is how many messages a process sends at once.
const workers = 4

// Begin has messages made and sent as long as the service works. It is called before
// that does. In a rehearsal nobody is told anything.
func (r *Room) Begin() {
	if r.svc.Rehearsal() {
		return
	}
	r.svc.WorkBeside(batch.Beside{
		Errands: []batch.Errand{{What: batch.MessageErrand, Workers: workers, Do: r.send,
			Waiting: func(ctx context.Context) ([]int64, error) { return r.st.DueMessages(ctx, r.account) }}},
		Loops: []func(context.Context){r.tell},
	})
}

// Noter is a store, or a transaction of it.
type Noter interface {
	NoteEvent(ctx context.Context, e store.Event) error
}

// Note notes something that people may be told of: in the transaction of what it tells
// of, or in one of its own. It is for the rooms beside this one; batches and the gate
// are noted where they are changed. The event's reason and the keys of its numbers are
// words in snake_case, never something that somebody typed.
func Note(ctx context.Context, in Noter, e store.Event) error { return in.NoteEvent(ctx, e) }
