package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"usher/batch"
	"usher/config"
)

// teller tells people what happens meanwhile: progress on a bar, which may be
// nil, and the rest in lines on standard error.
func (a *app) teller(b *bar) batch.Teller {
	return func(e batch.Event) {
		switch e := e.(type) {
		case batch.Checking:
			b.checking(e.Progress)
		case batch.Importing:
			b.importing(e.Progress)
		case batch.Working:
			b.working(e)
		default:
			b.clear()
			a.say(e)
		}
	}
}

// say writes a line about something that happened.
func (a *app) say(e batch.Event) {
	if r, ok := e.(batch.ReportElsewhere); ok {
		r.Path, r.Instead = relative(r.Path), relative(r.Instead)
		if a.logLine != nil {
			a.logLine.Warn("a report went to another place", zap.String("detail", batch.EventWords(r)))
			return
		}
		e = r
	}
	fmt.Fprintln(overBar(a.stderr), "usher: "+batch.EventWords(e))
}

// relative shortens a path for people who stand in its folder.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(dir, path); err == nil && len(short) < len(path) {
		return short
	}
	return path
}

// tellDatabaseHere names the database that was found in this folder, once.
func (a *app) tellDatabaseHere(cfg *config.Config) {
	if words, hint := batch.DatabaseHereWords(cfg); words != "" && !a.toldWhere {
		a.toldWhere = true
		fmt.Fprintf(a.stderr, "usher: %s\nusher: hint: %s\n", words, hint)
	}
}
