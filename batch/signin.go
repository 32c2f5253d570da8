package batch

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"usher/store"
)

// WrongSignInError means that the name or the password is not right. It does not
// tell which.
type WrongSignInError struct{}

func (e *WrongSignInError) Error() string { return "the name or the password is not right" }

// ThrottledError means that there were too many tries at signing in: under this
// name, from this address, or both. Nothing was looked at.
type ThrottledError struct{ Wait time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("there were too many tries to sign in; try again in %d s", int(e.Wait.Seconds())+1)
}

// Wrong passwords are slowed down by the name from one address, by the address
// and by the name from all addresses. Who guesses from one address is stopped by
// the first, so the right person is let in from another at once, and from the same
// one when it is its turn, which takes seconds. Whoever is beside the guesser, or
// behind the same router, has the rest of the second.
var (
	triesOfPair    = store.Allowance{Burst: 5, Every: 5 * time.Second}
	triesOfAddress = store.Allowance{Burst: 20, Every: 3 * time.Second}
	triesOfName    = store.Allowance{Burst: 30, Every: 2 * time.Second}
)

// SignIn is the user with this name and password, from an address as net/http
// tells it or as an IP address. Otherwise it returns a [*WrongSignInError], after
// the same work for a name that is not known, or a [*ThrottledError] after next to
// none. The password is compared by few at once, and few others wait until ctx ends.
func (s *Service) SignIn(ctx context.Context, name, password, address string) (User, error) {
	leave, ok := s.passwords.enter()
	if !ok {
		return User{}, &ThrottledError{crowdWait}
	}
	defer leave()
	tries, err := s.tries(ctx, name, address)
	if err != nil {
		return User{}, err
	}
	wait, err := s.st.TakeTry(ctx, tries)
	switch {
	case err != nil:
		return User{}, err
	case wait > 0:
		return User{}, &ThrottledError{wait}
	}
	u, err := s.userNamed(ctx, name)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return User{}, err
	}
	right, stale, err := s.passwords.right(ctx, password, u.PasswordHash)
	switch {
	case err != nil:
		return User{}, err
	case !right:
		return User{}, &WrongSignInError{}
	}
	if stale {
		if err := s.renewHash(ctx, u, password); err != nil {
			return User{}, err
		}
	}
	return userOf(u), s.st.ReturnTry(ctx, tries)
}

// renewHash keeps a password at today's cost.
func (s *Service) renewHash(ctx context.Context, u store.User, password string) error {
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.st.RenewPasswordHash(ctx, u.ID, u.PasswordHash, hash)
}

// tries are what a try at signing in counts against. Their keys tell neither the
// name nor the address.
func (s *Service) tries(ctx context.Context, name, address string) ([]store.Allowance, error) {
	secret, err := s.st.PersonSecret(ctx)
	if err != nil {
		return nil, err
	}
	name, address = store.FoldName(name[:min(len(name), 4*userNameMost)]), network(address)
	pair, addr, named := triesOfPair, triesOfAddress, triesOfName
	pair.Key = triesKey(secret, "pair", name, address)
	addr.Key = triesKey(secret, "address", "", address)
	named.Key = triesKey(secret, "name", name, "")
	return []store.Allowance{pair, addr, named}, nil
}

func triesKey(secret []byte, kind, name, address string) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "usher sign-in\x00%s\x00%s\x00%s", kind, address, name)
	return hex.EncodeToString(mac.Sum(nil))
}

// network is an address as tries are counted by it. Whoever has one of IPv6 may
// take any of its /64 (RFC 4291, 2.5.1; RFC 8981).
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		port, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = port.Addr()
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
