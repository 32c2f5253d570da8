package batch

import (
	"context"

	"usher/store"
)

// Mend is a correction of an upload. The list itself stays as it is.
type Mend struct {
	Row      int    // as a spreadsheet shows it
	Column   int    // from 0
	Text     string // stands for what the list has
	LeaveOut bool   // nobody is to be invited by the row, instead
	// TakeBack undoes what was said of the cell, or with LeaveOut that the row is left
	// out.
	TakeBack bool
}

const (
	// mendedMost is how many rows can be corrected on a page.
	mendedMost = 500
	// mendText is how long a correction may be, in bytes.
	mendText = 4000
	// Rows and columns beyond these are in no spreadsheet.
	mendRows    = 100_000_000
	mendColumns = 16_384
)

// Mends are the corrections that count for the sheet which is read, by row and
// column.
func (s *Service) Mends(ctx context.Context, id string) ([]Mend, error) {
	u, err := s.upload(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := readChoices(u.Choices)
	if err != nil {
		return nil, err
	}
	return s.mends(ctx, id, sheetOf(u, c))
}

// mends are the corrections of an upload that count for a sheet.
func (s *Service) mends(ctx context.Context, id, sheet string) (all []Mend, err error) {
	stored, err := s.st.UploadMends(ctx, id)
	for _, m := range stored {
		switch {
		case m.Sheet != sheet:
		case m.Column == store.LeftOut:
			all = append(all, Mend{Row: m.Row, LeaveOut: true})
		default:
			all = append(all, Mend{Row: m.Row, Column: m.Column, Text: m.Text})
		}
	}
	return all, err
}

// sheetOf is the sheet of a workbook that is read.
func sheetOf(u store.Upload, c choices) string {
	if c.Sheet != "" {
		return c.Sheet
	}
	return u.Sheet
}

// Mend corrects rows of an upload, or leaves them out: 500 rows in all at most. It
// fails with a [ChangedError] if revision is not the last one.
func (s *Service) Mend(ctx context.Context, by Actor, id string, revision int, mends []Mend) (Upload, error) {
	u, c, err := s.mendable(ctx, by, id, revision)
	if err != nil {
		return Upload{}, err
	}
	var put, back []store.UploadMend
	for _, m := range mends {
		one := store.UploadMend{Sheet: sheetOf(u, c), Row: m.Row, Column: m.Column, Text: cleanText(m.Text)}
		if m.LeaveOut {
			one.Column, one.Text = store.LeftOut, ""
		}
		switch {
		case m.Row < 1 || m.Row > mendRows || m.Column < 0 || m.Column >= mendColumns:
			return Upload{}, requestError("correct a cell that is there", "there is no cell in row %d, column %d", m.Row, m.Column+1)
		case len(one.Text) > mendText:
			return Upload{}, requestError("write less", "the correction of row %d is too long", m.Row)
		case m.TakeBack:
			back = append(back, one)
		default:
			put = append(put, one)
		}
	}
	if err := s.keepMends(ctx, u, put, back, mendedMost); err != nil {
		return Upload{}, err
	}
	return s.Upload(ctx, id)
}

// mendable is an upload whose rows can be corrected now.
func (s *Service) mendable(ctx context.Context, by Actor, id string, revision int) (u store.Upload, c choices, err error) {
	if err = by.Check(); err != nil {
		return u, c, err
	}
	if u, err = s.upload(ctx, id); err != nil {
		return u, c, err
	}
	switch {
	case u.State != UploadReady || u.Revision != revision:
		return u, c, s.whyNot(ctx, id, revision)
	case u.Source != "":
		return u, c, requestError("correct them in the database", "the rows of a database source cannot be corrected here: they are read anew for the import")
	case u.PlanRevision == 0:
		return u, c, requestError("wait until the list is checked", "the list is not checked yet")
	}
	c, err = readChoices(u.Choices)
	return u, c, err
}

// keepMends keeps corrections of a revision, unless too many rows would be
// corrected then. The last word on a cell counts.
func (s *Service) keepMends(ctx context.Context, u store.Upload, put, back []store.UploadMend, most int) error {
	var kept bool
	err := s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		if kept, err = tx.MendUpload(ctx, u.ID, u.Revision, lastWords(put), back); err != nil || !kept {
			return err
		}
		n, err := tx.MendedRows(ctx, u.ID)
		if err == nil && n > most {
			err = requestError("download the list of problems, correct it in your spreadsheet, and bring it back", "more than %d rows cannot be corrected here", most)
		}
		return err
	})
	if err == nil && !kept {
		err = s.whyNot(ctx, u.ID, u.Revision)
	}
	return err
}

// lastWords leaves one correction of each cell: the last.
func lastWords(all []store.UploadMend) []store.UploadMend {
	type cell struct {
		sheet       string
		row, column int
	}
	at := make(map[cell]int, len(all))
	var last []store.UploadMend
	for _, m := range all {
		k := cell{m.Sheet, m.Row, m.Column}
		if i, ok := at[k]; ok {
			last[i] = m
			continue
		}
		at[k] = len(last)
		last = append(last, m)
	}
	return last
}
