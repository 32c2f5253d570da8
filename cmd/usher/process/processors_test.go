package process

import (
	"slices"
	"testing"
)

// TestProcessors: a process is left with one processor once it has had little to do for
// a while, and has all again as soon as it has more.
func TestProcessors(t *testing.T) {
	const one, all = "one", "all"
	for name, c := range map[string]struct {
		parts []float64
		want  []string
	}{
		"little":         {[]float64{0.05, 0.05, 0.05, 0.05}, []string{one}},
		"not yet":        {[]float64{0.05, 0.05}, nil},
		"now and then":   {[]float64{0.05, 0.05, 0.5, 0.05, 0.05, 0.5}, nil},
		"much":           {[]float64{1.5, 1.9, 0.9, 1.2}, nil},
		"contended":      {[]float64{0.05, 0.05, 0.05, 0.5}, []string{one, all}},
		"an import":      {[]float64{0.05, 0.05, 0.05, 0.9, 1.6, 1.5}, []string{one, all}},
		"some":           {[]float64{0.05, 0.05, 0.05, 0.4, 0.4, 0.4}, []string{one}},
		"after that one": {[]float64{0, 0, 0, 1, 1, 0, 0, 0, 0.4}, []string{one, all, one}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			p := processors{one: func() { got = append(got, one) }, all: func() { got = append(got, all) }}
			for _, part := range c.parts {
				p.took(part)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestOnAllProcessors: what would hold up everything else is done on all processors, and
// changes nothing for what comes after it.
func TestOnAllProcessors(t *testing.T) {
	var got []string
	p := processors{one: func() { got = append(got, "one") }, all: func() { got = append(got, "all") }}
	do := func() { got = append(got, "done") }
	p.onAll(do)
	for range littleFor {
		p.took(0)
	}
	p.onAll(do)
	p.took(1)
	p.onAll(do)
	if want := []string{"done", "one", "all", "done", "one", "all", "done"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
