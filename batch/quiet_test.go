package batch_test

import (
	"strings"
	"testing"
	"time"

	"usher/batch"
)

// quietToday is a rule by which it is quiet for longer than a test takes.
func quietToday() batch.QuietRule {
	now := time.Now().UTC()
	return batch.QuietRule{Holidays: now.Format(time.DateOnly) + "," + now.AddDate(0, 0, 1).Format(time.DateOnly), Zone: "UTC"}
}

// Quiet times are chosen for an upload, and its batch has them from its first moment,
// until a person has it go on. Another batch goes on meanwhile.
func TestQuietUpload(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		u := h.receive(s, crowd(3))
		if _, err := s.Choose(h.Context(), page, u.ID, u.Revision, batch.Choices{Quiet: batch.QuietRule{Hours: "8-9", Zone: "UTC"}}); batch.Hint(err) == "" {
			h.Errorf("bad hours were chosen: %v", err)
		}
		u = h.checked(s, h.choose(s, u, func(c *batch.Choices) { c.Quiet = quietToday() }).ID)
		if u.Choices.Quiet != quietToday() || !u.Plan.Plan.Cost.Quiet {
			h.Errorf("chosen: %+v, cost: %+v", u.Choices.Quiet, u.Plan.Plan.Cost)
		}
		h.work(s)
		h.invite(s, u)
		u = h.imported(s, u.ID)
		other := h.invite(s, h.checked(s, h.receive(s, strings.ReplaceAll(crowd(2), "ann.", "zed.")).ID))
		h.finished(s, h.imported(s, other.ID).Batch, 2)
		b, err := s.Batch(h.Context(), u.Batch)
		h.must(err)
		if b.State != batch.Running || b.Counts[batch.Queued] != 3 || !b.IsQuiet() || b.Quiet.Zone != "UTC" || b.QuietHint() == "" {
			h.Errorf("in its quiet time: %+v, %+v", b, b.Quiet)
		}
		st, err := s.StandingOf(h.Context(), b.ID)
		h.must(err)
		if words := st.Batch.StateWords(); !strings.Contains(words, ", done about ") || !strings.HasSuffix(words, ", with its quiet times") {
			h.Errorf("its standing: %q", words)
		}
		h.must(s.EndQuiet(h.Context(), page, b.ID))
		h.until("everybody is invited once", func() bool {
			b, err = s.Batch(h.Context(), b.ID)
			h.must(err)
			return b.State == batch.Finished && b.Counts[batch.Invited] == 3 && len(h.api.Sessions()) == 5
		})
		acts, err := s.Acts(h.Context(), batch.ActFilter{Batch: b.ID, Limit: 5})
		h.must(err)
		if len(acts) == 0 || acts[0].Act != "end quiet" || acts[0].Actor != page.Name {
			h.Errorf("acts: %+v", acts)
		}
	})
}
