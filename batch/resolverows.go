package batch

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RowRange are the rows from First to Last, as they are numbered in the report.
type RowRange struct{ First, Last int }

// ParseRowRange reads a row number such as 12, or a range such as 2-50.
func ParseRowRange(text string) (RowRange, error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, err := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err != nil || err2 != nil || from < 1 || to < from {
		return RowRange{}, requestError("rows are numbered as in the file and the report; write 12, or 2-50", "%q is no row number and no range of rows", text)
	}
	return RowRange{from, to}, nil
}

// UnknownRows are the rows that some ranges mean, for [Resolution.Rows]. A row that
// is named alone is taken as it is; of a range those are taken whose outcome is
// unknown, and without any range, all of the batch. That there is nobody is an error.
func (s *Service) UnknownRows(ctx context.Context, batch int64, ranges []RowRange) ([]int, error) {
	var rows []int
	wide := len(ranges) == 0
	for _, r := range ranges {
		if r.First == r.Last {
			rows = append(rows, r.First)
		}
		wide = wide || r.First < r.Last
	}
	if !wide {
		return rows, nil
	}
	for p, err := range s.Everybody(ctx, PeopleFilter{Batch: batch, States: []State{Unknown}}) {
		if err != nil {
			return nil, err
		}
		in := func(r RowRange) bool { return r.First <= p.Row && p.Row <= r.Last }
		if len(ranges) == 0 || slices.ContainsFunc(ranges, in) {
			rows = append(rows, p.Row)
		}
	}
	if len(rows) == 0 {
		return nil, WithHint(fmt.Errorf("nobody of these rows of batch %d is unknown; nothing was changed", batch),
			fmt.Sprintf("'usher resolve %d' lists those who are", batch))
	}
	slices.Sort(rows)
	return slices.Compact(rows), nil
}

// FailedWords say why so many of a batch have failed, of whom a person found that
// notSent were not sent to.
func FailedWords(failed, notSent int) string {
	switch {
	case notSent <= 0:
		return StateWords[Failed]
	case notSent >= failed:
		return "failed (not sent, as a person found)"
	}
	return fmt.Sprintf("failed (%s refused by the API, %s not sent, as a person found)", Thousands(failed-notSent), Thousands(notSent))
}

// StateWords is the state of one person, in words.
func (p Person) StateWords() string {
	if p.State == Failed && p.ErrorCode == codeNotSent {
		return FailedWords(1, 1)
	}
	return StateWords[p.State]
}
