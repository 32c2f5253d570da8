package batch

import (
	"context"
	"slices"
	"sync"

	"usher/importer"
	"usher/store"
)

// rowCheckers are those of the uploads that people correct at the moment, the
// latest last. A plan need not be read again for every key that is pressed.
type rowCheckers struct {
	mu  sync.Mutex
	all []*rowChecker
}

// checkersKept is how many are kept.
const checkersKept = 8

// rowChecker checks rows of one revision of an upload.
type rowChecker struct {
	of   checked
	mu   sync.Mutex
	line *importer.RowChecker
	rows map[int][]string
}

// take is the checker of a revision, which is made if need be.
func (c *rowCheckers) take(of checked, make func() (*rowChecker, error)) (*rowChecker, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.all, func(k *rowChecker) bool { return k.of == of })
	if i >= 0 {
		k := c.all[i]
		c.all = append(slices.Delete(c.all, i, i+1), k)
		return k, nil
	}
	k, err := make()
	if err != nil {
		return nil, err
	}
	k.of = of
	c.all = slices.DeleteFunc(c.all, func(old *rowChecker) bool { return old.of.upload == of.upload })
	c.all = append(c.all[max(0, len(c.all)-checkersKept+1):], k)
	return k, nil
}

// CheckCells tells what is wrong with a row while somebody corrects it: with the
// cells that were typed, by column from 0, in the place of those that the list has.
// Whether somebody else is the same person only the check of the whole list tells.
func (s *Service) CheckCells(ctx context.Context, id string, row int, cells map[int]string) ([]CellProblem, error) {
	u, err := s.upload(ctx, id)
	if err != nil {
		return nil, err
	}
	k, err := s.typed.take(checked{id, u.Revision}, func() (*rowChecker, error) { return s.rowChecker(ctx, u) })
	if err != nil {
		return nil, err
	}
	return k.check(row, cells)
}

// rowChecker makes a checker of what the last check found.
func (s *Service) rowChecker(ctx context.Context, u store.Upload) (*rowChecker, error) {
	whole, err := s.Upload(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	options, err := s.uploadOptions(ctx, u)
	if err != nil {
		return nil, err
	}
	p := whole.Plan
	if p == nil || p.Plan == nil || p.Refusal != nil {
		return nil, requestError("wait until the list is checked", "the list is not checked yet")
	}
	k := &rowChecker{rows: make(map[int][]string, len(p.Mendable))}
	if k.line, err = importer.NewRowChecker(p.Header, p.Plan.Format, options); err != nil {
		return nil, err
	}
	for _, r := range p.Mendable {
		k.rows[r.Row] = r.Cells
	}
	return k, nil
}

func (k *rowChecker) check(row int, cells map[int]string) ([]CellProblem, error) {
	all, ok := k.rows[row]
	if !ok {
		return nil, requestError("look at the list as it is now", "row %d is not among those to be corrected", row)
	}
	all = slices.Clone(all)
	for at, text := range cells {
		if at < 0 || at >= mendColumns || len(text) > mendText {
			return nil, requestError("write less", "the correction of row %d is too long", row)
		}
		for len(all) <= at {
			all = append(all, "")
		}
		all[at] = cleanText(text)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return cellProblems(k.line.Check(row, all)), nil
}
