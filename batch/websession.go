package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"usher/store"
)

// tokenHash is what a browser's token is known by: who reads the database cannot
// use it to be signed in.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// WebSession is what is kept for a browser's token, if anything is and it has not
// ended.
func (s *Service) WebSession(ctx context.Context, token string) (data []byte, found bool, err error) {
	data, err = s.st.WebSession(ctx, tokenHash(token))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// SaveWebSession keeps data for a browser's token until it expires. Nothing is
// written where that is as it was, to a minute.
func (s *Service) SaveWebSession(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.st.SaveWebSession(ctx, tokenHash(token), data, time.Until(expiry))
}

// KeepWebSession is [Service.SaveWebSession] for a token that is known. One that was
// forgotten meanwhile, as somebody signed out, stays forgotten.
func (s *Service) KeepWebSession(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.st.KeepWebSession(ctx, tokenHash(token), data, time.Until(expiry))
}

// DeleteWebSession forgets what is kept for a browser's token.
func (s *Service) DeleteWebSession(ctx context.Context, token string) error {
	return s.st.DeleteWebSession(ctx, tokenHash(token))
}

// SweepWebSessions forgets what has ended: web sessions, and tries at signing in
// that slow nobody down any more. Once in some minutes is often enough.
func (s *Service) SweepWebSessions(ctx context.Context) error {
	return errors.Join(s.st.DeleteEndedWebSessions(ctx), s.st.DeleteIdleTries(ctx))
}
