package batch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usher/config"
	"usher/report"
	"usher/store"
)

// Thousands writes a number as people read it.
func Thousands(n int) string { return report.Thousands(n) }

// Plural is one of two nouns, as a number needs it.
func Plural(n int, one, many string) string { return report.Plural(n, one, many) }

// Counted writes a number with its noun.
func Counted(n int, one, many string) string { return Thousands(n) + " " + Plural(n, one, many) }

// StateWords are the states of an applicant in words for people, for the rows
// of a table.
var StateWords = map[State]string{
	Rejected: "rejected (not sent: the row is not right)", Duplicate: "duplicate (invited before, or twice in the file)",
	Queued: "queued", Sending: "being sent or checked", Invited: "invited",
	Failed: "failed (the API refused)", Unknown: "unknown (a person must find out)", Cancelled: "cancelled",
}

// StateWords is the state of the batch for people.
func (b Batch) StateWords() string {
	switch {
	case b.Problems:
		return "finished with problems"
	case b.State == Paused:
		return "paused: " + b.PauseWords()
	case b.IsQuiet():
		return b.Quiet.Words() + b.alsoDone()
	case b.State == Running:
		return b.State + b.alsoDone()
	}
	return b.State
}

// alsoDone is when it is done, to follow other words; empty if that is not told.
func (b Batch) alsoDone() string {
	if b.DoneAbout == "" {
		return ""
	}
	return ", " + b.DoneAbout
}

// ProgressWords say how far the batch is, in a line.
func (b Batch) ProgressWords() string {
	words := fmt.Sprintf("%s of %s invited", Thousands(b.Counts[Invited]), Thousands(b.Counts.Total()))
	switch {
	case b.State == Paused:
		words += ", paused: " + b.PauseWords()
	case b.IsQuiet():
		words += ", " + b.Quiet.Words()
	}
	return words + b.alsoDone()
}

// StateShort is the state of the batch in a table, where there is no place for why it
// is paused.
func (b Batch) StateShort() string {
	if b.State == Paused {
		return b.State
	}
	return b.StateWords()
}

// DuplicateWords says why a row is not sent, and what would send it.
func DuplicateWords(d DuplicateRow) string {
	switch {
	case d.Code == InvitedElsewhere:
		return "the list itself says that this person was invited; not sent without --allow-duplicates"
	case d.Code == ContactChanged:
		return fmt.Sprintf("the reference was invited with other contact data, in row %d of batch %d; not sent without --reinvite-changed", d.HolderRow, d.HolderBatch)
	case d.HolderBatch > 0:
		return fmt.Sprintf("the same person as row %d of batch %d; not sent again", d.HolderRow, d.HolderBatch)
	}
	return fmt.Sprintf("the same person as row %d of this file; not sent again", d.HolderRow)
}

// FormatWords says how the file was understood, in a line.
func FormatWords(f Format) string {
	if f.Kind != "csv" && f.Kind != "xlsx" {
		return "Read from: " + f.Kind + " database"
	}
	words := []string{"Excel workbook", fmt.Sprintf("sheet %q", f.Sheet)}
	if f.Kind == "csv" {
		delimiter := map[string]string{",": "commas", ";": "semicolons", "\t": "tabs"}[f.Delimiter]
		if delimiter == "" {
			delimiter = f.Delimiter
		}
		words = []string{"text", f.Encoding, "separated by " + delimiter}
	}
	if f.Gzip {
		words = append(words, "unpacked")
	}
	if f.HeaderRow > 0 {
		words = append(words, fmt.Sprintf("header in row %d", f.HeaderRow))
	} else {
		words = append(words, "no header")
	}
	if f.Run != "" {
		words = append(words, fmt.Sprintf("the %s at the end of every line left out", f.Run))
	}
	if f.Wrapped {
		words = append(words, "the quotes around every whole line left out")
	}
	if n := len(f.SkippedRows); n > 0 {
		words = append(words, Counted(n, "title row above it left out", "title rows above it left out"))
	}
	if f.HiddenRows > 0 {
		words = append(words, Counted(f.HiddenRows, "hidden row is read too", "hidden rows are read too"))
	}
	if f.Encoding == "Windows-1252" {
		words[1] += " (look whether the accents are right)"
	}
	if len(f.OtherSheets) > 0 {
		words = append(words, "sheets not read: "+strings.Join(f.OtherSheets, ", "))
	}
	return "Read as: " + strings.Join(words, ", ")
}

// Words says how fast requests are made.
func (p Pace) Words() string {
	switch {
	case p.Rate <= 0:
		return "no limit"
	case p.Rate < p.Configured*0.99 || p.Configured == 0:
		if p.Source == string(store.PaceNamed) {
			return rateWords(p.Rate) + ", " + p.Source
		}
		return rateWords(p.Rate) + ", learned of the API's limit"
	}
	return fmt.Sprintf("%g requests/s", p.Rate)
}

// SourceWords are where the pace in force comes from.
func (p Pace) SourceWords() string {
	switch p.Source {
	case string(store.PaceLearned):
		return "learned of refusals (429); more is tried now and then"
	case string(store.PaceNamed):
		return "named by the provider in its answers"
	}
	return "as it is set"
}

// rateWords are a rate in requests a second as people read it: one that is slow, as the
// time from one request to the next.
func rateWords(rate float64) string {
	if rate < 0.5 {
		return "a request every " + SpanWords(toDuration(1/rate))
	}
	return fmt.Sprintf("%.1f requests/s", rate)
}

// Words says how long it takes within these limits, and when it would be done.
func (c Cost) Words(limits config.Upstream) string {
	words := []string{fmt.Sprintf("Sending takes %s at %s.", SpanWords(toDuration(c.Seconds)), Pace{Rate: limits.Rate, Configured: limits.Rate}.Words())}
	if c.Days > 1 && limits.Daily > 0 {
		most := Thousands(limits.Daily - limits.Reserve())
		if limits.WholeDay() {
			most += " a day"
		} else {
			most += " in each " + limits.DayLength.String()
		}
		words = append(words, fmt.Sprintf("With %s at most it is spread over %d days.", most, c.Days))
	}
	done := fmt.Sprintf("Done about %s if begun now", c.Finish.Local().Format("2006-01-02 15:04 MST"))
	if c.Quiet {
		done += ", as nobody is invited in the quiet times"
	}
	words = append(words, done+".")
	return strings.Join(words, "\n")
}

// Span is how long it takes, as people say it.
func (c Cost) Span() string { return SpanWords(toDuration(c.Seconds)) }

// SpanWords writes a length of time as people say it.
func SpanWords(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < time.Second:
		return "less than a second"
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

// Words are the user that the act was about and its numbers in a line.
func (a Act) Words() string {
	var words []string
	if a.Subject != "" {
		words = append(words, a.Subject)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Numbers)) {
		words = append(words, strings.ReplaceAll(name, "_", " ")+" "+Thousands(a.Numbers[name]))
	}
	if a.Rows != "" {
		words = append(words, "row numbers "+a.Rows)
	}
	return strings.Join(words, ", ")
}

// Aloud are sentences about people whose links or sessions are not as they should be.
func (c Concluded) Aloud() (words []string) {
	for _, odd := range []struct{ code, one, many, words string }{
		{store.CodeURLLost, "person is", "people are", "invited, but the API does not tell the session's URL"},
		{store.CodeSessionOfAnother, "person", "people", "got the session of somebody else as an answer, which was not given to them: the API, or a proxy before it, mixes its answers up. Look whether the links of this batch are right before you pass one on"},
		{store.CodeTimeDoesNotFit, "person has", "people have", "a session at the API that may be theirs, but its time does not fit; the report names it"},
	} {
		if n := c.Codes[odd.code]; n > 0 {
			words = append(words, fmt.Sprintf("%s %s (%s)", Counted(n, odd.one, odd.many), odd.words, odd.code))
		}
	}
	if c.StillRejected != "" {
		words = append(words, c.StillRejected)
	}
	return words
}

// ProblemHint is what to do about people of a finished batch who were not invited.
func (b Batch) ProblemHint() string {
	switch {
	case b.Rehearsal:
		return "the report says what is wrong with each row; mend them before you run the file for real"
	case b.Counts[Unknown] > 0:
		return fmt.Sprintf("'usher resolve %d' lists those whose outcome is unknown", b.ID)
	case b.Counts[Failed] > 0:
		return fmt.Sprintf("the report says why; 'usher retry %d' sends again to those who failed", b.ID)
	}
	return "the report says what is wrong with each rejected row; mend them and run the mended file"
}

// HeldHints are sentences about people who are not invited, or not when it is quiet,
// though that may be meant. The next run of a source begins after them, so it is their report that is
// imported.
func (p *Pending) HeldHints() (hints []string) {
	if n := p.Held.Elsewhere; n > 0 {
		hints = append(hints, Counted(n, "row was invited already", "rows were invited already")+
			" by the list's own word and not sent to; --allow-duplicates invites them")
	}
	if n := p.Held.Changed; n > 0 {
		how := "--reinvite-changed invites them"
		if p.feed.Source != "" {
			how = "run the report of this batch with --reinvite-changed to invite them"
		}
		hints = append(hints, Counted(n, "row was", "rows were")+" invited before with another e-mail or phone, and not sent to; "+how)
	}
	if n := p.Held.Unclear; n > 0 && p.feed.Source == "" {
		hints = append(hints, Counted(n, "full name does", "full names do")+
			" not say which part is the last name. If it is the last, add --name-order first-last; if the first, --name-order last-first")
	}
	if advice := regionAdvice(p.Held.Regions); advice != nil && p.feed.Source == "" {
		hints = append(hints, advice.hint())
	}
	if !p.Known || p.Batch.State != Running {
		return hints
	}
	if has := p.staged.Batch.Breakers; p.s.breakersGiven(has) != has {
		hints = append(hints, fmt.Sprintf("batch %d keeps what it was imported with of --canary, --same-refusal and --tolerate", p.Batch.ID))
	}
	if asked := p.s.quietDefault(); !asked.IsZero() && asked != p.quiet() {
		has := "keeps the quiet times with which it was imported"
		if p.quiet().IsZero() {
			has = "was imported without quiet times, and has none"
		}
		hints = append(hints, fmt.Sprintf("batch %d %s", p.Batch.ID, has))
	}
	return hints
}
