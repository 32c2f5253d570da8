package config

import "strings"

// Breaker says when a batch stops by itself.
type Breaker struct {
	// Canary is how many people of each run go first, alone; 0 is none.
	Canary int
	// SameRefusal is how many people refused alike in a row pause a batch; 0 is never.
	SameRefusal int
	// Tolerate is the per cent of people refused above which a batch is paused; 100 is never.
	Tolerate int
}

// percent parses a share of all, in per cent; the sign may be left out.
func percent(given string) (int, error) {
	return whole(0, 100)(strings.TrimSpace(strings.TrimSuffix(given, "%")))
}
