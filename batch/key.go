package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"go.uber.org/zap"

	"usher/config"
)

// accountName is what an account is remembered by: the API's address and, if
// several customers share the database, a name. The key is not part of it: a
// new key is no reason to invite everybody again.
func accountName(cfg *config.Config) string {
	if cfg.Upstream.Account == "" {
		return cfg.Upstream.BaseURL
	}
	return cfg.Upstream.BaseURL + "#" + cfg.Upstream.Account
}

// fingerprint tells keys apart without telling them.
func fingerprint(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("usher key fingerprint\x00" + key))
	return hex.EncodeToString(sum[:8])
}

// renewKey reads a key that the API refused again from its file, and returns the
// number of the key in use; see [jobs.Config.RenewKey]. The database is told, so
// that a gate which the old key closed opens.
func (s *Service) renewKey(refused int) (inUse int) {
	if n := s.api.Key(); n != refused {
		return n
	}
	key, err := s.cfg.Upstream.ReadKey()
	if err != nil {
		s.log.Warn("the API key could not be read again", zap.Error(err))
		return refused
	}
	n, err := s.api.SetKey(key)
	if err != nil || n == refused {
		return refused
	}
	s.log.Warn("the API refused its key; another one was found in the key's file, and is used from now on")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if _, err := s.st.Account(ctx, accountName(s.cfg), fingerprint(key)); err != nil {
		s.log.Warn("the new key could not be noted in the database", zap.Error(err))
	}
	return n
}
