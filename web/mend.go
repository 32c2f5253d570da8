package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"usher/batch"
)

// mend takes the rows that were mended in the page. A cell is called cell-ROW-COLUMN,
// a row that is left out out-ROW.
func (h *Handler) mend(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return h.did(w, r, "", &batch.RequestError{Wrong: "That was too much at once, so nothing was kept", Fix: "Download the rows, mend them in a spreadsheet, and send the file."})
	}
	u, err := h.svc.Upload(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	all := mends(r.PostForm, u.Plan)
	if back := r.PostFormValue("take_back"); back != "" {
		all = takeBack(back)
	}
	if len(all) == 0 {
		return h.did(w, r, "", nil)
	}
	_, err = h.svc.Mend(r.Context(), visitorOf(r).actor(), u.ID, revision(r), all)
	return h.did(w, r, "mended", err)
}

// mendMost is how many bytes a form of mended rows may have.
const mendMost = 8 << 20

// mends reads from a form what is not as the plan has it. The form says of each row
// that it has it (row), so that one which is not left out any more is told from one
// which is not there.
func mends(form url.Values, p *batch.UploadPlan) (all []batch.Mend) {
	if p == nil {
		return nil
	}
	for _, row := range p.Mendable {
		name := strconv.Itoa(row.Row)
		if !slices.Contains(form["row"], name) {
			continue
		}
		was := slices.ContainsFunc(row.Problems, func(problem batch.CellProblem) bool { return problem.Code == batch.LeftOut })
		if out := form.Get("out-"+name) != ""; out != was {
			all = append(all, batch.Mend{Row: row.Row, LeaveOut: true, TakeBack: !out})
		}
		for _, at := range form["cells-"+name] {
			column, err := strconv.Atoi(at)
			text := form.Get("cell-" + name + "-" + at)
			if err == nil && column >= 0 && (column >= len(row.Cells) || text != row.Cells[column]) {
				all = append(all, batch.Mend{Row: row.Row, Column: column, Text: text})
			}
		}
	}
	return all
}

// takeBack undoes the correction of the cell that is called ROW-COLUMN.
func takeBack(cell string) []batch.Mend {
	var m batch.Mend
	if n, err := fmt.Sscanf(cell, "%d-%d", &m.Row, &m.Column); err != nil || n != 2 {
		return nil
	}
	m.TakeBack = true
	return []batch.Mend{m}
}

// cells checks one row while somebody types in it.
func (h *Handler) cells(w http.ResponseWriter, r *http.Request) error {
	row, err := strconv.Atoi(r.PostFormValue("row"))
	if err != nil {
		return errNotFound
	}
	typed := map[int]string{}
	for _, name := range r.PostForm["column"] {
		if column, err := strconv.Atoi(name); err == nil {
			typed[column] = r.PostFormValue("cell-" + name)
		}
	}
	problems, err := h.svc.CheckCells(r.Context(), r.PathValue("id"), row, typed)
	if err != nil {
		return err
	}
	return answer(w, problems)
}
