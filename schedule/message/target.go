package message

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/batch"
	"usher/store"
)

// Target is somebody, or something, that the settings have told; see
// [batch.MessageTarget].
type Target = batch.MessageTarget

// Targets are those of the settings, by name.
func (r *Room) Targets(ctx context.Context) ([]Target, error) { return r.svc.MessageTargets(ctx) }

// Test tells a target that this is a test, once and at once, whatever it was told
// before. The error says why that did not arrive.
func (r *Room) Test(ctx context.Context, by batch.Actor, name string) (words string, err error) {
	t, known := r.targets[name]
	if !known {
		return "", batch.WithHint(fmt.Errorf("there is no target %q in the settings", name), r.known())
	}
	var m store.Message
	err = r.st.InTx(ctx, func(tx *store.Tx) error {
		if err := tx.RecordAct(ctx, store.Act{Actor: by, What: store.ActMessageTest, Account: r.account}); err != nil {
			return err
		}
		id, err := tx.InsertMessage(ctx, store.Message{Account: r.account, Key: batch.NewMessageKey(), Target: name, Kind: t.Kind(),
			What: store.EventTest, Count: 1, State: store.MessageWaiting}, batch.MessagePatience)
		if err == nil { // in the same transaction, so that nobody else sends it
			m, _, _, err = tx.ClaimMessage(ctx, r.account, id, hold)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	a, err := r.deliver(ctx, t, m)
	if err != nil {
		a = answer{words: brokenWords}
	}
	written, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	if _, err := r.settle(written, t, m, a, true); err != nil {
		return "", err
	}
	if !a.sent {
		return "", batch.WithHint(fmt.Errorf("%s was not told: %s", name, a.words), "mend notify."+name+" in the settings, and try again")
	}
	return a.words, nil
}

// known says which targets there are.
func (r *Room) known() string {
	if len(r.targets) == 0 {
		return "add it to usher.yaml, below notify:"
	}
	return "the settings have: " + strings.Join(slices.Sorted(maps.Keys(r.targets)), ", ")
}
