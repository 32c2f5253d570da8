package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/schedule/when"
)

func TestQuiet(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "defaults:\n  quiet_hours: 20:00-07:00\n  quiet_days: sat,sun\n  holidays: 2026-12-25\n  quiet_zone: UTC\n", "USHER_DEFAULTS_QUIET_ZONE=Europe/Berlin")
	want := when.Rule{Hours: "20:00-07:00", Days: "sat,sun", Holidays: "2026-12-25", Zone: "Europe/Berlin"}
	if d := cmp.Diff(want, c.Defaults.Quiet); d != "" {
		t.Error(d)
	}
	for name, test := range map[string]struct{ yaml, want string }{
		"hours": {"defaults:\n  quiet_zone: UTC\n  quiet_hours: 20-7\n",
			`defaults.quiet_hours (usher.yaml:3): "20-7" are no hours; write them like 20:00-07:00, and several with commas between them`},
		"days": {"defaults:\n  quiet_zone: UTC\n  quiet_days: caturday\n",
			`defaults.quiet_days (usher.yaml:3): "caturday" is no day of the week; write mon, tue, wed, thu, fri, sat or sun, and several with commas between them`},
		"holidays": {"defaults:\n  quiet_zone: UTC\n  holidays: christmas\n",
			`defaults.holidays (usher.yaml:3): "christmas" is no date; write it like 2026-12-25, and several with commas between them`},
		"zone": {"defaults:\n  quiet_hours: 20:00-07:00\n  quiet_zone: Europe/Nowhere\n",
			`defaults.quiet_zone (usher.yaml:3): there is no time zone "Europe/Nowhere"; write the name of a time zone, such as Europe/Berlin or UTC`},
		"no zone": {"defaults:\n  quiet_days: sun\n",
			`defaults.quiet_days (usher.yaml:2): quiet times need a time zone; set defaults.quiet_zone (--quiet-zone), such as Europe/Berlin`},
	} {
		_, err := load(t, test.yaml)
		if diff := cmp.Diff([]string{test.want}, problems(t, err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
