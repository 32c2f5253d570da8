package batch

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.uber.org/zap"
)

// returns keeps the secret of the addresses that people come back to.
type returns struct {
	mu     sync.Mutex
	secret []byte
	told   bool // that it cannot be read
}

// tell logs, once, that nobody can come back here.
func (r *returns) tell(log *zap.Logger, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.told {
		log.Warn("what people come back with is not kept", zap.Error(err))
	}
	r.told = true
}

// secretLetters is how long a secret is that usher makes: 52 letters of 5 bits.
const secretLetters = 52

// returnSecret is the secret that tokens are made with. On SQLite, where the settings
// give none, it lies in a file beside the database, which is made if that is wanted;
// else it may be nil. A rehearsal has one of its own.
func (s *Service) returnSecret(create bool) ([]byte, error) {
	s.returns.mu.Lock()
	defer s.returns.mu.Unlock()
	if s.returns.secret != nil {
		return s.returns.secret, nil
	}
	given := s.cfg.Web.ReturnSecret
	switch {
	case given != "" && !s.Rehearsal():
	case s.st.Path() == "":
		return nil, errors.New("web.return_secret is not set")
	default:
		var err error
		if given, err = secretBeside(s.st.Path(), create); err != nil || given == "" {
			return nil, err
		}
	}
	s.returns.secret = []byte(given)
	return s.returns.secret, nil
}

// secretBeside reads the secret that lies beside a database, or makes it. It is empty
// if there is none and none is to be made.
func secretBeside(database string, create bool) (string, error) {
	if real, err := filepath.EvalSymlinks(database); err == nil {
		database = real // by whatever name a process knows it
	}
	path := database + ".return-secret"
	secret, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err = makeSecret(path); err == nil || errors.Is(err, fs.ErrExist) {
			secret, err = readSecret(path) // another process may have been first
		}
	}
	if errors.Is(err, fs.ErrNotExist) && !create {
		return "", nil
	}
	if err != nil {
		return "", WithHint(fmt.Errorf("the secret of the page that people come back to: %w", err),
			"let this user read it and nobody else (chmod 600), or set web.return_secret (USHER_WEB_RETURN_SECRET)")
	}
	return secret, nil
}

// readSecret reads a file that nobody but its owner may open.
func readSecret(path string) (string, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is no file", path)
	case !isClosed(info):
		return "", fmt.Errorf("others than its owner may open %s", path)
	}
	text, err := os.ReadFile(path)
	secret := strings.TrimSpace(string(text))
	if err == nil && len(secret) < secretLetters {
		err = fmt.Errorf("%s is not whole", path)
	}
	return secret, err
}

// makeSecret makes the file. It is there whole or not at all, and never replaces
// another: then the error is [fs.ErrExist].
func makeSecret(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.WriteString(rand.Text() + rand.Text() + "\n")
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
