package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/batch"
)

// Sizes of the chart, in its own units.
const (
	chartMinute = 12 // width of a minute
	chartHigh   = 160
	chartLeft   = 56 // room for the numbers of the scale
	chartTop    = 8
)

// chart is the last hour as a drawing. The same numbers stand in a table beside it.
type chart struct {
	Minutes []batch.Minute
	Bars    []bar
	Allowed string // points of the line of what was allowed; empty where there is no limit
	Scale   []tick
	Top     int // what the top of the scale stands for
	Begin   batch.Minute
}

// bar is a part of a minute: what was sent, and of that who was invited and what met
// a limit.
type bar struct {
	Class      string
	X, Y, W, H string
}

// tick is a line of the scale.
type tick struct {
	N int
	Y string
}

// chartOf draws what was sent in these minutes.
func chartOf(minutes []batch.Minute) chart {
	c := chart{Minutes: minutes, Top: 10}
	if len(minutes) == 0 {
		return c
	}
	c.Begin = minutes[0]
	most := 0.0
	for _, m := range minutes {
		most = max(most, m.Allowed, float64(m.Sent), float64(m.Invited), float64(m.Limited))
	}
	c.Top = roundUp(most)
	for _, part := range []int{0, 1, 2} {
		n := c.Top * part / 2
		c.Scale = append(c.Scale, tick{n, c.y(float64(n))})
	}
	var line []string
	limit := true
	for i, m := range minutes {
		x := float64(chartLeft + i*chartMinute)
		c.bar("sent", x+1, 10, float64(m.Sent))
		c.bar("invited", x+3, 6, float64(m.Invited))
		c.bar("limited", x+5, 2, float64(m.Limited))
		line = append(line, units(x)+","+c.y(m.Allowed), units(x+chartMinute)+","+c.y(m.Allowed))
		limit = limit && m.Allowed >= 0
	}
	if limit {
		c.Allowed = strings.Join(line, " ")
	}
	return c
}

func (c *chart) bar(class string, x, w, n float64) {
	if n <= 0 {
		return
	}
	high := max(n/float64(c.Top)*chartHigh, 1)
	c.Bars = append(c.Bars, bar{class, units(x), units(chartTop + chartHigh - high), units(w), units(high)})
}

func (c *chart) y(n float64) string {
	return units(chartTop + chartHigh - max(n, 0)/float64(c.Top)*chartHigh)
}

func units(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }

// roundUp is the next number that a scale can end with.
func roundUp(n float64) int {
	for top := 10; ; top *= 10 {
		for _, by := range []int{1, 2, 5} {
			if n <= float64(top*by) {
				return top * by
			}
		}
	}
}

// Words are the hour in a sentence, for those who do not see the drawing.
func (c chart) Words() string {
	var sent, invited, limited int
	for _, m := range c.Minutes {
		sent, invited, limited = sent+m.Sent, invited+m.Invited, limited+m.Limited
	}
	return fmt.Sprintf("In the last hour %s sent, %s invited, and the provider asked %s for a slower pace.",
		batch.Counted(sent, "request was", "requests were"), batch.Counted(invited, "person was", "people were"), batch.Counted(limited, "time", "times"))
}

// Newest are the minutes, the newest first.
func (c chart) Newest() []batch.Minute {
	all := slices.Clone(c.Minutes)
	slices.Reverse(all)
	return all
}
