package config

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// conflict is what two settings, each good alone, must not be together.
type conflict struct {
	key, other      string
	there           bool
	against, turned string // how key stands to other, and other to key
	remedy          string
}

// conflicts lists what may contradict each other. Where a default does as much harm as a value that was given, it
// counts like one.
func (c *Config) conflicts() []conflict {
	return []conflict{
		{"lookup.again", "lookup.after", c.Lookup.Again <= c.Lookup.After, "is not later than", "is not earlier than",
			"make lookup.again the later of the two: both are counted from the end of the request"},
		{"gate.probe_max", "gate.probe_first", c.Gate.ProbeMax < c.Gate.ProbeFirst, "is shorter than", "is longer than",
			"make gate.probe_max the longer of the two"},
		{"work.stop_timeout", "upstream.timeout", c.stopsTooSoon(), "is shorter than", "is longer than",
			"make work.stop_timeout the longer of the two, or stopping leaves requests behind without their answers"},
		{"upstream.burst", "upstream.daily", c.burstBeyondDay(), "is more than", "is less than",
			"make upstream.daily the larger of the two, or 0 for no limit"},
		{"upstream.day_reserve", "upstream.daily", c.reserveBeyondDay(), "leaves nothing to invite anybody with of", "is used up by",
			"make upstream.day_reserve the smaller of the two"},
		{"web.absolute", "web.idle", c.Web.Absolute < c.Web.Idle, "is shorter than", "is longer than",
			"make web.absolute the longer of the two"},
	}
}

// stopsTooSoon reports whether stopping may take less time than a request. Who says the one and not the other may
// have to stop soon, as a container must, and then requests are looked up later.
func (c *Config) stopsTooSoon() bool {
	return c.Source("upstream.timeout") != defaultOrigin && c.Work.StopTimeout < c.Upstream.Timeout
}

// allowToStop gives whoever stops as long as a request may take, unless somebody said how long it may be.
func (c *Config) allowToStop() {
	if c.Source("work.stop_timeout") == defaultOrigin {
		c.Work.StopTimeout = max(c.Work.StopTimeout, c.Upstream.Timeout+stopMargin)
	}
}

// stopMargin is for settling the last answers.
const stopMargin = 10 * time.Second

// burstBeyondDay reports whether more may go at once than in a whole day. A burst that nobody asked for is no
// contradiction: the day just ends it.
func (c *Config) burstBeyondDay() bool {
	return c.Source("upstream.burst") != defaultOrigin && c.Upstream.Daily > 0 && c.Upstream.Burst > c.Upstream.Daily
}

// contradictions returns the problems of values that are good alone but not together.
func (c *Config) contradictions(from layer) []Problem {
	var problems []Problem
	for _, x := range c.conflicts() {
		if x.there {
			problems = append(problems, x.problem(c, from))
		}
	}
	problems = append(problems, c.halves(from)...)
	problems = append(problems, c.wrongQuiet(from)...)
	if c.unencrypted() {
		problems = append(problems, newProblem("upstream.base_url", from["upstream.base_url"].origin,
			wrong("write it with https://, or set upstream.insecure to true if that is meant",
				"it is an http address of another machine, and upstream.insecure is not set: the API key and people's data would go there unencrypted")))
	}
	return problems
}

// problem is told of the setting that somebody gave, if the other one is a default.
func (x conflict) problem(c *Config, from layer) Problem {
	key, other, words := x.key, x.other, x.against
	if from[key].origin.name == defaultOrigin {
		key, other, words = other, key, x.turned
	}
	values := c.Redacted()
	return newProblem(key, from[key].origin, wrong(x.remedy, "%s %s %s (%s, %s)",
		values[key], words, other, values[other], from[other].origin))
}

// unencrypted reports whether the API would be called in clear over a network, and nobody said that this is meant.
func (c *Config) unencrypted() bool {
	u, err := url.Parse(c.Upstream.BaseURL)
	return err == nil && u.Scheme == "http" && !c.Upstream.Insecure && !loopback(u.Hostname())
}

// loopback reports whether a host is this machine: an address that is looped back, or a name that stands for one
// everywhere (RFC 6761, 6.3). Numbers in odd forms, such as 0x7f000001, are read differently by different programs, so
// they are none.
func loopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == "" && addr.Unmap().IsLoopback()
	}
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
