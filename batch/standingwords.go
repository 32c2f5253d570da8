package batch

import (
	"fmt"
	"time"

	"usher/report"
)

// OfWords say whose pace it is, where that is not plain.
func (p Pace) OfWords() string {
	switch {
	case !p.OfWorkers:
		return ", as set here: nobody is working"
	case p.Differ:
		return ", as the fastest worker is set: not all are set alike"
	}
	return ""
}

// DayWords say how many requests the day has seen, of how many, and when it is over.
func (p Pace) DayWords() string {
	words := Counted(int(p.Today), "request", "requests") + " today"
	if p.Daily > 0 {
		words += " of " + Thousands(p.Daily)
	}
	if p.DayReserve > 0 {
		words += fmt.Sprintf(", %s of them kept for look-ups", Thousands(p.DayReserve))
	}
	if p.DayLearned > 0 {
		words += fmt.Sprintf("; the API let %s through when a day was last used up", Thousands(p.DayLearned))
	}
	if !p.DayEnds.IsZero() && (p.Daily > 0 || p.DayLearned > 0) {
		words += "; the day ends at " + p.dayEnd()
	}
	return words
}

// dayEnd is when the day is over, by the zone that it is counted by.
func (p Pace) dayEnd() string {
	zone, err := time.LoadLocation(p.DayZone)
	if err != nil {
		zone = time.UTC
	}
	return p.DayEnds.In(zone).Format("15:04:05 MST")
}

// DoubtWords say whose answers were lost and when they are looked up; empty if nobody
// is in doubt.
func (s Standing) DoubtWords() string {
	d := s.InDoubt
	if d == nil {
		return ""
	}
	words := Counted(d.People, "person whose answer was lost", "people whose answers were lost") + "; "
	switch {
	case len(s.serving) == 0:
		return words + "looked up when somebody works"
	case !s.Gate.Open && (s.Gate.Reason != GateDailyLimit || s.Pace.Today >= int64(s.Pace.Daily)):
		return words + "looked up when the gate is open"
	case d.Next == nil || time.Until(*d.Next) <= 0:
		return words + "being looked up now"
	}
	return words + "looked up from " + d.Next.Local().Format("15:04:05") + notFoundRule
}

// notFoundRule says when a session that is not found counts as not made.
const notFoundRule = "; who is not found twice was not invited, or not found once if the API's list shows a later session of ours"

// reportSoon is how long the writing of a report may take before it is told that it
// was not written.
const reportSoon = 10 * time.Second

// ReportWords say where the report of the batch is, or that it could not be written;
// empty if there is none yet. The hint is what to do about it.
func (s Standing) ReportWords() (words, hint string) {
	b := s.Batch
	if b == nil || b.Report == "" || b.State != Finished && b.State != GivenUp {
		return "", ""
	}
	if s.ReportedOver > 0 {
		return fmt.Sprintf("%s (by now that of batch %d)", b.Report, s.ReportedOver), fmt.Sprintf("'usher report %d -o FILE' writes it again", b.ID)
	}
	if b.State == GivenUp && b.Counts.Open() > 0 {
		return b.Report + " (written again when the last one is settled)", ""
	}
	if b.State == GivenUp || len(s.Runs) == 0 || s.Runs[len(s.Runs)-1].ReportedAt != nil {
		return b.Report, ""
	}
	elsewhere := fmt.Sprintf("'usher report %d -o FILE' writes it elsewhere", b.ID)
	switch finished := s.Runs[len(s.Runs)-1].FinishedAt; {
	case len(s.Workers) == 0:
		return b.Report + " (not written: nobody is working)", "'usher work', or 'usher run' with the same file, writes it; " + elsewhere
	case finished != nil && time.Since(*finished) < reportSoon:
		return b.Report + " (being written)", ""
	}
	if _, err := report.Look(b.Report); err != nil { // as far as this machine can tell
		return "could not be written so far: " + err.Error(), "mend that; " + elsewhere
	}
	return b.Report + " (could not be written so far)",
		"see whether its folder is there, has room, and can be written to by the user of the worker; " + elsewhere
}
