package batch

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// What is kept for a token is found by the token only, and the token itself is
// nowhere in the database.
func TestWebSession(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	database := sqliteFile(t)
	s, _ := openAt(t, database)
	const token = "the-token-of-a-browser"
	if err := s.SaveWebSession(ctx, token, []byte("data"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	data, found, err := s.WebSession(ctx, token)
	if err != nil || !found || string(data) != "data" {
		t.Errorf("%q, %v, %v", data, found, err)
	}
	for _, guess := range []string{"", "another", tokenHash(token)} {
		if data, found, err := s.WebSession(ctx, guess); found || err != nil || data != nil {
			t.Errorf("%q: %q, %v, %v", guess, data, found, err)
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.ReadFile(strings.TrimPrefix(database, "sqlite:") + suffix)
		if err == nil && bytes.Contains(file, []byte(token)) {
			t.Errorf("the token is in the file%s", suffix)
		}
	}
	if err := s.SaveWebSession(ctx, token, []byte("data"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.WebSession(ctx, token); found || err != nil {
		t.Errorf("one that has ended is found, %v", err)
	}
	if err := s.SweepWebSessions(ctx); err != nil {
		t.Error(err)
	}
	if err := s.SaveWebSession(ctx, token, []byte("again"), time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := s.DeleteWebSession(ctx, token); err != nil {
		t.Error(err)
	}
	if _, found, err := s.WebSession(ctx, token); found || err != nil {
		t.Errorf("one that was deleted is found, %v", err)
	}
}
