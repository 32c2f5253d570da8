package importer

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/importer/database"
	"usher/store"
)

// The second run takes only who is new.
func TestDatabaseWatermark(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 50)
		first := w.runQuery(o.query())
		if first.Counts[store.Queued] != 50 || first.Batch.Name != "hr" || first.Batch.Source != "source hr" {
			t.Errorf("the first run: %+v", first)
		}
		a := w.applicants(first.Batch.ID)[0]
		if got := []string{a.FirstName, a.LastName, a.Email, a.Phone, a.ExternalID, fmt.Sprint(a.Row)}; !cmp.Equal(got,
			[]string{"Ann", "Lee", "ann.1@example.com", "+447700900001", "1", "2"}) {
			t.Errorf("the first row is %q", got)
		}
		if m := w.sourceMark(); m.Batch != first.Batch.ID {
			t.Errorf("the mark is %+v", m)
		}
		if _, err := w.stageQuery(o.query()); !errors.Is(err, database.ErrNothingNew) {
			t.Errorf("nobody is new: %v", err)
		}
		w.empty(first.Batch.ID)
		o.add(51, 60)
		second := w.runQuery(o.query())
		if n := second.Counts.Total(); n != 10 || second.Counts[store.Queued] != 10 || second.Existing {
			t.Errorf("the second run: %+v", second.Counts)
		}
		if m := w.sourceMark(); m.Batch != second.Batch.ID {
			t.Errorf("the mark is %+v", m)
		}
		// A query without :mark is read from the mark as well.
		o.add(61, 63)
		q := o.query()
		q.SQL = "SELECT id, first, last, mail, mobile, updated_at FROM people -- all of them\n;"
		if third := w.runQuery(q); third.Counts.Total() != 3 {
			t.Errorf("the third run: %+v", third.Counts)
		}
	})
}

// A mark can be a number or text as well.
func TestDatabaseMarkKinds(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(8, 11) // 9 < 10, but not as text
		for name, c := range map[string]struct{ column, start, kind string }{
			"number": {"id", "0", "number"}, "decimal": {"id / 2.0", "0", "number"}, "text": {"mail", "ann", "text"},
		} {
			if name == "decimal" && o.kind == "sqlite" {
				continue // SQLite has no decimals
			}
			w := newWorld(t, openSQLite(t))
			q := o.query()
			q.SQL = "SELECT first, last, mail, mobile, " + c.column + " AS seen FROM people WHERE " + c.column + " > :mark ORDER BY id DESC"
			q.Columns, q.Watermark, q.Start = map[string]string{"first_name": "first", "last_name": "last", "email": "mail", "phone": "mobile"}, "seen", c.start
			s := w.runQuery(q)
			if m := w.sourceMark(); m.Kind != c.kind || s.Counts.Total() != 4 {
				t.Errorf("%s: %+v, %+v", name, m, s.Counts)
			}
			if _, err := w.stageQuery(q); !errors.Is(err, database.ErrNothingNew) {
				t.Errorf("%s: nobody is new: %v", name, err)
			}
		}
	})
}

func TestDatabaseDiscarded(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 5)
		s, err := w.stageQuery(o.query())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Discard(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.empty()
		if m := w.sourceMark(); m != (store.Mark{}) {
			t.Errorf("the mark moved: %+v", m)
		}
	})
}

// Somebody who read the source further in the meantime is not undone.
func TestDatabaseMarkMoved(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 5)
		s, err := w.stageQuery(o.query())
		if err != nil {
			t.Fatal(err)
		}
		w.exec(fmt.Sprintf(`INSERT INTO source_marks (account_id, source, mark, kind, batch_id, updated_at)
VALUES (%d, 'hr', '2030-01-01T00:00:00Z', 'time', 99, '2024-01-01T00:00:00.000Z')`, w.account))
		if err := s.Activate(t.Context()); !errors.Is(err, store.ErrMarkMoved) {
			t.Errorf("activated: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		w.empty()
	})
}

// A connection that is cut in the middle leaves nothing behind.
func TestDatabaseCut(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		if o.kind == "sqlite" {
			return // has no connection
		}
		o.people()
		o.add(1, 30_000)
		q := o.query()
		q.URL = o.through(1 << 20)
		_, err := w.stageQuery(q)
		w.refusedWith(err, "cut", "nothing was stored")
		w.jobs.mu.Lock()
		if w.jobs.call == 0 {
			t.Error("it was cut before anything was stored, which proves nothing")
		}
		w.jobs.mu.Unlock()
		w.empty()
		if m := w.sourceMark(); m != (store.Mark{}) {
			t.Errorf("the mark moved: %+v", m)
		}
		if s := w.runQuery(o.query()); s.Counts[store.Queued] != 30_000 {
			t.Errorf("the next run: %+v", s.Counts)
		}
	})
}

func TestDatabaseRefused(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 5)
		for name, c := range map[string]struct {
			change func(q *database.Query)
			words  []string
		}{
			"no table":     {func(q *database.Query) { q.SQL = "SELECT * FROM nobody" }, []string{"the query failed", "nobody", "sources.hr.query"}},
			"syntax":       {func(q *database.Query) { q.SQL = "SELEKT 1" }, []string{"the query failed", "syntax"}},
			"no column":    {func(q *database.Query) { q.Columns["phone"] = "fax" }, []string{"no column fax", "mobile", "sources.hr.columns"}},
			"no watermark": {func(q *database.Query) { q.Watermark = "changed" }, []string{"no column changed", "sources.hr.watermark"}},
			"not understood": {func(q *database.Query) {
				delete(q.Columns, "last_name")
				q.SQL = "SELECT id, first, last AS sn, mail, mobile, updated_at FROM people"
			}, []string{"last_name", "sources.hr.columns"}},
			"start of another kind": {func(q *database.Query) {
				q.Start, q.SQL, q.Watermark = "2020-01-01", "SELECT 5000000000 + id AS id, first, last, mail, mobile FROM people", "id"
			}, []string{"the mark to begin at is none", "sources.hr.start"}},
			"NULL mark": {func(q *database.Query) {
				q.SQL = "SELECT id, first, last, mail, mobile, CASE WHEN id < 3 THEN updated_at END AS updated_at FROM people"
			}, []string{"watermark column updated_at is NULL"}},
			"writes": {func(q *database.Query) {
				q.SQL, q.Watermark = "DELETE FROM people RETURNING id, first, last, mail, mobile", ""
			}, []string{"the query would write"}},
		} {
			q := o.query()
			c.change(&q)
			_, err := w.stageQuery(q)
			t.Log(name)
			w.refusedWith(err, c.words...)
		}
		w.empty()
		if m := w.sourceMark(); m != (store.Mark{}) {
			t.Errorf("the mark moved: %+v", m)
		}
	})
}

func TestDatabaseMarkChangesType(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 5)
		first := w.runQuery(o.query())
		mark := w.sourceMark()
		o.add(6, 7)
		q := o.query()
		q.SQL = "SELECT first, last, mail, mobile, id, id AS updated_at FROM people"
		_, err := w.stageQuery(q)
		w.refusedWith(err, "changed its type", "another name")
		w.empty(first.Batch.ID)
		if m := w.sourceMark(); m != mark {
			t.Errorf("the mark moved: %+v", m)
		}
	})
}

func TestDatabaseConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	for address, word := range map[string]string{
		"postgres://ann.lee:pass-word@127.0.0.1:1/hr":            "connection refused",
		"mysql://ann.lee:pass-word@127.0.0.1:1/hr":               "connection refused",
		"mysql://ann.lee:pass-word@nowhere.invalid/hr":           "cannot connect",
		"postgres://ann.lee:pass-word@nowhere.invalid/hr":        "cannot connect",
		"sqlite:" + t.TempDir() + "/none.db":                     "no such database file",
		"postgres://ann.lee:pass-word@127.0.0.1:port/pass-word%": "cannot be understood",
	} {
		_, err := database.Open(t.Context(), database.Query{Name: "hr", URL: address})
		if word == "cannot be understood" {
			word = "can be understood"
		}
		w.refusedWith(err, word)
	}
}

// Values are the text that a person would write.
func TestDatabaseValues(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		texts := map[string][][2]string{
			"sqlite": {{"447700900123", "447700900123"}, {"447700900123.0", "447700900123"}, {"'007'", "007"}, {"NULL", ""}, {"x'4c'", "L"}, {"0.1", "0.1"}},
			"postgres": {{"447700900123", "447700900123"}, {"447700900123::float8", "447700900123"}, {"447700900123::real", "4.477009E+11"}, {"12345678901234567890.120::numeric", "12345678901234567890.120"},
				{"true", "true"}, {"NULL::int", ""}, {"'2024-02-29'::date", "2024-02-29"}, {"'2024-02-29 12:00:00.5+02'::timestamptz", "2024-02-29T10:00:00.5Z"},
				{"'2024-02-29 12:00'::timestamp", "2024-02-29T12:00:00Z"}, {"'L'::bytea", "L"}, {"'12:30'::time", "12:30:00"},
				{"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
			"mariadb": {{"447700900123", "447700900123"}, {"447700900123e0", "447700900123"}, {"CAST('12345678901234567.120' AS DECIMAL(30,3))", "12345678901234567.120"},
				{"TRUE", "1"}, {"NULL", ""}, {"DATE'2024-02-29'", "2024-02-29"}, {"TIMESTAMP'2024-02-29 12:00:00.5'", "2024-02-29T12:00:00.5Z"},
				{"CAST(18446744073709551615 AS UNSIGNED)", "18446744073709551615"}, {"'\u05d0\U0001F600'", "\u05d0\U0001F600"}},
		}[o.kind]
		o.people() // SQLite makes its file when it has something to keep
		query := "SELECT "
		for i, c := range texts {
			query += fmt.Sprintf("%s AS c%d, ", c[0], i)
		}
		d := w.connect(database.Query{Name: "hr", URL: o.url, SQL: query + "'x' AS last"})
		rows, err := d.Begin(t.Context(), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if n, cells, err := rows.Next(); err != nil || n != 1 || cells[0] != "c0" {
			t.Fatalf("header %d %q %v", n, cells, err)
		}
		n, cells, err := rows.Next()
		if err != nil || n != 2 {
			t.Fatal(n, err)
		}
		for i, c := range texts {
			if cells[i] != c[1] {
				t.Errorf("%s is %q, want %q", c[0], cells[i], c[1])
			}
		}
		if _, _, err := rows.Next(); err != io.EOF {
			t.Error(err)
		}
	})
}

// A hundred thousand rows, then the few that are new.
func TestDatabaseLarge(t *testing.T) {
	t.Parallel()
	const many = 30_000
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, many)
		start := time.Now()
		plan, err := Check(t.Context(), w.st, w.connect(o.query()), w.options())
		if err != nil || plan.Counts[store.Queued] != many || plan.Existing != nil {
			t.Fatalf("check: %v, %+v", err, plan)
		}
		checked := time.Since(start)
		start = time.Now()
		if s := w.runQuery(o.query()); s.Counts[store.Queued] != many {
			t.Fatalf("the first run: %+v", s.Counts)
		}
		t.Logf("%s: %d rows checked in %v (%.0f/s), imported in %v", o.kind, many, checked, many/checked.Seconds(), time.Since(start))
		o.add(many+1, many+7)
		start = time.Now()
		if s := w.runQuery(o.query()); s.Counts.Total() != 7 || s.Counts[store.Queued] != 7 {
			t.Errorf("the second run: %+v", s.Counts)
		}
		t.Logf("%s: 7 new rows in %v", o.kind, time.Since(start))
	})
}

// What is mapped in the settings is certain, whatever else the query returns; the
// rest is understood as a file's columns are.
func TestDatabaseColumnsAreCertain(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 3)
		q := o.query()
		q.SQL = "SELECT id, first, last, mail, 'x' AS email, 'y' AS work_email, mobile, updated_at FROM people"
		s := w.runQuery(q)
		if a := w.applicants(s.Batch.ID)[0]; a.State != store.Queued || a.Email != "ann.1@example.com" {
			t.Errorf("got %s, %q", a.State, a.Email)
		}
		q.Name = "other"
		delete(q.Columns, "email")
		_, err := w.stageQuery(q)
		if hint, ok := err.(interface{ Hint() string }); !ok || !strings.Contains(hint.Hint(), "sources.other.columns") || strings.Contains(hint.Hint(), "--map") {
			t.Errorf("three columns for one field: %v", err)
		}
	})
}

// A text is compared as text, though the mark to begin at looks like a number.
func TestDatabaseTextMark(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *origin, w *world) {
		o.people()
		o.add(1, 3)
		q := o.query()
		q.Watermark, q.Start = "last", "0"
		q.SQL = "SELECT id, first, last, mail, mobile FROM people WHERE last > :mark"
		if s := w.runQuery(q); s.Counts.Total() != 3 {
			t.Errorf("got %v", s.Counts)
		}
	})
}
