package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"usher/config"
	"usher/store"
)

// A database remembers who was invited from it, and knows of no other one. The
// words of this file tell people which one that is before it matters.

// neverSentWords is what follows from a database from which nothing was sent.
const neverSentWords = "nothing was ever sent from it for this account, and whoever was invited from another database is not known here"

// tellDatabaseHere names the database that was found in this folder, once.
func (a *app) tellDatabaseHere(cfg *config.Config) {
	if a.toldWhere || !cfg.DatabaseHere() {
		return
	}
	a.toldWhere = true
	fmt.Fprintln(a.stderr, "usher: using usher.db in this folder; whoever was invited from another database is not known here")
	path, exists := cfg.DataDatabase()
	switch {
	case path == "":
		fmt.Fprintf(a.stderr, "usher: hint: set database to %s, so that it is used from every folder\n", cfg.Database)
	case exists:
		fmt.Fprintf(a.stderr, "usher: hint: the one of other folders, %s, is not used here; set database to the one that counts, or move usher.db away\n", path)
	default:
		fmt.Fprintf(a.stderr, "usher: hint: to use it from every folder, set database to %s, or stop every usher and move usher.db, with every usher.db-… beside it, into %s\n",
			cfg.Database, filepath.Dir(path))
	}
}

// tellNeverSent says, before the first invitation from a database, which one it
// is and what it cannot know.
func (e *runEnv) tellNeverSent(ctx context.Context) error {
	sent, err := e.st.Sent(ctx, e.account)
	if err == nil && !sent {
		fmt.Fprintf(e.stderr, "usher: the database is %s: %s\n", e.cfg.Redacted()["database"], neverSentWords)
		for _, path := range otherDatabases(e.cfg) {
			fmt.Fprintf(e.stderr, "usher: hint: there is another database, %s; if people were invited from it, use it with --database sqlite:%s\n", path, path)
		}
	}
	return err
}

// otherDatabases are those at the places where a database lies by default, and
// lay once, that are not the one in force.
func otherDatabases(cfg *config.Config) (others []string) {
	own, _ := os.Stat(strings.TrimPrefix(cfg.Database, "sqlite:"))
	data, _ := cfg.DataDatabase()
	for _, path := range []string{"usher.db", data} {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || own != nil && os.SameFile(own, info) {
			continue
		}
		if whole, err := filepath.Abs(path); err == nil {
			others = append(others, whole)
		}
	}
	return others
}

// printDatabase names the database among the rest of the status.
func (a *app) printDatabase(s statusShape) {
	fmt.Fprintf(a.stdout, "Database: %s\n", s.Database)
	if !s.Sent {
		fmt.Fprintf(a.stdout, "          %s\n", neverSentWords)
	}
}

// databaseToCome is the path of the default database when there is none yet, or
// "". One that a setting names and that is not there may be mistyped: that is
// found by opening it.
func databaseToCome(cfg *config.Config) string {
	path, ok := strings.CutPrefix(cfg.Database, "sqlite:")
	if !ok || cfg.Source("database") != "default" {
		return ""
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// noteNeverSent adds to what is right about a database that nothing was sent
// from it. It changes nothing, and a database without tables has sent nothing.
func (f *finding) noteNeverSent(ctx context.Context, st *store.Store, cfg *config.Config) {
	if f.err != nil {
		return
	}
	var schema *store.SchemaError
	if !errors.As(st.CheckSchema(ctx), &schema) || schema.Have > 0 {
		if sent, err := sentFor(ctx, st, accountName(cfg)); sent || err != nil {
			return
		}
	}
	f.note += "; " + neverSentWords
}

// sentFor is [store.Store.Sent] for an account that may not be there yet.
func sentFor(ctx context.Context, st *store.Store, account string) (bool, error) {
	names, err := st.AccountNames(ctx)
	for id, name := range names {
		if name == account {
			return st.Sent(ctx, id)
		}
	}
	return false, err
}

// remembered tells when the database's file was removed, or another put in its
// place, while this process worked with it. What it wrote is gone with it, and
// the same list would invite everybody again.
func remembered(before os.FileInfo, path string) error {
	if before == nil {
		return nil
	}
	now, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(before, now) {
		return nil
	}
	return withHint(fmt.Errorf("the database file %s was removed or replaced during the run: whom it invited is not remembered", path),
		"keep the report, and run that instead of the list: its rows say who was invited")
}
