package batch

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"usher/store"
)

// passwordCost is what a guess costs: the least that OWASP's Password Storage
// Cheat Sheet names for argon2id. More memory would be better against who has
// stolen the hashes, but it is taken from a server that is to stay small.
var passwordCost = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// How long a password is, in characters. The least is what a guess per second
// does not find; the most keeps nobody busy (NIST SP 800-63B, 5.1.1.2).
const (
	passwordLeast = 12
	passwordMost  = 200

	passwordBytes = 16 * passwordMost // before what is typed as several characters is one
)

// hashingMost is how many passwords are hashed at once. Each takes the memory of
// its cost and a core, which is not left to whoever sends the most of them.
const hashingMost = 2

// queueMost is how many wait for that at most, and crowdWait how long others are
// told to stay away. Whoever comes from a thousand addresses at once is not waited
// for by all the others.
const (
	queueMost = 20
	crowdWait = time.Second
)

// passwords hashes and compares passwords, a few at once.
type passwords struct {
	cost   argon2id.Params
	nobody string        // what the password of nobody is compared with
	slots  chan struct{} // of those that are hashed now
	queue  chan struct{} // of those that are compared, or wait for it
	check  func(password, hash string) (bool, *argon2id.Params, error)
}

func newPasswords(cost argon2id.Params) *passwords {
	return &passwords{cost, nobodysHash(cost), make(chan struct{}, hashingMost), make(chan struct{}, queueMost), argon2id.CheckHash}
}

// nobodysHash is like a hash, and that of no password.
func nobodysHash(cost argon2id.Params) string {
	random := make([]byte, cost.SaltLength+cost.KeyLength)
	_, _ = rand.Read(random) // never fails
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", cost.Memory, cost.Iterations, cost.Parallelism,
		text(random[:cost.SaltLength]), text(random[cost.SaltLength:]))
}

// enter takes a place in the queue, if there is one, until leave is called.
func (p *passwords) enter() (leave func(), ok bool) {
	select {
	case p.queue <- struct{}{}:
		return func() { <-p.queue }, true
	default:
		return nil, false
	}
}

// slot waits for its turn, unless the context ends. The turn is over when done is
// called.
func (p *passwords) slot(ctx context.Context) (done func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash is what is kept of a password.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	done, err := p.slot(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return argon2id.CreateHash(norm.NFKC.String(password), &p.cost)
}

// right reports whether a password is the one that was hashed, and whether that
// was done at another cost than today's. Where there is no hash it takes as long,
// and is wrong; so it is with a password longer than any can be.
func (p *passwords) right(ctx context.Context, password, hash string) (right, stale bool, err error) {
	known := hash != "" && len(password) <= passwordBytes
	if !known {
		password, hash = "", p.nobody
	}
	done, err := p.slot(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	right, cost, err := p.check(norm.NFKC.String(password), hash)
	if err != nil {
		return false, false, errors.New("what is kept of a password cannot be read")
	}
	return right && known, *cost != p.cost, nil
}

// checkPassword refuses a password that is too easily found, or too long.
func checkPassword(name, password string) error {
	password = norm.NFKC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < passwordLeast:
		return requestError("take some words that nobody would guess together", "a password has at least %d characters", passwordLeast)
	case n > passwordMost:
		return requestError("take a shorter one", "a password has at most %d characters", passwordMost)
	case store.FoldName(password) == store.FoldName(name):
		return requestError("take some words that nobody would guess together", "the password is the user's name")
	}
	return nil
}
