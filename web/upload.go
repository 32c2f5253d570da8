package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"usher/batch"
)

// upload shows a list that was brought: how far its checking is, its plan, or how
// far its import is. One that was imported leads to its batch.
func (h *Handler) upload(w http.ResponseWriter, r *http.Request) error {
	u, err := h.svc.EnsureChecked(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return h.showUpload(w, r, u, nil)
}

// showUpload shows a list, and why what was last asked for was not done.
func (h *Handler) showUpload(w http.ResponseWriter, r *http.Request, u batch.Upload, wrong error) error {
	if u.Batch != 0 {
		toBatch(w, r, u)
		return nil
	}
	p := page{Title: u.Name, Section: "new"}
	if working(u) {
		p.Refresh, p.Data = 2, workOf(u)
		h.show(w, r, "working", p)
		return nil
	}
	v := planOf(u, h.svc.Profiles())
	mends, err := h.svc.Mends(r.Context(), u.ID)
	if err != nil {
		return err
	}
	v.mended(mends)
	if wrong != nil {
		if v.Wrong, _ = failureOf(wrong); v.Wrong.Status >= 500 {
			return wrong
		}
		p.Status = v.Wrong.Status
		v.besideField(wrong)
	}
	p.Data = v
	h.show(w, r, "plan", p)
	return nil
}

// did leads back to a list after something was done, or shows why it was not: on its
// page, unless that only tells how far it is and would be gone in a moment.
func (h *Handler) did(w http.ResponseWriter, r *http.Request, what string, err error) error {
	id := r.PathValue("id")
	if err != nil {
		u, readErr := h.svc.EnsureChecked(r.Context(), id)
		switch {
		case readErr != nil:
			return readErr
		case u.Batch != 0 || working(u):
			return err
		}
		return h.showUpload(w, r, u, err)
	}
	to := "/uploads/" + id
	if what != "" {
		to += "?done=" + what
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// progress tells the script how far a list is.
func (h *Handler) progress(w http.ResponseWriter, r *http.Request) error {
	u, err := h.svc.UploadStanding(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, workOf(u))
}

// answer answers the script.
func answer(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(text)
	return gone(err)
}

// revision is the one that a form was made of.
func revision(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("revision"))
	return n
}

// invite is the one button. Pressed twice, from two tabs, by two people: it is one
// batch, and everybody is led to it.
func (h *Handler) invite(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	agreed, _ := strconv.Atoi(r.PostFormValue("agreed"))
	_, err := h.svc.Invite(r.Context(), visitorOf(r).actor(), id, revision(r),
		batch.Agreement{Invitations: agreed, LeaveOut: r.PostFormValue("leave_out") != ""})
	if err != nil {
		return h.did(w, r, "", err)
	}
	u, err := h.svc.WaitUpload(r.Context(), id)
	if err != nil {
		return err
	}
	if u.Batch != 0 {
		toBatch(w, r, u)
		return nil
	}
	return h.did(w, r, "", nil)
}

// toBatch leads to the batch that a list has become.
func toBatch(w http.ResponseWriter, r *http.Request, u batch.Upload) {
	to := batchPath(u.Batch)
	if u.Known {
		to += "?done=known"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// working reports whether a list has to be waited for.
func working(u batch.Upload) bool {
	return u.Batch == 0 && (u.State != batch.UploadReady || !u.Checked)
}

// work is how far a list is.
type work struct {
	ID      string `json:"-"`
	Name    string `json:"-"`
	Working bool   `json:"working"`
	Words   string `json:"words"`
	Share   int    `json:"share"` // in per cent
	// Receiving tells that it goes on only as long as somebody sends it, who may be
	// gone.
	Receiving bool `json:"-"`
}

func workOf(u batch.Upload) work {
	k := work{ID: u.ID, Name: u.Name, Working: working(u), Receiving: u.State == batch.UploadReceiving}
	rows := batch.Counted(u.Progress.Rows, "row", "rows")
	switch u.State {
	case batch.UploadReceiving:
		k.Words = "Received so far: " + batch.SizeWords(u.Size)
	case batch.UploadImporting:
		k.Words = "Prepared: " + rows
	default:
		k.Words = "Checked: " + rows
	}
	if u.Progress.Total > 0 {
		k.Share = min(int(100*u.Progress.Bytes/u.Progress.Total), 100)
	}
	return k
}

func (h *Handler) discard(w http.ResponseWriter, r *http.Request) error {
	if err := h.svc.DiscardUpload(r.Context(), visitorOf(r).actor(), r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, "/new?done=discarded", http.StatusSeeOther)
	return nil
}

// replace takes a corrected file.
func (h *Handler) replace(w http.ResponseWriter, r *http.Request) error {
	file, err := h.file(w, r)
	var done batch.Replaced
	if err == nil {
		done, err = h.svc.ReplaceUpload(r.Context(), visitorOf(r).actor(), r.PathValue("id"), file.revision, file.FileName(), file, h.o.UploadLimit)
	}
	if err != nil {
		r = h.unread(w, r, err)
	}
	what := "replaced"
	if done.Corrected {
		what = "corrected"
	}
	return h.did(w, r, what, err)
}

// problems hands out the rows that have problems, to be mended in a spreadsheet.
func (h *Handler) problems(w http.ResponseWriter, r *http.Request) error {
	ending := "csv"
	if r.URL.Query().Get("format") == "xlsx" {
		ending = "xlsx"
	}
	out := h.download(w, r, "to-mend."+ending)
	return out.end(h.svc.MendableFile(r.Context(), r.PathValue("id"), ending, out))
}
