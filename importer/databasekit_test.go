package importer

import (
	"testing"

	"usher/importer/database"
	"usher/importer/database/databasetest"
	"usher/store"
)

// eachOrigin runs a test with each kind of source, into a store of its own.
func eachOrigin(t *testing.T, test func(t *testing.T, o *databasetest.Origin, w *world)) {
	databasetest.Each(t, func(t *testing.T, o *databasetest.Origin) { test(t, o, newWorld(t, openSQLite(t))) })
}

// query is a source of all the people, by the time they were changed.
func queryOf(o *databasetest.Origin) database.Query {
	return database.Query{
		Name: "hr", URL: o.URL, SQL: "SELECT id, first, last, mail, mobile, updated_at FROM people WHERE updated_at > :mark",
		Columns:   map[string]string{"external_id": "id", "first_name": "first", "last_name": "LAST", "email": "mail", "phone": "mobile"},
		Watermark: "updated_at", Start: "2020-01-01",
	}
}

func (w *world) connect(q database.Query) *database.Source {
	w.Helper()
	d, err := database.Open(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = d.Close() })
	return d
}

func (w *world) stageQuery(q database.Query) (*Staged, error) {
	w.Helper()
	s, err := w.im.Stage(w.Context(), w.connect(q), w.options())
	if err == nil {
		w.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func (w *world) runQuery(q database.Query) *Staged {
	w.Helper()
	s, err := w.stageQuery(q)
	if err == nil {
		err = s.Activate(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) sourceMark() store.Mark {
	w.Helper()
	m, err := w.st.SourceMark(w.Context(), w.account, "hr")
	if err != nil {
		w.Fatal(err)
	}
	return m
}
