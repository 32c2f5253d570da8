package web

import (
	"net/http"
	"time"
)

// fileKinds are the media types of files, by their endings.
var fileKinds = map[string]string{
	"csv":   "text/csv; charset=utf-8",
	"xlsx":  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"jsonl": "application/jsonl",
}

// download is a file that is written as it is made. Its headers are written with
// its first byte: what fails before that is told on a page.
type download struct {
	w     http.ResponseWriter
	kind  string
	name  string // ASCII, and nobody's own words
	begun bool
}

func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.w.Header().Set("Content-Type", d.kind)
		d.w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	}
	_ = http.NewResponseController(d.w).SetWriteDeadline(time.Now().Add(pageTime)) // each piece has its time
	n, err := d.w.Write(p)
	return n, gone(err)
}

// end ends a file. One that broke off must not look whole: its connection is cut.
func (d *download) end(err error) error {
	if err != nil && d.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}
