package report

import "fmt"

// A bar of the chart, its words above it, in pixels. Widths are shares of whatever
// width there is, so that words keep their size on a small screen.
const (
	barStep   = 40
	barHeight = 12
	textBase  = 14 // of the words, below the top of the step
	barTop    = 20
)

// bar is a state in the chart and in the table beneath it.
type bar struct {
	StateCount
	Words, Count, Share, Label string
	TextY, BarY, Height        int
	Width                      string // of a hundred
}

// leastWidth is that of a bar for the few among the many, which is still seen.
const leastWidth = 0.3

func barsOf(s Summary) (bars []bar) {
	total := s.total()
	for _, c := range s.States {
		if c.Count == 0 {
			continue
		}
		at := len(bars) * barStep
		b := bar{StateCount: c, Words: capital(c.Words), Count: Thousands(c.Count), Share: share(c.Count, total),
			TextY: at + textBase, BarY: at + barTop, Height: barHeight,
			Width: fmt.Sprintf("%.2f", max(leastWidth, 100*float64(c.Count)/float64(total)))}
		b.Label = fmt.Sprintf("%s: %s (%s)", capital(string(c.State)), b.Count, b.Share)
		bars = append(bars, b)
	}
	return bars
}

// share is a part of a whole in percent. Some are never told as none, nor nearly all
// as all.
func share(n, of int) string {
	tenths := (1000*n + of/2) / of
	switch {
	case n > 0 && tenths == 0:
		return "under 0.1 %"
	case n < of && tenths == 1000:
		return "over 99.9 %"
	}
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}
