package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// newPair makes a certificate of this number and its key, in PEM.
func newPair(t *testing.T, number int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour)}
	cert, err = x509.CreateCertificate(rand.Reader, of, of, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err = x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
}

// A certificate is renewed while it is in use. As long as its files do not fit
// together the one before goes on, and if that lasts somebody is told, once.
func TestCertificateIsRenewed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	written := time.Now()
	write := func(path string, text []byte) {
		t.Helper()
		written = written.Add(time.Second) // files can be written faster than their clock goes
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, written, written); err != nil {
			t.Fatal(err)
		}
	}
	cert1, key1 := newPair(t, 1)
	cert2, key2 := newPair(t, 2)
	write(certFile, cert1)
	write(keyFile, key1)
	core, logged := observer.New(zap.WarnLevel)
	c, err := newCertificate(certFile, keyFile, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want int64, told int) {
		t.Helper()
		c.looked = time.Now().Add(-2 * certificateLook)
		got, err := c.get(nil)
		if err != nil || got.Leaf.SerialNumber.Int64() != want || logged.Len() != told {
			t.Errorf("%s: certificate %v, %v, and told %d times; want %d and %d", when, got.Leaf.SerialNumber, err, logged.Len(), want, told)
		}
	}
	check("at first", 1, 0)
	write(certFile, cert2[:len(cert2)/2])
	check("half written", 1, 0)
	write(certFile, cert2)
	check("without its key", 1, 1)
	check("still", 1, 1)
	write(keyFile, key2)
	check("renewed", 2, 1)
	write(keyFile, key1)
	check("with another key", 2, 1)
	check("with another key, still", 2, 2)
}
