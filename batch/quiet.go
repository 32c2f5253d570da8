package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/jobs"
	"usher/schedule/when"
	"usher/store"
)

// QuietRule says when nobody of a batch is invited, as people write it; see
// [when.Rule].
type QuietRule = when.Rule

// Quiet is how the quiet times of a batch stand. Its JSON is part of the interface.
type Quiet struct {
	Now   bool       `json:"now"`   // nobody of it is invited at present
	From  *time.Time `json:"from"`  // when the present quiet time began, or the next one does
	Until *time.Time `json:"until"` // when that is over; null, as From is, if none comes any more
	Zone  string     `json:"zone"`  // by whose clocks both are
}

// quietOf is how the quiet times of a batch stand that is not over; nil if it has
// none. Those of one that runs go by its window, which a person may have ended.
func quietOf(b store.Batch) *Quiet {
	runs := b.State == store.BatchRunning
	if b.Quiet == "" || !runs && b.State != store.BatchPaused && b.State != store.BatchImporting {
		return nil
	}
	rule, err := when.ReadQuiet(b.Quiet)
	if err != nil {
		return &Quiet{Now: runs}
	}
	q := &Quiet{Now: b.IsQuiet, Zone: rule.Zone()}
	from, until := b.Window.From, b.Window.Until
	if b.Astray || !runs {
		now := time.Now()
		from, until = rule.Next(now)
		q.Now = runs && !until.IsZero() && !from.After(now)
	}
	if from.Before(until) {
		from, until = rule.In(from), rule.In(until)
		q.From, q.Until = &from, &until
	}
	return q
}

// Words say until when it is quiet; empty if it is not.
func (q *Quiet) Words() string {
	switch {
	case q == nil || !q.Now:
		return ""
	case q.Until == nil:
		return "quiet: its quiet times cannot be read"
	}
	form := "Mon 15:04"
	if time.Until(*q.Until) > 6*24*time.Hour {
		form = "Mon 2 Jan 2006 15:04"
	}
	return fmt.Sprintf("quiet until %s (%s)", q.Until.Format(form), q.Zone)
}

// IsQuiet reports whether the batch runs and nobody of it is invited at present.
func (b Batch) IsQuiet() bool { return b.Quiet.Words() != "" }

// QuietHint is what a person can do about a batch that is quiet; empty for others.
func (b Batch) QuietHint() string {
	if !b.IsQuiet() {
		return ""
	}
	return fmt.Sprintf("nobody of batch %d is invited until then, and it goes on by itself; 'usher resume %d' has it go on now", b.ID, b.ID)
}

// QuietError means that a part of the quiet times cannot be as it was written. It is a
// [RequestError].
type QuietError struct {
	Part string // "hours", "days", "holidays" or "zone"
	RequestError
}

// Unwrap makes it the request error that it is.
func (e *QuietError) Unwrap() error { return &e.RequestError }

// quietError makes a [QuietError] of what is wrong with quiet times.
func quietError(r QuietRule) error {
	_, err := when.ParseQuiet(r)
	var quiet *when.QuietError
	if errors.As(err, &quiet) {
		return &QuietError{quiet.Part, RequestError{quiet.Wrong, quiet.Fix}}
	}
	return err
}

// ruleOf is the rule of a batch as it is stored; none, if it cannot be read.
func ruleOf(stored string) QuietRule {
	rule, _ := when.ReadRule(stored)
	return rule
}

// quietDefault are the quiet times of an import that says nothing itself. A rehearsal
// contacts nobody, and waits for none but those that it was given with its flags.
func (s *Service) quietDefault() QuietRule {
	given := !s.Rehearsal()
	for _, path := range []string{"defaults.quiet_hours", "defaults.quiet_days", "defaults.holidays"} {
		given = given || strings.HasPrefix(s.cfg.Source(path), "--")
	}
	if !given {
		return QuietRule{}
	}
	return s.cfg.Defaults.Quiet
}

// beginQuiet is what gives a batch its quiet times as it is set running.
func beginQuiet(r QuietRule) func(ctx context.Context, tx *store.Tx, batch int64) error {
	return func(ctx context.Context, tx *store.Tx, batch int64) error {
		return jobs.BeginQuiet(ctx, tx, batch, r.Text())
	}
}

// EndQuiet has a batch go on that is quiet, until its next quiet time.
func (s *Service) EndQuiet(ctx context.Context, by Actor, batch int64) error {
	return s.steer(ctx, batch, func() error { return s.control.EndQuiet(ctx, by, batch) })
}

// GoOn resumes a batch that is paused, or has one go on that is quiet, and says which.
func (s *Service) GoOn(ctx context.Context, by Actor, batch int64) (words string, err error) {
	b, err := s.Batch(ctx, batch)
	if err != nil {
		return "", err
	}
	if b.IsQuiet() {
		return fmt.Sprintf("Batch %d goes on, and is quiet again in its next quiet time.", batch), s.EndQuiet(ctx, by, batch)
	}
	if err := s.Resume(ctx, by, batch); err != nil {
		return "", err
	}
	if b, err = s.Batch(ctx, batch); err == nil && b.IsQuiet() {
		return fmt.Sprintf("Batch %d is resumed, and %s. 'usher resume %d' has it go on now.", batch, b.Quiet.Words(), batch), nil
	}
	return fmt.Sprintf("Batch %d is running.", batch), err
}
