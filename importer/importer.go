// Package importer brings a list of applicants into the store: a feed of rows is
// checked, and stored with its jobs, whole or not at all. It owns the plan, the
// list of problems, whose a row is, and the lease under which one import at a time
// writes. It knows nothing of the API and of River; a job is enqueued by whoever
// is passed to [New].
//
// What it puts together lies in four rooms below it, which do not know it: table
// (any bytes to rows of text), value (a cell to a value or a problem), heading
// (which column is what) and database (a query to rows, and its mark). Only
// importer itself knows the store.
//
// No Go error of this package holds a person's data. What is wrong with a
// value is told as a [Problem], which belongs into the report and on a
// person's screen.
package importer

import (
	"context"
	"io"
	"time"

	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// enqueuer makes the jobs of an import, in the transactions of its rows.
type enqueuer interface {
	EnqueueImport(ctx context.Context, tx *store.Tx, batch int64, rows []int) error
	DeleteImportJobs(ctx context.Context, tx *store.Tx, batch int64) error
}

// Importer imports into one database.
type Importer struct {
	st     *store.Store
	jobs   enqueuer
	holder string
	detail string
	every  time.Duration // between two prolongations of the lease
	left   unreleased
}

// New makes an importer. The holder is the unique name of this process, and
// detail says to people who that is: host, process, command.
func New(st *store.Store, jobs enqueuer, holder, detail string) *Importer {
	return &Importer{st: st, jobs: jobs, holder: holder, detail: detail, every: leaseEvery}
}

// Options say how a source is imported.
type Options struct {
	Account int64
	By      store.Actor // who imports, which is recorded when the batch is set running
	Name    string      // of the batch; the file's name when empty
	Sheet   string      // of a workbook; the first with a header when empty
	// SheetOfWorkbooks lets a text be read though a sheet is named, as a profile does
	// that is used for both.
	SheetOfWorkbooks bool
	ReportPath       string // where the report goes when the batch finishes; may be empty
	Defaults         Defaults
	// Columns says which column holds a field, by its heading, where the
	// header does not; see [heading.ParseMap].
	Columns map[string]string
	// HeaderRow is the row that has the headings, as a spreadsheet counts; 0 finds
	// it, and [NoHeader] says that there is none.
	HeaderRow int
	// Places says what columns are by their places, from 0, where neither the
	// header nor Columns has it right: the name of a field, or nothing for a column
	// that is kept as it is.
	Places map[int]string
	// Mended are corrections of cells that a person made without changing the list;
	// nil for none.
	Mended *Mended
	// Mendable is how many of the rows that are rejected [Check] returns in its
	// plan, to be mended; 0 for none.
	Mendable int
	// Problems is where [Check] writes the rows that are rejected, to be mended
	// and imported again; nil for nowhere. It is CSV, or an Excel workbook.
	Problems     io.Writer
	ProblemsXLSX bool
	// AllowDuplicates lets persons through whom an earlier batch holds.
	AllowDuplicates bool
	// ReinviteAfter lets persons through who were invited longer ago than
	// this. Zero never does.
	ReinviteAfter time.Duration
	// ReinviteChanged lets persons through who were invited under the same
	// reference and name with other contact data.
	ReinviteChanged bool
	// Again imports a file even if it was imported before.
	Again bool
	// Activating is called in the transaction that sets the batch running, which its
	// error undoes; nil for nothing.
	Activating func(ctx context.Context, tx *store.Tx, batch int64) error
	// Progress is told now and then how far the import is, and at its end.
	Progress func(Progress)
}

// NoHeader as a header row says that the first row is somebody already.
const NoHeader = table.NoHeader

// Defaults are the values of optional columns that a row leaves empty.
type Defaults struct {
	SendEmailInvite bool
	SendPhoneInvite bool
	WorkflowID      string
	RedirectURL     string
	Return          bool   // people come back to a page of usher; then there is no RedirectURL
	Region          string // of phone numbers without a country code (ISO 3166); may be empty
	// NameOrder is the order in which full names are, where they do not say it; empty
	// when nobody knows.
	NameOrder value.NameOrder
	// ReferencePrefix is put before each external id that a row gives, unless it
	// is there, or usher made the id.
	ReferencePrefix string
}

// redirect is where somebody goes afterwards whose row names nothing.
func (d Defaults) redirect() string {
	if d.Return {
		return store.ReturnToUsher
	}
	return d.RedirectURL
}

// Progress is how far an import is.
type Progress struct {
	Rows  int   // rows stored, or checked
	Bytes int64 // read of Total
	Total int64
}

// progressEvery keeps progress from costing more than the work.
const progressEvery = 200 * time.Millisecond

// meter tells an import's progress, not too often.
type meter struct {
	tell func(Progress)
	src  Feed
	rows int
	told time.Time
}

func (m *meter) add(rows int) {
	m.rows += rows
	if m.tell != nil && time.Since(m.told) >= progressEvery {
		m.told = time.Now()
		m.tell(Progress{Rows: m.rows, Bytes: m.src.BytesRead(), Total: m.src.Size()})
	}
}

// done tells that all is read: of a workbook, that is not every byte.
func (m *meter) done() {
	if m.tell != nil {
		m.tell(Progress{Rows: m.rows, Bytes: m.src.Size(), Total: m.src.Size()})
	}
}
