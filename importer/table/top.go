package table

import "bufio"

// Top tells the first rows of the file, up to a number, from its very first one:
// titles, header and people, as they were taken apart when the file was last begun.
// It tells none of a workbook in which no sheet was found.
func (s *Source) Top(rows int, tell func(row int, cells []string)) error {
	t, err := s.top()
	if t == nil || err != nil {
		return err
	}
	for range rows {
		n, cells, err := t.Next()
		if err != nil {
			break // whoever reads on is told
		}
		tell(n, cells)
	}
	if sheet, ok := t.(*sheetRows); ok {
		sheet.close()
	}
	return nil
}

// top is the rows of the file, which nobody counts.
func (s *Source) top() (Rows, error) {
	if s.kind == textFile {
		if s.format.Delimiter == "" {
			return nil, nil
		}
		return s.lines(bufio.NewReaderSize(s.text.decoded(s.section()), readSize)), nil
	}
	w, err := s.opened()
	if err != nil {
		return nil, err
	}
	for _, sheet := range w.sheets {
		if sheet.name == s.format.Sheet {
			t, err := w.rows(sheet)
			if err != nil {
				return nil, err
			}
			w.looked = 0
			t.limit.r = &budget{t.limit.r, &w.looked}
			return t, nil
		}
	}
	return nil, nil
}
