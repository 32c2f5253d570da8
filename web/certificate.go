package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificateLook is how often it is looked whether a certificate was renewed.
const certificateLook = time.Minute

// certificate is that of the pages, read again when its files change: it is
// renewed while they are served.
type certificate struct {
	cert, key string

	mu       sync.Mutex
	now      *tls.Certificate
	modified [2]time.Time
	looked   time.Time
}

func newCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	if err := c.read(); err != nil {
		return nil, fmt.Errorf("read the certificate of the pages: %w", err)
	}
	return c, nil
}

// read reads the files if they have changed. If that fails, the one before goes on.
func (c *certificate) read() error {
	c.looked = time.Now()
	var modified [2]time.Time
	for i, path := range []string{c.cert, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		modified[i] = info.ModTime()
	}
	if c.now != nil && modified == c.modified {
		return nil
	}
	now, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.now, c.modified = &now, modified
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > certificateLook {
		_ = c.read() // it may be half written at the moment
	}
	return c.now, nil
}
