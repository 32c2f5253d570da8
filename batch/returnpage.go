package batch

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"strings"

	"usher/config"
	"usher/store"
)

// returnPath is the path of the page that people come back to, before the token.
const returnPath = "/return/"

// macBytes is how much of an HMAC a token has: 128 bits.
const macBytes = 16

// tokenMost is longer than any token can be.
const tokenMost = 64

// returnToken names an applicant to whoever comes back, and proves that the name
// came from here: the key, and an HMAC over it. It is the same for every attempt.
func returnToken(secret []byte, account int64, k store.Key) string {
	name := binary.AppendUvarint(nil, uint64(account))
	name = binary.AppendUvarint(name, uint64(k.Batch))
	name = binary.AppendUvarint(name, uint64(k.Row))
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write([]byte("usher return 1\x00"))
	_, _ = mac.Write(name)
	return base64.RawURLEncoding.EncodeToString(append(name, mac.Sum(nil)[:macBytes]...))
}

// readToken is whom a token names; not ok unless it is letter by letter the one that
// [returnToken] makes.
func readToken(secret []byte, token string) (account int64, k store.Key, ok bool) {
	if len(token) > tokenMost {
		return 0, k, false
	}
	bytes, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(bytes) <= macBytes {
		return 0, k, false
	}
	name := bytes[:len(bytes)-macBytes]
	var parts [3]int64
	for i := range parts {
		n, size := binary.Uvarint(name)
		if size <= 0 || n > math.MaxInt64 {
			return 0, k, false
		}
		parts[i], name = int64(n), name[size:]
	}
	if parts[2] > math.MaxInt32 {
		return 0, k, false
	}
	k = store.Key{Batch: parts[1], Row: int(parts[2])}
	return parts[0], k, hmac.Equal([]byte(returnToken(secret, parts[0], k)), []byte(token))
}

// returnURL is the address of the page that somebody comes back to. The error says
// what is missing, to stand behind a colon.
func (s *Service) returnURL(k store.Key) (string, error) {
	var lacks *OptionError
	if errors.As(s.mayReturn(true), &lacks) {
		return "", errors.New(lacks.Problem)
	}
	secret, err := s.returnSecret(true)
	if err != nil {
		return "", err
	}
	return s.cfg.Web.PublicURL + returnPath + returnToken(secret, s.account, k), nil
}

// returnedTo is whose page a token is of.
func (s *Service) returnedTo(token string) (account int64, k store.Key, ok bool) {
	secret, err := s.returnSecret(false)
	if err != nil {
		s.returns.tell(s.log, err)
		return 0, k, false
	}
	if secret == nil {
		return 0, k, false
	}
	return readToken(secret, token)
}

// mayReturn is nil if the settings let people come back to a page of usher, or if
// they are not to.
func (s *Service) mayReturn(wanted bool) error {
	if lacks := lacksForReturns(s.cfg); wanted && len(lacks) > 0 {
		return lacks[0]
	}
	return nil
}

// lacksForReturns are what the settings lack for people to come back to a page of
// usher.
func lacksForReturns(cfg *config.Config) (lacks []*OptionError) {
	const option = "return to usher"
	if !reachable(cfg) {
		lacks = append(lacks, &OptionError{Option: option, Problem: "web.public_url is no https address, and people can come back to no other",
			Remedy: "set web.public_url (USHER_WEB_PUBLIC_URL) to the https address of 'usher serve', or leave this out"})
	}
	if !strings.HasPrefix(cfg.Database, "sqlite:") && cfg.Web.ReturnSecret == "" {
		lacks = append(lacks, &OptionError{Option: option, Problem: "web.return_secret is not set, and on PostgreSQL usher cannot make one for all machines",
			Remedy: "make one with 'openssl rand -base64 32', and set it as web.return_secret (USHER_WEB_RETURN_SECRET) for every process that works or serves pages"})
	}
	return lacks
}

// reachable reports whether the pages have an address that is known and secure.
func reachable(cfg *config.Config) bool { return strings.HasPrefix(cfg.Web.PublicURL, "https://") }

// readyForReturns is nil if people can come back to a page of usher, or are not to.
// It makes the secret for it.
func (s *Service) readyForReturns(wanted bool) error {
	err := s.mayReturn(wanted)
	if err == nil && wanted {
		_, err = s.returnSecret(true)
	}
	return err
}
