package batch

import (
	"log"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestStandardLogTellsNothing logs what net/http writes about an answer that came
// by itself, and a line that nobody foresaw.
func TestStandardLogTellsNothing(t *testing.T) {
	t.Parallel()
	core, seen := observer.New(zap.WarnLevel)
	library := log.New(standardLog{zap.New(core)}, "", 0)
	const secret = "https://verify.example/s/secret-of-ada"
	for line, want := range map[string]string{
		`Unsolicited response received on idle HTTP channel starting with "HTTP/1.1 200 OK\r\n\r\n{` + secret + `"; err=<nil>`: "nobody had asked for",
		"http: TLS handshake error from 127.0.0.1:1: " + secret:                                                                "TLS handshake",
		"http: superfluous " + secret: "HTTP layer",
		"something new: " + secret:    "withheld",
	} {
		library.Print(line)
		all := seen.TakeAll()
		if len(all) != 1 || !strings.Contains(all[0].Message, want) || strings.Contains(all[0].Message, "verify") || len(all[0].Context) > 0 {
			t.Errorf("%.40q was logged as %+v, want %q", line, all, want)
		}
	}
}
