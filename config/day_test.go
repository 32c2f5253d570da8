package config

import "testing"

func TestReserve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		daily   int
		reserve string
		want    int
	}{
		{10_000, "1%", 100}, {1000, "1%", 10}, {50, "1%", 0}, {1000, "250", 250}, {1_000_000_000, "90%", 900_000_000},
		{0, "100", 0}, {0, "1%", 0}, {100, "", 0},
	} {
		if got := (Upstream{Daily: c.daily, DayReserve: c.reserve}).Reserve(); got != c.want {
			t.Errorf("of %d a day %q keeps %d, want %d", c.daily, c.reserve, got, c.want)
		}
	}
}
