package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usher/batch"
	"usher/store"
)

// doctor looks at schedules, and keeps what it finds.
type doctor struct {
	*Service
	found []batch.Finding
	kept  bool // a process works that keeps schedules
}

// Examine looks whether schedules are due as somebody meant it. It changes nothing, and
// shows no address of a list. Without a database it looks at usher.yaml alone.
func Examine(ctx context.Context, svc *batch.Service) []batch.Finding {
	d := &doctor{Service: New(svc)}
	if err := d.examine(ctx); err != nil {
		d.found = append(d.found, batch.Problem("schedules", err))
	}
	return d.found
}

func (d *doctor) examine(ctx context.Context) (err error) {
	var stored []store.Schedule
	if d.Store != nil {
		if stored, err = d.Store.Schedules(ctx, d.Account); err != nil {
			return err
		}
		if d.kept, err = d.svc.AnyWorks(ctx, "work", "serve"); err != nil {
			return err
		}
	}
	d.compare(stored)
	var first *time.Time
	next, usable, paused := "", 0, 0
	for _, sch := range stored {
		spec, err := d.spec(sch)
		if err != nil {
			d.wrong(sch.Name, flat(err), "mend it where it comes from: "+origins[sch.Origin])
			continue
		}
		usable++
		if sch.Paused() {
			paused++
		}
		d.lacks(sch, spec)
		at, err := d.lately(ctx, sch, spec)
		if err != nil {
			return err
		}
		if at != nil && (first == nil || at.Before(*first)) {
			first, next = at, "; the next is "+sch.Name+", on "+zoned(*at)
		}
	}
	if usable == 0 {
		return nil
	}
	note := batch.Counted(usable, "schedule counts", "schedules count") + next
	if paused > 0 {
		note += "; " + batch.Counted(paused, "is paused", "are paused")
	}
	if !d.kept {
		note += "; no process keeps schedules at this moment, as 'usher work' and 'usher serve' do"
	}
	d.found = append(d.found, batch.Finding{What: "schedules", Note: note})
	return nil
}

// origins say where a schedule is changed.
var origins = map[string]string{
	store.OriginFile: "usher.yaml, followed by 'usher schedule apply'", store.OriginPage: "its page",
}

// zoned is a time as the clock on the wall of its zone shows it, with its offset.
func zoned(t time.Time) string { return t.Format("Mon 2006-01-02 15:04 -07:00") }

// flat is an error in a line.
func flat(err error) string {
	return strings.ReplaceAll(strings.ReplaceAll(err.Error(), ":\n  ", ": "), "\n  ", "; ")
}

// wrong notes what is wrong with a schedule, and what to do about it.
func (d *doctor) wrong(name, words, hint string) {
	d.found = append(d.found, batch.Finding{What: "schedule " + name, Err: errors.New(words), Hint: hint})
}

// compare notes what usher.yaml says of schedules and does not count.
func (d *doctor) compare(stored []store.Schedule) {
	const apply = "'usher schedule apply' shows what changes, and has it count"
	there := map[string]store.Schedule{}
	for _, sch := range stored {
		there[sch.Name] = sch
	}
	said := d.Config.Schedules
	for _, name := range slices.Sorted(maps.Keys(said)) {
		spec, err := ParseSpec(said[name], d.svc.Sources())
		sch, is := there[name]
		switch {
		case err != nil:
			d.wrong(name, "in usher.yaml: "+flat(named(err, name)), "mend schedules: in usher.yaml, and run 'usher schedule apply'")
		case !is:
			d.wrong(name, "it stands in usher.yaml and does not count yet", apply)
		case sch.Origin != store.OriginFile:
			d.wrong(name, "it was made on a page, and usher.yaml has another one of this name, which does not count", "give the one in usher.yaml another name")
		default:
			if keys := changedKeys(sch, spec); keys != "" {
				d.wrong(name, "usher.yaml says otherwise than what counts: "+keys, apply)
			}
		}
	}
	for _, sch := range stored {
		if _, is := said[sch.Name]; !is && sch.Origin == store.OriginFile {
			d.wrong(sch.Name, "it counts, and usher.yaml does not have it any more", apply+"; or look whether these are the settings that you mean")
		}
	}
}

// changedKeys are what is said otherwise of a schedule than what is stored.
func changedKeys(sch store.Schedule, spec *Spec) string {
	was, err := readTexts(sch.Spec)
	if err != nil {
		return "all of it"
	}
	var keys []string
	for _, c := range changes(was, spec.Texts) {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, ", ")
}

// lacks notes what a schedule needs and this user does not have.
func (d *doctor) lacks(sch store.Schedule, spec *Spec) {
	if name := spec.Texts["mapping"]; name != "" {
		if err := d.svc.CheckProfile(name); err != nil {
			d.wrong(sch.Name, "mapping: "+flat(err), "keep it with 'usher check FILE --save-profile "+name+"', as the user and on the machine that works")
		}
	}
	if spec.URLFile != "" {
		if _, err := readAddress(spec.URLFile); err != nil {
			d.wrong(sch.Name, "url_file: "+flat(err), batch.Hint(err))
		}
	}
}

// latest is how many of the last times of a schedule are looked at.
const latest = 20

// lately notes what became of the last times of a schedule, and returns the next one.
func (d *doctor) lately(ctx context.Context, sch store.Schedule, spec *Spec) (next *time.Time, err error) {
	all, err := d.Store.Occurrences(ctx, sch.ID, latest)
	if err != nil {
		return nil, err
	}
	show := "'usher schedule show " + sch.Name + "' says more"
	if i := slices.IndexFunc(all, func(o store.Occurrence) bool { return !o.State.Open() }); i >= 0 {
		switch o := all[i]; {
		case o.State == store.OccurrenceFailed:
			d.wrong(sch.Name, "its last time, "+d.at(o, spec)+", failed, and nobody was invited", "'usher schedule show "+sch.Name+"' says why; then 'usher schedule run "+sch.Name+"' has it be due now")
		case o.Why == WhyMissed && i == 0: // else what came after it is said
			d.wrong(sch.Name, "its last time, "+d.at(o, spec)+", was missed: nobody worked when it was due",
				"keep 'usher work' or 'usher serve' running; 'usher schedule run "+sch.Name+"' makes up for it")
		}
	}
	now, err := d.now(ctx, d.Store)
	if err != nil {
		return nil, err
	}
	since := now
	for _, o := range slices.Backward(all) {
		switch o.State {
		case store.OccurrenceAsks:
			one := Occurrence{State: string(o.State), Why: o.Why, People: o.People}
			d.wrong(sch.Name, fmt.Sprintf("%s waits for a yes: %s", d.at(o, spec), one.WhyWords()),
				"'usher schedule run "+sch.Name+"' has it done, and with --no leaves it out")
		case store.OccurrenceDue:
			if o.DueAt.Before(since) {
				since = o.DueAt
			}
		}
	}
	if after, err := spec.Next(sch.LookedAt); err == nil && !sch.Paused() && after.At.Before(since) {
		since = after.At
	}
	if since.Before(now) && !d.kept {
		d.wrong(sch.Name, "it has been due since "+zoned(since.In(spec.Zone()))+", and no process does it", "start 'usher work' or 'usher serve'; "+show)
	}
	if after, err := spec.Next(now); err == nil && !sch.Paused() {
		next = &after.At
	}
	return next, nil
}

// at is when an occurrence was due, in its schedule's zone.
func (d *doctor) at(o store.Occurrence, spec *Spec) string { return zoned(o.DueAt.In(spec.Zone())) }
