package batch

import (
	"context"
	"errors"
	"io"
	"slices"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/store"
)

// Replaced is what became of a file that was to take the place of another.
type Replaced struct {
	Upload Upload
	// Corrected tells that the file was the list of problems of this upload: it has
	// corrected so many rows of the old file, which stays. Unchanged rows of it are as
	// they were listed.
	Corrected bool
	Rows      int
	Unchanged int
	// What was said of the old file's columns, its sheet or header row, and its rows
	// does not hold for the new one, and was dropped.
	DroppedColumns, DroppedLayout bool
	DroppedMends                  int // rows
}

// ReplaceUpload takes a corrected file. An ordinary one takes the place of the old
// one, with the choices as far as they fit. The list of problems of this upload,
// which has the rows with problems only, corrects the rows that it names: put in
// the place of the old file it would lose everybody else. A file that cannot be
// read as a list changes nothing.
func (s *Service) ReplaceUpload(ctx context.Context, by Actor, id string, revision int, name string, r io.Reader, limit int64) (Replaced, error) {
	if err := by.Check(); err != nil {
		return Replaced{}, err
	}
	u, err := s.upload(ctx, id)
	if err != nil {
		return Replaced{}, err
	}
	if u.State != UploadReady || u.Revision != revision {
		return Replaced{}, s.whyNot(ctx, id, revision)
	}
	file, err := s.receive(ctx, "", name, r, limit)
	if err != nil {
		return Replaced{}, gone(err)
	}
	done, replaced, err := s.replace(ctx, u, file)
	switch {
	case replaced:
		_ = s.st.DeleteContent(ctx, u.Content) // what is left is swept
	default:
		s.drop(ctx, file)
	}
	if err == nil {
		done.Upload, err = s.Upload(ctx, id)
	}
	return done, err
}

// replace looks at what came in, and does what is to be done with it. It reports
// whether the old file is of no use any more.
func (s *Service) replace(ctx context.Context, u, file store.Upload) (done Replaced, replaced bool, err error) {
	if err := s.checks.take(ctx); err != nil {
		return done, false, err
	}
	defer s.checks.give()
	src, err := s.openUpload(ctx, file)
	if err != nil {
		return done, false, err
	}
	defer func() { _ = src.Close() }() // it was only read
	list, format, err := readReturned(ctx, src)
	if err != nil {
		return done, false, err
	}
	if list != nil && u.Source == "" {
		done, err = s.correct(ctx, u, list)
		return done, false, err
	}
	done, err = s.putFile(ctx, u, file, format)
	return done, err == nil, err
}

// putFile puts a file in the place of the old one.
func (s *Service) putFile(ctx context.Context, u, file store.Upload, format table.Format) (done Replaced, err error) {
	c, err := readChoices(u.Choices)
	if err != nil {
		return done, err
	}
	if done.DroppedMends, err = s.st.MendedRows(ctx, u.ID); err != nil {
		return done, err
	}
	done.DroppedColumns = len(c.Places) > 0
	c.Places = nil
	if c.HeaderRow > 0 || c.Sheet != "" && c.Sheet != format.Sheet && !slices.Contains(format.OtherSheets, c.Sheet) {
		done.DroppedLayout = true
		c.HeaderRow, c.Sheet = 0, ""
	}
	text, err := c.text()
	if err != nil {
		return done, err
	}
	var put bool
	err = s.st.InTx(ctx, func(tx *store.Tx) (err error) {
		put, err = tx.ReplaceUpload(ctx, u.ID, u.Revision, file, text)
		return err
	})
	if err == nil && !put {
		err = s.whyNot(ctx, u.ID, u.Revision)
	}
	return done, gone(err)
}

// correct keeps what was corrected in a list of problems.
func (s *Service) correct(ctx context.Context, u store.Upload, list *returned) (done Replaced, err error) {
	sheet, mends, err := s.compare(ctx, u, list)
	if err != nil {
		return done, err
	}
	for i := range mends {
		mends[i].Sheet = sheet
		if i == 0 || mends[i].Row != mends[i-1].Row {
			done.Rows++
		}
	}
	done.Corrected, done.Unchanged = true, len(list.rows)-done.Rows
	if len(mends) == 0 {
		return done, nil
	}
	return done, s.keepMends(ctx, u, mends, nil, returnedMost)
}

// readReturned reads a list of problems that came back. It is nil if the file is
// none.
func readReturned(ctx context.Context, src feed) (*returned, table.Format, error) {
	rows, err := src.Begin(ctx, table.Wish{}, ownHeadings)
	var layout *table.LayoutError
	if errors.As(err, &layout) && layout.Why == table.SheetsHidden { // a person may choose one
		return nil, src.Format(), nil
	}
	if err != nil {
		return nil, table.Format{}, src.Refused(err)
	}
	_, cells, err := rows.Next()
	if err == io.EOF {
		err = table.Refuse(table.NameColumns, "the file is empty")
	}
	if err != nil {
		return nil, table.Format{}, src.Refused(err)
	}
	list := newReturned(cells)
	if list != nil {
		return list, src.Format(), list.read(rows, src)
	}
	format := src.Format()
	if _, _, err = rows.Next(); err == io.EOF {
		err = src.End(0) // nobody is in it
	}
	return nil, format, src.Refused(err)
}

// ownHeadings counts the headings that only a list of problems has, as many as a
// header needs.
func ownHeadings(cells []string) (n int) {
	for _, cell := range cells {
		if slices.Contains(heading.ProblemColumns, headingOf(cell)) {
			n++
		}
	}
	return min(n, table.RequiredColumns)
}
