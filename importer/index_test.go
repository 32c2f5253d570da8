package importer

import (
	"math/rand/v2"
	"testing"

	"usher/store/storetest"
)

func TestIndex(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	hashes := make([]uint64, storetest.Rows(50_000, 8_000))
	for i := range hashes {
		hashes[i] = random.Uint64()
		switch i % 5 { // crowd some of them
		case 0:
			hashes[i] = hashes[i]&0xFFFF | 7<<56
		case 1:
			hashes[i] &= 0xFFF
		}
	}
	hashes = append(hashes, 0, 1<<56, 1<<64-1)
	var x index[int]
	want := map[uint64]int{}
	for i, h := range hashes {
		v, ok := x.value(h)
		before, known := want[kept(h)]
		if ok != known || v != before {
			t.Fatalf("hash %x: %d %t, not %d %t", h, v, ok, before, known)
		}
		x.set(h, i)
		want[kept(h)] = i
	}
	for h, i := range want {
		if v, ok := x.value(h); !ok || v != i {
			t.Fatalf("hash %x: %d %t, not %d", h, v, ok, i)
		}
	}
}

// TestIndexIsSmall holds a promise of its memory: no more than 24 bytes a row.
func TestIndexIsSmall(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	var x index[uint32]
	for n := 1; n <= 300_000; n++ {
		x.set(random.Uint64(), uint32(n))
		if n < 100_000 || n%10_000 != 0 {
			continue
		}
		size := 0
		for _, p := range x.parts {
			size += 8*cap(p.hashes) + 4*cap(p.values)
		}
		if size > 24*n {
			t.Errorf("%d rows take %d bytes", n, size)
		}
	}
}
