package jobs

import (
	"testing"
	"time"

	"usher/store"
	"usher/store/storetest"
)

// TestOneBadSettlement: a settlement that the database refuses takes no other with it that
// was written in the same transaction, and each is answered.
func TestOneBadSettlement(t *testing.T) {
	t.Parallel()
	s, keys := claimerOn(t, openUpgradedOn(t, storetest.PostgresMigrated), 3)
	l := leave{generation: s.look(t).Generation}
	var settles []*settle
	for i, k := range keys[:2] {
		c := s.commits.claim(k, l, turn{}, false)
		if !c.ok {
			t.Fatalf("row %d is not claimed: %v", k.Row, c.err)
		}
		settles = append(settles, &settle{reply: make(chan error, 1), s: store.Settlement{Key: k, Attempt: c.applicant.Attempt,
			State: store.Invited, Outcome: store.OutcomeCreated, SessionID: []string{"one", "t\x00wo"}[i]}})
	}
	next := &claim{keys[2], l, false, turn{}, make(chan claimed, 1)}
	s.commits.commit([]*claim{next}, settles)
	if err := <-settles[0].reply; err != nil {
		t.Errorf("the good one: %v", err)
	}
	if err := <-settles[1].reply; err == nil {
		t.Error("the bad one was written")
	}
	if c := <-next.reply; c.err == nil {
		t.Error("the claim of a transaction that failed was made")
	}
	counts, err := s.st.Counts(t.Context(), keys[0].Batch)
	if err != nil || counts[store.Invited] != 1 || counts[store.Sending] != 1 || counts[store.Queued] != 1 {
		t.Errorf("counted are %v, %v; want one invited, one sending and one queued", counts, err)
	}
}

// TestClaimsOfOneLeaveShareATransaction: each has a slot of its own, and some count against
// another day or go alone; that makes no other right to send of it.
func TestClaimsOfOneLeaveShareATransaction(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var claims []*claim
	for i := range 5 {
		in := turn{wave: 3, at: now.Add(time.Duration(i) * time.Second), day: []string{"2026-11-28", "2026-11-29"}[i/3], alone: i == 0}
		claims = append(claims, &claim{leave: in.leave(7), turn: in})
	}
	if groups := groupClaims(claims); len(groups) != 1 || len(groups[0]) != 5 {
		t.Errorf("%d transactions for one leave, want 1", len(groups))
	}
	later, other := turn{wave: 4, at: now}, turn{wave: 3, at: now}
	claims = append(claims, &claim{leave: later.leave(7), turn: later}, &claim{leave: other.leave(8), turn: other}, &claim{leave: other.leave(7), turn: other, probe: true})
	if groups := groupClaims(claims); len(groups) != 4 {
		t.Errorf("%d transactions, want 4: one for each wave, generation and probe", len(groups))
	}
}
