package batch

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/alexedwards/argon2id"
)

// cheap is a cost that tests can pay often.
var cheap = argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func TestPasswordsThatMayBe(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"":                              "at least 12",
		"eleven char":                   "at least 12",
		"elevenü cha":                   "at least 12",
		"ﬀﬀﬀﬀﬀﬀ":                        "", // of two letters each, as they are written out
		"e\u0301e\u0301e\u0301e\u0301":  "at least 12",
		"twelve chars":                  "",
		"李李李李李李李李李李李李":                  "",
		strings.Repeat("李", 200):        "",
		strings.Repeat("李", 201):        "at most 200",
		"Ann  LEE-SMITH":                "user's name",
		"ａｎｎ ｌｅｅ－ｓｍｉｔｈ":                 "user's name",
		"ann lee-smith!":                "",
		"  spaces at both ends count  ": "",
	} {
		err := checkPassword("ann lee-smith", password)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
		var request *RequestError
		if err != nil && (!errors.As(err, &request) || password != "" && strings.Contains(err.Error()+Hint(err), password)) {
			t.Errorf("%q: not a request's error, or it tells the password: %v", password, err)
		}
	}
}

func TestPasswordRight(t *testing.T) {
	t.Parallel()
	p := newPasswords(cheap)
	hash, err := p.hash(t.Context(), "caf\u00e9 by the sea")
	if err != nil {
		t.Fatal(err)
	}
	old := newPasswords(argon2id.Params{Memory: 16, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	for name, c := range map[string]struct {
		p            *passwords
		typed, hash  string
		right, stale bool
	}{
		"as it was typed":         {p, "caf\u00e9 by the sea", hash, true, false},
		"as another keyboard has": {p, "cafe\u0301 by the sea", hash, true, false},
		"another":                 {p, "cafe by the sea", hash, false, false},
		"with a space more":       {p, "caf\u00e9 by the sea ", hash, false, false},
		"at another cost":         {old, "caf\u00e9 by the sea", hash, true, true},
		"of nobody":               {p, "caf\u00e9 by the sea", "", false, false},
		"of nobody, empty":        {p, "", "", false, false},
		"far too long":            {p, strings.Repeat("x", 1<<20), hash, false, false},
	} {
		right, stale, err := c.p.right(t.Context(), c.typed, c.hash)
		if err != nil || right != c.right || stale != c.stale {
			t.Errorf("%s: right %v, stale %v, %v", name, right, stale, err)
		}
	}
	if _, _, err := p.right(t.Context(), "caf\u00e9 by the sea", "$secret"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a hash that is none: %v", err)
	}
}

// What is compared for nobody costs what everybody else's password does.
func TestNobodysPasswordCostsAsMuch(t *testing.T) {
	t.Parallel()
	p := newPasswords(passwordCost)
	cost, _, _, err := argon2id.DecodeHash(p.nobody)
	if err != nil || *cost != passwordCost {
		t.Errorf("it costs %+v, %v", cost, err)
	}
	if newPasswords(passwordCost).nobody == p.nobody {
		t.Error("it is the same in each process")
	}
}

// Two are compared at once, the others wait, and who gives up leaves the queue.
func TestPasswordQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords(cheap)
		var now, most, done atomic.Int64
		next := make(chan struct{})
		p.check = func(string, string) (bool, *argon2id.Params, error) {
			most.Store(max(most.Load(), now.Add(1)))
			<-next
			now.Add(-1)
			return true, &cheap, nil
		}
		for range 6 {
			go func() {
				if _, _, err := p.right(t.Context(), "x", p.nobody); err == nil {
					done.Add(1)
				}
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, _, err := p.right(ctx, "x", p.nobody)
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
		for range 6 {
			next <- struct{}{}
			synctest.Wait()
		}
		if most.Load() != hashingMost || done.Load() != 6 {
			t.Errorf("%d at once, %d done", most.Load(), done.Load())
		}
	})
}

func BenchmarkPassword(b *testing.B) {
	p := newPasswords(passwordCost)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p.right(b.Context(), "caf\u00e9 by the sea", ""); err != nil {
			b.Fatal(err)
		}
	}
}
