package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/importer/database"
	"usher/importer/database/databasetest"
	"usher/store"
	"usher/store/storetest"
)

// The second run takes only who is new.
func TestDatabaseWatermark(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 50)
		first := w.runQuery(queryOf(o))
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
		if _, err := w.stageQuery(queryOf(o)); !errors.Is(err, database.ErrNothingNew) {
			t.Errorf("nobody is new: %v", err)
		}
		w.empty(first.Batch.ID)
		o.Add(51, 60)
		second := w.runQuery(queryOf(o))
		if n := second.Counts.Total(); n != 10 || second.Counts[store.Queued] != 10 || second.Existing {
			t.Errorf("the second run: %+v", second.Counts)
		}
		if m := w.sourceMark(); m.Batch != second.Batch.ID {
			t.Errorf("the mark is %+v", m)
		}
		// A query without :mark is read from the mark as well.
		o.Add(61, 63)
		q := queryOf(o)
		q.SQL = "SELECT id, first, last, mail, mobile, updated_at FROM people -- all of them\n;"
		if third := w.runQuery(q); third.Counts.Total() != 3 {
			t.Errorf("the third run: %+v", third.Counts)
		}
	})
}

// A mark can be a number or text as well.
func TestDatabaseMarkKinds(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(8, 11) // 9 < 10, but not as text
		for name, c := range map[string]struct{ column, start, kind string }{
			"number": {"id", "0", "number"}, "decimal": {"id / 2.0", "0", "number"}, "text": {"mail", "ann", "text"},
		} {
			if name == "decimal" && o.Kind == "sqlite" {
				continue // SQLite has no decimals
			}
			w := newWorld(t, openSQLite(t))
			q := queryOf(o)
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
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 5)
		s, err := w.stageQuery(queryOf(o))
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
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 5)
		s, err := w.stageQuery(queryOf(o))
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

// A connection that is cut in the middle leaves nothing behind. A mebibyte is more
// than two chunks, and less than all.
func TestDatabaseCut(t *testing.T) {
	t.Parallel()
	many := storetest.Rows(30_000, 18_000)
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		if o.Kind == "sqlite" {
			return // has no connection
		}
		o.People()
		o.Add(1, many)
		q := queryOf(o)
		q.URL = o.Through(1 << 20)
		_, err := w.stageQuery(q)
		databasetest.RefusedWith(t, err, "cut", "nothing was stored")
		w.jobs.mu.Lock()
		if w.jobs.call == 0 {
			t.Error("it was cut before anything was stored, which proves nothing")
		}
		w.jobs.mu.Unlock()
		w.empty()
		if m := w.sourceMark(); m != (store.Mark{}) {
			t.Errorf("the mark moved: %+v", m)
		}
		if s := w.runQuery(queryOf(o)); s.Counts[store.Queued] != many {
			t.Errorf("the next run: %+v", s.Counts)
		}
	})
}

func TestDatabaseRefused(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 5)
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
			q := queryOf(o)
			c.change(&q)
			_, err := w.stageQuery(q)
			t.Log(name)
			databasetest.RefusedWith(t, err, c.words...)
		}
		w.empty()
		if m := w.sourceMark(); m != (store.Mark{}) {
			t.Errorf("the mark moved: %+v", m)
		}
	})
}

func TestDatabaseMarkChangesType(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 5)
		first := w.runQuery(queryOf(o))
		mark := w.sourceMark()
		o.Add(6, 7)
		q := queryOf(o)
		q.SQL = "SELECT first, last, mail, mobile, id, id AS updated_at FROM people"
		_, err := w.stageQuery(q)
		databasetest.RefusedWith(t, err, "changed its type", "another name")
		w.empty(first.Batch.ID)
		if m := w.sourceMark(); m != mark {
			t.Errorf("the mark moved: %+v", m)
		}
	})
}

// Many rows, then the few that are new.
func TestDatabaseLarge(t *testing.T) {
	t.Parallel()
	many := storetest.Rows(30_000, 13_000)
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, many)
		start := time.Now()
		plan, err := Check(t.Context(), w.st, w.connect(queryOf(o)), w.options())
		if err != nil || plan.Counts[store.Queued] != many || plan.Existing != nil {
			t.Fatalf("check: %v, %+v", err, plan)
		}
		checked := time.Since(start)
		start = time.Now()
		if s := w.runQuery(queryOf(o)); s.Counts[store.Queued] != many {
			t.Fatalf("the first run: %+v", s.Counts)
		}
		t.Logf("%s: %d rows checked in %v (%.0f/s), imported in %v", o.Kind, many, checked, float64(many)/checked.Seconds(), time.Since(start))
		o.Add(many+1, many+7)
		start = time.Now()
		if s := w.runQuery(queryOf(o)); s.Counts.Total() != 7 || s.Counts[store.Queued] != 7 {
			t.Errorf("the second run: %+v", s.Counts)
		}
		t.Logf("%s: 7 new rows in %v", o.Kind, time.Since(start))
	})
}

// What is mapped in the settings is certain, whatever else the query returns; the
// rest is understood as a file's columns are.
func TestDatabaseColumnsAreCertain(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 3)
		q := queryOf(o)
		q.SQL = "SELECT id, first, last, mail, 'x@example.org' AS email, 'y@example.net' AS work_email, mobile, updated_at FROM people"
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
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 3)
		q := queryOf(o)
		q.Watermark, q.Start = "last", "0"
		q.SQL = "SELECT id, first, last, mail, mobile FROM people WHERE last > :mark"
		if s := w.runQuery(q); s.Counts.Total() != 3 {
			t.Errorf("got %v", s.Counts)
		}
	})
}
