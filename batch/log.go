package batch

import (
	"io"
	"log"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"usher/config"
)

// NewLogger makes the log that the settings ask for. A quiet one tells of trouble
// only, unless the settings name a level.
func NewLogger(cfg *config.Config, w io.Writer, quiet bool) *zap.Logger {
	level, err := zapcore.ParseLevel(cfg.Log.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	if quiet && cfg.Source("log.level") == "default" {
		level = zapcore.WarnLevel
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.ISO8601TimeEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if cfg.Log.Format == "console" {
		enc.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level))
}

// TakeStandardLog puts what the standard library logs by itself into this log, for
// the whole process. Its lines quote what came over the wire: a session URL stood
// on standard error in one about an answer that nobody had asked for. So only what
// happened is told.
func TakeStandardLog(to *zap.Logger) {
	log.SetFlags(0)
	log.SetOutput(standardLog{to.Named("library")})
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
