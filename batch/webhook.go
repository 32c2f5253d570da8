package batch

import (
	"context"
	"errors"
	"time"

	"usher/store"
	"usher/upstream"
)

// WebhookPath is the path at which the provider's webhooks are taken.
const WebhookPath = "/webhook/provider"

// TakesWebhooks reports whether there is a secret by which the provider's webhooks
// are known.
func (s *Service) TakesWebhooks() bool { return s.cfg.Web.WebhookSecret != "" }

// IsProvider reports whether a webhook's signature, which is the shared secret
// itself, is the right one.
func (s *Service) IsProvider(signature string) bool {
	return s.TakesWebhooks() && SameSecret(signature, s.cfg.Web.WebhookSecret)
}

// Confirmed keeps what a webhook of the provider tells of a session. One of an
// unknown type, or of a session that is not clearly somebody's, is no error: nothing
// is kept of it. One of a session that is nobody's here is kept for a while, as
// somebody's answer may be on its way, or was lost. After an error the provider is to
// send it again.
func (s *Service) Confirmed(ctx context.Context, body []byte) error {
	w, ok := upstream.ParseWebhook(body)
	if !ok {
		return nil
	}
	holders, err := s.st.SessionHolders(ctx, s.account, w.Sessions)
	switch {
	case err != nil || len(holders) > 1:
		return err
	case len(holders) == 0:
		return s.keepEarly(ctx, w)
	}
	for session, k := range holders {
		_, err = s.st.NoteReturn(ctx, s.account, k, store.Return{Source: store.ToldByProvider, SessionID: session, Status: w.Event})
	}
	return err
}

// earlyKept is how much is kept of what webhooks tell of sessions that nobody has:
// what two days bring at the provider's daily limit, and as long as a person may take
// to find out what became of somebody.
var earlyKept = store.EarlyKept{Most: 100_000, For: 30 * 24 * time.Hour}

// keepEarly keeps what was told of a session that is nobody's yet. Which of the ids
// that were named is the session's shows when somebody gets one of them.
func (s *Service) keepEarly(ctx context.Context, w upstream.Webhook) error {
	var errs []error
	for _, session := range w.Sessions {
		told := store.Return{Source: store.ToldByProvider, SessionID: session, Status: w.Event}
		errs = append(errs, s.st.InTx(ctx, func(tx *store.Tx) error { return tx.NoteEarly(ctx, s.account, told, earlyKept) }))
	}
	return errors.Join(errs...)
}
