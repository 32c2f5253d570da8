package batch_test

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/batch"
	"usher/config"
)

// looking opens a database for somebody who looks and decides.
func looking(t *testing.T, database string) *batch.Service {
	t.Helper()
	cfg, err := config.Load(config.Options{Flags: map[string]string{"database": database}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := batch.Open(t.Context(), cfg, batch.Options{Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// worked is a database in which the example program has worked.
func worked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	database := "sqlite:" + filepath.Join(dir, "usher.db")
	if _, _, err := rehearse(t.Context(), dir, database); err != nil {
		t.Fatal(err)
	}
	return database
}

// The reads that pages are made of.
func TestReads(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := looking(t, worked(t))
	people, err := s.People(ctx, batch.PeopleFilter{Batch: 1, States: []batch.State{batch.Invited}, Limit: 1})
	if err != nil || len(people) != 1 || people[0].Email != "ada@example.com" || people[0].BatchName != "people.csv" {
		t.Errorf("the first page: %+v, %v", people, err)
	}
	people, err = s.People(ctx, batch.PeopleFilter{Batch: 1, States: []batch.State{batch.Invited}, After: people[0].Row, Limit: 1})
	if err != nil || len(people) != 1 || people[0].FirstName != "Grace" {
		t.Errorf("the second page: %+v, %v", people, err)
	}
	people, err = s.People(ctx, batch.PeopleFilter{Batch: 1, Search: "turing"})
	if err != nil || len(people) != 1 || people[0].State != batch.Failed {
		t.Errorf("searched: %+v, %v", people, err)
	}
	alan, err := s.Person(ctx, 1, people[0].Row)
	if err != nil || len(alan.Attempts) != 2 || alan.Attempts[0].N != 1 || alan.Attempts[1].EndedAt == nil || alan.Attempts[1].Status < 400 {
		t.Errorf("somebody with all attempts: %+v, %v", alan, err)
	}
	causes, err := s.Causes(ctx, 1, 0)
	if err != nil || len(causes) != 1 || causes[0].Count != 1 || causes[0].State != batch.Failed || causes[0].Message == "" {
		t.Errorf("causes: %+v, %v", causes, err)
	}
	for name, err := range map[string]error{
		"a batch":  second(s.Batch(ctx, 9)),
		"people":   second(s.People(ctx, batch.PeopleFilter{Batch: 9})),
		"a person": second(s.Person(ctx, 1, 99)),
		"causes":   second(s.Causes(ctx, 9, 0)),
		"standing": second(s.StandingOf(ctx, 9)),
		"retry":    second(s.PlanRetry(ctx, 9)),
	} {
		if err == nil || batch.Hint(err) == "" {
			t.Errorf("%s that there is not: %v, hint %q", name, err, batch.Hint(err))
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Who did what is told in order, and a report is handed out to nobody unnamed.
func TestStory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := looking(t, worked(t))
	if err := s.Report(ctx, batch.Actor{}, 1, "csv", io.Discard); err == nil {
		t.Error("a report was handed out to nobody")
	}
	acts, err := s.Acts(ctx, batch.ActFilter{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, a := range acts {
		story = append(story, a.Act+": "+a.Words())
	}
	want := []string{"report: invited 2, rows 3", "retry: queued 1", "resume: ", "pause: ", "import: queued 3, rows 3"}
	if d := cmp.Diff(want, story); d != "" {
		t.Error(d)
	}
	text, err := json.Marshal(acts)
	if err != nil {
		t.Fatal(err)
	}
	for _, personal := range []string{"ada", "Ada", "Lovelace", "1519", "http"} {
		if strings.Contains(string(text), personal) {
			t.Errorf("%q is in the acts: %s", personal, text)
		}
	}
	for _, shape := range []string{`"id":`, `"at":`, `"actor":"example"`, `"role":"program"`, `"way":"program"`, `"act":"import"`, `"batch":1`, `"numbers":{`} {
		if !strings.Contains(string(text), shape) {
			t.Errorf("%s is not in %s", shape, text)
		}
	}
}

// Of two who give up one batch at once, one does; the other is told why not.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	database := worked(t)
	one, two := looking(t, database), looking(t, database)
	ann := batch.Actor{Name: "ann", Way: batch.WayPage}
	if n, err := one.Retry(t.Context(), ann, 1); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, s := range []*batch.Service{one, two} {
		wait.Go(func() { _, errs[i] = s.Cancel(t.Context(), ann, 1) })
	}
	wait.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("cancelled by both or by none: %v, %v", errs[0], errs[1])
	}
	if err := errors.Join(errs...); batch.Hint(err) == "" {
		t.Errorf("the other one is not told what to do: %v", err)
	}
	acts, err := one.Acts(t.Context(), batch.ActFilter{Batch: 1, Limit: 2})
	if err != nil || len(acts) != 2 || acts[0].Act != "cancel" || acts[1].Act != "retry" {
		t.Errorf("the last acts: %+v, %v", acts, err)
	}
}

// Who was opened to look sends nothing.
func TestLookingSendsNothing(t *testing.T) {
	t.Parallel()
	s := looking(t, worked(t))
	ann := batch.Actor{Name: "ann", Way: batch.WayPage}
	for name, err := range map[string]error{
		"import": second(s.Import(t.Context(), ann, batch.Feed{File: "people.csv"}, batch.ImportOptions{})),
		"run":    s.RunToEnd(t.Context(), 1, batch.RunOptions{}),
		"work":   s.Work(t.Context()),
	} {
		if err == nil || !strings.Contains(err.Error(), "opened to look") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFindBatches(t *testing.T) {
	t.Parallel()
	database := worked(t)
	if found, err := looking(t, database).FindBatches(t.Context(), batch.Filter{}); err != nil || len(found) != 0 {
		t.Errorf("another account's are found: %+v, %v", found, err)
	}
	rehearsal, err := batch.NewRehearsal(false)
	if err != nil {
		t.Fatal(err)
	}
	settings := rehearsal.Settings()
	settings["database"] = database
	cfg, err := config.Load(config.Options{Flags: settings})
	if err != nil {
		t.Fatal(err)
	}
	s, err := batch.Open(t.Context(), cfg, batch.Options{Rehearsal: rehearsal})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, c := range map[string]struct {
		filter batch.Filter
		want   int
	}{
		"all":           {batch.Filter{}, 1},
		"by state":      {batch.Filter{States: []string{batch.Finished, batch.Paused}}, 1},
		"another state": {batch.Filter{States: []string{batch.Running}}, 0},
		"by name":       {batch.Filter{Search: "PEOPLE"}, 1},
		"another name":  {batch.Filter{Search: "staff"}, 0},
		"older":         {batch.Filter{Before: 1}, 0},
	} {
		found, err := s.FindBatches(t.Context(), c.filter)
		if err != nil || len(found) != c.want || c.want == 1 && found[0].Counts.Total() != 3 {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}
