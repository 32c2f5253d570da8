package batch

import (
	"context"
	"fmt"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// Plan is what an import of a list would do, and what that would take. Its JSON is
// part of the interface.
type Plan struct {
	*importer.Plan
	Cost Cost `json:"cost"`
	// Breakers say when the batch would stop by itself.
	Breakers Breakers `json:"breakers"`
}

type (
	// Format is how a file was understood.
	Format = table.Format
	// ListColumn is a column of a list and what it was taken for.
	ListColumn = heading.Column
	// ProblemKind is a kind of problem: one code in one column.
	ProblemKind = importer.Kind
	// RepairKind is a kind of repair: one code in one column. Repair is one of them.
	RepairKind = importer.RepairKind
	Repair     = importer.Repair
	// DuplicateRow is a row of a plan whose person is in another row.
	DuplicateRow = importer.Duplicate
)

// ContactChanged and InvitedElsewhere are codes of duplicates in a plan.
const (
	ContactChanged   = importer.ContactChanged
	InvitedElsewhere = importer.InvitedElsewhere
)

// TakenAsWords say what a column was taken for: of several for a field also which it
// is, and how many rows have theirs from it.
func TakenAsWords(c ListColumn) string {
	if c.Turn == 0 {
		return c.Field
	}
	return fmt.Sprintf("%s (choice %d: %s)", c.Field, c.Turn, Counted(c.Gave, "row", "rows"))
}

// RepairWords says to people what a kind of repair is.
func RepairWords(code string) string { return value.RepairWords(code) }

// IsCosmetic reports whether a kind of repair changes nothing that matters.
func IsCosmetic(code string) bool { return value.IsCosmetic(code) }

// CheckOptions say how a feed is checked.
type CheckOptions struct {
	Reading
	Problems *ProblemList // takes the rows that are rejected; nil for nowhere
	// Open is called when it is known that the list of problems may be written, and
	// before anything is read; nil for nothing.
	Open func() error
	Tell Teller // is told how far it is
}

// Check reads a feed as an import would, and tells what the import would do. It
// stores and sends nothing.
func (s *Service) Check(ctx context.Context, f Feed, o CheckOptions) (*Plan, error) {
	options, err := o.options(s)
	if err != nil {
		return nil, err
	}
	if err := s.mayReturn(options.Defaults.Return); err != nil {
		return nil, err
	}
	src, err := s.openFeed(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }() // it was only read
	if err := o.Problems.ready(ctx, s.st); err != nil {
		return nil, err
	}
	options.Problems, options.ProblemsXLSX = o.Problems.writer(), o.Problems.isWorkbook()
	options.Progress = func(p importer.Progress) { o.Tell.tell(Checking{Progress(p)}) }
	if o.Open != nil {
		if err := o.Open(); err != nil {
			return nil, err
		}
	}
	plan, err := importer.Check(ctx, s.st, src, options)
	if err != nil {
		return nil, err
	}
	if err := o.save(s.cfg.Defaults, o.Tell); err != nil {
		return nil, err
	}
	if err := o.Problems.keep(ctx); err != nil {
		return nil, err
	}
	cost, err := s.Cost(ctx, plan.Tokens, s.quietDefault())
	return &Plan{plan, cost, s.breakers()}, err
}
