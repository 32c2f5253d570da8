package config

import (
	"path/filepath"
	"testing"
)

// The files of a certificate lie where usher.yaml does, or where one stands, and
// need not be there for those who serve no pages.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	dir, sub := t.TempDir(), t.TempDir()
	file := write(t, sub, "u.yaml", "web: {tls_cert: tls/cert.pem}\n")
	c, err := Load(Options{Dir: dir, File: file, Env: append([]string{"USHER_WEB_TLS_KEY=key.pem"}, home...)})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(sub, "tls", "cert.pem"); c.Web.TLSCert != want {
		t.Errorf("the certificate is %s, want %s", c.Web.TLSCert, want)
	}
	if want := filepath.Join(dir, "key.pem"); c.Web.TLSKey != want {
		t.Errorf("its key is %s, want %s", c.Web.TLSKey, want)
	}
}
