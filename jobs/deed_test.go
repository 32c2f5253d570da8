package jobs_test

import (
	"context"
	"errors"
	"testing"

	"usher/store"
)

// deed is something that a person does, and the act it leaves.
type deed struct {
	state  store.State // of the people before, if not queued
	before doing       // what ann did first
	do     doing
	act    store.Act
	on     func(f *fleet) (account, batch int64) // if not on the batch itself
}

// doing does something to a fleet that has one batch of five.
type doing func(ctx context.Context, f *fleet, by store.Actor, batch int64) error

var deeds = map[string]deed{
	"pause":            {do: pause, act: actOf(store.ActPause, "", "", 0)},
	"resume":           {before: pause, do: resume, act: actOf(store.ActResume, "", "", 0)},
	"end quiet":        {before: beQuiet, do: endQuiet, act: actOf(store.ActEndQuiet, "", "", 0)},
	"cancel":           {do: cancel, act: actOf(store.ActCancel, "", "cancelled", 5)},
	"retry":            {state: store.Failed, do: retry, act: actOf(store.ActRetry, "", "queued", 5)},
	"reinvite":         {state: store.Invited, do: reinvite, act: actOf(store.ActReinvite, "2-3, 5", "people", 3), on: newest},
	"resolve sent":     {state: store.Unknown, do: resolveSent, act: actOf(store.ActResolve, "4", "invited", 1)},
	"resolve not sent": {state: store.Unknown, do: resolveNotSent, act: actOf(store.ActResolve, "2-4, 6", "not_sent", 4)},
	"close the gate":   {do: closeGate, act: actOf(store.ActGateClose, "", "", 0), on: theAccount},
	"open the gate":    {before: closeGate, do: openGate, act: actOf(store.ActGateOpen, "", "", 0), on: theAccount},
}

func actOf(what store.ActName, rows, number string, n int) store.Act {
	a := store.Act{Actor: ann, What: what, Rows: rows, Numbers: map[string]int{}}
	if number != "" {
		a.Numbers[number] = n
	}
	return a
}

func theAccount(f *fleet) (account, batch int64) { return f.account, 0 }

// newest is the batch that was made last, none before it.
func newest(f *fleet) (account, batch int64) {
	all, err := f.st.Batches(context.Background(), store.BatchFilter{})
	if err != nil || len(all) == 0 {
		return f.account, -1
	}
	return f.account, all[0].ID
}

// prepared makes a batch for the deed, as it is before.
func (d deed) prepared(t *testing.T, f *fleet) int64 {
	t.Helper()
	batch := f.batch(t, 5)
	if d.state != "" {
		f.become(t, batch, d.state)
	}
	if d.before == nil {
		return batch
	}
	if err := d.before(context.Background(), f, ann, batch); err != nil {
		t.Fatal(err)
	}
	return batch
}

func pause(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	return f.control.Pause(ctx, by, batch)
}

func resume(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	return f.control.Resume(ctx, by, batch)
}

func cancel(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	_, err := f.control.Cancel(ctx, by, batch)
	return err
}

func retry(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	_, err := f.control.Retry(ctx, by, batch, nil)
	return err
}

func reinvite(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	_, err := f.control.Reinvite(ctx, by, batch, []int{5, 2, 3})
	return err
}

func resolveSent(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	return f.control.Resolve(ctx, by, batch, []int{4}, true, "session-1")
}

func resolveNotSent(ctx context.Context, f *fleet, by store.Actor, batch int64) error {
	return f.control.Resolve(ctx, by, batch, []int{2, 3, 4, 6}, false, "")
}

func closeGate(ctx context.Context, f *fleet, by store.Actor, _ int64) error {
	return f.control.CloseGate(ctx, by, f.account, "ask lee@example.com")
}

func openGate(ctx context.Context, f *fleet, by store.Actor, _ int64) error {
	opened, err := f.control.OpenGate(ctx, by, f.account)
	if err == nil && !opened {
		err = errors.New("it was open")
	}
	return err
}
