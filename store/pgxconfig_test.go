package store

import (
	"testing"
	"time"
)

func TestConnectTimeOfAnAddress(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]time.Duration{
		"": connectTimeout, "?connect_timeout=3": 3 * time.Second, "?connect_timeout=120": 2 * time.Minute, "?connect_timeout=0": 0,
	} {
		cfg, err := parsePgx("postgres://usher@127.0.0.1/usher" + options)
		if err != nil || cfg.ConnConfig.ConnectTimeout != want {
			t.Errorf("%q: %v, %v, want %v", options, cfg.ConnConfig.ConnectTimeout, err, want)
		}
	}
}
