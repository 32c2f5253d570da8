package jobs

import "time"

// leave is by which leave a request is sent: the gate was open in a generation, and its
// slot was taken in a wave of the pace. An answer to one that is over tells nothing new.
type leave struct{ generation, wave int64 }

// allows reports whether what has a leave may still be sent.
func (k *gatekeeper) allows(l leave) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate.Open() && !k.shut && k.gate.Generation == l.generation && !k.refused && k.wave <= l.wave
}

// waiting reports whether an answer said to wait that is not written yet.
func (k *gatekeeper) waiting() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.refused
}

// refuse stops this process at the very answer that says to wait, if it was asked in the
// present wave. [gatekeeper.moveTo] or [gatekeeper.goOn] must follow.
func (k *gatekeeper) refuse(wave int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused || wave < k.wave {
		return
	}
	k.refused = true
	k.tell()
}

// moveTo takes over the wave of the pace. Slots of an older one are not used.
func (k *gatekeeper) moveTo(wave int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if wave > k.wave {
		k.wave, k.refused = wave, false
		k.tell()
	}
}

// hold notes for how long the pace lets nobody send, from now on.
func (k *gatekeeper) hold(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = time.Now().Add(d)
}

// heldFor is how long the pace still lets nobody send.
func (k *gatekeeper) heldFor() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Until(k.held)
}

// goOn ends what refuse began, whatever wave it is.
func (k *gatekeeper) goOn() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused {
		k.refused = false
		k.tell()
	}
}

// tell wakes those who watch the view.
func (k *gatekeeper) tell() {
	close(k.changed)
	k.changed = make(chan struct{})
}
