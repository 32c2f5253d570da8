package jobs

import (
	"testing"
	"time"
)

func TestAnswerStands(t *testing.T) {
	for _, c := range []struct {
		status     int
		took, want time.Duration
	}{
		{200, 0, 0},
		{200, time.Second, 20 * time.Second},
		{404, time.Second, 20 * time.Second},
		{200, time.Hour, answerMost},
		{503, 2 * time.Second, 2 * time.Second},
		{500, time.Hour, answerMost},
	} {
		if got := stands(c.status, c.took); got != c.want {
			t.Errorf("status %d, found in %v: stands for %v, want %v", c.status, c.took, got, c.want)
		}
	}
}
