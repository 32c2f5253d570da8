package batch

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/store"
)

func TestReturnToken(t *testing.T) {
	t.Parallel()
	secret, other := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))
	seen := map[string]bool{}
	for _, account := range []int64{1, 2, 300, math.MaxInt64} {
		for _, k := range []store.Key{{Batch: 1, Row: 2}, {Batch: 2, Row: 1}, {Batch: 12, Row: 34}, {Batch: 123, Row: 4}, {Batch: math.MaxInt64, Row: math.MaxInt32}} {
			token := returnToken(secret, account, k)
			if seen[token] || token == returnToken(other, account, k) || len(token) > tokenMost {
				t.Errorf("%d, %v: %s is another's too, or too long", account, k, token)
			}
			seen[token] = true
			if a, got, ok := readToken(secret, token); !ok || a != account || got != k {
				t.Errorf("%s: %d, %v, %t, want %d, %v", token, a, got, ok, account, k)
			}
			if _, _, ok := readToken(other, token); ok {
				t.Errorf("%s is taken with another secret", token)
			}
		}
	}
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	secret := []byte(strings.Repeat("a", 32))
	k := store.Key{Batch: 7, Row: 9}
	token := returnToken(secret, 1, k)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	mac := raw[len(raw)-macBytes:]
	encode := func(parts ...[]byte) string {
		var all []byte
		for _, p := range parts {
			all = append(all, p...)
		}
		return base64.RawURLEncoding.EncodeToString(all)
	}
	forged := map[string]string{
		"nothing": "", "a part": token[:len(token)-1], "more": token + "A", "padded": token + "=", "with a line break": token[:4] + "\n" + token[4:],
		"with a space": " " + token, "another alphabet": base64.StdEncoding.EncodeToString(raw), "another case": strings.ToUpper(token),
		"for the next row":      encode([]byte{1, 7, 10}, mac),
		"for another account":   encode([]byte{2, 7, 9}, mac),
		"split another way":     encode([]byte{1, 7}, append([]byte{9}, mac...)[:macBytes]),
		"a long way to write 1": encode([]byte{0x81, 0x00, 7, 9}, mac),
		"with more in the name": encode([]byte{1, 7, 9, 0}, mac),
		"no name":               encode(mac), "no mac": encode([]byte{1, 7, 9}),
		"beyond all numbers": encode(binary.AppendUvarint([]byte{1, 7}, math.MaxUint64), mac),
		"huge":               strings.Repeat("A", 1<<20),
	}
	for i := range raw { // each bit of the last byte, and one of every other
		for _, bit := range []byte{1, 0x80} {
			turned := append([]byte{}, raw...)
			turned[i] ^= bit
			forged["with a bit turned "+string(rune('a'+i))+string(rune('0'+bit%7))] = encode(turned)
		}
	}
	for last := range 64 { // what a lenient reader takes for the same bytes
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		if alphabet[last] != token[len(token)-1] {
			forged["ending in "+alphabet[last:last+1]] = token[:len(token)-1] + alphabet[last:last+1]
		}
	}
	for name, f := range forged {
		if account, got, ok := readToken(secret, f); ok {
			t.Errorf("%s: %.60q is taken for %d, %v", name, f, account, got)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	secret := []byte(strings.Repeat("a", 32))
	f.Add(returnToken(secret, 1, store.Key{Batch: 7, Row: 9}))
	f.Fuzz(func(t *testing.T, token string) {
		if account, k, ok := readToken(secret, token); ok && returnToken(secret, account, k) != token {
			t.Errorf("%q is taken for %d, %v", token, account, k)
		}
	})
}

func TestSecretBeside(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "usher.db")
	if secret, err := secretBeside(database, false); secret != "" || err != nil {
		t.Fatalf("before there is one: %q, %v", secret, err)
	}
	var all sync.Map
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			secret, err := secretBeside(database, true)
			if err != nil {
				t.Error(err)
			}
			all.Store(secret, true)
		})
	}
	wait.Wait()
	secret, err := secretBeside(database, false)
	if err != nil || len(secret) < 32 {
		t.Errorf("the secret is %q, %v", secret, err)
	}
	all.Range(func(other, _ any) bool {
		if other != secret {
			t.Error("not all have the same secret")
		}
		return true
	})
	entries, err := os.ReadDir(filepath.Dir(database))
	if err != nil || len(entries) != 1 {
		t.Errorf("what is left in the folder: %v, %v", entries, err)
	}
	if err := os.WriteFile(database, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(database, link); err != nil {
		t.Fatal(err)
	}
	if again, err := secretBeside(link, true); err != nil || again != secret {
		t.Errorf("by another name the database has another secret (%v)", err)
	}
	if again, err := secretBeside(filepath.Join(t.TempDir(), "usher.db"), true); err != nil || again == secret {
		t.Errorf("another database has the same secret (%v)", err)
	}
}

func TestSecretThatIsNone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"others may read it": func(path string) error { return os.Chmod(path, 0o640) },
		"it is a link": func(path string) error {
			if err := os.Rename(path, path+".real"); err != nil {
				return err
			}
			return os.Symlink(path+".real", path)
		},
		"it is a folder": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700)
		},
		"it is empty":   func(path string) error { return os.Truncate(path, 0) },
		"it is cut off": func(path string) error { return os.Truncate(path, 20) },
		"no folder":     func(path string) error { return os.RemoveAll(filepath.Dir(path)) },
	} {
		database := filepath.Join(t.TempDir(), "data", "usher.db")
		if err := os.Mkdir(filepath.Dir(database), 0o700); err != nil {
			t.Fatal(err)
		}
		secret, err := secretBeside(database, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(database + ".return-secret"); err != nil {
			t.Fatal(err)
		}
		got, err := secretBeside(database, true)
		if err == nil || got != "" && got == secret || Hint(err) == "" || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAsSaid(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"success": "success", "failed": "failed", "abandoned": "abandoned", "": "", "document_unreadable": "document_unreadable",
		"session_eaten_2": "session_eaten_2", "=1+1": "=1+1",
		"confirmed": `"confirmed"`, "Confirmed": `"Confirmed"`, " confirmed": `" confirmed"`, "c-o-n-f-i-r-m-e-d": `"c-o-n-f-i-r-m-e-d"`,
		`"confirmed"`: `""confirmed""`, "confirmed: verified": `"confirmed: verified"`, "сonfirmed": `"сonfirmed"`, "ｃonfirmed": `"ｃonfirmed"`,
		"verified": `"verified"`, "REJECTED": `"REJECTED"`,
	} {
		if got := asSaid(word); got != want {
			t.Errorf("%s is kept as %s, want %s", word, got, want)
		}
	}
}
