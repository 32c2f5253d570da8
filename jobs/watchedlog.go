package jobs

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// What the log says of things that whoever watches a batch is told in a sentence.
const (
	lineGateClosed  = "the gate is closed"
	lineBatchPaused = "the batch is paused"
)

// watchedLog is a log beside somebody who watches: what that one is told anyway is no
// warning, but there for those who ask for more.
func watchedLog(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core { return watchedCore{c} }))
}

type watchedCore struct{ zapcore.Core }

func (c watchedCore) With(fields []zapcore.Field) zapcore.Core {
	return watchedCore{c.Core.With(fields)}
}

// Check lowers what is told otherwise to information.
func (c watchedCore) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Level == zapcore.WarnLevel && (e.Message == lineGateClosed || e.Message == lineBatchPaused) {
		e.Level = zapcore.InfoLevel
	}
	return c.Core.Check(e, to)
}
