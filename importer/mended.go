package importer

// Mended are corrections that a person made of a list, which itself stays as it
// is.
type Mended struct {
	Sheet string // of a workbook, whose rows these are; corrections of another sheet count for nothing
	// Cells are the texts that stand for what the list has, by row as a
	// spreadsheet shows it, and by column from 0.
	Cells map[int]map[int]string
	// LeftOut are rows of which nobody is to be invited. They are rejected, with
	// code left_out.
	LeftOut map[int]bool
}

// MendableRow is a row that is rejected, to be mended.
type MendableRow struct {
	Row      int      // as a spreadsheet shows it
	Cells    []string // as the list has them, with what was mended already
	Problems []Problem
}
