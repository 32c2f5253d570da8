package store

import "testing"

func TestPersonKey(t *testing.T) {
	t.Parallel()
	key := func(secret, email, phone string) string { return PersonKey([]byte(secret), email, phone) }
	jo := key("s", "jo@example.com", "+491701234567")
	if got := key("s", "Jo@Example.COM", "+491701234567"); got != jo {
		t.Error("capitals make another person")
	}
	if len(jo) != 22 {
		t.Errorf("a key of %d characters, want 128 bits", len(jo))
	}
	for what, other := range map[string]string{
		"another e-mail": key("s", "joe@example.com", "+491701234567"),
		"another phone":  key("s", "jo@example.com", "+491701234568"),
		"no phone":       key("s", "jo@example.com", ""),
		"another secret": key("t", "jo@example.com", "+491701234567"),
		"a moved border": key("s", "jo@example.com+49", "1701234567"),
	} {
		if other == jo {
			t.Errorf("%s gives the same key", what)
		}
	}
}
