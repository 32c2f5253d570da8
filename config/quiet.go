package config

import (
	"errors"

	"usher/schedule/when"
)

// quietKeys are the settings of the parts of quiet times.
var quietKeys = map[string]string{
	"hours": "defaults.quiet_hours", "days": "defaults.quiet_days", "holidays": "defaults.holidays", "zone": "defaults.quiet_zone",
}

// wrongQuiet returns what is wrong with the quiet times, which are read as one. A zone that is missing is told of
// the first setting that needs it.
func (c *Config) wrongQuiet(from layer) []Problem {
	_, err := when.ParseQuiet(c.Defaults.Quiet)
	var quiet *when.QuietError
	if !errors.As(err, &quiet) {
		return nil
	}
	key, remedy := quietKeys[quiet.Part], quiet.Fix
	if quiet.Part == "zone" && c.Defaults.Quiet.Zone == "" {
		remedy = "set defaults.quiet_zone (--quiet-zone), such as Europe/Berlin"
		for _, part := range []string{"holidays", "days", "hours"} {
			if from[quietKeys[part]].text != "" {
				key = quietKeys[part]
			}
		}
	}
	return []Problem{newProblem(key, from[key].origin, wrong(remedy, "%s", quiet.Wrong))}
}
