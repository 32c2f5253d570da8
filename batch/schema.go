package batch

import (
	"context"
	"errors"
	"time"

	"usher/config"
	"usher/jobs"
	"usher/store"
)

// Upgraded says from which version of the schema to which a database was
// brought.
type Upgraded = store.Upgraded

// Upgrade brings the schema of the database that the settings name up to date,
// usher's tables and the job queue's, and tries whether it can be written to. Of
// several processes one does it, and the others wait, which is told.
func Upgrade(ctx context.Context, cfg *config.Config, tell Teller) (Upgraded, error) {
	st, err := openAsItIs(ctx, cfg, store.Options{})
	if err != nil {
		return Upgraded{}, err
	}
	defer st.Close()
	done, err := upgrade(ctx, st, tell)
	if err != nil {
		return Upgraded{}, err
	}
	return done, jobs.TryWrite(ctx, st)
}

func upgrade(ctx context.Context, st *store.Store, tell Teller) (Upgraded, error) {
	return jobs.Upgrade(ctx, st, func() { tell.tell(Upgrading{}) })
}

// appearing is how long a command waits for an upgrade that is not seen yet: it
// may have been started together with 'usher migrate'.
const appearing = 2 * time.Second

// awaitSchema returns an error when the schema is not the one that this build
// needs, unless 'usher migrate' is at it: then it waits.
func awaitSchema(ctx context.Context, st *store.Store, tell Teller) error {
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
			return jobs.CheckSchema(ctx, st) // anew, as an upgrade may have ended since
		case busy && !told:
			tell.tell(Upgrading{})
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
