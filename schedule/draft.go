package schedule

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"usher/batch"
	"usher/schedule/when"
	"usher/store"
)

// NameKey is the Key of a [Flaw] of the schedule's own name.
const NameKey = "schedule"

// draftName are the names that a schedule may have, as usher.yaml has them.
var draftName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// textMost is how many characters a page may say of a key.
const textMost = 4000

// fileKeys are what no page may say, as they name files and folders of the machine:
// whoever may sign in does not get to read there what usher's user can.
var fileKeys = []string{"url_file", "folder"}

// OnlyInFile reports whether a key can be said in usher.yaml alone.
func OnlyInFile(key string) bool { return slices.Contains(fileKeys, key) }

// understandDraft understands what somebody at a page says, for a schedule as it is
// now, if it is there.
func (s *Service) understandDraft(d Draft, now store.Schedule) (*Spec, error) {
	flaws := s.draftFlaws(d)
	add := func(more ...Flaw) { // one for each key
		for _, f := range more {
			if !slices.ContainsFunc(flaws, func(other Flaw) bool { return other.Key == f.Key }) {
				flaws = append(flaws, f)
			}
		}
	}
	was, _ := readTexts(now.Spec) // nothing, if there is none
	if mapping := strings.TrimSpace(d.Texts["mapping"]); mapping != "" && mapping != was["mapping"] && !slices.Contains(s.svc.Profiles(), mapping) {
		add(Flaw{"mapping", "there is no such mapping", "choose one of those that were saved"})
	}
	spec, err := ParseSpec(d.Texts, s.svc.Sources())
	var wrong *SpecError
	switch {
	case errors.As(err, &wrong):
		add(wrong.Flaws...)
		if _, err := when.ParseCron(d.Texts["cron"], "UTC"); err != nil { // told also where the zone is wrong
			add(Flaw{"cron", err.Error(), batch.Hint(err)})
		}
	case err != nil:
		return nil, err
	default:
		add(s.choiceFlaws(spec)...)
	}
	if len(flaws) > 0 {
		return nil, &SpecError{Name: d.Name, Flaws: flaws}
	}
	return spec, nil
}

// draftFlaws are what is wrong with a draft because it comes from a page.
func (s *Service) draftFlaws(d Draft) (flaws []Flaw) {
	switch {
	case !draftName.MatchString(d.Name):
		flaws = append(flaws, Flaw{NameKey, "the name is not a plain word", "use letters from a to z, digits, - and _, 64 at the most"})
	case d.Revision == 0 && s.Config.Schedules[d.Name] != nil:
		flaws = append(flaws, Flaw{NameKey, "there is a schedule of this name in usher.yaml", "give this one another name"})
	}
	for key, text := range d.Texts {
		switch {
		case strings.TrimSpace(text) == "":
		case OnlyInFile(key):
			flaws = append(flaws, Flaw{key, "a page cannot name a file or a folder of this machine", "write the schedule in usher.yaml"})
		case !slices.Contains(Keys(), key):
			flaws = append(flaws, Flaw{key, "nothing of this name can be said of a schedule", "leave it out"})
		case utf8.RuneCountInString(text) > textMost:
			flaws = append(flaws, Flaw{key, "it is too long", fmt.Sprintf("write %d characters at the most", textMost)})
		case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			flaws = append(flaws, Flaw{key, "it has characters that no text has", "write it by hand, in one line"})
		case key == "url" && ofThisMachine(text):
			flaws = append(flaws, Flaw{key, "a page cannot name an address of this machine", "give an address that begins with https://, or write the schedule in usher.yaml"})
		}
	}
	return flaws
}

// ofThisMachine reports whether an address leads back to the machine that fetches it.
func ofThisMachine(text string) bool {
	u, err := url.Parse(strings.TrimSpace(text))
	return err == nil && loopback(strings.TrimSuffix(strings.ToLower(u.Hostname()), "."))
}

// optionKeys are the keys of the options of an import.
var optionKeys = map[string]string{
	"region": "region", "redirect URL": "redirect_url", "workflow id": "workflow_id", "reference prefix": "reference_prefix",
}

// choiceFlaws are what an import would refuse of what is chosen for each list, which
// is better told now than at night.
func (s *Service) choiceFlaws(spec *Spec) []Flaw {
	c := s.svc.DefaultChoices()
	for _, choose := range spec.choose {
		choose(&c)
	}
	var wrong *batch.OptionError
	if !errors.As(c.Check(), &wrong) {
		return nil
	}
	key, ok := optionKeys[wrong.Option]
	if !ok {
		key = "source"
	}
	return []Flaw{{key, wrong.Problem, wrong.Remedy}}
}

// Preview are the next times of a cron expression in a zone, so many, each in that
// zone. An error is a [SpecError].
func (s *Service) Preview(ctx context.Context, cron, zone string, n int) ([]time.Time, error) {
	for key, text := range map[string]string{"cron": cron, "zone": zone} {
		if utf8.RuneCountInString(text) > textMost {
			return nil, &SpecError{Flaws: []Flaw{{key, "it is too long", fmt.Sprintf("write %d characters at the most", textMost)}}}
		}
	}
	c, err := when.ParseCron(cron, zone)
	if err != nil {
		return nil, &SpecError{Flaws: []Flaw{{timeKey(zone), err.Error(), batch.Hint(err)}}}
	}
	now, err := s.now(ctx, s.Store)
	if err != nil {
		return nil, err
	}
	due, err := (&Spec{Cron: c}).nextOf(now, n)
	if err != nil && len(due) == 0 {
		return nil, &SpecError{Flaws: []Flaw{{"cron", err.Error(), "write days that come sooner"}}}
	}
	at := make([]time.Time, len(due))
	for i, o := range due {
		at[i] = o.At
	}
	return at, nil
}

// Defaults are what counts where nothing is said of a schedule, by key.
func (s *Service) Defaults() map[string]string {
	spec, c := newSpec(), s.svc.DefaultChoices()
	return map[string]string{
		"missed": spec.Missed, "missed_within": strings.TrimSuffix(spec.MissedWithin.String(), "0m0s"), "overlap": spec.Overlap, "problems": spec.Problems,
		"max_people": "0", "name": spec.BatchName, "region": c.Region, "workflow_id": c.WorkflowID, "redirect_url": c.RedirectURL,
		"return": strconv.FormatBool(c.Return), "send_email_invite": strconv.FormatBool(c.SendEmail), "send_phone_invite": strconv.FormatBool(c.SendPhone),
		"reference_prefix": c.ReferencePrefix, "quiet_hours": c.Quiet.Hours, "quiet_days": c.Quiet.Days, "holidays": c.Quiet.Holidays,
	}
}
