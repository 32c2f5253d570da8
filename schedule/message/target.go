package message

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"usher/batch"
	"usher/config"
	"usher/store"
)

// Target is somebody, or something, that the settings have told. It shows no address
// of anybody. Its JSON is part of the interface.
type Target struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`  // webhook, email or command
	Where   string   `json:"where"` // for people
	On      []string `json:"on"`    // the events it is told of
	Batches string   `json:"batches,omitempty"`
	Stopped bool     `json:"stopped"` // it wants nothing more, until its settings change
}

// Targets are those of the settings, by name.
func (r *Room) Targets(ctx context.Context) ([]Target, error) {
	stopped, err := r.st.StoppedTargets(ctx, r.account)
	if err != nil {
		return nil, err
	}
	all := []Target{}
	for _, name := range slices.Sorted(maps.Keys(r.targets)) {
		t := r.targets[name]
		all = append(all, Target{name, t.Kind(), where(t), t.On, t.Batches, isStopped(stopped, name, t)})
	}
	return all, nil
}

// where says where a target is, as far as that is no secret.
func where(t config.Target) string {
	switch {
	case t.Webhook != nil:
		u, err := url.Parse(t.Webhook.URL)
		if err != nil {
			return ""
		}
		return u.Host
	case t.Email != nil:
		return batch.Counted(len(t.Email.To), "address", "addresses") + " by " + t.Email.Server
	}
	return filepath.Base(t.Command[0])
}

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
		id, err := tx.InsertMessage(ctx, store.Message{Account: r.account, Key: newKey(), Target: name, Kind: t.Kind(),
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
