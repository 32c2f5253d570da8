package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/batch"
)

// planOf is what the page of a list shows.
func planOf(u batch.Upload, profiles []string) planView {
	v := planView{
		ID: u.ID, Name: u.Name, Revision: u.Revision, File: u.Source == "", Choices: choiceViewOf(u.Choices), Profiles: profiles, Meanings: meanings,
	}
	if u.Refusal != "" {
		v.Refusal = failure{Title: "This list was not imported", Words: sentence(u.Refusal), Hint: sentence(u.Fix)}
	}
	p := u.Plan
	if p == nil {
		return v
	}
	v.refused(p)
	if p.NothingNew {
		v.Refusal = failure{Title: "Nobody is new", Words: "There are no new rows in this source.", Hint: "Come back when there are."}
	}
	if p.Known != nil {
		v.Existing = p.Known.ID
	}
	for _, row := range p.Top {
		v.Top = append(v.Top, topRow(row))
	}
	if p.Plan == nil || p.Plan.Plan == nil {
		return v
	}
	v.format(p.Plan.Format)
	v.ListNotes = p.Plan.Notes()
	if a := p.Plan.RegionAdvice(); a != nil {
		ways := make([]string, len(a.Regions))
		for i := range a.Regions {
			ways[i] = a.Names[i] + ", choose the region " + a.Regions[i]
		}
		v.ListNotes = append(v.ListNotes, a.Words+" If they are of "+strings.Join(ways, "; of ")+".")
	}
	for at, c := range p.Plan.Columns {
		v.Columns = append(v.Columns, planColumn{At: at, Heading: c.Heading, Samples: c.Samples, Field: c.Field, Ignored: c.Ignored, Turn: turnWords(c)})
	}
	v.Read = p.Refusal == nil && !p.NothingNew
	if v.Read {
		v.read(p)
		v.FirstWords = firstWords(u.Choices, v.Invitations)
	}
	return v
}

// refused says why a list cannot be read, in the page's own words where a choice on
// it mends that.
func (v *planView) refused(p *batch.UploadPlan) {
	r := p.Refusal
	if r == nil {
		return
	}
	v.Refusal = failure{Words: sentence(r.Words), Hint: sentence(r.Fix)}
	switch {
	case r.Columns != nil:
		if words, hint := columnsWords(r.Columns, p.Header); words != "" {
			v.Refusal.Words, v.Refusal.Hint = words, hint
		}
	case r.Layout != nil:
		v.Refusal.Hint = "Choose another sheet, or the row with the headings, below."
		v.OptionsOpen = true
	case r.Option != nil:
		v.Refusal.Words, v.Refusal.Hint = sentence(r.Option.Problem), sentence(r.Option.Remedy)
		v.OptionsOpen = true
	}
}

// columnsWords say what is not understood of the columns, and what to do, where the
// table of columns mends it. Otherwise they are empty.
func columnsWords(e *batch.ColumnsError, header []string) (words, hint string) {
	hint = "Say in the table below which column it is."
	switch {
	case len(e.Missing) > 0:
		words = "No column is understood as " + list(fieldWords(e.Missing)) + "."
		if len(e.Missing) > 1 {
			hint = "Say in the table below which columns they are. If these are not the headings, choose their row among the choices."
		}
	case e.Field != "" && len(e.Columns) > 1:
		words = fmt.Sprintf("%s can all mean %s.", list(headingsAt(header, e.Columns)), fieldWord(e.Field))
		hint = "Say in the table below which of them it is, and that the others are nothing."
	case e.Field != "":
		words = "The columns are not understood."
	}
	return words, hint
}

// turnWords say when a column counts that is one of several for a field.
func turnWords(c batch.ListColumn) string {
	switch {
	case c.Turn == 0:
		return ""
	case c.Turn == 1:
		return "taken first: " + batch.Counted(c.Gave, "row", "rows")
	}
	return fmt.Sprintf("taken where what comes before it is empty: %s", batch.Counted(c.Gave, "row", "rows"))
}

func headingsAt(header []string, columns []int) (all []string) {
	for _, at := range columns {
		if at >= 0 && at < len(header) {
			all = append(all, strconv.Quote(strings.TrimSpace(header[at])))
		}
	}
	return all
}

func fieldWord(field string) string {
	for _, m := range meanings {
		if m.Field == field {
			return m.Words
		}
	}
	return field
}

func fieldWords(fields []string) []string {
	words := make([]string, len(fields))
	for i, f := range fields {
		words[i] = fieldWord(f)
	}
	return words
}

// list writes words as people do: a, b and c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// sentence is text as a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	first := []rune(s)
	s = strings.ToUpper(string(first[:1])) + string(first[1:])
	return strings.TrimRight(s, ".") + "."
}

func (v *planView) format(f batch.Format) {
	v.FormatWords = batch.FormatWords(f)
	v.Sheet = f.Sheet
	if len(f.OtherSheets) > 0 {
		v.Sheets = f.OtherSheets
		if f.Sheet != "" {
			v.Sheets = append([]string{f.Sheet}, f.OtherSheets...)
		}
	}
}

// read takes over what the check of all rows found.
func (v *planView) read(p *batch.UploadPlan) {
	plan := p.Plan
	v.Rows, v.Invitations, v.Rejected = plan.Rows, plan.Tokens, p.Problems
	v.LeftOut = p.LeftOut
	v.Cost, v.Finish = plan.Cost, &plan.Cost.Finish
	v.InviteWords = batch.Counted(plan.Tokens, "person", "people") + " · " + batch.Counted(plan.Tokens, "token", "tokens") + " · about " + plan.Cost.Span()
	for _, kind := range plan.Problems {
		if kind.Code != batch.LeftOut {
			v.Problems = append(v.Problems, problemKindOf(kind))
		}
	}
	v.mendable(p)
	v.Duplicates.Count = plan.DuplicatesInFile + plan.DuplicatesBefore
	for _, d := range plan.Duplicates[:min(len(plan.Duplicates), shownDuplicates)] {
		v.Duplicates.First = append(v.Duplicates.First, duplicateRow{d.Row, duplicateWords(d), d.HolderBatch})
	}
	v.Duplicates.More = v.Duplicates.Count - len(v.Duplicates.First)
	for _, r := range plan.Repairs {
		if len(r.Examples) > 0 {
			v.Repairs = append(v.Repairs, repairKind{batch.RepairWords(r.Code), r.Column, r.Examples[0].From, r.Examples[0].To, r.Count})
		}
	}
}

// How much a page shows.
const (
	shownDuplicates = 50
	shownRows       = 10
)

func duplicateWords(d batch.DuplicateRow) string {
	switch {
	case d.Code == batch.InvitedElsewhere:
		return "the list itself says that this person was invited"
	case d.Code == batch.ContactChanged:
		return fmt.Sprintf("invited before with another e-mail or phone, in row %d", d.HolderRow)
	case d.HolderBatch > 0:
		return fmt.Sprintf("the same person as row %d of an earlier batch", d.HolderRow)
	}
	return fmt.Sprintf("the same person as row %d of this list", d.HolderRow)
}

// problemWords are what is wrong with a row, and what to do on these pages.
func problemWords(wrong, fix string) string { return sentence(wrong) + " " + pageWords(sentence(fix)) }

func problemKindOf(kind batch.ProblemKind) problemKind {
	k := problemKind{Count: kind.Count, Column: kind.Column}
	rows := make([]string, 0, shownRows)
	for i, e := range kind.Examples {
		if i == 0 {
			k.Words = problemWords(e.Wrong, e.Fix)
		}
		if i < shownRows {
			rows = append(rows, strconv.Itoa(e.Row))
		}
	}
	k.RowsText = strings.Join(rows, ", ")
	if kind.Count > len(rows) {
		k.RowsText += " …"
	}
	return k
}

// mendable are the rows that can be mended on the page: of the columns that hold a
// field or have a problem.
func (v *planView) mendable(p *batch.UploadPlan) {
	if !v.File || len(p.Mendable) == 0 {
		return
	}
	var shown []int
	for at, c := range p.Plan.Columns {
		wrong := slices.ContainsFunc(p.Mendable, func(row batch.MendableRow) bool {
			return slices.ContainsFunc(row.Problems, func(problem batch.CellProblem) bool { return problem.Column == at })
		})
		if c.Field != "" || wrong {
			shown = append(shown, at)
			v.MendColumns = append(v.MendColumns, c.Heading)
		}
	}
	for _, row := range p.Mendable {
		v.Mendable = append(v.Mendable, mendRowOf(row, shown, p.Plan.Columns))
	}
	v.MoreMendable = len(p.Mendable) < p.Problems+p.LeftOut
}

// mended are the corrections that were made on the page.
func (v *planView) mended(all []batch.Mend) {
	for _, m := range all {
		if !m.LeaveOut && m.Column < len(v.Columns) {
			v.Mended = append(v.Mended, mendedCell{m.Row, m.Column, v.Columns[m.Column].Heading, m.Text})
		}
	}
}

func mendRowOf(row batch.MendableRow, shown []int, columns []batch.ListColumn) mendRow {
	m := mendRow{Row: row.Row}
	words := map[int]string{}
	for _, problem := range row.Problems {
		if problem.Code == batch.LeftOut {
			m.LeftOut = true
			continue
		}
		at := problem.Column
		if !slices.Contains(shown, at) {
			at = -1
		}
		words[at] = strings.TrimSpace(words[at] + " " + problemWords(problem.Wrong, problem.Fix))
	}
	m.Error = words[-1]
	for _, at := range shown {
		c := mendCell{At: at, Heading: columns[at].Heading, Error: words[at]}
		if at < len(row.Cells) {
			c.Text = row.Cells[at]
		}
		c.Open = c.Error != "" && !slices.Contains(row.Clipped, at)
		m.Cells = append(m.Cells, c)
	}
	return m
}
