package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/store"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	o := Options{Defaults: Defaults{WorkflowID: "wf-0"}}
	plan, err := Check(t.Context(), nil, open(t, everyKind), o)
	if err != nil {
		t.Fatal(err)
	}
	header := strings.Split("First Name,lastName,E-MAIL,phone,external_id,sendEmailInvite,send_phone_invite,workflow_id,redirect_url,Team,Note", ",")
	one := func(row int, column, code string) Kind {
		return Kind{Column: column, Code: code, Count: 1, Examples: []Problem{{Row: row, Column: column, Code: code, At: slices.Index(header, column)}}}
	}
	want := &Plan{
		Name: "people.csv", Rows: 8, Tokens: 4,
		Counts: store.Counts{store.Rejected: 3, store.Duplicate: 1, store.Queued: 4, store.Sending: 0,
			store.Invited: 0, store.Failed: 0, store.Unknown: 0, store.Cancelled: 0},
		Format: table.Format{Kind: "csv", Encoding: "UTF-8", Delimiter: ",", HeaderRow: 1},
		Columns: []heading.Column{{Heading: "First Name", Field: "first_name"}, {Heading: "lastName", Field: "last_name"},
			{Heading: "E-MAIL", Field: "email"}, {Heading: "phone", Field: "phone"}, {Heading: "external_id", Field: "external_id"},
			{Heading: "sendEmailInvite", Field: "send_email_invite"}, {Heading: "send_phone_invite", Field: "send_phone_invite"},
			{Heading: "workflow_id", Field: "workflow_id"}, {Heading: "redirect_url", Field: "redirect_url"},
			{Heading: "Team"}, {Heading: "Note"}},
		Problems: []Kind{
			one(4, "E-MAIL", "email_invalid"),
			one(4, "lastName", "last_name_missing"),
			one(4, "phone", "phone_no_country_code"),
			one(4, "redirect_url", "redirect_url_not_https"),
			one(4, "sendEmailInvite", "boolean_invalid"),
			one(6, "", "row_too_long"),
			one(7, "external_id", "external_id_reused"),
		},
		Repairs: []RepairKind{
			{"First Name", "white_space_removed", 1, []Repair{{2, "First Name", "white_space_removed", " Ann ", "Ann"}}},
			{"phone", "phone_signs_removed", 1, []Repair{{2, "phone", "phone_signs_removed", "+44 7700 900-001", "+447700900001"}}},
			{"phone", "text_mark_removed", 1, []Repair{{3, "phone", "text_mark_removed", "'+447700900002", "+447700900002"}}},
		},
		Workflows:        map[string]int{"wf-0": 3, "wf-1": 1},
		DuplicatesInFile: 1,
		Duplicates:       []Duplicate{{Row: 8, Code: "duplicate_in_file", HolderRow: 2}},
		Header:           header,
	}
	if diff := cmp.Diff(want, plan, cmpopts.IgnoreFields(Problem{}, "Wrong", "Fix"), cmpopts.IgnoreFields(heading.Column{}, "Samples")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Ann@Example.com", "bob@example.com", "cy@example"}, plan.Columns[2].Samples); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func TestCheckCountsKinds(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head + "\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "Ann,Lee,ann.%d,+4477009%05d\n", i, i)
	}
	plan, err := Check(t.Context(), nil, open(t, b.String()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Problems) != 1 || plan.Problems[0].Count != 3000 || len(plan.Problems[0].Examples) != maxExamples || plan.Tokens != 0 {
		t.Errorf("got %+v", plan)
	}
}

// A check tells what the import then does, and changes nothing.
func TestCheckAgreesWithStage(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		before := w.run(people(1, 2, 3), w.options()).Batch.ID
		w.invite(before, 100)
		text := people(append(upTo(1200), 2, 700, 700)...) + "Bob,,bob@example.com,+447700900999\n"
		for _, change := range []func(*Options){
			func(*Options) {},
			func(o *Options) { o.AllowDuplicates = true },
			func(o *Options) { o.ReinviteAfter = 1 },
		} {
			o := w.options()
			change(&o)
			plan, err := Check(t.Context(), st, open(t, text), o)
			if err != nil {
				t.Fatal(err)
			}
			w.empty(before)
			s := w.stage(text, o)
			if diff := cmp.Diff(s.Counts, plan.Counts); diff != "" {
				t.Errorf("counts (-stage +check):\n%s", diff)
			}
			if n := plan.DuplicatesBefore + plan.DuplicatesInFile; n != s.Counts[store.Duplicate] || len(plan.Duplicates) != n {
				t.Errorf("%d duplicates, %d shown", n, len(plan.Duplicates))
			}
			if plan.Existing != nil {
				t.Errorf("existing: %+v", plan.Existing)
			}
			if err := s.Discard(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		plan, err := Check(t.Context(), st, open(t, people(1, 2, 3)), w.options())
		if err != nil || plan.Existing == nil || plan.Existing.ID != before || plan.Tokens != 0 {
			t.Errorf("the same file: %v, %+v", err, plan)
		}
	})
}
