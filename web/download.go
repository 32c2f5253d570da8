package web

import (
	"errors"
	"net/http"
	"path"
	"time"

	"go.uber.org/zap"
)

// fileKinds are the media types of files, by their endings.
var fileKinds = map[string]string{
	"csv":   "text/csv; charset=utf-8",
	"xlsx":  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"jsonl": "application/x-ndjson; charset=utf-8",
	"html":  "text/html; charset=utf-8",
}

// pieceTime is how long somebody may take to read each piece of what is written to
// them for as long as it takes.
const pieceTime = 30 * time.Second

// download is a file of any length that is written as it is made. Its headers are
// written with its first byte: what fails before that is told on a page. One that
// stands still is given up; one that goes on never is.
type download struct {
	h       *Handler
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	name    string // ASCII, and nobody's own words
	begun   bool
}

func (h *Handler) download(w http.ResponseWriter, r *http.Request, name string) *download {
	return &download{h: h, w: w, r: r, control: http.NewResponseController(w), name: name}
}

func (d *download) begin() {
	d.begun = true
	d.w.Header().Set("Content-Type", fileKinds[path.Ext(d.name)[1:]])
	d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
}

func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begin()
	}
	_ = d.control.SetWriteDeadline(time.Now().Add(pieceTime))
	n, err := d.w.Write(p)
	return n, gone(err)
}

// end ends a file, which may have nothing in it. One that broke off must not look
// whole: its connection is cut.
func (d *download) end(err error) error {
	switch {
	case err == nil && !d.begun:
		d.begin()
		return nil
	case err == nil || !d.begun:
		return err
	}
	if !errors.Is(err, errGone) && d.r.Context().Err() == nil {
		d.h.log.Warn("a file was broken off", zap.String("page", d.r.Pattern), zap.Error(err))
	}
	panic(http.ErrAbortHandler)
}
