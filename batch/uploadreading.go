package batch

import (
	"cmp"
	"context"

	"usher/importer/table"
)

// ChooseReading says how the list of an upload is read, as an import from the command
// line is told, and names its batch. It fails with a [ChangedError] if revision is not
// the upload's last one.
func (s *Service) ChooseReading(ctx context.Context, by Actor, id string, revision int, name string, r Reading) (Upload, error) {
	if err := by.Check(); err != nil {
		return Upload{}, err
	}
	c := s.firstChoices()
	c.Name, c.Sheet = name, r.Sheet
	c.AllowDuplicates, c.ReinviteAfter, c.ReinviteChanged = r.AllowDuplicates, r.ReinviteAfter, r.ReinviteChanged
	c.clean()
	p, err := r.profile(s.cfg.Defaults)
	if err != nil {
		return Upload{}, err
	}
	c.keep(p)
	c.Region, c.WorkflowID = cmp.Or(p.Region, c.Region), cmp.Or(p.WorkflowID, c.WorkflowID)
	if len(c.Columns) == 0 {
		c.Columns = nil
	}
	text, err := c.text()
	if err != nil {
		return Upload{}, err
	}
	ok, err := s.st.ChooseUpload(ctx, id, revision, text)
	if err == nil && !ok {
		err = s.whyNot(ctx, id, revision)
	}
	if err != nil {
		return Upload{}, err
	}
	return s.UploadStanding(ctx, id)
}

// IsProblemList reports whether a file is a list of problems that usher handed out, by
// its headings. One that cannot be read as a list is none.
func IsProblemList(ctx context.Context, file string) bool {
	src, err := table.OpenFile(file)
	if err != nil {
		return false
	}
	defer func() { _ = src.Close() }() // it was only read
	rows, err := src.Begin(ctx, table.Wish{}, ownHeadings)
	if err != nil {
		return false
	}
	_, cells, err := rows.Next()
	return err == nil && newReturned(cells) != nil
}
