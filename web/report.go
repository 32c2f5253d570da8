package web

import (
	"fmt"
	"net/http"

	"usher/batch"
)

// report hands out the results of a batch, with everybody's links.
func (h *Handler) report(w http.ResponseWriter, r *http.Request) error {
	b, err := h.theBatch(r)
	if err != nil {
		return err
	}
	format := r.PostFormValue("format")
	if _, ok := fileKinds[format]; !ok {
		return &batch.RequestError{Wrong: "there is no such kind of file", Fix: "Choose Excel, CSV, a web page or JSON Lines"}
	}
	// The batch's name is what somebody typed: it does not belong in a header.
	out := h.download(w, r, fmt.Sprintf("batch-%d-results.%s", b.ID, format))
	slowly(w) // a workbook is made before it is written
	return out.end(h.svc.Report(r.Context(), visitorOf(r).actor(), b.ID, batch.ReportFormat(format), out))
}
