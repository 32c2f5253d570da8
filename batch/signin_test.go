package batch

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"usher/config"
	"usher/store/storetest"
)

type cost = argon2id.Params

// later lets time pass for whoever is throttled.
func later(t *testing.T, s *Service, d time.Duration) {
	t.Helper()
	var err error
	const query = "UPDATE signin_tries SET tat_us = tat_us - $1"
	if pool := s.st.Pgx(); pool != nil {
		_, err = pool.Exec(t.Context(), query, d.Microseconds())
	} else {
		_, err = s.st.SQL().ExecContext(t.Context(), query, d.Microseconds())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wrong tries n wrong passwords and counts those that were throttled. The last
// wait is returned.
func wrong(t *testing.T, s *Service, n int, name, address func(i int) string) (throttled int, wait time.Duration) {
	t.Helper()
	for i := range n {
		_, err := s.SignIn(t.Context(), name(i), fmt.Sprintf("wrong password %d", i), address(i))
		var no *WrongSignInError
		var slow *ThrottledError
		switch {
		case errors.As(err, &slow):
			throttled++
			wait = slow.Wait
		case !errors.As(err, &no):
			t.Fatalf("a wrong password: %v", err)
		}
	}
	return throttled, wait
}

// always is the same for each try.
func always(s string) func(int) string { return func(int) string { return s } }

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, hashings := openAt(t, sqliteFile(t))
	ann := addUser(t, s, "Ann", Uploader)
	if _, err := s.AddUser(ctx, root, NewUser{Name: "proxy only", Role: Operator, NoPassword: true}); err != nil {
		t.Fatal(err)
	}
	got, err := s.SignIn(ctx, " ANN ", annsPassword, "192.0.2.1:4711")
	if err != nil || got.ID != ann.ID || got.Role != Uploader || got.Epoch != ann.Epoch {
		t.Errorf("%+v, %v", got, err)
	}
	*hashings = nil
	for i, c := range [][2]string{
		{"ann", "correct horse batterY"}, {"ann", ""}, {"nobody", annsPassword}, {"", ""}, {"an\x00n", annsPassword}, {"a\u202enn", annsPassword},
		{"an\xffn", annsPassword}, {"proxy only", ""}, {"proxy only", annsPassword}, {strings.Repeat("李", 1<<16), strings.Repeat("x", 1<<20)},
	} {
		u, err := s.SignIn(ctx, c[0], c[1], fmt.Sprintf("192.0.2.%d:1", 10+i))
		if !errors.As(err, new(*WrongSignInError)) || u != (User{}) || err.Error() != (&WrongSignInError{}).Error() {
			t.Errorf("%.20q: %+v, %v", c[0], u, err)
		}
		if len(*hashings) != i+1 || (*hashings)[i] != (*hashings)[0] {
			t.Errorf("%.20q: the work was %v", c[0], *hashings)
		}
	}
}

// A password that was hashed at another cost is hashed anew when it is known.
func TestSignInRenewsTheHash(t *testing.T) {
	t.Parallel()
	s, hashings := openAt(t, sqliteFile(t))
	ann := addUser(t, s, "ann", Operator)
	s.passwords.cost.Memory *= 2
	for range 2 {
		if u, err := s.SignIn(t.Context(), "ann", annsPassword, "192.0.2.1"); err != nil || u.Epoch != ann.Epoch {
			t.Fatalf("%+v, %v", u, err)
		}
	}
	if got := *hashings; len(got) != 2 || !strings.Contains(got[0], "m=8,") || !strings.Contains(got[1], "m=16,") {
		t.Errorf("compared with %v", got)
	}
	if acts, err := s.Acts(t.Context(), ActFilter{}); err != nil || len(acts) != 1 {
		t.Errorf("acts: %+v, %v", acts, err)
	}
}

// Ten wrong passwords: the right person gets in from elsewhere at once, and from
// the same address after seconds.
func TestTenWrongPasswords(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, hashings := openAt(t, sqliteFile(t))
	addUser(t, s, "ann", Operator)
	addUser(t, s, "bel", Viewer)
	throttled, wait := wrong(t, s, 10, always("ann"), always("192.0.2.1:1"))
	if throttled == 0 || wait <= 0 || wait > triesOfPair.Every || len(*hashings)+throttled != 10 {
		t.Fatalf("%d throttled, the last for %v; %d hashings", throttled, wait, len(*hashings))
	}
	for who, c := range map[string][2]string{
		"the right person elsewhere": {"ann", "192.0.2.2:1"}, "somebody else at that address": {"bel", "192.0.2.1:9"},
	} {
		if _, err := s.SignIn(ctx, c[0], annsPassword, c[1]); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
	later(t, s, wait)
	for range 20 { // who is right uses nothing up
		if _, err := s.SignIn(ctx, "ann", annsPassword, "192.0.2.1:1"); err != nil {
			t.Fatalf("the right person after the wait: %v", err)
		}
	}
}

// A thousand wrong passwords are not worth a thousand hashings, wherever they
// come from, and others are let in meanwhile.
func TestAThousandWrongPasswords(t *testing.T) {
	t.Parallel()
	address := func(i int) string { return fmt.Sprintf("192.0.%d.%d:1", 2+i/250, 1+i%250) }
	within := func(i int) string { return fmt.Sprintf("[2001:db8::%x:%x]:1", i+1, i+1) }
	name := func(i int) string { return fmt.Sprint("somebody ", i) }
	for what, c := range map[string]struct {
		name, address func(int) string
		burst         int
		every         time.Duration
	}{
		"one name from one address":    {always("ann"), always("192.0.2.1:1"), triesOfPair.Burst, triesOfPair.Every},
		"many names from one address":  {name, always("192.0.2.1:1"), triesOfAddress.Burst, triesOfAddress.Every},
		"many names from one network":  {name, within, triesOfAddress.Burst, triesOfAddress.Every},
		"one name from many addresses": {always("ann"), address, triesOfName.Burst, triesOfName.Every},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, hashings := openAt(t, sqliteFile(t))
			addUser(t, s, "ann", Operator)
			addUser(t, s, "bel", Viewer)
			began := time.Now()
			_, wait := wrong(t, s, 1000, c.name, c.address)
			most := c.burst + int(time.Since(began)/c.every) + 1
			if len(*hashings) > most || wait <= 0 || wait > c.every {
				t.Errorf("%d hashings, want at most %d; the last wait is %v", len(*hashings), most, wait)
			}
			if _, err := s.SignIn(t.Context(), "bel", annsPassword, "198.51.100.1:1"); err != nil {
				t.Errorf("somebody else: %v", err)
			}
		})
	}
}

// Two processes share what was tried; on both databases.
func TestSignInIsThrottledTogether(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{"sqlite": sqliteFile, "postgres": func(t *testing.T) string { return storetest.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := database(t)
			cfg, err := config.Load(config.Options{Flags: map[string]string{"database": dsn}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Upgrade(t.Context(), cfg, nil); err != nil {
				t.Fatal(err)
			}
			one, _ := openAt(t, dsn)
			two, hashings := openAt(t, dsn)
			addUser(t, one, "ann", Operator)
			wrong(t, one, 10, always("ann"), always("192.0.2.1:1"))
			_, err = two.SignIn(t.Context(), "Ann", annsPassword, "192.0.2.1:2")
			var slow *ThrottledError
			if !errors.As(err, &slow) || len(*hashings) != 0 {
				t.Fatalf("in the other process: %v, %d hashings", err, len(*hashings))
			}
			later(t, one, slow.Wait)
			if _, err := two.SignIn(t.Context(), "ann", annsPassword, "192.0.2.1:2"); err != nil {
				t.Errorf("after the wait: %v", err)
			}
		})
	}
}

// A clock that is set back locks nobody out.
func TestSignInAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	s, _ := openAt(t, sqliteFile(t))
	addUser(t, s, "ann", Operator)
	wrong(t, s, 10, always("ann"), always("192.0.2.1"))
	later(t, s, -time.Hour)
	if _, err := s.SignIn(t.Context(), "ann", annsPassword, "192.0.2.1"); err != nil {
		t.Error(err)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.0.2.1:80": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "[::ffff:192.0.2.1]:80": "192.0.2.1",
		"2001:db8::1": "2001:db8::/64", "[2001:db8:0:0:ffff::1]:80": "2001:db8::/64", "2001:db8:0:1::1": "2001:db8:0:1::/64",
		"[fe80::1%eth0]:80": "fe80::/64", "@": "@", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%q is counted as %q, want %q", address, got, want)
		}
	}
}

// A crowd from everywhere at once, each with a name of its own: few wait to be
// compared, the others are told at once to come again, and so is nobody after it.
func TestCrowd(t *testing.T) {
	t.Parallel()
	s, _ := openAt(t, sqliteFile(t))
	addUser(t, s, "ann", Operator)
	held := make(chan struct{})
	s.passwords.check = func(password, hash string) (bool, *cost, error) {
		<-held
		return argon2id.CheckHash(password, hash)
	}
	const crowd = 200
	answers := make(chan error, crowd)
	for i := range crowd {
		go func() {
			_, err := s.SignIn(t.Context(), fmt.Sprint("somebody ", i), "wrong password", fmt.Sprintf("192.0.2.%d:1", i))
			answers <- err
		}()
	}
	for i := range crowd - queueMost {
		if err := <-answers; !errors.As(err, new(*ThrottledError)) {
			t.Fatalf("answer %d: %v", i, err)
		}
	}
	close(held)
	for range queueMost {
		if err := <-answers; !errors.As(err, new(*WrongSignInError)) {
			t.Errorf("who waited: %v", err)
		}
	}
	if _, err := s.SignIn(t.Context(), "ann", annsPassword, "192.0.2.7:1"); err != nil {
		t.Errorf("after it: %v", err)
	}
}
