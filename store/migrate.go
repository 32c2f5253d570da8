package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// SchemaError means that the database's schema is not the one this build of
// usher works with.
type SchemaError struct {
	Have, Want int    // versions; Have 0 is an empty database
	Of         string // whose schema it is, if not usher's own: "the job queue"
}

func (e *SchemaError) Error() string {
	subject := "the database has"
	if e.Of != "" {
		subject = "in the database " + e.Of + " has"
	}
	if e.Have > e.Want {
		return fmt.Sprintf("%s schema version %d, made by a newer usher; this one knows version %d", subject, e.Have, e.Want)
	}
	return fmt.Sprintf("%s schema version %d, this usher needs %d", subject, e.Have, e.Want)
}

type migration struct {
	version int
	name    string
	script  string
}

// Migrate brings our schema alone up to date, one transaction a step, and
// returns the version it is at. A second process doing the same waits for the
// first. [Store.Upgrade] does it together with what is beside it.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	if err := migrate(ctx, s.d, s.inSteps); err != nil {
		return 0, err
	}
	return s.SchemaVersion(ctx)
}

// inSteps runs a step of a migration in a transaction of its own.
func (s *Store) inSteps(ctx context.Context, step func(tx *Tx) error) error { return s.InTx(ctx, step) }

// migrate runs the migrations that have not been run, each as a step.
func migrate(ctx context.Context, d *dialect, inTx func(ctx context.Context, step func(tx *Tx) error) error) error {
	all, err := readMigrations(d.files)
	if err != nil {
		return err
	}
	if err := inTx(ctx, func(tx *Tx) error { return tx.createVersions(ctx) }); err != nil {
		return fmt.Errorf("create schema_version: %w", err)
	}
	for _, m := range all {
		if err := inTx(ctx, func(tx *Tx) error { return tx.apply(ctx, m) }); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// createVersions makes the table of versions. It needs the lock as well: two
// that create a table at once are told of it in several ways on PostgreSQL, IF
// NOT EXISTS or not.
func (t *Tx) createVersions(ctx context.Context) error {
	if _, err := t.conn.exec(ctx, t.d.lock); err != nil {
		return err
	}
	_, err := t.conn.exec(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY)`)
	return err
}

// apply runs one migration unless it has been run.
func (t *Tx) apply(ctx context.Context, m migration) error {
	if _, err := t.conn.exec(ctx, t.d.lock); err != nil {
		return err
	}
	n, err := t.conn.exec(ctx, `INSERT INTO schema_version (version) VALUES ($1) ON CONFLICT DO NOTHING`, m.version)
	if err != nil || n == 0 {
		return err
	}
	if _, err := t.conn.exec(ctx, m.script); err != nil {
		return err
	}
	if m.version > 1 {
		return nil
	}
	return t.insertSecret(ctx)
}

// insertSecret makes the key that people are hashed with. It is made once: a
// new one would make everybody a new person.
func (t *Tx) insertSecret(ctx context.Context) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	_, err := t.conn.exec(ctx, `INSERT INTO settings (name, value) VALUES ('person_secret', $1)`, hex.EncodeToString(secret))
	return err
}

// PersonSecret is the key that people are hashed with in this database.
func (q queries) PersonSecret(ctx context.Context) ([]byte, error) {
	var v string
	if err := q.queryOne(ctx, `SELECT value FROM settings WHERE name = 'person_secret'`, nil, &v); err != nil {
		return nil, fmt.Errorf("read the person secret: %w", err)
	}
	return hex.DecodeString(v)
}

// SchemaVersion is the version of our schema in the database, 0 when there is
// none.
func (q queries) SchemaVersion(ctx context.Context) (int, error) {
	var v int
	err := q.queryOne(ctx, `SELECT coalesce(max(version), 0) FROM schema_version`, nil, &v)
	var db *DatabaseError
	if errors.As(err, &db) && (db.Code == "42P01" || db.Code == "1") { // no such table
		return 0, nil
	}
	return v, err
}

// CheckSchema returns a [SchemaError] when the schema is not the one this
// build needs.
func (q queries) CheckSchema(ctx context.Context) error {
	have, want, err := q.versions(ctx)
	switch {
	case err != nil:
		return err
	case have != want:
		return &SchemaError{Have: have, Want: want}
	}
	return q.checkTables(ctx)
}

// madeTables are the tables that a migration makes.
var madeTables = regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`)

// checkTables asks every table for nothing. One that was removed, or that this
// user may not read, is found before anything is done with the others.
func (q queries) checkTables(ctx context.Context) error {
	all, err := readMigrations(q.d.files)
	if err != nil {
		return err
	}
	var parts []string
	for _, m := range all {
		for _, made := range madeTables.FindAllStringSubmatch(m.script, -1) {
			parts = append(parts, "SELECT 1 AS n FROM "+made[1]+" WHERE 1 = 0")
		}
	}
	var n int
	err = q.queryOne(ctx, "SELECT count(*) FROM ("+strings.Join(parts, " UNION ALL ")+") AS every", nil, &n)
	if err != nil {
		return fmt.Errorf("look for the tables: %w", err)
	}
	return nil
}

// versions are the version of the schema that the database has, and the one
// that this build works with.
func (q queries) versions(ctx context.Context) (have, want int, err error) {
	if have, err = q.SchemaVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("read the schema version: %w", err)
	}
	all, err := readMigrations(q.d.files)
	if err != nil {
		return 0, 0, err
	}
	return have, all[len(all)-1].version, nil
}

func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("read migrations: %w", cmp.Or(err, fs.ErrNotExist))
	}
	slices.Sort(names)
	all := make([]migration, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("migration %s has no number: %w", name, err)
		}
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		all[i] = migration{version, name, string(script)}
	}
	return all, nil
}
