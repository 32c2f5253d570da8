package batch

import (
	"crypto/sha256"
	"crypto/subtle"
)

// SameSecret reports whether what somebody shows is a secret. How long that takes
// tells nothing of it, not even its length.
func SameSecret(shown, secret string) bool {
	is, want := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(is[:], want[:]) == 1
}
