package jobs

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"usher/store"
)

// Who watches a batch has sentences of his own about the gate and a pause. Other warnings
// stay, and those who ask for more get all.
func TestWatchedLogRepeatsNothing(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "watched.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	for name, c := range map[string]struct {
		watched, more bool
		want          []string
	}{
		"nobody watches":           {false, false, []string{lineGateClosed, lineBatchPaused, "other"}},
		"somebody watches":         {true, false, []string{"other"}},
		"and has asked for more":   {true, true, []string{lineGateClosed, lineBatchPaused, "other"}},
		"nobody, but asked for it": {false, true, []string{lineGateClosed, lineBatchPaused, "other"}},
	} {
		level := zap.WarnLevel
		if c.more {
			level = zap.InfoLevel
		}
		core, told := observer.New(level)
		s, err := New(st, nil, Config{Watched: c.watched, Concurrency: 1}, zap.New(core).With(zap.Int("of", 1)))
		if err != nil {
			t.Fatal(err)
		}
		s.closed(store.Gate{Reason: store.GatePaymentRequired}, true)
		tellPaused(s.log, []store.PausedBatch{{Batch: 1}})
		s.log.Warn("other")
		var got []string
		for _, e := range told.All() {
			got = append(got, e.Message)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
