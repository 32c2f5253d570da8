package batch_test

import (
	"strings"
	"testing"

	"usher/batch"
)

// What people need to come back is asked for before anything is stored.
func TestReturnRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		type lack struct{ setting, value, words string }
		lacks := []lack{{"web.public_url", "", "web.public_url"}, {"web.public_url", "http://usher.example", "https"}, {"defaults.redirect_url", "https://a.example", "redirect URL"}}
		if strings.HasPrefix(h.database, "postgres") {
			lacks = append(lacks, lack{"web.return_secret", "", "web.return_secret"})
		}
		for _, l := range lacks {
			h.returning()
			h.settings[l.setting] = l.value
			s := h.process()
			_, err := s.Import(h.Context(), page, h.listFile(returners), batch.ImportOptions{})
			if err == nil || !strings.Contains(err.Error(), l.words) || batch.Hint(err) == "" {
				h.Errorf("import with %s %q: %v (%s)", l.setting, l.value, err, batch.Hint(err))
			}
			_, err = s.Check(h.Context(), h.listFile(returners), batch.CheckOptions{})
			if err == nil || !strings.Contains(err.Error(), l.words) {
				h.Errorf("check with %s %q: %v", l.setting, l.value, err)
			}
			u := h.checked(s, h.receive(s, returners+"# "+l.setting+l.value).ID)
			if r := u.Plan.Refusal; r == nil || !strings.Contains(r.Words, l.words) || r.Fix == "" {
				h.Errorf("upload with %s %q: %+v", l.setting, l.value, r)
			}
			s.Close()
		}
		if n := h.number("SELECT count(*) FROM batches"); n != 0 {
			h.Errorf("%d batches were stored", n)
		}
	})
}

// A process that cannot say where people come back to sends nobody without it.
func TestReturnPaused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.returning()
		whole := h.process()
		all := h.settings
		b := h.started(whole, returners)
		h.settings = map[string]string{"web.return_secret": all["web.return_secret"]}
		lacks := h.process()
		stop := h.work(lacks)
		h.until("the batch is paused", func() bool {
			now, err := whole.Batch(h.Context(), b.ID)
			return err == nil && now.State == batch.Paused
		})
		now, err := whole.Batch(h.Context(), b.ID)
		h.must(err)
		if now.PauseReason != batch.PausedNoReturnPage || !strings.Contains(now.PauseWords(), "web.public_url") || !strings.Contains(now.PausedHint(), "usher resume 1") ||
			now.Counts[batch.Failed] != 0 || now.Counts[batch.Unknown] != 0 || h.invited()["R1"]+h.invited()["R2"] != 0 {
			h.Errorf("paused: %+v, %q; invited %v", now, now.PausedHint(), h.invited())
		}
		stop()
		lacks.Close() // on SQLite no other can work beside it
		h.must(whole.Resume(h.Context(), page, b.ID))
		h.work(whole)
		h.finished(whole, b.ID, 3)
		h.cameBack("R1", "success")
	})
}
