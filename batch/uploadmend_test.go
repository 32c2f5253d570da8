package batch_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"usher/batch"
)

const withProblems = "first_name,last_name,email,phone,team\n" +
	"Ann,Lee,ann@example.com,+447700900001,a\n" +
	"Bob,Low,bob at example.com,+447700900002,b\n" +
	"Cy,May,cy@example.com,12,=c\n" +
	"Di,Noe,di@example.com,+447700900004,d\n" +
	"Ed,Orr,@,no,e\n"

func (h *house) mend(s *batch.Service, u batch.Upload, mends ...batch.Mend) batch.Upload {
	h.Helper()
	u, err := s.Mend(h.Context(), page, u.ID, u.Revision, mends)
	h.must(err)
	return u
}

// problemRows are the rows of a plan that are to be mended.
func problemRows(u batch.Upload) (rows []int) {
	for _, r := range u.Plan.Mendable {
		rows = append(rows, r.Row)
	}
	return rows
}

func TestMend(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		one, two := h.process(), h.process()
		u := h.receive(one, withProblems)
		if _, err := one.Mend(h.Context(), page, u.ID, 1, []batch.Mend{{Row: 3, Column: 2}}); err == nil {
			h.Error("mended before it was checked")
		}
		u = h.checked(one, u.ID)
		if d := cmp.Diff([]int{3, 4, 6}, problemRows(u)); d != "" || u.Plan.Problems != 3 || u.Plan.Mendable[0].Problems[0].Column != 2 {
			h.Fatalf("to be mended: %s, %+v", d, u.Plan)
		}
		if _, err := one.Invite(h.Context(), page, u.ID, 1, batch.Agreement{Invitations: 2}); err == nil || !strings.Contains(err.Error(), "problems") {
			h.Errorf("invited with problems: %v", err)
		}
		u = h.mend(two, u, batch.Mend{Row: 3, Column: 2, Text: "bob@example.com"}, batch.Mend{Row: 6, LeaveOut: true})
		u = h.checked(one, u.ID)
		if d := cmp.Diff([]int{4, 6}, problemRows(u)); d != "" || u.Plan.Problems != 1 || u.Plan.LeftOut != 1 || u.Plan.Plan.Tokens != 3 {
			h.Errorf("mended: %s, %+v", d, u.Plan)
		}
		mends, err := two.Mends(h.Context(), u.ID)
		if d := cmp.Diff([]batch.Mend{{Row: 3, Column: 2, Text: "bob@example.com"}, {Row: 6, LeaveOut: true}}, mends); d != "" || err != nil {
			h.Errorf("mends: %s, %v", d, err)
		}
		u = h.mend(one, u, batch.Mend{Row: 3, Column: 2, TakeBack: true}, batch.Mend{Row: 6, LeaveOut: true, TakeBack: true})
		if u = h.checked(two, u.ID); u.Plan.Problems != 3 || u.Plan.LeftOut != 0 {
			h.Errorf("taken back: %+v", u.Plan)
		}
		u = h.choose(one, u, func(c *batch.Choices) { c.LeaveOut = true })
		u = h.checked(one, u.ID)
		u, err = one.Invite(h.Context(), page, u.ID, u.Revision, batch.Agreement{Invitations: 2})
		h.must(err)
		h.work(two)
		h.finished(one, h.imported(one, u.ID).Batch, 2)
	})
}

func TestMendTooMuch(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.checked(s, h.receive(s, withProblems).ID)
	many := make([]batch.Mend, 501)
	for i := range many {
		many[i] = batch.Mend{Row: i + 2, LeaveOut: true}
	}
	for name, mends := range map[string][]batch.Mend{
		"rows": many, "a text": {{Row: 2, Text: strings.Repeat("x", 5000)}}, "no row": {{Row: 0}}, "no column": {{Row: 2, Column: -1}},
	} {
		_, err := s.Mend(h.Context(), page, u.ID, u.Revision, mends)
		var request *batch.RequestError
		if !errors.As(err, &request) || request.Fix == "" {
			h.Errorf("%s: %v", name, err)
		}
	}
	if again, err := s.Upload(h.Context(), u.ID); err != nil || again.Revision != u.Revision || !again.Checked {
		h.Errorf("something was kept: %+v, %v", again, err)
	}
	h.mend(s, u, many[:500]...)
}

func TestCheckCells(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.receive(s, withProblems)
	if _, err := s.CheckCells(h.Context(), u.ID, 3, nil); err == nil {
		h.Error("checked before the list was")
	}
	u = h.checked(s, u.ID)
	for typed, want := range map[string]int{"bob@example": 1, "bob@example.com": 0, "": 1} {
		for range 2 {
			problems, err := s.CheckCells(h.Context(), u.ID, 3, map[int]string{2: typed})
			if err != nil || len(problems) != want || want > 0 && (problems[0].Column != 2 || problems[0].Wrong == "" || problems[0].Fix == "") {
				h.Errorf("%q: %+v, %v", typed, problems, err)
			}
		}
	}
	if problems, err := s.CheckCells(h.Context(), u.ID, 6, nil); err != nil || len(problems) != 2 {
		h.Errorf("untouched: %+v, %v", problems, err)
	}
	if _, err := s.CheckCells(h.Context(), u.ID, 2, nil); err == nil {
		h.Error("a row that has no problems was checked")
	}
}

// The list of problems corrects the rows that it names, and keeps everybody else.
func TestReturnedList(t *testing.T) {
	t.Parallel()
	for _, format := range []string{batch.ProblemsCSV, batch.ProblemsXLSX} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			h := sqliteHouse(t)
			s := h.process()
			u := h.checked(s, h.receive(s, withProblems).ID)
			u = h.mend(s, u, batch.Mend{Row: 4, Column: 1, Text: "Maybe"})
			var list bytes.Buffer
			h.must(s.MendableFile(h.Context(), u.ID, format, &list))
			done, err := s.ReplaceUpload(h.Context(), page, u.ID, u.Revision, "p."+format, bytes.NewReader(list.Bytes()), 1<<20)
			if err != nil || !done.Corrected || done.Rows != 0 || done.Unchanged != 3 || done.Upload.Revision != u.Revision {
				h.Errorf("as it was: %+v, %v", done, err)
			}
			mended := edited(t, format, list.Bytes(), "bob at example.com", "bob@example.com", "12", "+447700900003")
			done, err = s.ReplaceUpload(h.Context(), page, u.ID, u.Revision, "p."+format, bytes.NewReader(mended), 1<<20)
			if err != nil || !done.Corrected || done.Rows != 2 || done.Unchanged != 1 {
				h.Fatalf("mended: %+v, %v", done, err)
			}
			mends, err := s.Mends(h.Context(), u.ID)
			want := []batch.Mend{{Row: 3, Column: 2, Text: "bob@example.com"}, {Row: 4, Column: 1, Text: "Maybe"}, {Row: 4, Column: 3, Text: "+447700900003"}}
			if d := cmp.Diff(want, mends); d != "" || err != nil {
				h.Errorf("mends: %s, %v", d, err)
			}
			if u = h.checked(s, u.ID); u.Plan.Plan.Tokens != 4 || u.Plan.Problems != 1 || u.Name != "people.csv" {
				h.Errorf("checked: %+v", u.Plan)
			}
			if _, chunks := h.stored(); chunks != 1 {
				h.Errorf("%d chunks", chunks)
			}
		})
	}
}

// edited puts texts in the place of others in a list.
func edited(t *testing.T, format string, list []byte, pairs ...string) []byte {
	t.Helper()
	if format == batch.ProblemsCSV {
		return []byte(strings.NewReplacer(",12,", ","+pairs[3]+",", pairs[0], pairs[1]).Replace(string(list)))
	}
	file, err := excelize.OpenReader(bytes.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	sheet := file.GetSheetList()[0]
	rows, err := file.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for y, row := range rows {
		for x, cell := range row {
			for i := 0; i < len(pairs); i += 2 {
				if cell == pairs[i] {
					name, _ := excelize.CoordinatesToCellName(x+1, y+1)
					if err := file.SetCellStr(sheet, name, pairs[i+1]); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What a spreadsheet does to a list by itself is nobody's correction, and what is no
// list of this upload corrects nothing.
func TestReturnedListOfAnother(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.checked(s, h.receive(s, withProblems).ID)
	var list bytes.Buffer
	h.must(s.MendableFile(h.Context(), u.ID, batch.ProblemsCSV, &list))
	replace := func(text string) (batch.Replaced, error) {
		return s.ReplaceUpload(h.Context(), page, u.ID, u.Revision, "p.csv", strings.NewReader(text), 1<<20)
	}
	excel := strings.NewReplacer("+447700900002", "4.47701E+11", ",", ";", "\n", "\r\n").Replace(list.String())
	if done, err := replace(excel); err != nil || !done.Corrected || done.Rows != 0 {
		h.Errorf("saved by a spreadsheet: %+v, %v", done, err)
	}
	other := h.checked(s, h.receive(s, strings.NewReplacer("Bob,Low,bob", "Zed,Zoe,zed", "Cy,May,cy@example.com,12,=c", "Yo,Yip,yo,1,x", "Ed,Orr,@,no,e", "Xi,Wu,y,2,w", "0002,b", "0099,z").Replace(withProblems)).ID)
	var theirs bytes.Buffer
	h.must(s.MendableFile(h.Context(), other.ID, batch.ProblemsCSV, &theirs))
	for name, text := range map[string]string{
		"another list's": theirs.String(),
		"no numbers":     strings.Replace(list.String(), ",3,rejected", ",,rejected", 1),
		"a picture":      "\x89PNG\r\n\x1a\n\x00\x00",
		"nobody":         "first_name,last_name,email,phone\n",
	} {
		if _, err := replace(text); err == nil || batch.Hint(err) == "" {
			h.Errorf("%s: %v", name, err)
		}
	}
	if now, err := s.Upload(h.Context(), u.ID); err != nil || now.Revision != u.Revision {
		h.Errorf("it was changed: %+v, %v", now, err)
	}
	if uploads, chunks := h.stored(); uploads != 2 || chunks != 2 {
		h.Errorf("%d uploads and %d chunks", uploads, chunks)
	}
}

// An ordinary file takes the old one's place.
func TestReplaceUpload(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		s := h.process()
		u := h.checked(s, h.receive(s, withProblems).ID)
		u = h.mend(s, u, batch.Mend{Row: 3, Column: 2, Text: "x"})
		u = h.choose(s, u, func(c *batch.Choices) {
			c.Name, c.Region, c.Places, c.HeaderRow = "Spring", "GB", map[int]string{4: ""}, 1
		})
		if _, err := s.ReplaceUpload(h.Context(), page, u.ID, 1, "new.csv", strings.NewReader(crowd(3)), 1<<20); err == nil {
			h.Error("replaced by somebody who saw an old one")
		}
		done, err := s.ReplaceUpload(h.Context(), page, u.ID, u.Revision, "new.csv", strings.NewReader(crowd(3)), 1<<20)
		h.must(err)
		if done.Corrected || !done.DroppedColumns || !done.DroppedLayout || done.DroppedMends != 1 {
			h.Errorf("%+v", done)
		}
		now := done.Upload
		if now.ID != u.ID || now.Name != "new.csv" || now.Choices.Name != "Spring" || now.Choices.Region != "GB" || len(now.Choices.Places) != 0 || now.Checked {
			h.Errorf("%+v", now)
		}
		if now = h.checked(s, u.ID); now.Plan.Plan.Tokens != 3 || now.Plan.Problems != 0 {
			h.Errorf("%+v", now.Plan)
		}
		if uploads, chunks := h.stored(); uploads != 1 || chunks != 1 {
			h.Errorf("%d uploads and %d chunks", uploads, chunks)
		}
		if all, err := s.Uploads(h.Context(), ""); err != nil || len(all) != 1 {
			h.Errorf("%+v, %v", all, err)
		}
	})
}
