package jobs

import "time"

// leave is by which leave a request is sent: the gate was open in a generation, and its
// slot was taken in a wave of the pace. An answer to one that is over tells nothing new.
type leave struct {
	generation, wave int64
	// What makes no other leave of it: the day that the request counts against, whether all
	// others wait for the answer, and when its slot was.
	day   string
	alone bool
	at    time.Time
}

// leave is that of a turn, as the gate is open in a generation.
func (t turn) leave(generation int64) leave { return leave{generation, t.wave, t.day, t.alone, t.at} }

// same reports whether two requests were sent by one leave.
func (l leave) same(o leave) bool { return l.generation == o.generation && l.wave == o.wave }

// allows reports whether what has a leave may still be sent.
func (k *gatekeeper) allows(l leave) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate.Open() && !k.shut && k.gate.Generation == l.generation && k.inWave(l)
}

// allowsLookup is as allows, for a look-up.
func (k *gatekeeper) allowsLookup(l leave) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gate.LetsLookups() && !k.shut && k.inWave(l)
}

// inWave reports whether the slot of a leave may still be used.
func (k *gatekeeper) inWave(l leave) bool { return !k.refused && k.wave <= l.wave }

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
	if wave < k.wave {
		return
	}
	k.refusedIn = max(k.refusedIn, wave)
	if !k.refused {
		k.refused = true
		k.tell()
	}
}

// moveTo takes over the wave of the pace, and for how long it lets nobody send from now
// on. Slots of an older wave are not used, and what is told of one that is over counts no
// more.
func (k *gatekeeper) moveTo(wave int64, wait time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if wave < k.wave {
		return
	}
	k.held = time.Now().Add(wait)
	if wave > k.wave {
		k.wave = wave
		k.refused = k.refused && k.refusedIn >= wave
		k.tell()
	}
}

// heldFor is how long the pace still lets nobody send.
func (k *gatekeeper) heldFor() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Until(k.held)
}

// goOn ends what refuse began, once the word of that wave is written. A later one may not
// be yet.
func (k *gatekeeper) goOn(wave int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refused && k.refusedIn <= wave {
		k.refused = false
		k.tell()
	}
}

// tell wakes those who watch the view.
func (k *gatekeeper) tell() {
	close(k.changed)
	k.changed = make(chan struct{})
}
