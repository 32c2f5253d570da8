package jobs

import "time"

// claimsTogether is how long the claims of slots that were given out together take to
// come.
const claimsTogether = 2 * time.Millisecond

// gather waits for what is to be written next: until somebody comes who cannot wait, or
// until the first of those who can has waited for long enough. It returns nothing when the
// committer is closed.
func (c *committer) gather(claimCh chan *claim, settleCh chan *settle) (claims []*claim, settles []*settle) {
	var due time.Time
	var timer *time.Timer
	var enough <-chan time.Time
	for len(claims) < commitMost && len(settles) < commitMost {
		var patience time.Duration
		select {
		case r := <-claimCh:
			claims = append(claims, r)
			if r.turn.ahead {
				patience = claimsTogether
			}
		case r := <-settleCh:
			settles = append(settles, r)
			patience = r.patience
		case <-enough:
			return claims, settles
		case <-c.quit:
			return claims, settles
		}
		if patience == 0 {
			return claims, settles
		}
		if until := time.Now().Add(patience); timer == nil {
			due, timer = until, time.NewTimer(patience)
			enough = timer.C
			defer timer.Stop()
		} else if until.Before(due) {
			due = until
			timer.Reset(patience)
		}
	}
	return claims, settles
}
