package storetest

import (
	"context"
	"errors"
	"time"

	"usher/store"
)

// Each test of the suite ends with [world.checkCounts], so what is tested here is
// what no other test comes to.
func countsTests() tests {
	return tests{"OfMany": countsOfMany, "InTransaction": countsInTransaction, "RolledBack": countsRolledBack,
		"AtOnce": countsAtOnce, "Folded": countsFolded, "FoldedWhileWritten": countsFoldedWhileWritten, "Discarded": countsDiscarded,
		"LookWithoutWaiting": lookWithoutWaiting}
}

// checkCounts checks that the kept counts of all batches are those of the rows.
func (w *world) checkCounts() {
	w.Helper()
	kept := w.numbers(`SELECT batch_id, state, CAST(sum(n) AS BIGINT) FROM counts GROUP BY batch_id, state HAVING sum(n) <> 0`)
	rows := w.numbers(`SELECT batch_id, state, count(*) FROM applicants GROUP BY batch_id, state`)
	checkSame(w.T, rows, kept)
}

type standing struct {
	Batch int64
	State store.State
}

func (w *world) numbers(query string) map[standing]int {
	w.Helper()
	type resultSet interface {
		Next() bool
		Scan(dest ...any) error
		Err() error
	}
	var rs resultSet
	ctx := context.Background() // the test's own may have ended
	if pool := w.st.Pgx(); pool != nil {
		r, err := pool.Query(ctx, query)
		w.must(err)
		defer r.Close()
		rs = r
	} else {
		r, err := w.st.SQL().QueryContext(ctx, query)
		w.must(err)
		defer func() { _ = r.Close() }()
		rs = r
	}
	numbers := map[standing]int{}
	for rs.Next() {
		var s standing
		var n int
		w.must(rs.Scan(&s.Batch, &s.State, &n))
		numbers[s] = n
	}
	w.must(rs.Err())
	return numbers
}

// setStates puts everybody of a batch in a state, which nothing in the program does.
func (w *world) setStates(batch int64, state store.State) {
	w.Helper()
	w.exec("UPDATE applicants SET state = $1 WHERE batch_id = $2", string(state), batch)
	w.exec("DELETE FROM counts")
	w.exec("INSERT INTO counts (batch_id, state, slot, n) SELECT batch_id, state, 0, count(*) FROM applicants GROUP BY batch_id, state")
}

func countsOfMany(w *world) {
	one, two, none := w.batch(store.Applicant{}, store.Applicant{State: store.Failed}), w.importing(store.Applicant{}), w.importing()
	w.batch(store.Applicant{}) // not asked for
	got, err := w.st.CountsOf(w.Context(), []int64{one, none, two})
	w.must(err)
	if len(got) != 3 || len(got[none]) != len(store.States) {
		w.Errorf("counts of three are %v", got)
	}
	checkSame(w.T, []int{1, 1, 2, 1, 0}, []int{got[one][store.Queued], got[one][store.Failed], got[one].Total(), got[two].Total(), got[none].Total()})
	got, err = w.st.CountsOf(w.Context(), nil)
	w.must(err)
	checkSame(w.T, map[int64]store.Counts{}, got)
}

func countsInTransaction(w *world) {
	id, keys := w.queued(2)
	w.tx(func(tx *store.Tx) error {
		if _, err := tx.Claim(w.Context(), w.paramsIn(tx), keys[:1]); err != nil {
			return err
		}
		c, err := tx.Counts(w.Context(), id)
		many, err2 := tx.CountsOf(w.Context(), []int64{id})
		if c[store.Sending] != 1 || many[id][store.Queued] != 1 {
			w.Errorf("the transaction itself sees %v and %v", c, many)
		}
		return errors.Join(err, err2)
	})
	w.checkStates(id, store.Counts{store.Queued: 1, store.Sending: 1})
}

// paramsIn are the params of a claim without a second connection.
func (w *world) paramsIn(tx *store.Tx) store.ClaimParams {
	w.Helper()
	g, err := tx.Gate(w.Context(), w.account)
	w.must(err)
	return store.ClaimParams{Account: w.account, Worker: worker, Generation: g.Generation, Timeout: timeout, LookupAfter: lookup}
}

func countsRolledBack(w *world) {
	id, keys := w.queued(2)
	p, undo := w.params(), errors.New("undo")
	err := w.st.InTx(w.Context(), func(tx *store.Tx) error {
		if _, err := tx.Claim(w.Context(), p, keys); err != nil {
			return err
		}
		if _, err := tx.Counts(w.Context(), id); err != nil {
			return err
		}
		return undo
	})
	wantError(w.T, "undone", err, undo)
	w.checkStates(id, store.Counts{store.Queued: 2})
}

// countsAtOnce: claims, settlements, retries, resolutions, cancellations and
// the ends of runs meet, and nobody deadlocks or is lost.
func countsAtOnce(w *world) {
	const each = 12
	first, one := w.queued(each)
	second, two := w.queued(each)
	ends := []store.State{store.Invited, store.Failed, store.Unknown, store.Queued}
	params := w.params()
	w.atOnce(2*each, func(i int) (bool, error) {
		// Two of each batch, and every applicant in two transactions.
		keys := []store.Key{two[i%each], one[(i+1)%each], one[i%each], two[(i+1)%each]}
		for round := range 3 {
			if err := w.passOnce(params, keys, ends[(i+round)%len(ends)]); err != nil {
				return false, err
			}
			if err := w.meddle(i+round, first, second, keys[0]); err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// passOnce claims whom it can and settles them.
func (w *world) passOnce(p store.ClaimParams, keys []store.Key, state store.State) error {
	var won []store.Applicant
	err := w.st.InTx(w.Context(), func(tx *store.Tx) (err error) {
		won, err = tx.Claim(w.Context(), p, keys)
		return err
	})
	if err != nil || len(won) == 0 {
		return err
	}
	all := make([]store.Settlement, len(won))
	for i, a := range won {
		all[i] = store.Settlement{Key: a.Key, Attempt: a.Attempt, State: state, Outcome: outcomes[state], Counted: true}
	}
	return w.st.InTx(w.Context(), func(tx *store.Tx) error {
		_, err := tx.Settle(w.Context(), w.account, all)
		return err
	})
}

func (w *world) meddle(i int, first, second int64, k store.Key) error {
	ctx := w.Context()
	var over *store.StateError
	err := w.st.InTx(ctx, func(tx *store.Tx) (err error) {
		switch i % 5 {
		case 0:
			_, err = tx.Retry(ctx, first)
		case 1:
			_, err = tx.FinishBatch(ctx, first)
		case 2:
			_, err = tx.FinishBatch(ctx, second)
		case 3:
			_, err = tx.Resolve(ctx, k, false, "")
		case 4:
			if i > 20 {
				_, err = tx.CancelBatch(ctx, second)
			}
		}
		return err
	})
	if errors.As(err, &over) {
		return nil
	}
	return err
}

// countsFolded: what is left of a run that is over is a row for each state.
func countsFolded(w *world) {
	id, keys := w.sending(3)
	w.end(store.Invited, keys[0])
	w.end(store.Failed, keys[1:]...)
	for range 2 {
		if !w.finish(id) {
			w.Fatal("the batch was not finished")
		}
		if n := w.number("SELECT count(*) FROM counts WHERE slot > 0"); n != 0 {
			w.Errorf("%d slots are left", n)
		}
		w.retry(id)
		w.end(store.Failed, keysOf(w.claim(keys[1:]...))...)
	}
}

// countsFoldedWhileWritten: a slot that somebody writes to is left, not waited for.
func countsFoldedWhileWritten(w *world) {
	if w.st.Pgx() == nil {
		return // one writer
	}
	id, keys := w.sending(2)
	w.end(store.Unknown, keys[0])
	w.end(store.Invited, keys[1])
	w.tx(func(tx *store.Tx) error {
		if _, err := tx.Resolve(w.Context(), keys[0], false, ""); err != nil {
			return err
		}
		if _, err := tx.Counts(w.Context(), id); err != nil { // which takes the slot
			return err
		}
		if !w.finish(id) {
			w.Error("the batch was not finished")
		}
		return nil
	})
	w.checkStates(id, store.Counts{store.Failed: 1, store.Invited: 1})
}

// lookWithoutWaiting: who only looks waits for nobody who is writing.
func lookWithoutWaiting(w *world) {
	if w.st.Pgx() == nil {
		return // another process of SQLite reads beside a writer, another goroutine has no connection
	}
	id, keys := w.queued(1)
	p := w.params()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	w.tx(func(tx *store.Tx) error {
		if _, err := tx.Pgx().Exec(ctx, "SELECT 1 FROM accounts, gate, pace FOR UPDATE"); err != nil {
			return err
		}
		if _, err := tx.Claim(ctx, p, keys); err != nil {
			return err
		}
		if _, err := tx.Counts(ctx, id); err != nil { // which writes the counts
			return err
		}
		again, err := w.st.Account(ctx, "https://api.example key-1", "")
		_, _, err2 := w.st.PaceStatus(ctx, again, store.Pace{})
		c, err3 := w.st.Counts(ctx, id)
		if again != w.account || c[store.Queued] != 1 {
			w.Errorf("account %d and counts %v", again, c)
		}
		return errors.Join(err, err2, err3)
	})
}

func countsDiscarded(w *world) {
	id := w.importing(store.Applicant{}, store.Applicant{State: store.Rejected})
	w.tx(func(tx *store.Tx) error {
		more := []store.Applicant{{}}
		fill(&more[0], id, 9)
		if err := tx.InsertApplicants(w.Context(), more); err != nil {
			return err
		}
		return tx.DeleteImport(w.Context(), id)
	})
	if n := w.number("SELECT count(*) FROM counts"); n != 0 {
		w.Errorf("%d counts are left", n)
	}
}

func (w *world) number(query string, args ...any) (n int) {
	w.Helper()
	if pool := w.st.Pgx(); pool != nil {
		w.must(pool.QueryRow(w.Context(), query, args...).Scan(&n))
		return n
	}
	w.must(w.st.SQL().QueryRowContext(w.Context(), query, args...).Scan(&n))
	return n
}
