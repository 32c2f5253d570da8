package batch_test

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"usher/batch"
	"usher/config"
)

// Of the child that delivers: the step after which it kills itself, and where it works.
const (
	deliverDyingEnv = "USHER_TEST_DELIVER_DYING"
	deliverDyingDSN = "USHER_TEST_DELIVER_DYING_DSN"
	deliverDyingURL = "USHER_TEST_DELIVER_DYING_URL"
	deliverDyingOut = "USHER_TEST_DELIVER_DYING_OUT"
)

// deliverSettings are those of a delivery that every crash is to come out of the same.
func deliverSettings(out string) map[string]string {
	return map[string]string{"report.deliver_dir": out, "report.deliver_name": "r-{batch}", "report.deliver_split": "yes"}
}

// deliverDying delivers the first batch until it dies.
func deliverDying(step string) error {
	ctx := context.Background()
	settings := flags(os.Getenv(deliverDyingDSN), os.Getenv(deliverDyingURL))
	for key, value := range deliverSettings(os.Getenv(deliverDyingOut)) {
		settings[key] = value
	}
	cfg, err := config.Load(config.Options{Flags: settings})
	if err != nil {
		return err
	}
	s, err := batch.Open(ctx, cfg, batch.Options{Command: "child"})
	if err != nil {
		return err
	}
	s.AtDelivery(func(reached string) error {
		if reached != step {
			return nil
		}
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	})
	return s.Deliver(ctx, 1)
}

// A delivery that dies after any of its steps is made again under the same names, and
// no manifest is there before all else is.
func TestKilledWhileDelivering(t *testing.T) {
	t.Parallel()
	deliverOnBoth(t, func(d *deliverHouse) {
		d.settings = deliverSettings(d.out)
		s := d.process()
		s.AtDelivery(func(string) error { return context.Canceled })
		stop := d.work(s)
		b := d.brought(s, crowd(3))
		stop()
		s.AtDelivery(nil)
		steps := []string{"named", "recorded", "split", "written", "cleared", "manifest"}
		for _, step := range steps {
			d.exec("DELETE FROM leases")
			cmd := exec.Command(os.Args[0], "-test.run=^$")
			cmd.Env = append(os.Environ(), deliverDyingEnv+"="+step, deliverDyingDSN+"="+d.database, deliverDyingURL+"="+d.url, deliverDyingOut+"="+d.out)
			if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
				t.Fatalf("%s: the child did not die: %v\n%s", step, err, out)
			}
			if there := slices.Contains(d.listed(), "r-1.manifest.json"); there != (step == "manifest") {
				t.Errorf("killed after %s: %q", step, d.listed())
			}
		}
		d.exec("DELETE FROM leases")
		d.must(s.Deliver(d.Context(), b.ID))
		if made := d.delivery(s, b.ID, 1); made.Name != "r-1" {
			t.Errorf("delivered: %+v", made)
		}
		if got := d.listed(); !slices.Equal(got, []string{"r-1.csv", "r-1.invited.csv", "r-1.manifest.json"}) {
			t.Errorf("delivered: %q", got)
		}
		d.closes("r-1.manifest.json")
		acts, err := s.Acts(d.Context(), batch.ActFilter{Batch: b.ID})
		if err != nil || len(acts) != 2 {
			t.Errorf("made %d times, and recorded: %+v, %v", len(steps)+1, acts, err)
		}
	})
}
