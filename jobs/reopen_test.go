package jobs_test

import (
	"context"
	"testing"

	"usher/store"
	"usher/upstream/sandbox"
)

// TestPutOffJobsAreDueWhenTheGateOpens: whoever opens the gate brings those jobs forward
// that were put off while it was closed, in the same transaction.
func TestPutOffJobsAreDueWhenTheGateOpens(t *testing.T) {
	onDatabases(t, sandbox.Options{Balance: -1}, func(t *testing.T, f *fleet) {
		ctx, batch := context.Background(), f.batch(t, 3)
		by := store.Actor{Name: "gate-tester", Way: store.WayCommandLine}
		if err := f.control.CloseGate(ctx, by, f.account, ""); err != nil {
			t.Fatal(err)
		}
		var later int
		count := func() {
			t.Helper()
			err := f.st.InTx(ctx, func(tx *store.Tx) error {
				if pg := tx.Pgx(); pg != nil {
					return pg.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE scheduled_at > now()`).Scan(&later)
				}
				return tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE scheduled_at > datetime('now', 'subsec')`).Scan(&later)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		err := f.st.InTx(ctx, func(tx *store.Tx) (err error) {
			if pg := tx.Pgx(); pg != nil {
				_, err = pg.Exec(ctx, `UPDATE river_job SET scheduled_at = now() + interval '1 hour'`)
			} else {
				_, err = tx.SQL().ExecContext(ctx, `UPDATE river_job SET scheduled_at = datetime('now', 'subsec', '1 hour')`)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if count(); later != 3 {
			t.Fatalf("%d jobs were put off, want 3", later)
		}
		if opened, err := f.control.OpenGate(ctx, by, f.account); err != nil || !opened {
			t.Fatalf("opened %v, %v", opened, err)
		}
		if count(); later != 0 {
			t.Errorf("%d jobs still wait after the gate was opened", later)
		}
		f.start(t, "reopen", nil)
		if counts := f.finished(t, batch); counts[store.Invited] != 3 {
			t.Errorf("counts = %v", counts)
		}
	})
}
