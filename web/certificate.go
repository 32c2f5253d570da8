package web

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"go.uber.org/zap"
)

// certificateLook is how often it is looked whether a certificate was renewed.
const certificateLook = time.Minute

// certificate is that of the pages, read again when its files change: it is
// renewed while they are served.
type certificate struct {
	cert, key string
	log       *zap.Logger

	mu       sync.Mutex
	now      *tls.Certificate
	modified [2]time.Time
	looked   time.Time
	failed   int // looks in a row that came to nothing
}

func newCertificate(cert, key string, log *zap.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log}
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
		c.look()
	}
	return c.now, nil
}

// look reads the files again. When that fails they may be half written at the moment;
// when it fails again somebody should know, before the one that goes on has expired.
func (c *certificate) look() {
	err := c.read()
	if err == nil {
		c.failed = 0
		return
	}
	if c.failed++; c.failed == 2 {
		c.log.Warn("the certificate of the pages cannot be read again, so the one before goes on", zap.Error(err))
	}
}
