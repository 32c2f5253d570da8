package jobs

import (
	"context"
	"log/slog"
	"math"
	"regexp"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"
)

// riverLog is River's log. By itself it tells of its jobs only, and that it has
// trouble: with the database, as a rule, of which each of its parts has a word of
// its own every second. These words are for those who debug. Where in River's
// code a line was written helps nobody.
func riverLog(log *zap.Logger, o *outages) *slog.Logger {
	h := zapslog.NewHandler(log.Named("river").Core(), zapslog.AddStacktraceAt(slog.Level(math.MaxInt)))
	if log.Core().Enabled(zapcore.DebugLevel) {
		return slog.New(discreet{h, nil})
	}
	return slog.New(discreet{h, o})
}

// discreet takes what names the database out of a log: the words of a driver
// that finds no connection begin with user, database and address.
type discreet struct {
	slog.Handler
	outages *outages // tell what is not about a job; nil if all is logged
}

// Enabled implements [slog.Handler]: River's word is worth a line from a warning
// up.
func (d discreet) Enabled(ctx context.Context, level slog.Level) bool {
	return (d.outages == nil || level >= slog.LevelWarn) && d.Handler.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	if d.outages != nil && !ofJob(r.Message) {
		d.outages.now("the job queue is in trouble, with the database as a rule, and tries again; --log-level debug tells how", stateIn(r)...)
		return nil
	}
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(withoutAddress(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// ofJob reports whether River speaks of a job, such as one that panicked. That
// its end could not be written is the database's.
func ofJob(message string) bool {
	part, says, _ := strings.Cut(message, ": ")
	return part == "jobexecutor.JobExecutor" && !strings.HasPrefix(says, "Error ")
}

// sqlstate is how pgx writes the code of what a server says.
var sqlstate = regexp.MustCompile(`\(SQLSTATE ([0-9A-Z]{5})\)`)

// stateIn is the code in a line of River's, which knows errors as words only.
func stateIn(r slog.Record) (fields []zap.Field) {
	r.Attrs(func(a slog.Attr) bool {
		if m := sqlstate.FindStringSubmatch(a.Value.String()); m != nil {
			fields = []zap.Field{zap.String("sqlstate", m[1])}
		}
		return fields == nil
	})
	return fields
}

// WithAttrs implements [slog.Handler].
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = withoutAddress(a)
	}
	return discreet{d.Handler.WithAttrs(clean), d.outages}
}

// WithGroup implements [slog.Handler].
func (d discreet) WithGroup(name string) slog.Handler {
	return discreet{d.Handler.WithGroup(name), d.outages}
}

func withoutAddress(a slog.Attr) slog.Attr {
	if strings.Contains(a.Value.String(), "failed to connect to") {
		return slog.String(a.Key, "there is no connection to the database")
	}
	return a
}
