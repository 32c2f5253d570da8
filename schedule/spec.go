package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/batch"
	"usher/schedule/when"
)

// What is done with an occurrence that comes late, as nobody worked when it was due.
const (
	MissedRun  = "run"  // it is done if it is late by less than the schedule says
	MissedSkip = "skip" // it is left out
	MissedAsk  = "ask"  // an operator decides
)

// What is done with an occurrence while the one before is not over.
const (
	OverlapSkip = "skip" // it is left out
	OverlapWait = "wait" // it is done after that one; those that come meanwhile are left out
)

// What is done with a list that has rows with problems.
const (
	ProblemsLeaveOut = "leave_out" // the others are invited, and the report says why they were not
	ProblemsRefuse   = "refuse"    // nobody is
)

// missedWithin is how late an occurrence may be done unless its schedule says.
const missedWithin = 12 * time.Hour

// Spec is all that is said of a schedule, understood.
type Spec struct {
	Texts map[string]string // as it was said, by key
	*when.Cron
	Source       string // a database of usher.yaml
	URL, URLFile string // of a file, or a file that the address is in
	Folder       string // whose files are taken; one of the four is set
	Missed       string
	MissedWithin time.Duration // counts for MissedRun; 0 is however late
	Overlap      string
	Problems     string
	MaxPeople    int       // above which an operator is to say yes; 0 is no limit
	BatchName    string    // with {schedule}, {date} and {time} for what they say
	Quiet        when.Rule // in the schedule's zone, in the place of those of the settings; zero is theirs
	choose       []func(c *batch.Choices)
}

// Flaw is what is wrong with what was said of a schedule.
type Flaw struct{ Key, What, Fix string }

func (f Flaw) String() string { return f.Key + ": " + f.What + "; " + f.Fix }

// SpecError has all the flaws of a schedule.
type SpecError struct {
	Name  string // of the schedule; may be empty
	Flaws []Flaw
}

func (e *SpecError) Error() string {
	of := "the schedule"
	if e.Name != "" {
		of += " " + e.Name
	}
	var words strings.Builder
	words.WriteString(of + " cannot be used:")
	for _, f := range e.Flaws {
		words.WriteString("\n  " + f.String())
	}
	return words.String()
}

// Keys are what can be said of a schedule.
func Keys() []string {
	keys := make([]string, 0, len(setters))
	for _, s := range setters {
		keys = append(keys, s.key)
	}
	return keys
}

// setters read the texts that are said of a schedule. An error is a [Flaw]'s What,
// and a hint its Fix.
var setters = []struct {
	key string
	set func(s *Spec, text string) error
}{
	{"cron", func(*Spec, string) error { return nil }}, // with its zone
	{"zone", func(*Spec, string) error { return nil }},
	{"source", func(s *Spec, text string) error { s.Source = text; return nil }},
	{"url", func(s *Spec, text string) error { s.URL = text; return checkURL(text) }},
	{"url_file", func(s *Spec, text string) error { s.URLFile = text; return nil }},
	{"folder", func(s *Spec, text string) error {
		if s.Folder = text; !filepath.IsAbs(text) {
			return batch.WithHint(errors.New("it is no whole path"), "write it from the root on, as "+string(filepath.Separator)+filepath.Join("srv", "lists"))
		}
		return nil
	}},
	{"missed", one(func(s *Spec) *string { return &s.Missed }, MissedRun, MissedSkip, MissedAsk)},
	{"missed_within", func(s *Spec, text string) (err error) {
		s.MissedWithin, err = time.ParseDuration(text)
		if err != nil || s.MissedWithin < 0 {
			return batch.WithHint(errors.New("it is no duration"), "write it as 90m or 12h; 0s is however late")
		}
		return nil
	}},
	{"overlap", one(func(s *Spec) *string { return &s.Overlap }, OverlapSkip, OverlapWait)},
	{"max_people", func(s *Spec, text string) (err error) {
		s.MaxPeople, err = strconv.Atoi(text)
		if err != nil || s.MaxPeople < 0 {
			return batch.WithHint(errors.New("it is no number"), "write how many people may be invited without a yes; 0 is no limit")
		}
		return nil
	}},
	{"problems", one(func(s *Spec) *string { return &s.Problems }, ProblemsLeaveOut, ProblemsRefuse)},
	{"name", func(s *Spec, text string) error { s.BatchName = text; return nil }},
	{"region", choice(func(c *batch.Choices) *string { return &c.Region })},
	{"workflow_id", choice(func(c *batch.Choices) *string { return &c.WorkflowID })},
	{"redirect_url", choice(func(c *batch.Choices) *string { return &c.RedirectURL })},
	{"return", yes(func(c *batch.Choices) *bool { return &c.Return })},
	{"send_email_invite", yes(func(c *batch.Choices) *bool { return &c.SendEmail })},
	{"send_phone_invite", yes(func(c *batch.Choices) *bool { return &c.SendPhone })},
	{"reference_prefix", choice(func(c *batch.Choices) *string { return &c.ReferencePrefix })},
	{"mapping", choice(func(c *batch.Choices) *string { return &c.Profile })},
	{"quiet_hours", quiet("hours", func(r *when.Rule) *string { return &r.Hours })},
	{"quiet_days", quiet("days", func(r *when.Rule) *string { return &r.Days })},
	{"holidays", quiet("holidays", func(r *when.Rule) *string { return &r.Holidays })},
}

// one takes one of some words.
func one(at func(s *Spec) *string, words ...string) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		if !slices.Contains(words, text) {
			return batch.WithHint(fmt.Errorf("it cannot be %q", text), "write "+strings.Join(words[:len(words)-1], ", ")+" or "+words[len(words)-1])
		}
		*at(s) = text
		return nil
	}
}

// choice takes what can be chosen of a list as well.
func choice(at func(c *batch.Choices) *string) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		s.choose = append(s.choose, func(c *batch.Choices) { *at(c) = text })
		return nil
	}
}

func yes(at func(c *batch.Choices) *bool) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		if text != "true" && text != "false" {
			return batch.WithHint(fmt.Errorf("it cannot be %q", text), "write true or false")
		}
		s.choose = append(s.choose, func(c *batch.Choices) { *at(c) = text == "true" })
		return nil
	}
}

// quiet takes times in which nobody of a batch is invited.
func quiet(part string, at func(r *when.Rule) *string) func(*Spec, string) error {
	return func(s *Spec, text string) error {
		*at(&s.Quiet) = text
		alone := when.Rule{Zone: "UTC"} // its own zone is looked at by itself
		*at(&alone) = text
		_, err := when.ParseQuiet(alone)
		var wrong *when.QuietError
		if errors.As(err, &wrong) && wrong.Part != part {
			return nil
		}
		return err
	}
}

const urlFix = "write https://HOST/PATH; an address that is a secret goes into a file that url_file names"

// checkURL refuses what is no address of a file, and what would be sent in the open.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return batch.WithHint(errors.New("it is no address"), urlFix)
	case u.User != nil:
		return batch.WithHint(errors.New("it has a password in it"), urlFix)
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		return batch.WithHint(errors.New("it is not https"), urlFix)
	}
	return nil
}

// ParseSpec understands what is said of a schedule; sources are the databases that
// there are. An error is a [SpecError].
func ParseSpec(texts map[string]string, sources []string) (*Spec, error) {
	s := newSpec()
	var flaws []Flaw
	wrong := func(key string, err error) {
		flaws = append(flaws, Flaw{key, err.Error(), batch.Hint(err)})
	}
	for _, setter := range setters {
		text := strings.TrimSpace(texts[setter.key])
		if text == "" {
			continue
		}
		s.Texts[setter.key] = text
		if err := setter.set(s, text); err != nil {
			wrong(setter.key, err)
		}
	}
	var err error
	if s.Cron, err = when.ParseCron(texts["cron"], texts["zone"]); err != nil {
		wrong(timeKey(texts["zone"]), err)
	}
	if err := s.oneList(sources); err != nil {
		wrong("source", err)
	}
	if !s.Quiet.IsZero() && len(flaws) == 0 {
		s.Quiet.Zone = s.Zone().String()
		if _, err := when.ParseQuiet(s.Quiet); err != nil { // together they may leave no time
			wrong("quiet_hours", err)
		}
	}
	if len(flaws) > 0 {
		return nil, &SpecError{Flaws: flaws}
	}
	return s, nil
}

// newSpec is a schedule of which nothing is said.
func newSpec() *Spec {
	return &Spec{
		Texts: map[string]string{}, Missed: MissedRun, MissedWithin: missedWithin, Overlap: OverlapSkip, Problems: ProblemsLeaveOut,
		BatchName: "{schedule} {date} {time}",
	}
}

// timeKey is the key of what is wrong with an expression that cannot be read in a zone.
func timeKey(zone string) string {
	if _, err := when.Zone(zone); err != nil {
		return "zone"
	}
	return "cron"
}

// oneList is nil if it is said once where the list comes from.
func (s *Spec) oneList(sources []string) error {
	given := 0
	for _, from := range []string{s.Source, s.URL, s.URLFile, s.Folder} {
		if from != "" {
			given++
		}
	}
	switch {
	case given == 0:
		return batch.WithHint(errors.New("it is not said where the list comes from"), "name a database of sources: with source, or give a url or a folder")
	case given > 1:
		return batch.WithHint(errors.New("the list comes from more than one place"), "keep one of source, url, url_file and folder")
	case s.Source != "" && !slices.Contains(sources, s.Source):
		known := "add it to sources: in usher.yaml"
		if len(sources) > 0 {
			known += ", or write one of " + strings.Join(sources, ", ")
		}
		return batch.WithHint(fmt.Errorf("there is no source %q", s.Source), known)
	}
	return nil
}

// text is the specification as it is stored.
func (s *Spec) text() (string, error) {
	text, err := json.Marshal(s.Texts) // its keys are in order
	return string(text), err
}

// readTexts reads what was said of a schedule as it is stored.
func readTexts(stored string) (map[string]string, error) {
	texts := map[string]string{}
	if err := json.Unmarshal([]byte(stored), &texts); err != nil {
		return nil, errors.New("what was said of a schedule cannot be read")
	}
	return texts, nil
}

// Change is something that is said otherwise of a schedule than before.
type Change struct {
	Key string `json:"key"`
	Was string `json:"was"`
	Is  string `json:"is"`
}

// changes are what is said otherwise than before, by key.
func changes(was, is map[string]string) (all []Change) {
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if was[key] != is[key] {
			all = append(all, Change{key, was[key], is[key]})
		}
	}
	return all
}

// chooseFor makes the schedule's choices for a list of an occurrence.
func (s *Spec) chooseFor(c *batch.Choices, schedule, local string) {
	c.Name = s.nameOf(schedule, local)
	for _, choose := range s.choose {
		choose(c)
	}
	if !s.Quiet.IsZero() {
		c.Quiet = s.Quiet
	}
}

// nameOf is the name of the batch of an occurrence.
func (s *Spec) nameOf(schedule, local string) string {
	date, clock, _ := strings.Cut(local, "T")
	return strings.NewReplacer("{schedule}", schedule, "{date}", date, "{time}", clock).Replace(s.BatchName)
}
