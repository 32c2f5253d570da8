package jobs

import (
	"context"
	"log/slog"
	"math"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// riverLog is River's log: its word is worth a line from a warning up, and all
// of it when debugging. Where in River's code a line was written helps nobody.
func riverLog(log *zap.Logger) *slog.Logger {
	if !log.Core().Enabled(zapcore.DebugLevel) {
		log = log.WithOptions(zap.IncreaseLevel(zapcore.WarnLevel))
	}
	return slog.New(discreet{zapslog.NewHandler(log.Named("river").Core(), zapslog.AddStacktraceAt(slog.Level(math.MaxInt)))})
}

// discreet takes what names the database out of a log: the words of a driver
// that finds no connection begin with user, database and address.
type discreet struct{ slog.Handler }

// Handle implements [slog.Handler].
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(withoutAddress(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs implements [slog.Handler].
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = withoutAddress(a)
	}
	return discreet{d.Handler.WithAttrs(clean)}
}

// WithGroup implements [slog.Handler].
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

func withoutAddress(a slog.Attr) slog.Attr {
	if strings.Contains(a.Value.String(), "failed to connect to") {
		return slog.String(a.Key, "there is no connection to the database")
	}
	return a
}
