package batch

import (
	"context"

	"usher/store"
	"usher/upstream"
)

// TakesWebhooks reports whether there is a secret by which the provider's webhooks
// are known.
func (s *Service) TakesWebhooks() bool { return s.cfg.Web.WebhookSecret != "" }

// IsProvider reports whether a webhook's signature, which is the shared secret
// itself, is the right one.
func (s *Service) IsProvider(signature string) bool {
	return s.TakesWebhooks() && SameSecret(signature, s.cfg.Web.WebhookSecret)
}

// Confirmed keeps what a webhook of the provider tells of a session. One of an
// unknown type, or of a session that is nobody's here, or not clearly somebody's, is
// no error: nothing is kept of it. After an error the provider is to send it again.
func (s *Service) Confirmed(ctx context.Context, body []byte) error {
	w, ok := upstream.ParseWebhook(body)
	if !ok {
		return nil
	}
	holders, err := s.st.SessionHolders(ctx, s.account, w.Sessions)
	if err != nil || len(holders) != 1 {
		return err
	}
	for session, k := range holders {
		_, err = s.st.NoteReturn(ctx, s.account, k, store.Return{Source: store.ToldByProvider, SessionID: session, Status: w.Event})
	}
	return err
}
