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

	"usher/store"
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
		d.trouble(stateIn(r))
		return nil
	}
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(withoutAddress(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// trouble tells of River's trouble with the database: an outage, unless the server
// says that it is something which does not pass.
func (d discreet) trouble(state string) {
	var said error // in words of ours, if the server has said anything
	if state != "" {
		said = store.CodeError(state)
	}
	if said == nil || store.Passing(said) {
		d.outages.met(said)
		return
	}
	d.outages.now("the job queue is in trouble with the database, and tries again; --log-level debug tells how", stateFields(state)...)
}

// stateFields are a server's code for a line of the log; none if it is empty.
func stateFields(state string) []zap.Field {
	if state == "" {
		return nil
	}
	return []zap.Field{zap.String("sqlstate", state)}
}

// ofJob reports whether River speaks of a job, such as one that panicked. That
// its end could not be written is the database's.
func ofJob(message string) bool {
	part, says, _ := strings.Cut(message, ": ")
	return part == "jobexecutor.JobExecutor" && !strings.HasPrefix(says, "Error ")
}

// sqlstate is how pgx writes the code of what a server says, and resultCode how SQLite's
// driver ends its words.
var (
	sqlstate   = regexp.MustCompile(`\(SQLSTATE ([0-9A-Z]{5})\)`)
	resultCode = regexp.MustCompile(`^[a-zA-Z/ :]+\(([0-9]{1,4})\)$`)
)

// stateIn is the code in a line of River's, which knows errors as words only; it may
// be empty.
func stateIn(r slog.Record) (code string) {
	r.Attrs(func(a slog.Attr) bool {
		for _, in := range []*regexp.Regexp{sqlstate, resultCode} {
			if m := in.FindStringSubmatch(a.Value.String()); m != nil && code == "" {
				code = m[1]
			}
		}
		return code == ""
	})
	return code
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
