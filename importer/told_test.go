package importer

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/store"
)

const reportHead = "row,status,external_id,first_name,last_name,email,phone,session_id,session_url,error_code,error,attempts,sent_at,settled_at,outcome_status,outcome_reason\n"

// reportRow is a row of a report about person n.
func reportRow(n int, status, code string) string {
	session := ""
	if strings.EqualFold(strings.TrimSpace(status), "invited") {
		session = fmt.Sprint("s-", n)
	}
	return fmt.Sprintf("%d,%s,usher-aaaaaaaaaaaaaaaaaaa%c,Ann,Lee,ann.%d@example.com,+4477009%05d,%s,,%s,,1,,,,\n", n, status, 'a'+n, n, n, session, code)
}

// checkOutcomes imports text and compares what became of each row; a check must
// say the same.
func (w *world) checkOutcomes(text string, o Options, want ...string) *Staged {
	w.Helper()
	plan, err := Check(w.Context(), w.st, open(w.T, text), o)
	if err != nil {
		w.Fatal(err)
	}
	s := w.run(text, o)
	if s.Existing {
		w.Fatal("the file was imported before")
	}
	got := w.outcomes(s.Batch.ID)
	for i, line := range got {
		got[i] = strings.ReplaceAll(line, fmt.Sprintf(" %d/", s.Batch.ID), " here/")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(s.Counts, plan.Counts); diff != "" {
		w.Errorf("counts (-stage +check):\n%s", diff)
	}
	codes := map[string]int{}
	for _, a := range w.applicants(s.Batch.ID) {
		if a.State == store.Rejected || a.State == store.Duplicate {
			codes[a.ErrorCode]++
		}
		if (a.PersonKey == "") != (a.State == store.Rejected) || a.State == store.Queued && a.ExternalID == "" {
			w.Errorf("row %d is %s with person %q and reference %q", a.Row, a.State, a.PersonKey, a.ExternalID)
		}
	}
	planned := map[string]int{}
	for _, k := range plan.Problems {
		planned[k.Code] += k.Count
	}
	for _, d := range plan.Duplicates {
		planned[d.Code]++
	}
	if diff := cmp.Diff(codes, planned); diff != "" {
		w.Errorf("codes (-stage +check):\n%s", diff)
	}
	return s
}

func TestReportRunWhereItsDatabaseIsNot(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		text := reportHead + reportRow(1, "invited", "") + reportRow(2, "sending", "") + reportRow(3, "unknown", "several_sessions") +
			reportRow(4, "failed", "bad_phone") + reportRow(5, "cancelled", "") + reportRow(6, "queued", "") +
			reportRow(7, "duplicate", "invited_before") + reportRow(8, "duplicate", "invited_elsewhere") +
			reportRow(9, "duplicate", "contact_changed") + reportRow(10, "duplicate", "in_batch") +
			reportRow(11, " Invited ", "") + reportRow(12, "", "") +
			strings.Replace(reportRow(1, "", ""), "usher-aaaaaaaaaaaaaaaaaaab", "", 1)
		first := w.checkOutcomes(text, w.options(),
			"2 duplicate invited_elsewhere 0/0", "3 duplicate invited_elsewhere 0/0", "4 duplicate invited_elsewhere 0/0",
			"5 queued", "6 queued", "7 queued", "8 duplicate invited_elsewhere 0/0", "9 duplicate invited_elsewhere 0/0",
			"10 duplicate invited_elsewhere 0/0", "11 queued", "12 duplicate invited_elsewhere 0/0", "13 queued",
			"14 duplicate duplicate_in_file here/2")
		if a := w.applicants(first.Batch.ID)[0]; !strings.Contains(a.Error, "--allow-duplicates") {
			t.Errorf("row 2 says %q", a.Error)
		}
		if n := w.number("SELECT count(*) FROM people"); n != 5 {
			t.Errorf("%d persons are held", n)
		}
		// Nobody of them is let through by a retry.
		err := st.InTx(t.Context(), func(tx *store.Tx) error {
			rows, err := tx.Retry(t.Context(), first.Batch.ID)
			if len(rows) != 0 {
				t.Errorf("a retry took %v", rows)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		// Those whom this database knows by now are told by it.
		o := w.options()
		o.Name, o.Again = "again", true
		w.checkOutcomes(reportHead+reportRow(4, "invited", "")+reportRow(1, "invited", ""), o,
			fmt.Sprintf("2 duplicate in_batch %d/5", first.Batch.ID), "3 duplicate invited_elsewhere 0/0")
		o.AllowDuplicates = true
		w.checkOutcomes(reportHead+reportRow(1, "invited", "")+reportRow(4, "invited", "")+reportRow(1, "invited", ""), o,
			"2 queued", "3 queued", "4 duplicate duplicate_in_file here/2")
	})
}

// A report that was sorted has other rows of somebody before the one that says
// invited, and maybe thousands of rows before it.
func TestReportSortedByStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	var b strings.Builder
	b.WriteString(reportHead + reportRow(1, "cancelled", "") + reportRow(1, "duplicate", "duplicate_in_file"))
	for n := range 1500 {
		fmt.Fprintf(&b, ",,,Cy,Lee,cy.%d@example.com,+4477118%05d,,,,,,,,,\n", n, n)
	}
	b.WriteString(strings.ReplaceAll(reportRow(1, "invited", ""), "usher-aaaaaaaaaaaaaaaaaaab", "E-1"))
	s := w.run(b.String(), w.options())
	all := w.outcomes(s.Batch.ID)
	want := []string{fmt.Sprintf("2 duplicate duplicate_in_file %d/1504", s.Batch.ID), fmt.Sprintf("3 duplicate duplicate_in_file %d/1504", s.Batch.ID),
		"1504 duplicate invited_elsewhere 0/0"}
	if diff := cmp.Diff(want, []string{all[0], all[1], all[len(all)-1]}); diff != "" || s.Counts[store.Queued] != 1500 {
		t.Errorf("%v (-want +got):\n%s", s.Counts, diff)
	}
}

// A rehearsal contacted nobody, whatever its report says.
func TestReportOfARehearsal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	w.checkOutcomes(reportHead+reportRow(1, "invited", "rehearsal")+reportRow(2, "unknown", " Rehearsal"), w.options(), "2 queued", "3 queued")
}

// What people leave of a report's columns is believed as far as it is certain.
func TestReportWithoutAllItsColumns(t *testing.T) {
	t.Parallel()
	const person = "Ann,Lee,ann@example.com,+447700900001"
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"status and a session":         {"status,session_url," + head + "\ninvited,https://x.example/1," + person, "invited_elsewhere"},
		"status and an empty session":  {"status,session_url," + head + "\ninvited,," + person, ""},
		"status and a reference":       {"status,external_id," + head + "\nINVITED,usher-aaaaaaaaaaaaaaaaaaaa," + person, "invited_elsewhere"},
		"status and their reference":   {"status,external_id," + head + "\ninvited,E-1," + person, ""},
		"a status of theirs":           {"status," + head + "\ninvited," + person, ""},
		"no status, a session":         {"session_id,session_url,sent_at," + head + "\ns-1,,," + person, "invited_elsewhere"},
		"no status, no session":        {"session_id,session_url,sent_at," + head + "\n,,," + person, ""},
		"no status, too little else":   {"session_id," + head + "\ns-1," + person, ""},
		"headings in capitals":         {"STATUS,SESSION_ID,SESSION_URL,SENT_AT," + head + "\nInvited,,,," + person, "invited_elsewhere"},
		"headings with spaces":         {"Status,Session ID,Session-URL,Sent at," + head + "\nInvited,,,," + person, "invited_elsewhere"},
		"an emptied status":            {reportHead + strings.Replace(reportRow(1, "invited", ""), "invited", "", 1), ""},
		"a status marked as text":      {reportHead + reportRow(1, "'=invited", ""), ""},
		"a status in no-break spaces":  {reportHead + reportRow(1, "\u00a0invited\u00a0", ""), "invited_elsewhere"},
		"an error code with its blank": {reportHead + reportRow(1, "Duplicate", "Invited_Before "), "invited_elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := Check(t.Context(), nil, open(t, c.text+"\n"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, d := range plan.Duplicates {
				got += d.Code
			}
			if got != c.want || plan.Tokens != 1-len(plan.Duplicates) || plan.Counts[store.Rejected] != 0 {
				t.Errorf("got %q, want %q; %v", got, c.want, plan.Counts)
			}
		})
	}
}

// HR has corrected a phone number in the row of somebody who was invited.
func TestReportWithACorrectedPhone(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first := w.run(people(1, 2), w.options()).Batch.ID
		w.invite(first, 1)
		id := w.applicants(first)[0].ExternalID
		corrected := reportHead + "2,invited," + id + ",Ann,Lee,ann.1@example.com,+447700999999,s-1,,,,1,,,,\n"
		s := w.checkOutcomes(corrected, w.options(), fmt.Sprintf("2 duplicate contact_changed %d/2", first))
		if a := w.applicants(s.Batch.ID)[0]; !strings.Contains(a.Error, "--reinvite-changed") || !strings.Contains(a.Error, "Ann Lee was invited on 20") ||
			!strings.Contains(a.Error, fmt.Sprintf("batch %d, row 2", first)) {
			t.Errorf("it says %q", a.Error)
		}
		o := w.options()
		o.ReinviteChanged = true
		s = w.checkOutcomes(corrected, o, "2 queued")
		if a := w.applicants(s.Batch.ID)[0]; a.Holder != (store.Key{Batch: first, Row: 2}) {
			t.Errorf("its holder is %v", a.Holder)
		}
		if n := w.number(fmt.Sprintf("SELECT count(*) FROM people WHERE batch_id = %d", first)); n != 2 {
			t.Errorf("the first batch holds %d persons", n)
		}
	})
}

// A row that is rejected when it is to be placed is in the list of problems, in
// its order; it is refused until it is mended.
func TestListOfRowsThatAreAnothers(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first := w.run("external_id,"+head+"\nE-1,Ann,Lee,ann@example.com,+447700900001\n", w.options()).Batch.ID
		w.invite(first, 1)
		const text = "external_id," + head + ",hired\n" +
			"E-2,Cy,Lee,cy@example.com,+447700900003,01/02/2026\n" +
			"E-3,Di,Lee,cy@example.com,+447700900003,01/03/2026\n" +
			"E-4,Ed,,ed@example.com,+447700900005,\n" +
			"E-1,Flo,Ray,flo@example.com,+447700900006,\n" +
			"E-5,Bob,Ray,ann@example.com,+447700900001,\n"
		list := func(o Options, text string) string {
			var b bytes.Buffer
			o.Problems = &b
			if _, err := Check(t.Context(), st, open(t, text), o); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		w.stageAndDiscard(text, "2 queued", "3 rejected contact_of_another", "4 rejected last_name_missing", "5 rejected reference_of_another", "6 rejected contact_of_another")
		problems := list(w.options(), text)
		var got []string
		for line := range strings.Lines(problems) {
			got = append(got, strings.SplitN(line, ",", 2)[0])
		}
		if diff := cmp.Diff([]string{"external_id", "E-3", "E-4", "E-1", "E-5"}, got); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, problems)
		}
		anew := strings.Replace(problems, "01/03/2026", "2026-01-03", 1) // as a spreadsheet writes it
		w.stageAndDiscard(anew, "2 rejected not_mended", "3 rejected last_name_missing", "4 rejected reference_of_another", "5 rejected contact_of_another")
		mended := strings.NewReplacer("E-3,Di,Lee,cy@", "E-3,Di,Lee,di@", "Ed,,", "Ed,Lee,", "E-1,Flo", "E-6,Flo", "Bob,Ray,ann@", "Bob,Ray,bob@").Replace(problems)
		w.stageAndDiscard(mended, "2 queued", "3 queued", "4 queued", "5 queued")
		// The ways out that need no change of the row.
		o := w.options()
		o.Defaults.ReferencePrefix, o.AllowDuplicates = "acme-", true
		s := w.run(problems, o)
		if diff := cmp.Diff([]string{"2 rejected not_mended", "3 rejected last_name_missing", "4 queued", "5 queued"}, w.outcomes(s.Batch.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// stageAndDiscard tells what would become of each row, and imports nobody.
func (w *world) stageAndDiscard(text string, want ...string) {
	w.Helper()
	s := w.stage(text, w.options())
	if diff := cmp.Diff(want, w.outcomes(s.Batch.ID)); diff != "" {
		w.Errorf("(-want +got):\n%s", diff)
	}
	if err := s.Discard(w.Context()); err != nil {
		w.Fatal(err)
	}
}
