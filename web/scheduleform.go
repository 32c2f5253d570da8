package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"usher/schedule"
)

// scheduleForm is the form in which a schedule is made or changed.
type scheduleForm struct {
	Name     string
	Revision int // of the schedule that is changed; 0 makes one
	NameFlaw string
	Groups   []fieldGroup
	Next     nextTimes
	Flaws    int               // how many fields are wrong
	Other    string            // what is wrong that belongs to no field
	Clash    string            // somebody else changed it meanwhile
	Theirs   []schedule.Change // as it is now, and as it stands in the form
}

// fieldGroup are fields that belong together.
type fieldGroup struct {
	Title, Words string
	When         bool // the next times stand below them
	Fields       []formField
}

// formField is a key in the form.
type formField struct {
	keyWords
	Value string
	Usual string // what counts if nothing is said, in words; empty if nothing does
	Flaw  string
}

// nextTimes are the next times that a schedule would be due, or why there are none.
type nextTimes struct {
	Times []string
	Wrong string
}

// Action is where the form is sent.
func (f scheduleForm) Action() string {
	if f.Revision == 0 {
		return "/schedule/new"
	}
	return schedulePath(f.Name) + "/edit"
}

// draft reads the form.
func draft(r *http.Request) schedule.Draft {
	d := schedule.Draft{Name: strings.TrimSpace(r.PostFormValue(schedule.NameKey)), Texts: map[string]string{}}
	if name := r.PathValue("name"); name != "" {
		d.Name = name
	}
	d.Revision, _ = whole(r.PostFormValue("revision"), 1<<30) // a form without one makes a schedule
	for _, key := range schedule.Keys() {
		if text := strings.TrimSpace(r.PostFormValue(key)); text != "" {
			d.Texts[key] = text
		}
	}
	return d
}

// formOf is the form of a draft, with what is wrong with it.
func (h *Handler) formOf(ctx context.Context, d schedule.Draft, wrong *schedule.SpecError) scheduleForm {
	f := scheduleForm{Name: d.Name, Revision: d.Revision}
	flaws := map[string]string{}
	if wrong != nil {
		f.Flaws = len(wrong.Flaws)
		for _, flaw := range wrong.Flaws {
			flaws[flaw.Key] = sentence(flaw.What) + " " + sentence(flaw.Fix)
		}
	}
	f.NameFlaw = flaws[schedule.NameKey]
	delete(flaws, schedule.NameKey)
	usual := h.schedules.Defaults()
	for i, g := range keyGroups {
		group := fieldGroup{Title: g.Title, Words: g.Words, When: i == 0}
		for _, k := range g.Keys {
			if schedule.OnlyInFile(k.Key) || !slices.Contains(schedule.Keys(), k.Key) {
				continue
			}
			field := formField{keyWords: k, Value: d.Texts[k.Key], Flaw: flaws[k.Key], Usual: k.wordsOf(usual[k.Key])}
			field.Is = h.optionsOf(field)
			delete(flaws, k.Key)
			group.Fields = append(group.Fields, field)
		}
		f.Groups = append(f.Groups, group)
	}
	for _, key := range slices.Sorted(maps.Keys(flaws)) { // no field is theirs
		f.Other += " " + flaws[key]
	}
	f.Next = h.nextOf(ctx, d.Texts)
	return f
}

// optionsOf are the values that a field can be given, of those that only some can.
func (h *Handler) optionsOf(f formField) (all []option) {
	is, none := f.Is, "as usual"
	switch f.Key {
	case "source":
		none = "none"
		for _, name := range h.svc.Sources() {
			is = append(is, option{Value: name, Words: name})
		}
	case "mapping":
		none = "none: usher finds out by itself"
		for _, name := range h.svc.Profiles() {
			is = append(is, option{Value: name, Words: name})
		}
	default:
		if len(is) == 0 {
			return nil
		}
		if f.Usual != "" {
			none += ": " + f.Usual
		}
	}
	all = append(all, option{Words: none})
	known := f.Value == ""
	for _, o := range is {
		o.Chosen = o.Value == f.Value
		known = known || o.Chosen
		all = append(all, o)
	}
	if !known {
		all = append(all, option{Value: f.Value, Words: f.Value + " (is not there)", Chosen: true})
	}
	return all
}

// timesOf are the next times of what is said of a schedule.
func (h *Handler) timesOf(ctx context.Context, texts map[string]string) ([]string, error) {
	due, err := h.schedules.Preview(ctx, texts["cron"], texts["zone"], timesShown)
	times := make([]string, len(due))
	for i, at := range due {
		times[i] = zoned(at)
	}
	return times, err
}

// nextOf are the next times of a draft, or why there are none.
func (h *Handler) nextOf(ctx context.Context, texts map[string]string) (next nextTimes) {
	if texts["cron"] == "" || texts["zone"] == "" {
		next.Wrong = "Say when it is due and in which time zone, to see the next times."
		return next
	}
	var err error
	var wrong *schedule.SpecError
	switch next.Times, err = h.timesOf(ctx, texts); {
	case errors.As(err, &wrong):
		next.Wrong = sentence(wrong.Flaws[0].What) + " " + sentence(wrong.Flaws[0].Fix)
	case err != nil:
		next.Wrong = "The next times cannot be told at the moment. Try again."
	}
	return next
}
