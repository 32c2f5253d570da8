package web

import (
	"errors"

	"usher/batch"
)

// quietField is a field of the quiet times on the page of a list.
type quietField struct {
	Name, Label, Hint string
	Text              string
	Most              int    // characters that may be typed
	Wrong             string // what is wrong with it, and what to write instead
	part              string // as [batch.QuietError] calls it
}

// quietFields are the fields of a rule.
func quietFields(r batch.QuietRule) []quietField {
	return []quietField{
		{Name: "quiet_hours", part: "hours", Label: "Hours of each day", Hint: "Such as 20:00-07:00. Several with commas between them. Empty: none.", Text: r.Hours, Most: 2000},
		{Name: "quiet_days", part: "days", Label: "Days of the week", Hint: "Such as sat,sun. Empty: none.", Text: r.Days, Most: 200},
		{Name: "quiet_holidays", part: "holidays", Label: "Holidays", Hint: "Dates such as 2026-12-25, with commas between them. Empty: none.", Text: r.Holidays, Most: 4000},
		{Name: "quiet_zone", part: "zone", Label: "Time zone of all these", Hint: "Such as Europe/Berlin or UTC.", Text: r.Zone, Most: 100},
	}
}

// besideField puts what is wrong with a part of the quiet times beside its field, in
// place of the top of the page.
func (v *planView) besideField(wrong error) {
	var quiet *batch.QuietError
	if !errors.As(wrong, &quiet) {
		return
	}
	for i := range v.Choices.QuietFields {
		if f := &v.Choices.QuietFields[i]; f.part == quiet.Part {
			f.Wrong = sentence(quiet.Wrong) + " " + sentence(quiet.Fix)
			v.Wrong, v.OptionsOpen = failure{}, true
		}
	}
}
