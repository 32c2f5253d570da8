package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"usher/config"
	"usher/jobs"
	"usher/report"
	"usher/store"
	"usher/upstream"
)

// Finding is what was found out about a part of the set-up.
type Finding struct {
	What string // was looked at
	Note string // what is right about it
	Err  error  // what is wrong with it; nil if nothing is
	Hint string // what to do about that; may be empty
}

// MarshalJSON writes a finding as programs read it. The shape is part of the interface.
func (f Finding) MarshalJSON() ([]byte, error) {
	shape := struct {
		What  string `json:"what"`
		OK    bool   `json:"ok"`
		Words string `json:"words"`
		Hint  string `json:"hint,omitempty"`
	}{What: f.What, OK: f.Err == nil, Words: f.Note}
	if f.Err != nil {
		shape.Words, shape.Hint = f.Err.Error(), f.Hint
	}
	return json.Marshal(shape)
}

// Examine looks at the database, at the API's key, at what people and webhooks need to
// come back, and at the folder for results. It creates and changes nothing that stays.
func Examine(ctx context.Context, cfg *config.Config, version string) []Finding {
	all := append(checkDatabase(ctx, cfg), checkKey(ctx, cfg, version), checkReturnPage(cfg), checkWebhooks(cfg))
	return append(all, checkDeliveries(cfg)...)
}

// checkDeliveries tries whether a file can be put into the folder that results are
// delivered into, if there is one. It leaves nothing there.
func checkDeliveries(cfg *config.Config) []Finding {
	folder := cfg.Report.DeliverDir
	if folder == "" {
		return nil
	}
	if _, err := report.Look(filepath.Join(folder, "results.csv")); err != nil {
		var wrong *report.TargetError
		if errors.As(err, &wrong) {
			wrong.Asked = folder
		}
		return []Finding{Problem("deliveries", err)}
	}
	return []Finding{{What: "deliveries", Note: folder + " can be written to"}}
}

// NeverSentWords is what follows from a database from which nothing was sent.
const NeverSentWords = "nothing was ever sent from it for this account, and whoever was invited from another database is not known here"

// checkDatabase looks at the database, its schema, and whether it can be written
// to. It changes nothing.
func checkDatabase(ctx context.Context, cfg *config.Config) []Finding {
	f := Finding{What: "database"}
	if path := databaseToCome(cfg); path != "" {
		f.Note = "there is none yet: the first command that needs it makes " + path + "; " + NeverSentWords
		return []Finding{f}
	}
	path, file := strings.CutPrefix(cfg.Database, "sqlite:")
	st, err := store.Open(ctx, cfg.Database, store.Options{MaxConns: 1, Look: true})
	var schema *store.SchemaError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Note = fmt.Sprintf("%s is not there yet; it is made when it is first needed, and its folder can be written; %s", absolute(path), NeverSentWords)
		return []Finding{f}
	case errors.As(err, &schema):
		f.Note = "can be opened"
		return []Finding{f, Problem("schema", err)}
	case err != nil:
		return []Finding{Problem("database", hintSetting(err))}
	}
	defer st.Close()
	f.Note = "can be reached"
	if file {
		f.Note = absolute(path) + " can be opened"
	}
	f.noteNeverSent(ctx, st, cfg)
	found := checkSchema(ctx, st)
	if errors.As(found.Err, &schema) && schema.Have > schema.Want { // not ours to write to
		return []Finding{f, found}
	}
	return []Finding{f, found, checkWriting(ctx, st)}
}

// absolute is a path as it is from everywhere.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// Problem is a finding of an error, with what to do next.
func Problem(what string, err error) Finding {
	return Finding{What: what, Err: err, Hint: Hint(err)}
}

func checkSchema(ctx context.Context, st *store.Store) Finding {
	err := jobs.CheckSchema(ctx, st)
	var schema *store.SchemaError
	switch {
	case err == nil:
		return Finding{What: "schema", Note: "is up to date"}
	case errors.As(err, &schema) && schema.Have < schema.Want && st.Path() != "":
		return Finding{What: "schema", Note: "is older than this usher; it is brought up to date by itself when it is next needed"}
	}
	return Problem("schema", err)
}

// checkWriting writes in a transaction that it rolls back.
func checkWriting(ctx context.Context, st *store.Store) Finding {
	if err := jobs.TryWrite(ctx, st); err != nil {
		return Problem("writing", err)
	}
	return Finding{What: "writing", Note: "a row could be written (and was taken back)"}
}

// checkKey asks the API for the sessions of a reference that nobody has: it
// tells whether the key is accepted, and creates nothing. Whether the key may
// create sessions shows only when one is created.
func checkKey(ctx context.Context, cfg *config.Config, version string) Finding {
	f := Finding{What: "API key", Note: "the API accepts it; whether it may create sessions, only sending shows"}
	api, err := client(cfg, version, nil)
	if err != nil {
		_, f.Hint = "", "set USHER_UPSTREAM_API_KEY or USHER_UPSTREAM_API_KEY_FILE"
		f.Err = err
		return f
	}
	err = api.Ping(ctx)
	var status *upstream.StatusError
	switch {
	case err == nil:
	case errors.As(err, &status) && status.Status == 401:
		f.Err, f.Hint = errors.New("the API does not accept it (401)"), "check USHER_UPSTREAM_API_KEY"
	case errors.As(err, &status) && status.Status == 403:
		f.Err, f.Hint = errors.New("the API says that it may not do this (403)"), "a sandbox key of the provider cannot create sessions; use a live one"
	case errors.As(err, &status) && status.Status == 404:
		f.Note = "something answers, but has no list of sessions (404): either upstream.base_url is wrong, or lost answers cannot be looked up there, and become 'unknown'"
	case errors.As(err, &status) && status.Status == 429:
		f.Note = "not tried: the API limits the rate just now"
	default:
		f.Err, f.Hint = err, "check upstream.base_url and the network"
	}
	return f
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
func (f *Finding) noteNeverSent(ctx context.Context, st *store.Store, cfg *config.Config) {
	if f.Err != nil {
		return
	}
	var schema *store.SchemaError
	if !errors.As(st.CheckSchema(ctx), &schema) || schema.Have > 0 {
		if sent, err := sentFor(ctx, st, accountName(cfg)); sent || err != nil {
			return
		}
	}
	f.Note += "; " + NeverSentWords
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
