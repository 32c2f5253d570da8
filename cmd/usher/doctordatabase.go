package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"usher/config"
	"usher/jobs"
	"usher/store"
)

// checkDatabase looks at the database, its schema, and whether it can be written
// to. It changes nothing.
func checkDatabase(ctx context.Context, cfg *config.Config) []finding {
	f := finding{what: "database"}
	if path := databaseToCome(cfg); path != "" {
		f.note = "there is none yet: the first command that needs it makes " + path + "; " + neverSentWords
		return []finding{f}
	}
	path, file := strings.CutPrefix(cfg.Database, "sqlite:")
	st, err := store.Open(ctx, cfg.Database, store.Options{MaxConns: 1, Look: true})
	var schema *store.SchemaError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.note = fmt.Sprintf("%s is not there yet; it is made when it is first needed, and its folder can be written; %s", absolute(path), neverSentWords)
		return []finding{f}
	case errors.As(err, &schema):
		f.note = "can be opened"
		return []finding{f, problem("schema", err)}
	case err != nil:
		return []finding{problem("database", hintSetting(err))}
	}
	defer st.Close()
	f.note = "can be reached"
	if file {
		f.note = absolute(path) + " can be opened"
	}
	f.noteNeverSent(ctx, st, cfg)
	found := checkSchema(ctx, st)
	if errors.As(found.err, &schema) && schema.Have > schema.Want { // not ours to write to
		return []finding{f, found}
	}
	return []finding{f, found, checkWriting(ctx, st)}
}

// absolute is a path as it is from everywhere.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// problem is a finding of an error, with what to do next.
func problem(what string, err error) finding {
	_, _, hint := explain(err)
	return finding{what: what, err: err, hint: hint}
}

func checkSchema(ctx context.Context, st *store.Store) finding {
	err := jobs.CheckSchema(ctx, st)
	var schema *store.SchemaError
	switch {
	case err == nil:
		return finding{what: "schema", note: "is up to date"}
	case errors.As(err, &schema) && schema.Have < schema.Want && st.Path() != "":
		return finding{what: "schema", note: "is older than this usher; it is brought up to date by itself when it is next needed"}
	}
	return problem("schema", err)
}

// checkWriting writes in a transaction that it rolls back.
func checkWriting(ctx context.Context, st *store.Store) finding {
	if err := jobs.TryWrite(ctx, st); err != nil {
		return problem("writing", err)
	}
	return finding{what: "writing", note: "a row could be written (and was taken back)"}
}
