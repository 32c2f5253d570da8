package schedule_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/schedule"
)

// What a schedule brought is delivered under its name, and its manifest says so.
func TestDeliveredOfASchedule(t *testing.T) {
	onBoth(t, func(h *house) {
		h.hire(1, 3)
		h.said["nightly"] = config.Schedule{"cron": "0 0 1 1 *", "zone": "UTC", "source": "hr"}
		cfg := h.config()
		out := h.TempDir()
		cfg.Report.DeliverDir, cfg.Report.DeliverName, cfg.Report.DeliverFormat, cfg.Report.DeliverManifest = out, "{schedule}-{batch}", "csv", true
		svc, err := batch.Open(h.Context(), cfg, batch.Options{Command: "test", Send: true})
		h.must(err)
		h.Cleanup(svc.Close)
		s := schedule.New(svc)
		h.apply(s)
		_, err = s.Run(h.Context(), operator, "nightly")
		h.must(err)
		h.work(svc, s)
		path := filepath.Join(out, "nightly-1.manifest.json")
		var text []byte
		h.until("the manifest", func() bool {
			text, err = os.ReadFile(path)
			return err == nil
		})
		var m batch.Manifest
		h.must(json.Unmarshal(text, &m))
		if m.Schedule != "nightly" || m.ImportedBy == nil || m.ImportedBy.Way != batch.WaySchedule || m.Source != nil || m.Rows != 3 || m.Counts[batch.Invited] != 3 {
			t.Errorf("the manifest: %s", text)
		}
	})
}
