package importer

import (
	"cmp"
	"slices"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
	"usher/store"
)

// Plan is what an import of a source would do.
type Plan struct {
	Name    string           `json:"name"`
	Rows    int              `json:"rows"`
	Counts  store.Counts     `json:"counts"`
	Tokens  int              `json:"tokens"` // one for each session that would be made
	Format  table.Format     `json:"format"` // how the file was understood
	Columns []heading.Column `json:"columns"`
	// Doubts are fields that have no column though some may hold them.
	Doubts []heading.Doubt `json:"doubts,omitempty"`
	// BlankBeyond is how many rows have blank cells beyond the last heading, which are
	// left out, and LeftOut are rows above and below the people that name nobody.
	BlankBeyond int          `json:"blank_beyond,omitempty"`
	LeftOut     []LeftOutRow `json:"left_out,omitempty"`
	// Regions are countries that the phone numbers without a country code may be of.
	Regions []value.RegionGuess `json:"regions,omitempty"`
	// Problems are the kinds of problems, the most frequent first.
	Problems []Kind `json:"problems"`
	// Repairs are the kinds of repairs, the most frequent first.
	Repairs []RepairKind `json:"repairs"`
	// Workflows is how many people would be sent to, by workflow id.
	Workflows        map[string]int `json:"workflows"`
	DuplicatesInFile int            `json:"duplicates_in_file"`
	DuplicatesBefore int            `json:"duplicates_before"` // in an earlier batch, or invited elsewhere
	Duplicates       []Duplicate    `json:"duplicates"`        // the first of them
	// Header are the cells of the header as the list has them, or what stands for
	// them where it has none, Mendable the first of the rows that are rejected, if
	// they were asked for, and Top the first rows of a file whose header was not
	// understood, as it has them.
	Header   []string      `json:"-"`
	Mendable []MendableRow `json:"-"`
	Top      []TopRow      `json:"-"`
	// Existing is the batch of an earlier import of the same file with the
	// same options. An import would do nothing.
	Existing *store.Batch `json:"-"`
	// InDoubt is what is in doubt of a list that could be read, so that rows are rejected
	// for it; nil if there is nothing to choose. It quotes the list.
	InDoubt *Doubts `json:"-"`
}

// TopRow is a row as a list has it.
type TopRow struct {
	Row   int
	Cells []string
}

// Kind is a kind of problem: one code in one column.
type Kind struct {
	Column   string    `json:"column"`
	Code     string    `json:"code"`
	Count    int       `json:"count"`
	Examples []Problem `json:"examples"` // the first of them
}

// Duplicate is a row whose person is in another row.
type Duplicate struct {
	Row         int    `json:"row"`
	Code        string `json:"code"`
	HolderBatch int64  `json:"holder_batch"` // 0 is this file, or elsewhere when there is no row either
	HolderRow   int    `json:"holder_row"`
}

// How many examples a plan gives. All problems are in the report of an import,
// and in the list of problems of a check.
const (
	maxExamples   = 50
	maxRepairs    = 1000
	maxDuplicates = 1000
	maxKinds      = 1000
)

// planner makes a plan of checked rows.
type planner struct {
	plan  Plan
	tally tally
	kinds map[kindKey]*Kind

	repairs repairs
	regions value.Regions
	unclear bool // there is a full name that does not say which part is which
}

type kindKey struct{ column, code string }

// newPlanner plans a list under a header.
func newPlanner(h *heading.Header) *planner {
	p := &planner{tally: newTally(), kinds: map[kindKey]*Kind{}, repairs: repairs{}}
	p.regions.Lean(h.Country())
	return p
}

func (p *planner) add(c *chunk) {
	p.tally.add(c.applicants)
	for _, problem := range c.problems {
		p.problem(problem)
	}
	for _, repair := range c.repairs {
		p.repairs.add(repair)
	}
	c.numbers(&p.regions)
	for i := range c.applicants {
		if a := &c.applicants[i]; a.State == store.Duplicate {
			p.duplicate(a)
		}
	}
}

// numbers shows the phone numbers of a chunk to what finds out of which country those
// are that name none.
func (c *chunk) numbers(regions *value.Regions) {
	problems := c.problems
	for i := range c.applicants {
		a, national := &c.applicants[i], false
		for len(problems) > 0 && problems[0].Row == a.Row {
			national = national || problems[0].Code == value.NoCountryCode
			problems = problems[1:]
		}
		if national {
			regions.National(a.Phone, a.Email)
		} else if value.IsE164(a.Phone) {
			regions.Other(a.Phone, a.Email)
		}
	}
}

func (p *planner) problem(problem Problem) {
	key := kindKey{problem.Column, problem.Code}
	k, ok := p.kinds[key]
	if !ok {
		if len(p.kinds) == maxKinds {
			return
		}
		k = &Kind{Column: problem.Column, Code: problem.Code}
		p.kinds[key] = k
	}
	k.Count++
	p.unclear = p.unclear || problem.Code == value.NameUnclear
	if len(k.Examples) < maxExamples {
		k.Examples = append(k.Examples, problem)
	}
}

func (p *planner) duplicate(a *store.Applicant) {
	if a.ErrorCode == codeInFile {
		p.plan.DuplicatesInFile++
	} else {
		p.plan.DuplicatesBefore++
	}
	if len(p.plan.Duplicates) < maxDuplicates {
		p.plan.Duplicates = append(p.plan.Duplicates, Duplicate{
			Row: a.Row, Code: a.ErrorCode, HolderBatch: a.Holder.Batch, HolderRow: a.Holder.Row,
		})
	}
}

func (p *planner) finish(in *input, name string) *Plan {
	plan := &p.plan
	plan.Name = name
	plan.Counts = p.tally.counts
	plan.Rows = plan.Counts.Total()
	plan.Tokens = plan.Counts[store.Queued]
	plan.Format = in.src.Format()
	plan.Columns = in.valid.header.Columns
	plan.Header = in.rows.head
	plan.Doubts, plan.BlankBeyond, plan.LeftOut = in.valid.header.Doubts, in.rows.beyond, in.rows.leftOut()
	if at := in.valid.header.At(heading.FullName); at >= 0 && in.valid.order == "" && p.unclear {
		plan.Doubts = append(slices.Clone(plan.Doubts), heading.Doubt{Field: heading.FullName.String(), Columns: []int{at}, Why: heading.NamesUnclear})
	}
	plan.Regions = p.regions.Guesses()
	plan.Workflows = p.tally.used
	plan.Repairs = p.repairs.list()
	for _, k := range p.kinds {
		plan.Problems = append(plan.Problems, *k)
	}
	slices.SortFunc(plan.Problems, func(a, b Kind) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Examples[0].Row, b.Examples[0].Row),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
	return plan
}
