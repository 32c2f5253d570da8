package batch_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher/batch"
	"usher/config"
	"usher/store/storetest"
)

// office is a service with a sandbox and a database of its own.
func office(t *testing.T) *batch.Service {
	t.Helper()
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		t.Fatal(err)
	}
	settings := rehearsal.Settings()
	settings["report.dir"] = t.TempDir()
	settings["database"] = storetest.SQLiteMigrated(t, upgraded)
	cfg, err := config.Load(config.Options{Flags: settings})
	if err != nil {
		t.Fatal(err)
	}
	s, err := batch.Open(t.Context(), cfg, batch.Options{Command: "test", Send: true, Rehearsal: rehearsal})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

var uli = batch.Actor{Name: "uli", Role: "uploader", Way: batch.WayPage}

// bring imports a list and sets it running.
func bring(t *testing.T, s *batch.Service, text string, o batch.ImportOptions) int64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := s.Import(t.Context(), uli, batch.Feed{File: path}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Discard()
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p.Batch.ID
}

// people are those of a batch in some states, as lists have them.
func peopleIn(t *testing.T, s *batch.Service, id int64, states ...batch.State) (all []string) {
	t.Helper()
	for p, err := range s.Everybody(t.Context(), batch.PeopleFilter{Batch: id, States: states}) {
		if err != nil {
			t.Fatal(err)
		}
		one, err := s.Person(t.Context(), id, p.Row)
		if err != nil {
			t.Fatal(err)
		}
		var extra []string
		for _, c := range one.Columns {
			extra = append(extra, c.Name+"="+c.Value)
		}
		all = append(all, strings.Join(slices.Concat([]string{p.FirstName, p.LastName, p.Email, p.Phone, p.ExternalID}, extra), "|"))
	}
	return all
}

const mixed = `first_name,last_name,email,phone,external_id,workflow_id,team
Ada,Lovelace,ada@example.com,+15192220001,E-1,,"=1+1"
Alan,Turing,alan@refused.example,+15192220002,,,"a,""b"""
Rose,,rose@example.com,12,E-3,,Sales
Grace,Hopper,grace@example.com,+15192220003,E-4,,-
Ada,Lovelace,ada@example.com,+15192220001,E-1,,again
`

// The rest of a batch is a list of those who were not invited, which gives the same
// people when it is imported, and no others.
func TestRest(t *testing.T) {
	t.Parallel()
	s := office(t)
	id := bring(t, s, mixed, batch.ImportOptions{})
	var request *batch.RequestError
	if _, err := s.ReceiveRest(t.Context(), uli, id, 1<<20); !errors.As(err, &request) {
		t.Errorf("the rest of a batch that runs: %v", err)
	}
	if err := s.RunToEnd(t.Context(), id, batch.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	if err := s.WriteRest(t.Context(), id, batch.RestStates, &list); err != nil {
		t.Fatal(err)
	}
	want := peopleIn(t, s, id, batch.RestStates...)
	if len(want) != 2 || strings.Contains(list.String(), "ada@") || strings.Contains(list.String(), "grace@") {
		t.Fatalf("%d people, in\n%s", len(want), list.String())
	}
	again := bring(t, s, list.String(), batch.ImportOptions{})
	if got := peopleIn(t, s, again); !slices.Equal(got, want) {
		t.Errorf("imported again:\n%q, want\n%q", got, want)
	}
	for state, n := range map[batch.State]int{batch.Queued: 1, batch.Rejected: 1} {
		if got := peopleIn(t, s, again, state); len(got) != n {
			t.Errorf("imported again, %d are %s, want %d", len(got), state, n)
		}
	}
	u, err := s.ReceiveRest(t.Context(), uli, id, 1<<20)
	if err != nil || u.Owner != "uli" || u.State != batch.UploadReady || u.Size != int64(list.Len()) {
		t.Errorf("the list: %+v, %v", u, err)
	}
}

// Who was never sent to is in the rest of a batch that was cancelled.
func TestRestOfCancelled(t *testing.T) {
	t.Parallel()
	s := office(t)
	id := bring(t, s, mixed, batch.ImportOptions{})
	if _, err := s.Cancel(t.Context(), uli, id); err != nil {
		t.Fatal(err)
	}
	u, err := s.ReceiveRest(t.Context(), uli, id, 1<<20)
	if err != nil || u.Size == 0 {
		t.Fatal(u, err)
	}
	var list bytes.Buffer
	if err := s.WriteRest(t.Context(), id, batch.RestStates, &list); err != nil {
		t.Fatal(err)
	}
	again := bring(t, s, list.String(), batch.ImportOptions{})
	if got, want := peopleIn(t, s, again), peopleIn(t, s, id, batch.RestStates...); !slices.Equal(got, want) || len(want) != 4 {
		t.Errorf("imported again:\n%q, want\n%q", got, want)
	}
	if _, err := s.ReceiveRest(t.Context(), uli, id, 10); err == nil {
		t.Error("a list beyond the limit was received")
	}
}

// A link is shown to somebody with a name, and that is recorded.
func TestSessionURL(t *testing.T) {
	t.Parallel()
	s := office(t)
	id := bring(t, s, mixed, batch.ImportOptions{})
	if err := s.RunToEnd(t.Context(), id, batch.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if link, err := s.SessionURL(t.Context(), batch.Actor{}, id, 2); err == nil || link != "" {
		t.Errorf("nobody was shown %q", link)
	}
	if link, err := s.SessionURL(t.Context(), uli, id, 3); err == nil || link != "" {
		t.Errorf("who was refused has %q", link)
	}
	link, err := s.SessionURL(t.Context(), uli, id, 2)
	if err != nil || !strings.HasPrefix(link, "http") {
		t.Error(link, err)
	}
	acts, err := s.Acts(t.Context(), batch.ActFilter{Batch: id, Limit: 2})
	if err != nil || acts[0].Act != "session url" || acts[0].Rows != "2" || acts[1].Act == "session url" {
		t.Errorf("recorded %+v, %v", acts, err)
	}
}

// Whatever became of an attempt has words.
func TestMeanings(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"", batch.OutcomeCreated, batch.OutcomeRefused, batch.OutcomeDeferred, batch.OutcomeNotSent, batch.OutcomeInDoubt,
		batch.OutcomeFound, batch.OutcomeNotFound, batch.OutcomeAbandoned, batch.OutcomeUnknown, batch.OutcomeResolved} {
		if words := (batch.Attempt{Outcome: outcome}).Words(); words == outcome || !strings.HasSuffix(words, ".") {
			t.Errorf("%q: %q", outcome, words)
		}
	}
	for _, status := range []int{401, 402, 429, 404} {
		if words := (batch.Attempt{Outcome: batch.OutcomeDeferred, Status: status}).Words(); words == (batch.Attempt{Outcome: batch.OutcomeDeferred}).Words() {
			t.Errorf("%d: %q", status, words)
		}
	}
	for _, code := range []string{"phone_too_short", "email_invalid", "last_name_missing", "name_too_long", "external_id_reused", "external_id_too_long"} {
		if m, ok := batch.MeaningOf(batch.Rejected, code); !ok || m.Words == "" || m.Remedy == "" {
			t.Errorf("%s: %+v", code, m)
		}
	}
	if m, ok := batch.MeaningOf(batch.Failed, "phone_too_short"); ok {
		t.Errorf("a code of the API has words of usher's: %+v", m)
	}
}

// Somebody is found by all that they are known by, a page at a time, and only among
// those who are asked for.
func TestSearchPeople(t *testing.T) {
	t.Parallel()
	s := office(t)
	text := "first_name,last_name,email,phone,external_id\n"
	for i := range 5 {
		text += fmt.Sprintf("Zoë,Number%d,z%d@example.com,+1519333%04d,Z-%d\n", i, i, i, i)
	}
	id := bring(t, s, text, batch.ImportOptions{})
	for who, rows := range map[string][]int{"zoe number3": {5}, "Z4@EXAMPLE.com": {6}, "+1 519 333 0002": {4}, "Z-0": {2}, "nobody": nil} {
		found, err := s.SearchPeople(t.Context(), batch.Search{Who: who})
		if err != nil || !slices.Equal(rowsOf(found.People), rows) || found.Next != (batch.Place{}) {
			t.Errorf("%q: %+v, %v", who, found, err)
		}
	}
	q := batch.Search{Who: "zoe", Batch: id, Limit: 2}
	var all []int
	for {
		found, err := s.SearchPeople(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rowsOf(found.People)...)
		if q.From = found.Next; q.From == (batch.Place{}) {
			break
		}
	}
	if !slices.Equal(all, []int{2, 3, 4, 5, 6}) {
		t.Errorf("all that were found: %v", all)
	}
}

func rowsOf(people []batch.Person) (rows []int) {
	for _, p := range people {
		rows = append(rows, p.Row)
	}
	return rows
}
