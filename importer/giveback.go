package importer

import (
	"context"
	"encoding/json"
	"fmt"

	"usher/store"
)

// givePage is how many rows are read at a time.
const givePage = 1000

// giveBack returns the persons that an import took over for a re-invitation to
// those who held them: were they just dropped, the next import would invite
// them again without being asked to.
func giveBack(ctx context.Context, tx *store.Tx, b store.Batch) error {
	var s shape
	if err := json.Unmarshal([]byte(b.Options), &s); err != nil {
		return fmt.Errorf("read the options of batch %d: %w", b.ID, err)
	}
	if s.ReinviteAfter == "" {
		return nil
	}
	for after := 0; ; {
		all, err := tx.ApplicantsIn(ctx, b.ID, store.Queued, after, givePage)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, a := range all {
			if a.Holder.Batch == 0 {
				continue
			}
			if _, err := tx.TakePerson(ctx, b.Account, a.PersonKey, a.Key, a.Holder); err != nil {
				return err
			}
		}
		after = all[len(all)-1].Row
	}
}
