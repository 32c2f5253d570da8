package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"go.uber.org/zap"

	"usher/batch"
)

const (
	webhookRoute = "POST " + batch.WebhookPath
	webhookMost  = 64 << 10        // bytes of a webhook
	webhookTime  = 8 * time.Second // for an answer; after 10 s the provider sends it again
)

// webhook takes what the provider tells of a session. Whatever is not of interest
// is answered as if it were, so that it does not come again.
func (h *Handler) webhook(w http.ResponseWriter, r *http.Request) error {
	if !h.svc.TakesWebhooks() {
		return plain(w, http.StatusNotFound, "no webhooks are taken here")
	}
	if !h.svc.IsProvider(r.Header.Get("deepidv-signature")) {
		return plain(w, http.StatusUnauthorized, "the signature is not the secret that is set here")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookMost))
	var tooMuch *http.MaxBytesError
	switch {
	case errors.As(err, &tooMuch):
		return plain(w, http.StatusRequestEntityTooLarge, "that is more than a webhook has")
	case err != nil:
		return plain(w, http.StatusBadRequest, "the body did not arrive whole")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), webhookTime)
	defer cancel()
	if err := h.svc.Confirmed(ctx, body); err != nil {
		h.log.Warn("a webhook could not be kept; the provider is asked to send it again", zap.Error(err))
		return plain(w, http.StatusServiceUnavailable, "not now: send it again")
	}
	return plain(w, http.StatusOK, "ok")
}
