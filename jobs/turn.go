package jobs

import "slices"

// Who waits for a slot is asked in turn, batch by batch.

func (p *pacer) enter(batch int64, w *waiter) {
	p.mu.Lock()
	if _, has := p.waiting[batch]; !has { // who left may have left its turn behind
		p.turn = append(p.turn, batch)
	}
	p.waiting[batch] = append(p.waiting[batch], w)
	p.count++
	p.mu.Unlock()
	nudge(p.wake)
}

// leave takes a waiter out, and reports whether it was still waiting.
func (p *pacer) leave(batch int64, w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, v := range p.waiting[batch] {
		if v == w {
			p.waiting[batch] = append(p.waiting[batch][:i:i], p.waiting[batch][i+1:]...)
			p.count--
			return true
		}
	}
	return false
}

// next takes the waiter whose turn it is, or nil.
func (p *pacer) next() *waiter { return p.nextOf(func(int64) bool { return true }) }

// nextOf takes the one whose turn it is among the batches that match, or nil.
func (p *pacer) nextOf(match func(batch int64) bool) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := 0; i < len(p.turn); {
		batch := p.turn[i]
		if !match(batch) {
			i++
			continue
		}
		p.turn = slices.Delete(p.turn, i, i+1)
		queue := p.waiting[batch]
		if len(queue) == 0 {
			delete(p.waiting, batch)
			continue
		}
		p.waiting[batch] = queue[1:]
		p.count--
		if len(queue) > 1 {
			p.turn = append(p.turn, batch)
		} else {
			delete(p.waiting, batch)
		}
		return queue[0]
	}
	return nil
}

// sendAway tells everybody who waits to come again: all, or those of a batch.
func (p *pacer) sendAway(match func(batch int64) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for batch, queue := range p.waiting {
		if !match(batch) {
			continue
		}
		for _, w := range queue {
			w.granted <- turn{wave: notNow}
		}
		p.count -= len(queue)
		p.waiting[batch] = nil // its turn is still in line
	}
}

func (p *pacer) length() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}
