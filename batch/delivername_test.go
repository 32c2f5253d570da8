package batch_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"usher/batch"
	"usher/store"
)

func TestDeliverStem(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 29, 4, 5, 6, 0, time.Local)
	for _, c := range []struct{ pattern, name, schedule, want string }{
		{"{date}-{batch}-{name}", "staff.csv", "", "2026-03-29-12-staff"},
		{"{date}T{time} {name} r{run}", "Q1.2026.XLSX", "", "2026-03-29T040506 Q1.2026 r2"},
		{"{schedule}-{date}-{batch}", "x", "nightly", "nightly-2026-03-29-12"},
		{"{schedule}-{date}-{batch}", "x", "", "2026-03-29-12"},
		{"{date}-{schedule}-{batch}", "x", "", "2026-03-29-12"},
		{"{date}-{batch}-{schedule}", "x", "", "2026-03-29-12"},
		{"{date}{schedule}{batch}", "x", "", "2026-03-2912"},
		{"{name}-{batch}", "../../etc/passwd", "", "-..-etc-passwd-12"},
		{"{name}", "..", "", "batch"},
		{"{name}", `a:b\c*"<|>?` + "\x00\n\u202e.csv", "", "a-b-c------"},
		{"{name}", "staff.csv.gz", "", "staff"},
		{"{name}", "{batch}", "", "-batch-"},
		{"{name}", "J\u00fcrgen.csv", "", "J\u00fcrgen"},
	} {
		got := batch.DeliverStem(c.pattern, store.Batch{ID: 12, Run: 2, Name: c.name, ImportedAt: at}, c.schedule)
		if got != c.want {
			t.Errorf("%s of %q: got %q, want %q", c.pattern, c.name, got, c.want)
		}
	}
	long := batch.DeliverStem("{name}{name}{name}-{batch}", store.Batch{ID: 12, Name: strings.Repeat("\u00fc", 500)}, "")
	if len(long) > 180 || !utf8.ValidString(long) {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}
