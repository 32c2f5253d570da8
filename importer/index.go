package importer

import binary "math/bits"

// index finds what is known of a hash. It is what is left in memory of each
// row of a file, so it takes little: 12 to 24 bytes a row, where a map takes
// twice as much, and three times while it grows. It grows in many small steps.
type index[V any] struct{ parts [256]indexPart[V] }

// indexPart holds the hashes that begin with the same byte. An empty place has
// the hash 0.
type indexPart[V any] struct {
	hashes []uint64
	values []V
	used   int
}

// value is what is known of a hash.
func (x *index[V]) value(hash uint64) (v V, ok bool) {
	p := &x.parts[hash>>56]
	if p.used == 0 {
		return v, false
	}
	at, ok := p.place(kept(hash))
	return p.values[at], ok
}

// set notes what is known of a hash.
func (x *index[V]) set(hash uint64, v V) {
	p := &x.parts[hash>>56]
	if p.used >= len(p.hashes)/8*7 {
		p.grow()
	}
	hash = kept(hash)
	at, ok := p.place(hash)
	if !ok {
		p.hashes[at] = hash
		p.used++
	}
	p.values[at] = v
}

func kept(hash uint64) uint64 {
	if hash == 0 {
		return 1
	}
	return hash
}

// place is where a hash is, or would be put.
func (p *indexPart[V]) place(hash uint64) (at int, ok bool) {
	first, _ := binary.Mul64(hash<<8, uint64(len(p.hashes)))
	for at = int(first); p.hashes[at] != 0; {
		if p.hashes[at] == hash {
			return at, true
		}
		if at++; at == len(p.hashes) {
			at = 0
		}
	}
	return at, false
}

func (p *indexPart[V]) grow() {
	n := max(16, len(p.hashes)+len(p.hashes)/4+8) &^ 7
	grown := indexPart[V]{hashes: make([]uint64, n), values: make([]V, n), used: p.used}
	for i, hash := range p.hashes {
		if hash != 0 {
			at, _ := grown.place(hash)
			grown.hashes[at], grown.values[at] = hash, p.values[i]
		}
	}
	*p = grown
}
