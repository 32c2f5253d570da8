package jobs

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"usher/store"
)

// committer writes claims and settlements of many applicants in shared
// transactions: those that come in while one is being written make up the
// next. A caller is answered only once its own is committed.
type committer struct {
	st      *store.Store
	log     *zap.Logger
	params  store.ClaimParams
	invited func(people int) // told of those who were invited, once that is committed
	claims  chan *claim
	settles chan *settle
	patient chan *settle // those that can wait for claims
	ready   func(turn)   // told of the turn of each claim that is made
	paused  func([]store.PausedBatch)
	again   sync.WaitGroup // settlements that are written one by one beside the loops
	quit    chan struct{}
	done    chan struct{}
}

type claim struct {
	key   store.Key
	leave leave
	probe bool
	turn  turn // for which it is
	reply chan claimed
}

// claimed is the answer to a claim: the applicant and the time by which the
// request must be written, or ok false when it may not be sent.
type claimed struct {
	applicant store.Applicant
	deadline  time.Time
	at        time.Time // before the claim was made
	ok        bool
	err       error
}

type settle struct {
	s        store.Settlement // once it is written: as it was
	patience time.Duration    // for how long others may be waited for
	reply    chan error
}

// commitMost is how many claims, and how many settlements, share a transaction
// at most.
const commitMost = 500

func newCommitter(st *store.Store, log *zap.Logger, params store.ClaimParams, invited func(int), ready func(turn), paused func([]store.PausedBatch)) *committer {
	c := &committer{
		st: st, log: log, params: params, invited: invited, ready: ready, paused: paused,
		claims: make(chan *claim, commitMost), settles: make(chan *settle, commitMost), patient: make(chan *settle, commitMost),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	go c.run()
	return c
}

// run writes claims and settlements side by side, which on PostgreSQL two
// connections can: those settlements that wait for others anyway go with the claims of
// the next moment. On SQLite there is one connection, and all share its transactions.
func (c *committer) run() {
	defer close(c.done)
	if c.st.Path() != "" {
		c.loop(c.claims, c.settles)
		return
	}
	var loops sync.WaitGroup
	loops.Go(func() { c.loop(c.claims, c.patient) })
	loops.Go(func() { c.loop(nil, c.settles) })
	loops.Wait()
}

// close ends the loops, after what was asked for is written.
func (c *committer) close() {
	close(c.quit)
	<-c.done
	c.again.Wait()
}

// claim asks for an applicant. It waits for the commit whatever becomes of the
// caller: a claim that is not heard would leave its applicant in doubt.
func (c *committer) claim(k store.Key, l leave, t turn, probe bool) claimed {
	r := &claim{k, l, probe, t, make(chan claimed, 1)}
	c.claims <- r
	return <-r.reply
}

// settle writes what became of an attempt, and returns it as it was written: a
// session that another applicant has is not given to a second one. It may be written with
// others that come within patience.
func (c *committer) settle(s store.Settlement, patience time.Duration) (store.Settlement, error) {
	r := &settle{s, patience, make(chan error, 1)}
	if patience > 0 && c.st.Path() == "" {
		c.patient <- r
	} else {
		c.settles <- r
	}
	err := <-r.reply
	return r.s, err
}

// loop writes what comes from two channels, of which one may be nil.
func (c *committer) loop(claimCh chan *claim, settleCh chan *settle) {
	for {
		claims, settles := c.gather(claimCh, settleCh)
		if len(claims)+len(settles) == 0 {
			return
		}
		c.commit(drain(claimCh, claims), drain(settleCh, settles))
	}
}

func drain[T any](ch chan T, all []T) []T {
	for len(all) < commitMost {
		select {
		case v := <-ch:
			all = append(all, v)
		default:
			return all
		}
	}
	return all
}

// commit writes settlements first: they are what must not be lost.
func (c *committer) commit(claims []*claim, settles []*settle) {
	groups := groupClaims(claims)
	if len(groups) == 0 {
		groups = [][]*claim{nil}
	}
	for _, group := range groups {
		ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
		won, start, err := c.write(ctx, group, settles)
		cancel()
		switch {
		case err == nil || len(settles) == 0:
		case c.st.Path() == "": // claims must not wait for them
			failed := settles
			c.again.Go(func() { c.settleAgain(failed) })
		default:
			c.settleAgain(settles)
		}
		answerSettles(settles, err)
		c.answerClaims(group, won, start, err)
		settles = nil
	}
}

// commitTimeout bounds one shared transaction.
const commitTimeout = 10 * time.Second

// groupClaims puts together the claims that share their rights.
func groupClaims(claims []*claim) [][]*claim {
	type kind struct {
		generation, wave int64
		probe, ahead     bool
	}
	var groups [][]*claim
	at := map[kind]int{}
	for _, r := range claims {
		k := kind{r.leave.generation, r.leave.wave, r.probe, r.turn.ahead}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// write runs one transaction. The deadline of a claim is counted from its start, so that
// it never lies after the one in the database.
func (c *committer) write(ctx context.Context, claims []*claim, settles []*settle) (won []store.Applicant, start time.Time, err error) {
	start = time.Now()
	written := make([]store.Settlement, len(settles))
	for i, r := range settles {
		written[i] = r.s
	}
	var settled []store.Key
	var paused []store.PausedBatch
	err = c.st.InTx(ctx, func(tx *store.Tx) (err error) {
		if len(settles) > 0 {
			if settled, err = c.settleAll(ctx, tx, written); err != nil {
				return err
			}
			paused = tx.Paused()
		}
		if len(claims) == 0 {
			return nil
		}
		keys := make([]store.Key, len(claims))
		for i, r := range claims {
			keys[i] = r.key
		}
		won, err = tx.Claim(ctx, c.rights(claims[0]), keys)
		return err
	})
	if err == nil {
		for i, r := range settles {
			r.s = written[i]
		}
		c.tell(written, settled)
		c.late(len(written) - len(settled))
		c.paused(paused)
	}
	return won, start, err
}

// settleAll writes settlements, and returns the applicants that it settled.
func (c *committer) settleAll(ctx context.Context, tx *store.Tx, all []store.Settlement) ([]store.Key, error) {
	settled, err := tx.Settle(ctx, c.params.Account, all)
	return settled, err
}

// late tells of settlements whose applicants others had settled.
func (c *committer) late(count int) {
	if count > 0 {
		c.log.Warn("settlements came too late: others had settled the applicants", zap.Int("count", count))
	}
}

// tell tells of those settled who were invited.
func (c *committer) tell(all []store.Settlement, settled []store.Key) {
	invited := 0
	for _, s := range all {
		if s.State == store.Invited && (len(settled) == len(all) || slices.Contains(settled, s.Key)) {
			invited++
		}
	}
	if invited > 0 {
		c.invited(invited)
	}
}

// settleAgain writes settlements one by one after their shared transaction
// failed, until each is written or settleFor is over. One that cannot be
// written must not take the others with it. What is left is in doubt, and is
// looked up.
func (c *committer) settleAgain(settles []*settle) {
	until := time.Now().Add(settleFor)
	late := 0
	for _, r := range settles {
		one, won, err := c.settleOne(r.s, until)
		if err == nil && !won {
			late++
		}
		r.s = one
		r.reply <- err
	}
	c.late(late)
}

// settleFor is how long a settlement is tried while the database is away.
const settleFor = 30 * time.Second

// settleOne writes one, and reports whether it settled its applicant.
func (c *committer) settleOne(s store.Settlement, until time.Time) (out store.Settlement, won bool, err error) {
	wait := backoff(100*time.Millisecond, 5*time.Second)
	for {
		limit := max(min(commitTimeout, time.Until(until)), time.Second) // those behind it wait
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		written := []store.Settlement{s}
		var settled []store.Key
		var paused []store.PausedBatch
		err := c.st.InTx(ctx, func(tx *store.Tx) (err error) {
			settled, err = c.settleAll(ctx, tx, written)
			paused = tx.Paused()
			return err
		})
		cancel()
		if err == nil {
			c.tell(written, settled)
			c.paused(paused)
		}
		var refused *store.DatabaseError
		if err == nil || errors.As(err, &refused) && !refused.Passing() || time.Now().After(until) {
			return written[0], len(settled) > 0, err
		}
		d, _ := wait.Next()
		time.Sleep(d)
	}
}

// answerSettles answers those that were written together. After an error they
// have been answered one by one.
func answerSettles(settles []*settle, err error) {
	if err != nil {
		return
	}
	for _, r := range settles {
		r.reply <- nil
	}
}

func (c *committer) answerClaims(claims []*claim, won []store.Applicant, start time.Time, err error) {
	by := make(map[store.Key]store.Applicant, len(won))
	for _, a := range won {
		by[a.Key] = a
	}
	for _, r := range claims { // before the first of them goes
		c.ready(r.turn)
	}
	for _, r := range claims {
		a, ok := by[r.key]
		if ok {
			delete(by, r.key) // a second claim of the same applicant gets nothing
		}
		r.reply <- claimed{a, start.Add(c.params.Timeout), start, ok && err == nil, err}
	}
}
