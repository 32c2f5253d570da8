package importer

import (
	"context"
	"io"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// namesUnclear reports whether the input has full names of which nobody said in which
// order they are, and can be read twice to see it.
func (in *input) namesUnclear() bool {
	_, file := in.src.(*table.Source)
	return file && in.valid.order == "" && in.valid.header.At(heading.FullName) >= 0
}

// nameOrder reads full names until one does not tell its last name by capitals, at
// most to the end. What is wrong with the rows is told when they are read again.
func (in *input) nameOrder(ctx context.Context) (value.NameOrder, error) {
	var names value.NameColumn
	for n := 0; ; n++ {
		if n%checkRows == 0 && ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		row, cells, err := in.rows.table.Next()
		if err != nil {
			if err != io.EOF {
				return "", in.src.Refused(err)
			}
			return names.Order(), nil
		}
		m := in.rows.mended.of(row)
		if cells = m.apply(cells, len(in.valid.header.Columns)); m.leftOut || in.rows.namesNobody(cells) {
			continue
		}
		if !names.Add(cellAt(cells, in.valid.header.From(heading.FullName, cells))) {
			return "", nil
		}
	}
}
