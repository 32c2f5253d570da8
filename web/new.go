package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/batch"
)

// newPage is what the page to bring a list on shows.
type newPage struct {
	Limit   string // of an upload, in words
	Most    int64  // the same in bytes
	Sources []string
	Uploads []batch.Upload // of the visitor, that were brought and not invited yet
	Wrong   failure
}

func (h *Handler) newList(w http.ResponseWriter, r *http.Request) error {
	return h.showNew(w, r, nil)
}

// showNew shows the page to bring a list on, and why the last one was not taken.
func (h *Handler) showNew(w http.ResponseWriter, r *http.Request, wrong error) error {
	p := newPage{Limit: sizeWords(h.o.UploadLimit), Most: h.o.UploadLimit, Sources: h.svc.Sources()}
	status := http.StatusOK
	if wrong != nil {
		if p.Wrong, _ = failureOf(wrong); p.Wrong.Status >= 500 {
			return wrong
		}
		status = p.Wrong.Status
	}
	var err error
	if p.Uploads, err = h.svc.Uploads(r.Context(), visitorOf(r).Name); err != nil {
		return err
	}
	h.show(w, r, "new", page{Status: status, Title: "Invite people", Section: "new", Data: p})
	return nil
}

// brought leads to the page of a list that was brought, or shows why it was not
// taken.
func (h *Handler) brought(w http.ResponseWriter, r *http.Request, u batch.Upload, err error) error {
	if err != nil {
		return h.showNew(w, r, err)
	}
	http.Redirect(w, r, "/uploads/"+u.ID, http.StatusSeeOther)
	return nil
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) error {
	file, err := h.file(w, r)
	if err != nil {
		return h.showNew(w, r, err)
	}
	u, err := h.svc.ReceiveUpload(r.Context(), visitorOf(r).actor(), file.FileName(), file, h.o.UploadLimit)
	return h.brought(w, r, u, err)
}

func (h *Handler) paste(w http.ResponseWriter, r *http.Request) error {
	text := r.PostFormValue("cells")
	if strings.TrimSpace(text) == "" {
		return h.showNew(w, r, &batch.RequestError{Wrong: "Nothing was pasted", Fix: "Copy the cells in your spreadsheet, with the headings, and paste them into the box."})
	}
	u, err := h.svc.PasteUpload(r.Context(), visitorOf(r).actor(), text)
	return h.brought(w, r, u, err)
}

func (h *Handler) fromSource(w http.ResponseWriter, r *http.Request) error {
	u, err := h.svc.NewSourceUpload(r.Context(), visitorOf(r).actor(), r.PostFormValue("source"))
	return h.brought(w, r, u, err)
}

// Limits of what comes in.
const (
	pasteMost   = 20 << 20         // bytes of pasted cells
	formMost    = 1 << 20          // bytes around a file, in its form
	stalled     = 30 * time.Second // without a byte, after which an upload is given up
	uploadTime  = 2 * time.Hour    // for an upload at the most
	drainedMost = 4 << 30          // bytes that are read for nothing, so that the browser reads the answer
)

// sentFile is a file of a form, to be read as it comes.
type sentFile struct {
	*multipart.Part
	revision int // that the form was made of; 0 if it names none
}

// file is the file of a form. One that is too large is refused before it is read,
// if it tells its size.
func (h *Handler) file(w http.ResponseWriter, r *http.Request) (file sentFile, err error) {
	if r.ContentLength > h.o.UploadLimit+formMost {
		h.drain(w, r)
		return file, h.tooLarge()
	}
	end := time.Now().Add(uploadTime)
	r.Body = &patient{ReadCloser: r.Body, control: http.NewResponseController(w), end: end}
	_ = http.NewResponseController(w).SetWriteDeadline(end.Add(pageTime))
	form, err := r.MultipartReader()
	if err != nil {
		return file, &batch.RequestError{Wrong: "That was not a file", Fix: "Choose a file and send it again."}
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return file, &batch.RequestError{Wrong: "No file was chosen", Fix: "Choose a CSV file or an Excel workbook."}
		case err != nil:
			return file, errCut
		case part.FormName() == "file" && part.FileName() == "":
			return file, &batch.RequestError{Wrong: "No file was chosen", Fix: "Choose a CSV file or an Excel workbook."}
		case part.FormName() == "file":
			file.Part = part
			return file, nil
		case part.FormName() == "revision":
			text, _ := io.ReadAll(io.LimitReader(part, 20))
			file.revision, _ = strconv.Atoi(string(text))
		}
	}
}

func (h *Handler) tooLarge() error {
	return &batch.RequestError{Wrong: "The file is larger than " + sizeWords(h.o.UploadLimit) + ", so it was not taken",
		Fix: "Leave out the columns that are not needed, or send it in parts. An operator can allow more (web.upload_limit)."}
}

// drain reads what is left of a request, as a browser reads the answer only when it
// has sent everything.
func (h *Handler) drain(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Expect") != "" { // whoever waits for a word before sending gets the answer at once
		w.Header().Set("Connection", "close")
		return
	}
	body := &patient{ReadCloser: r.Body, control: http.NewResponseController(w), end: time.Now().Add(5 * time.Minute)}
	_, _ = io.CopyN(io.Discard, body, drainedMost)
}

// patient is a body that may come slowly, but must come.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
	end     time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	until := time.Now().Add(stalled)
	if until.After(p.end) {
		until = p.end
	}
	_ = p.control.SetReadDeadline(until)
	return p.ReadCloser.Read(b)
}

// sizeWords is a number of bytes in words.
func sizeWords(n int64) string {
	const mega = 1_000_000
	if n >= 1000*mega && n%(100*mega) == 0 {
		return strings.TrimSuffix(strings.TrimRight(formatTenth(n/(100*mega)), "0"), ".") + " GB"
	}
	return batch.Thousands(int(n/mega)) + " MB"
}

func formatTenth(n int64) string {
	return batch.Thousands(int(n/10)) + "." + batch.Thousands(int(n%10))
}

// template hands out an empty list to fill in.
func (h *Handler) template(w http.ResponseWriter, r *http.Request) error {
	ending := "csv"
	if strings.HasSuffix(r.URL.Path, ".xlsx") {
		ending = "xlsx"
	}
	out := &download{w: w, kind: fileKinds[ending], name: "people." + ending}
	return out.end(batch.WriteTemplate(out, ending == "xlsx"))
}
