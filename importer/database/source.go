// Package database makes rows of a query to somebody else's database: SQLite,
// PostgreSQL or MySQL. It reads in one transaction that cannot write, streams, and
// takes only what is beyond a mark, if the source has a column for one.
//
// It owns the connection, the comparing of marks and the words for what databases
// refuse. It lies above tables and headings, whose names for fields it takes. It
// must not know the store: whoever imports keeps the [Mark] and passes it on. No
// error of it holds an address, a password or a value.
package database

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"usher/importer/table"
	"usher/importer/value"
)

// ErrNothingNew means that a database source returned no rows to import.
var ErrNothingNew = errors.New("nothing new")

// Query says which applicants a database source has.
type Query struct {
	Name string // of the source
	// URL names the database: sqlite:PATH, or a postgres:// or mysql:// address.
	URL string
	// SQL is one SELECT. A :mark in it is bound as a parameter.
	SQL string
	// Columns maps fields to columns of the query; the others are understood
	// by their names. Of several columns with bars between them the first counts that
	// is filled.
	Columns map[string]string
	// Watermark is the column whose highest value is the mark; may be empty.
	Watermark string
	Start     string // the mark before the first run
	// Overlap is how far behind the mark rows are read again, 0 for not at all. Nil is
	// five minutes where the watermark column holds times.
	Overlap *time.Duration
	// Timeout is how long the database may send nothing before it is given up; 0 is a
	// minute.
	Timeout time.Duration
}

// Source is a query whose rows are applicants. They are streamed, in one
// read-only transaction, and only those beyond the mark are taken. It can be
// read more than once, but not at the same time.
type Source struct {
	q     Query
	d     *engine
	db    *sql.DB
	nonce string // each run is a batch of its own
	zone  string // in which the database reads times that name none, if it says so
	taken Taken  // by earlier readings
	quiet *silence

	// Of the present reading.
	ctx     context.Context // ends with the reader's, or by stop
	stop    context.CancelFunc
	tx      *sql.Tx
	rows    *sql.Rows
	sql     string   // that they come from
	uses    int      // of the mark in it
	types   []string // of the columns
	values  []any
	dest    []any
	columns []column
	fields  map[string][]int // those that are mapped, and their places in columns
	cells   []string
	row     int
	mark    watermark
	seen    seen
}

// column is a column of the header and where its values come from.
type column struct {
	name string
	from int
}

// connectWithin bounds the making of a connection.
const connectWithin = 15 * time.Second

// Open connects to the database of a source.
func Open(ctx context.Context, q Query) (*Source, error) {
	d := &Source{q: q, nonce: rand.Text(), quiet: &silence{most: cmp.Or(q.Timeout, silentMost)}}
	var err error
	if d.d, d.db, err = connector(q.URL, &d.zone); err != nil {
		return nil, d.Refused(err)
	}
	d.db.SetMaxOpenConns(1)
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if err := d.db.PingContext(ctx); err != nil {
		_ = d.db.Close() // the other error says why
		return nil, d.failed(ctx, err)
	}
	return d, nil
}

// Name is the name of the source.
func (d *Source) Name() string { return d.q.Name }

// Path is how people know the source.
func (d *Source) Path() string { return SourcePath(d.q.Name) }

// SourcePath is how people know a source of this name; its batches have it as
// their source.
func SourcePath(name string) string { return "source " + name }

// SHA256 is another one for each [Source]: no run of a source is recognised.
func (d *Source) SHA256() string {
	sum := sha256.Sum256([]byte("source\x00" + d.q.Name + "\x00" + d.nonce))
	return hex.EncodeToString(sum[:])
}

// Size is not known.
func (d *Source) Size() int64 { return 0 }

// Format tells what kind of database it is.
func (d *Source) Format() table.Format { return table.Format{Kind: d.d.name} }

// Close ends the connection.
func (d *Source) Close() error {
	d.release()
	return d.db.Close()
}

// Placed are the fields that the settings give columns of the query.
func (d *Source) Placed() map[string][]int { return d.fields }

// BytesRead is not known.
func (d *Source) BytesRead() int64 { return 0 }

// Begin starts the query: the mark is as it was set last. A query has no sheets,
// and its header is its first row, whatever is wished for.
func (d *Source) Begin(ctx context.Context, _ table.Wish, _ table.HeadCounter) (table.Rows, error) {
	d.release()
	d.ctx, d.stop = context.WithCancel(ctx)
	d.row = 0
	d.quiet.begin(d.stop)
	defer d.quiet.rest()
	d.rewind(d.mark.from)
	if err := d.query(); err != nil {
		d.release()
		return nil, err
	}
	return d, nil
}

func (d *Source) query() (err error) {
	query, uses := bindMark(d.q.SQL, d.d.placeholder)
	d.uses = uses
	d.mark.filter = uses == 0
	d.mark.goBack()
	args := d.d.args(d.mark.bound(d.d), uses)
	if d.tx, err = d.db.BeginTx(d.ctx, d.d.begin); err != nil {
		return d.failed(d.ctx, err)
	}
	names, err := d.ask(query, args)
	if err == nil && d.d.name == sqliteKind && slices.ContainsFunc(d.types, parsedBySQLite) {
		_, err = d.ask(unparsed(query, names), args)
	}
	if err == nil {
		err = d.arrange(names)
	}
	if err != nil || d.q.Watermark == "" || d.d.name == sqliteKind {
		return err
	}
	kind := kindOfType(d.types[d.mark.at])
	if err := d.mark.begins(kind); err != nil {
		return d.markRefused(err)
	}
	if _, err := d.mark.again.length(kind); err != nil {
		return d.markRefused(err)
	}
	d.mark.again.zone = d.startZone(uses)
	if start := d.mark.start; kind == markText && d.mark.from.Kind == "" && uses > 0 && args[0] != any(start) {
		_, err = d.ask(query, d.d.args(start, uses)) // a text is not to be compared with a number
	}
	return err
}

// ask sends the query, in place of one that was sent before.
func (d *Source) ask(query string, args []any) (names []string, err error) {
	if d.rows != nil {
		if err := d.rows.Close(); err != nil {
			return nil, d.failed(d.ctx, err)
		}
	}
	d.sql = query
	if d.rows, err = d.tx.QueryContext(d.ctx, query, args...); err != nil {
		return nil, d.failed(d.ctx, err)
	}
	return d.describe()
}

// describe learns the names and types of the columns.
func (d *Source) describe() (names []string, err error) {
	all, err := d.rows.ColumnTypes()
	if err != nil {
		return nil, d.failed(d.ctx, err)
	}
	d.types = d.types[:0]
	for _, c := range all {
		names = append(names, c.Name())
		d.types = append(d.types, c.DatabaseTypeName())
	}
	d.values, d.dest = make([]any, len(all)), make([]any, len(all))
	for i := range d.values {
		d.dest[i] = &d.values[i]
	}
	return names, nil
}

// Next implements [table.Rows].
func (d *Source) Next() (int, []string, error) {
	if d.row == 0 {
		d.row = 1
		for i, c := range d.columns {
			d.cells[i] = c.name
		}
		return d.row, d.cells, nil
	}
	d.quiet.wait()
	defer d.quiet.rest()
	for d.rows.Next() {
		d.quiet.wait()
		if err := d.rows.Scan(d.dest...); err != nil {
			return 0, nil, d.failed(d.ctx, err)
		}
		take, err := d.beyond()
		if err != nil {
			return 0, nil, err
		}
		if !take {
			continue
		}
		d.row++
		if err := d.text(); err != nil {
			return 0, nil, err
		}
		if d.seen.before(&d.mark, d.cells) {
			d.row--
			continue
		}
		return d.row, d.cells, nil
	}
	if err := d.rows.Err(); err != nil {
		return 0, nil, d.failed(d.ctx, err)
	}
	if err := d.rows.Close(); err != nil {
		return 0, nil, d.failed(d.ctx, err)
	}
	if d.row == 1 && d.uses > 0 && d.mark.goForth() {
		if _, err := d.ask(d.sql, d.d.args(d.mark.bound(d.d), d.uses)); err != nil {
			return 0, nil, err
		}
		return d.Next()
	}
	return 0, nil, io.EOF
}

// beyond notes the mark of a row and reports whether the row is to be taken.
func (d *Source) beyond() (bool, error) {
	if d.q.Watermark == "" {
		return true, nil
	}
	take, err := d.mark.see(d.values[d.mark.at], d.types[d.mark.at])
	return take, d.markRefused(err)
}

// markRefused completes an error about the watermark.
func (d *Source) markRefused(err error) error {
	var f *markError
	if errors.As(err, &f) {
		return d.refuse(fmt.Sprintf(f.remedy, d.q.Name), "the watermark column %s %s", value.Clip(d.q.Watermark, value.MaxShown), f.wrong)
	}
	return err
}

// text puts the values of a row into cells.
func (d *Source) text() error {
	for i, c := range d.columns {
		cell, ok := textOf(d.values[c.from], d.types[c.from])
		if !ok {
			return d.refuse("cast it to text in the query, or leave it out",
				"column %s has a value in row %d that is not text", value.Clip(c.name, value.MaxShown), d.row)
		}
		d.cells[i] = cell
	}
	return nil
}

// End ends the transaction, so that it is not open while a person decides.
func (d *Source) End(rows int) error {
	d.release()
	if rows == 0 {
		return ErrNothingNew
	}
	return nil
}

// HasMark reports whether only the rows beyond a mark are taken.
func (d *Source) HasMark() bool { return d.q.Watermark != "" }

// Highest is the mark that the present reading has come to.
func (d *Source) Highest() Mark { return d.mark.highest() }

// release ends the reading. Nothing was written, so there is nothing to lose.
func (d *Source) release() {
	if d.stop == nil {
		return
	}
	d.quiet.rest()
	d.stop() // what is still to come is not waited for
	if d.rows != nil {
		_ = d.rows.Close()
	}
	if d.tx != nil {
		_ = d.tx.Rollback()
	}
	d.stop, d.rows, d.tx = nil, nil, nil
}
