package main

import (
	"log"
	"os"
	"strings"

	"go.uber.org/zap"
)

// takeStandardLog puts what the standard library logs by itself into ours. Its
// lines quote what came over the wire: a session URL stood on standard error in
// one about an answer that nobody had asked for. So only what happened is told.
// It is the log of the whole process, and left alone where this is not one.
func (a *app) takeStandardLog(to *zap.Logger) {
	if a.stderr != os.Stderr {
		return
	}
	log.SetFlags(0)
	log.SetOutput(standardLog{to})
}

// standardLog is where the standard library writes to.
type standardLog struct{ to *zap.Logger }

// Write logs what a line is about, and nothing of what it says.
func (s standardLog) Write(line []byte) (int, error) {
	s.to.Warn(standardWords(string(line)))
	return len(line), nil
}

// standardWords are what the lines are about that net/http and its like write.
func standardWords(line string) string {
	for _, known := range []struct{ begins, words string }{
		{"Unsolicited response received on idle HTTP channel", "the API, or a proxy before it, sent an answer that nobody had asked for; the connection was closed"},
		{"http: TLS handshake error", "a TLS handshake with this server failed"},
		{"http: panic serving", "a request to this server failed"},
		{"http2:", "the HTTP/2 layer reported trouble"},
		{"http:", "the HTTP layer reported trouble"},
		{"net/http:", "the HTTP layer reported trouble"},
		{"tls:", "the TLS layer reported trouble"},
	} {
		if strings.HasPrefix(line, known.begins) {
			return known.words
		}
	}
	return "a library reported trouble; its words are withheld, as they may quote what was sent"
}
