package store

import "context"

// OpenGate opens the gate in whatever state it is, for a person, and reports
// whether it was closed.
func (t *Tx) OpenGate(ctx context.Context, account int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Open() {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1})
}

// OpenGateAfterProbe opens a gate whose probe, sent in this generation,
// succeeded, unless the API named a time to wait in the meantime.
func (t *Tx) OpenGateAfterProbe(ctx context.Context, account, generation int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Open() || g.ByPerson || g.Generation != generation {
		return false, err
	}
	if !g.Timed() && g.Until.After(g.Now) {
		return false, nil
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: generation + 1})
}

// OpenGateForKey opens a gate that is closed, in this generation, because the
// API refused the key, which is another one now.
func (t *Tx) OpenGateForKey(ctx context.Context, account, generation int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || g.Reason != GateUnauthorized || g.ByPerson || g.Generation != generation {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: generation + 1})
}

// OpenGateWhenDue opens a gate whose time has come. The step is kept, so that
// the back-off goes on growing until a request succeeds.
func (t *Tx) OpenGateWhenDue(ctx context.Context, account int64) (bool, error) {
	g, err := t.lockGate(ctx, account)
	if err != nil || !g.Timed() || g.Until.After(g.Now) {
		return false, err
	}
	return true, t.writeGate(ctx, g, Gate{Account: account, Generation: g.Generation + 1, Step: g.Step})
}

// ResetGateSteps starts the back-off anew, after a success.
func (q queries) ResetGateSteps(ctx context.Context, account int64) error {
	_, err := q.conn.exec(ctx, `UPDATE gate SET step = 0 WHERE account_id = $1 AND reason = '' AND step <> 0`, account)
	return wrap("reset gate", err)
}
