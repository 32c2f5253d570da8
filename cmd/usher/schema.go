package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/jobs"
	"usher/store"
)

// upgrade brings the database's schema up to date, usher's tables and the job
// queue's. Of several processes one does it, and the others wait.
func (a *app) upgrade(ctx context.Context, st *store.Store) (store.Upgraded, error) {
	return jobs.Upgrade(ctx, st, a.tellUpgrading)
}

func (a *app) tellUpgrading() {
	fmt.Fprintln(a.stderr, "usher: another process is bringing the database's schema up to date; waiting for it")
}

// appearing is how long a command waits for an upgrade that is not seen yet: it
// may have been started together with 'usher migrate'.
const appearing = 2 * time.Second

// awaitSchema returns an error when the schema is not the one that this build
// needs, unless 'usher migrate' is at it: then it waits.
func (a *app) awaitSchema(ctx context.Context, st *store.Store) error {
	told := false
	for until := time.Now().Add(appearing); ; {
		err := jobs.CheckSchema(ctx, st)
		var schema *store.SchemaError
		if !errors.As(err, &schema) || schema.Have > schema.Want {
			return err
		}
		busy, lookErr := st.Upgrading(ctx)
		switch {
		case lookErr != nil:
			return lookErr
		case !busy && time.Now().After(until):
			return err
		case busy && !told:
			a.tellUpgrading()
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
