package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"usher/batch"
)

// sentFile is the file of a form, to be read as it comes.
type sentFile struct {
	*multipart.Part
	form     *multipart.Reader
	revision int // that the form was made of; 0 if it names none
}

// Read implements [io.Reader]. The file ends where the form does: a second file
// would be lost without a word.
func (f *sentFile) Read(b []byte) (int, error) {
	n, err := f.Part.Read(b)
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, cut(err)
	}
	for {
		part, err := f.form.NextPart()
		switch {
		case err == io.EOF:
			return n, io.EOF
		case err != nil:
			return n, cut(err)
		case part.FileName() != "":
			return n, &batch.RequestError{Wrong: "Several files were sent at once, so none was taken", Fix: "Choose one file. Each list is a batch of its own."}
		}
	}
}

// cut is why a form did not come whole.
func cut(err error) error {
	if errors.Is(err, errStopping) {
		return errStopping
	}
	return errCut
}

// file is the file of a form. One that is too large is refused before it is read,
// if it tells its size.
func (h *Handler) file(w http.ResponseWriter, r *http.Request) (*sentFile, error) {
	if r.ContentLength > h.o.UploadLimit+formMost {
		return nil, h.tooLarge()
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(uploadTime + pageTime))
	whole := r.Body
	r.Body = io.NopCloser(io.LimitReader(whole, h.o.UploadLimit+formMost)) // what stands around the file is bounded, too
	form, err := r.MultipartReader()
	r.Body = whole
	if err != nil {
		return nil, &batch.RequestError{Wrong: "That was not a file", Fix: "Choose a file and send it again."}
	}
	file := &sentFile{form: form}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF), err == nil && part.FormName() == "file" && part.FileName() == "":
			return nil, &batch.RequestError{Wrong: "No file was chosen", Fix: "Choose a CSV file or an Excel workbook."}
		case err != nil:
			return nil, cut(err)
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
	return &batch.RequestError{Wrong: "The file is larger than " + batch.SizeWords(h.o.UploadLimit) + ", so it was not taken",
		Fix: "Leave out the columns that are not needed, or send it in parts. An operator can allow more (web.upload_limit)."}
}

// unread makes a request with a file that was not taken ready to be answered. What
// is left of it is read for nothing, as a browser reads the answer only when it has
// sent everything. One that broke off has ended its context, but whoever sent it
// may still be there.
func (h *Handler) unread(w http.ResponseWriter, r *http.Request, err error) *http.Request {
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(drainTime + pageTime))
	switch {
	case errors.Is(err, errCut), errors.Is(err, errStopping):
		w.Header().Set("Connection", "close")
	case r.Header.Get("Expect") != "" && r.ContentLength > h.o.UploadLimit+formMost: // waits for a word before sending
		w.Header().Set("Connection", "close")
	default:
		if body, ok := r.Body.(*patient); ok {
			body.end = time.Now().Add(drainTime)
		}
		_, _ = io.CopyN(io.Discard, r.Body, drainedMost)
	}
	return r.WithContext(context.WithoutCancel(r.Context()))
}
