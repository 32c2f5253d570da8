package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/importer/database"
	"usher/importer/database/databasetest"
	"usher/store"
)

// overlapNoon is when the rows of these tests begin.
var overlapNoon = time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)

func overlapQuery(o *databasetest.Origin, by time.Duration) database.Query {
	q := queryOf(o)
	q.Overlap = &by
	return q
}

// overlapConnect opens a source, which the caller closes: many are opened, and a
// server has few connections.
func (w *world) overlapConnect(q database.Query) *database.Source {
	w.Helper()
	d, err := database.Open(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

// overlapTake checks and imports what is new, and returns the references of who was
// taken. Nothing new is nobody.
func (w *world) overlapTake(q database.Query) (taken []string) {
	w.Helper()
	src := w.overlapConnect(q)
	defer src.Close()
	plan, err := Check(w.Context(), w.st, src, w.options())
	if err != nil && !errors.Is(err, database.ErrNothingNew) {
		w.Fatal(err)
	}
	taken = w.overlapImport(q)
	if rows := len(taken); err != nil && rows > 0 || err == nil && rows != plan.Rows {
		w.Errorf("a check says %v, %+v, and %d were imported", err, plan, rows)
	}
	return taken
}

// overlapImport is overlapTake without the check, while rows are being added.
func (w *world) overlapImport(q database.Query) (taken []string) {
	w.Helper()
	src := w.overlapConnect(q)
	defer src.Close()
	s, err := w.im.Stage(w.Context(), src, w.options())
	if errors.Is(err, database.ErrNothingNew) {
		return nil
	}
	if err == nil {
		err = s.Activate(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range w.applicants(s.Batch.ID) {
		taken = append(taken, a.ExternalID)
		if a.State != store.Queued {
			w.Errorf("%s is %s", a.ExternalID, a.State)
		}
	}
	return taken
}

func overlapAgrees(w *world, taken []string, want ...int) {
	w.Helper()
	var refs []string
	for _, n := range want {
		refs = append(refs, fmt.Sprint(n))
	}
	slices.Sort(refs)
	slices.Sort(taken)
	if !slices.Equal(taken, refs) {
		w.Errorf("%v were taken, want %v", taken, refs)
	}
}

// Ten imports, while transactions commit in another order than that of their times:
// each is open during up to three imports.
func TestOverlapCommittedLate(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		for _, by := range []time.Duration{5 * time.Minute, 0} {
			for name, where := range map[string]string{"the query compares": " WHERE updated_at > :mark", "usher compares": ""} {
				w := newWorld(t, openSQLite(t))
				o.Exec("DROP TABLE IF EXISTS people")
				o.People()
				q := overlapQuery(o, by)
				q.SQL = "SELECT id, first, last, mail, mobile, updated_at FROM people" + where
				var taken []string
				ends := make([][]func(), 20)
				n, all := 0, []int{}
				for round := range 10 {
					at := overlapNoon.Add(time.Duration(round) * time.Minute)
					for late := range 3 {
						n++
						all = append(all, n)
						ends[round+late] = append(ends[round+late], o.AddLate(n, at.Add(time.Duration(late)*time.Second)))
					}
					n++
					all = append(all, n)
					o.AddAt(n, at.Add(30*time.Second))
					taken = append(taken, w.overlapTake(q)...)
					for _, end := range ends[round] {
						end()
					}
				}
				for _, left := range ends[10:] {
					for _, end := range left {
						end()
					}
				}
				taken = append(taken, w.overlapTake(q)...)
				if again := w.overlapTake(q); again != nil {
					t.Errorf("%s: %v were taken again", name, again)
				}
				if by > 0 {
					overlapAgrees(w, taken, all...)
				} else if len(taken) >= len(all) {
					t.Errorf("%s: nobody is missing without an overlap, which proves nothing", name)
				}
			}
		}
	})
}

// Ten imports beside writers whose clocks and commits are not in one order.
func TestOverlapWhileAdding(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		if o.Kind == "sqlite" {
			return // has one writer at a time
		}
		const writers, each = 4, 60
		q := queryOf(o)
		o.People()
		var adding sync.WaitGroup
		done := make(chan struct{})
		for i := range writers {
			adding.Go(func() {
				for k := range each {
					end := o.AddLate(1+i*each+k, time.Now())
					time.Sleep(time.Duration((i*7+k*13)%40) * time.Millisecond)
					end()
				}
			})
		}
		go func() { adding.Wait(); close(done) }()
		var taken []string
		for runs, writing := 0, true; runs < 10 || writing; runs++ {
			select {
			case <-done:
				writing = false
			default:
			}
			taken = append(taken, w.overlapImport(q)...)
		}
		<-done
		want := make([]int, writers*each)
		for i := range want {
			want[i] = i + 1
		}
		overlapAgrees(w, taken, want...)
	})
}

// Who was changed while its time stayed is another row.
func TestOverlapChanged(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		for n := range 3 {
			o.AddAt(n+1, overlapNoon)
		}
		q := overlapQuery(o, time.Minute)
		overlapAgrees(w, w.overlapTake(q), 1, 2, 3)
		o.Exec("UPDATE people SET mail = 'ann.new@example.com' WHERE id = 2")
		s := w.runQuery(q)
		if a := w.applicants(s.Batch.ID); len(a) != 1 || a[0].ExternalID != "2" || a[0].State != store.Duplicate {
			t.Errorf("got %+v", s.Counts)
		}
		overlapAgrees(w, w.overlapTake(q))
	})
}

// A query that returns a few rows at a time comes to all of them, though what is
// read again fills it.
func TestOverlapLimited(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		for n := range 8 {
			o.AddAt(n+1, overlapNoon.Add(time.Duration(n)*time.Second))
		}
		q := overlapQuery(o, 5*time.Minute)
		q.SQL += " ORDER BY updated_at LIMIT 3"
		overlapAgrees(w, w.overlapTake(q), 1, 2, 3)
		overlapAgrees(w, w.overlapTake(q), 4, 5, 6)
		overlapAgrees(w, w.overlapTake(q), 7, 8)
		overlapAgrees(w, w.overlapTake(q))
	})
}

// A mark that was kept without its rows, and one whose overlap is changed: nobody
// who was taken comes again.
func TestOverlapBegins(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		minute := func(n int) time.Time { return overlapNoon.Add(time.Duration(n) * time.Minute) }
		for n := range 10 {
			o.AddAt(n+1, minute(n+1))
		}
		overlapAgrees(w, w.overlapTake(overlapQuery(o, 0)), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		overlapAgrees(w, w.overlapTake(overlapQuery(o, time.Hour)))
		o.AddAt(11, minute(12))
		overlapAgrees(w, w.overlapTake(overlapQuery(o, time.Hour)), 11)
		o.AddAt(12, minute(11))
		overlapAgrees(w, w.overlapTake(overlapQuery(o, time.Hour)), 12)
		o.AddAt(13, minute(14))
		overlapAgrees(w, w.overlapTake(overlapQuery(o, 2*time.Minute)), 13)
		overlapAgrees(w, w.overlapTake(overlapQuery(o, time.Hour)))
		o.AddAt(14, minute(15))
		overlapAgrees(w, w.overlapTake(overlapQuery(o, 0)), 14)
		overlapAgrees(w, w.overlapTake(overlapQuery(o, time.Hour)))
		if m := w.sourceMark(); m.RowsFrom != 0 {
			t.Errorf("rows are known without an overlap: %+v", m)
		}
	})
}

// What lies before the start is not read by going back, and the start is
// understood as the database does.
func TestOverlapStart(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		q := overlapQuery(o, 5*time.Minute)
		q.Start = "2024-03-05 11:59:30"
		if o.Kind == "postgres" {
			q.URL += "&timezone=America/New_York"
			q.Start = "2024-03-05 06:59:30"
		}
		o.AddAt(1, overlapNoon.Add(-time.Minute))
		o.AddAt(2, overlapNoon.Add(time.Minute))
		overlapAgrees(w, w.overlapTake(q), 2)
		o.AddAt(3, overlapNoon.Add(-20*time.Second))
		overlapAgrees(w, w.overlapTake(q), 3)
		o.AddAt(4, overlapNoon.Add(2*time.Minute))
		o.AddAt(5, overlapNoon.Add(-40*time.Second))
		overlapAgrees(w, w.overlapTake(q), 4)
	})
}

// Of a watermark that holds days, the day of the mark is read again.
func TestOverlapDays(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		day := map[string]string{"sqlite": "date(updated_at)", "postgres": "(updated_at AT TIME ZONE 'UTC')::date", "mariadb": "DATE(updated_at)"}[o.Kind]
		for _, op := range []string{" > ", " >= "} {
			w := newWorld(t, openSQLite(t))
			q := overlapQuery(o, 5*time.Minute)
			q.SQL = "SELECT id, first, last, mail, mobile, " + day + " AS changed FROM people WHERE " + day + op + ":mark"
			q.Watermark = "changed"
			o.Exec("DELETE FROM people")
			o.AddAt(1, overlapNoon)
			o.AddAt(2, overlapNoon.AddDate(0, 0, -1))
			overlapAgrees(w, w.overlapTake(q), 1, 2)
			overlapAgrees(w, w.overlapTake(q))
			o.AddAt(3, overlapNoon.Add(time.Hour))
			overlapAgrees(w, w.overlapTake(q), 3)
			o.AddAt(4, overlapNoon.AddDate(0, 0, 1))
			overlapAgrees(w, w.overlapTake(q), 4)
			overlapAgrees(w, w.overlapTake(q))
		}
	})
}

func TestOverlapRefused(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.AddAt(1, overlapNoon)
		for column, words := range map[string][]string{
			"id":   {"updated_at holds numbers", "sources.hr", "0s"},
			"last": {"updated_at has text in it that is no time", "0s"},
			"CASE WHEN id = 1 THEN '2024-03-05 12:00:00' ELSE '2024-03-05T12:00:00Z' END": {"written in different ways", "0s"},
		} {
			if strings.HasPrefix(column, "CASE") {
				o.AddAt(2, overlapNoon)
			}
			q := overlapQuery(o, time.Minute)
			q.SQL, q.Start = "SELECT id, first, last, mail, mobile, "+column+" AS updated_at FROM people", ""
			_, err := w.stageQuery(q)
			databasetest.RefusedWith(t, err, words...)
			for by, what := range map[*time.Duration]string{nil: "by default", new(time.Duration): "with 0s"} {
				q.Overlap = by
				if s := newWorld(t, openSQLite(t)).runQuery(q); s.Counts.Total() == 0 {
					t.Errorf("%s %s: nobody", column, what)
				}
			}
		}
		w.empty()
	})
}

// A mark of text that is a time is gone back behind as it is written.
func TestOverlapText(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		written := map[string]string{
			"sqlite":   "strftime('%Y-%m-%dT%H:%M:%fZ', updated_at)",
			"postgres": `to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
			"mariadb":  "DATE_FORMAT(updated_at, '%Y-%m-%dT%H:%i:%s.%fZ')",
		}[o.Kind]
		q := overlapQuery(o, 5*time.Minute)
		q.SQL = "SELECT id, first, last, mail, mobile, " + written + " AS changed FROM people WHERE " + written + " > :mark"
		q.Watermark = "changed"
		o.AddAt(1, overlapNoon)
		overlapAgrees(w, w.overlapTake(q), 1)
		o.AddAt(2, overlapNoon.Add(-4*time.Minute))
		o.AddAt(3, overlapNoon.Add(-6*time.Minute))
		overlapAgrees(w, w.overlapTake(q), 2)
		if m := w.sourceMark(); m.Kind != "text" || !strings.HasPrefix(m.Value, "2024-03-05T12:00:00") {
			t.Errorf("the mark is %+v", m)
		}
	})
}
