package batch

import (
	"cmp"
	"context"

	"usher/importer"
	"usher/store"
)

// uploadOptions are those of an import of an upload, and of its check.
func (s *Service) uploadOptions(ctx context.Context, u store.Upload) (importer.Options, error) {
	c, err := readChoices(u.Choices)
	if err != nil {
		return importer.Options{}, err
	}
	mended, err := s.mended(ctx, u, c)
	defaults := c.defaults()
	defaults.NameOrder = cmp.Or(defaults.NameOrder, c.Order)
	return importer.Options{
		Account: s.account, By: u.Inviter, Name: c.Name, Sheet: cmp.Or(c.Sheet, c.OwnSheet), SheetOfWorkbooks: c.Sheet == "", HeaderRow: c.HeaderRow, Columns: c.Columns, Places: c.Places,
		Mended: mended, AllowDuplicates: c.AllowDuplicates, ReinviteAfter: c.ReinviteAfter, ReinviteChanged: c.ReinviteChanged,
		Defaults: defaults,
	}, err
}

// mended are the corrections that count for the sheet that is read.
func (s *Service) mended(ctx context.Context, u store.Upload, c choices) (*importer.Mended, error) {
	sheet := sheetOf(u, c)
	all, err := s.mends(ctx, u.ID, sheet)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	m := &importer.Mended{Sheet: sheet, Cells: map[int]map[int]string{}, LeftOut: map[int]bool{}}
	for _, one := range all {
		switch {
		case one.LeaveOut:
			m.LeftOut[one.Row] = true
		case m.Cells[one.Row] == nil:
			m.Cells[one.Row] = map[int]string{one.Column: one.Text}
		default:
			m.Cells[one.Row][one.Column] = one.Text
		}
	}
	return m, nil
}
