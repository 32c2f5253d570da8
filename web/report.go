package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.uber.org/zap"

	"usher/batch"
	"usher/report"
)

// reportKinds are the media types of reports.
var reportKinds = map[report.Format]string{
	report.CSV:   "text/csv; charset=utf-8",
	report.XLSX:  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	report.JSONL: "application/x-ndjson; charset=utf-8",
}

// pieceTime is how long somebody may take to read each piece of what is written to
// them for as long as it takes.
const pieceTime = 30 * time.Second

// pieces writes an answer of any length. One that stands still is given up; one
// that goes on never is.
type pieces struct {
	w     http.ResponseWriter
	out   *http.ResponseController
	begin func() // is called before the first byte
	begun bool
}

func (p *pieces) Write(b []byte) (int, error) {
	if !p.begun {
		p.begin()
		p.begun = true
	}
	_ = p.out.SetWriteDeadline(time.Now().Add(pieceTime))
	n, err := p.w.Write(b)
	if err != nil {
		return n, errGone
	}
	return n, nil
}

// report hands out the results of a batch, with everybody's links.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	format := report.Format(r.PostFormValue("format"))
	kind, ok := reportKinds[format]
	if !ok {
		return &batch.RequestError{Wrong: "there is no such kind of file", Fix: "Choose CSV, Excel or JSON Lines"}
	}
	out := &pieces{w: w, out: http.NewResponseController(w), begin: func() {
		w.Header().Set("Content-Type", kind)
		// The batch's name is what somebody typed: it does not belong in a header.
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("batch-%d-results.%s", b.ID, format)))
	}}
	_ = out.out.SetWriteDeadline(time.Now().Add(10 * time.Minute)) // a workbook is made before it is written
	err = h.svc.Report(r.Context(), visitorOf(r).actor(), b.ID, format, out)
	switch {
	case err == nil && !out.begun: // there is nobody in it
		out.begin()
		return nil
	case err == nil || !out.begun:
		return err
	}
	if !errors.Is(err, errGone) && r.Context().Err() == nil {
		h.log.Warn("a report was broken off", zap.Int64("batch", b.ID), zap.Error(err))
	}
	panic(http.ErrAbortHandler) // so that half of it is not taken for all
}
