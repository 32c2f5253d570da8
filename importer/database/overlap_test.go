package database

import (
	"testing"
	"time"
)

// A time that is gone back to is in its order among the texts that it is compared with.
func TestOverlapWritten(t *testing.T) {
	t.Parallel()
	by := 90*time.Second + time.Millisecond
	for kept, want := range map[string]string{
		"2024-01-01 08:00:00":           "2024-01-01 07:58:29.999",
		"2024-01-01 08:00:00.001":       "2024-01-01 07:58:30.000",
		"2024-01-01T08:00:00.001000Z":   "2024-01-01T07:58:30.000000Z",
		"2024-01-01T08:00:00.001+05:30": "2024-01-01T07:58:30.000+05:30",
		"2024-01-01 08:00":              "2024-01-01 07:58",
		"2024-01-01":                    "2023-12-31",
	} {
		w := watermark{from: Mark{Value: kept, Kind: markText}, again: overlap{wish: &by, from: time.Unix(0, 0)}}
		if w.goBack(); w.base.Value != want || w.base.Kind != markText {
			t.Errorf("%s: %+v, want %s", kept, w.base, want)
		}
		known, _, _ := timeOfText(kept, time.UTC)
		w.again.from = known
		if w.goBack(); w.base != w.from {
			t.Errorf("%s: %+v, though nothing before it is known", kept, w.base)
		}
	}
}
