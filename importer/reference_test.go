package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/importer/database"
	"usher/importer/database/databasetest"
	"usher/importer/heading"
	"usher/importer/value"
	"usher/store"
)

const idHead = "external_id," + head + "\n"

func TestCorrectedContact(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := newWorld(t, st)
		var err error
		if other.account, err = st.Account(t.Context(), "another account", ""); err != nil {
			t.Fatal(err)
		}
		other.run(idHead+"7,Ann,Lee,ann@example.org,+447700900111\n", other.options())
		first := w.run(idHead+"7,Ann,Lee,ann@example.com,+447700900001\n8,José,Núñez,jose@example.com,+447700900002\n9,Cy,Lee,cy@example.com,+447700900003\n", w.options()).Batch.ID
		w.invite(first, 100)
		w.exec(fmt.Sprintf("UPDATE applicants SET state = 'failed' WHERE batch_id = %d AND row_no = 4", first))
		const text = idHead +
			"7,LEE,Ann,ann@example.com,+447700900999\n" + // the phone is another
			"8,NUNEZ Jose,,jose.nunez@example.com,+447700900002\n" + // the e-mail is, and the name is not right
			"8,Nunez,Jose,jose.nunez@example.com,+447700900002\n" +
			"9,Cy,Lee,cy@example.com,+447700900333\n" + // nobody was invited under it
			"7,Ann,Lee,ann@example.com,+447700900001\n" + // as it was
			",Ann,Lee,ann@example.com,+447700900999\n" + // without its reference
			"7,Ann,Lee,ann@example.com,+447700900999\n"
		before := func(code string, row int) string { return fmt.Sprintf("duplicate %s %d/%d", code, first, row) }
		w.checkOutcomes(text, w.options(), "2 "+before("contact_changed", 2), "3 rejected last_name_missing", "4 "+before("contact_changed", 3), "5 queued",
			"6 rejected external_id_reused", "7 duplicate duplicate_in_file here/2", "8 duplicate duplicate_in_file here/2")
		for name, change := range map[string]func(*Options){
			"--reinvite-changed":   func(o *Options) { o.ReinviteChanged = true },
			"--allow-duplicates":   func(o *Options) { o.AllowDuplicates = true },
			"--reinvite-after 90d": func(o *Options) { o.ReinviteAfter = 90 * 24 * time.Hour },
		} {
			o := w.options()
			change(&o)
			plan, err := Check(t.Context(), st, open(t, text), o)
			if err != nil {
				t.Fatal(err)
			}
			s := w.stage(text, o)
			got := w.outcomes(s.Batch.ID)
			if got[0] != "2 queued" || got[2] != "4 queued" || !strings.HasSuffix(got[5], fmt.Sprintf("duplicate_in_file %d/2", s.Batch.ID)) {
				t.Errorf("%s: got %q", name, got)
			}
			if diff := cmp.Diff(s.Counts, plan.Counts); diff != "" {
				t.Errorf("%s: counts (-stage +check):\n%s", name, diff)
			}
			if h := w.applicants(s.Batch.ID)[0].Holder; h != (store.Key{Batch: first, Row: 2}) {
				t.Errorf("%s: the holder of row 2 is %v", name, h)
			}
			if err := s.Discard(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		o := w.options()
		o.ReinviteAfter = 200 * 24 * time.Hour
		w.checkOutcomes(text, o, "2 "+before("contact_changed", 2), "3 rejected last_name_missing", "4 "+before("contact_changed", 3),
			fmt.Sprintf("5 duplicate in_batch %d/5", first+1), "6 rejected external_id_reused", "7 duplicate duplicate_in_file here/2", "8 duplicate duplicate_in_file here/2")
	})
}

// Of several who were invited under a reference, the newest counts, and any who is
// the row's person.
// Ann was invited long ago, and two days ago at her new number. A list that still
// has the old one does not invite her anew after 90 days.
func TestOldContactOfSomebodyInvitedSince(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		const old, corrected = idHead + "7,Ann,Lee,ann@example.com,+447700900001\n", idHead + "7,Ann,Lee,ann@example.com,+447700900999\n"
		w.invite(w.run(old, w.options()).Batch.ID, 100)
		o := w.options()
		o.ReinviteChanged = true
		second := w.run(corrected, o).Batch.ID
		w.invite(second, 2)

		o = w.options()
		o.ReinviteAfter = 90 * 24 * time.Hour
		w.checkOutcomes(old, o, fmt.Sprintf("2 duplicate contact_changed %d/2", second))
		o.ReinviteChanged = true
		s := w.stage(old, o)
		if got := w.outcomes(s.Batch.ID); got[0] != "2 queued" {
			t.Errorf("with --reinvite-changed: %q", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.ReinviteChanged = false
		w.invite(second, 91)
		if got := w.outcomes(w.stage(old+"\n", o).Batch.ID); got[0] != "2 queued" {
			t.Errorf("after 91 days: %q", got)
		}
	})
}

func TestReferenceOfSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	o := w.options()
	o.ReinviteChanged = true
	row := func(n int) string { return fmt.Sprintf("%s7,Ann,Lee,ann.%d@example.com,+447700900001\n", idHead, n) }
	first, second := w.run(row(1), o).Batch.ID, w.run(row(2), o).Batch.ID
	for n, want := range map[int]string{1: fmt.Sprintf("2 duplicate in_batch %d/2", first), 2: fmt.Sprintf("2 duplicate in_batch %d/2", second),
		3: fmt.Sprintf("2 duplicate contact_changed %d/2", second)} {
		w.checkOutcomes(row(n)+",,,,\n\n", w.options(), want)
	}
}

// The same answers whether a person's rows are in one chunk or in two.
func TestCorrectedContactAcrossChunks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	w.run(idHead+"7,Ann,Lee,ann@example.com,+447700900001\n", w.options())
	filler := strings.ReplaceAll(strings.SplitN(people(upTo(1200)...), "\n", 2)[1], "Ann,Lee", ",Fay,Low")
	const changed, bare = "7,Ann,Lee,ann@example.com,+447700900999\n", ",Ann,Lee,ann@example.com,+447700900999\n"
	for _, between := range []string{"", filler} {
		for _, c := range []struct{ text, first, last string }{
			{changed + between + bare, "duplicate contact_changed", "duplicate duplicate_in_file"},
			{bare + between + changed, "queued", "duplicate duplicate_in_file"},
		} {
			s := w.stage(idHead+c.text, w.options())
			all := w.outcomes(s.Batch.ID)
			if first, last := all[0], all[len(all)-1]; !strings.HasPrefix(first, "2 "+c.first) || !strings.Contains(last, " "+c.last) {
				t.Errorf("got %q and %q, want %q and %q", first, last, c.first, c.last)
			}
			if err := s.Discard(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Numbers of two companies meet. No option but the prefix lets that through.
func TestReferenceOfAnother(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		first := w.run(idHead+"7,Ann,Lee,ann@example.com,+447700900001\n", w.options()).Batch.ID
		w.invite(first, 100)
		const text = idHead + "7,Bob,Ray,bob@example.com,+447700900002\nacme-8,Cy,Ray,cy@example.com,+447700900003\n"
		for _, o := range []Options{{}, {AllowDuplicates: true}, {ReinviteChanged: true}, {ReinviteAfter: time.Hour}} {
			o.Account, o.By = w.account, ann
			s := w.stage(text, o)
			if diff := cmp.Diff([]string{"2 rejected reference_of_another", "3 queued"}, w.outcomes(s.Batch.ID)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", o, diff)
			}
			a := w.applicants(s.Batch.ID)[0]
			for _, part := range []string{"external_id: ", "Ann Lee was invited on 20", fmt.Sprintf("batch %d, row 2", first), "--reference-prefix acme-"} {
				if !strings.Contains(a.Error, part) {
					t.Errorf("no %q in %q", part, a.Error)
				}
			}
			if err := s.Discard(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		o := w.options()
		o.Defaults.ReferencePrefix = "acme-"
		s := w.checkOutcomes(text+",Di,Ray,di@example.com,+447700900004\n", o, "2 queued", "3 queued", "4 queued")
		all := w.applicants(s.Batch.ID)
		if all[0].ExternalID != "acme-7" || all[1].ExternalID != "acme-8" || !isGenerated(all[2].ExternalID) {
			t.Errorf("references %q, %q, %q", all[0].ExternalID, all[1].ExternalID, all[2].ExternalID)
		}
		// What the report has comes back as it is.
		again := idHead + "acme-7,Bob,Ray,bob@example.com,+447700900222\n" + all[2].ExternalID + ",Di,Ray,di@example.com,+447700900444\n"
		w.checkOutcomes(again, o, fmt.Sprintf("2 duplicate contact_changed %d/2", s.Batch.ID), fmt.Sprintf("3 duplicate contact_changed %d/4", s.Batch.ID))
	})
}

func TestReferencePrefix(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"ac me", "acme\n", "usher-", strings.Repeat("a", 256), "a\x00"} {
		_, err := Check(t.Context(), nil, open(t, people(1)), Options{Defaults: Defaults{ReferencePrefix: prefix}})
		var refused *heading.OptionError
		if !errors.As(err, &refused) || refused.Hint() == "" {
			t.Errorf("%q: %v", value.Clip(prefix, 10), err)
		}
	}
	long := idHead + strings.Repeat("9", 252) + ",Ann,Lee,ann@example.com,+447700900001\n"
	plan, err := Check(t.Context(), nil, open(t, long), Options{Defaults: Defaults{ReferencePrefix: "acme-"}})
	if err != nil || len(plan.Problems) != 1 || plan.Problems[0].Code != "external_id_too_long" {
		t.Errorf("%v, %+v", err, plan)
	}
	with, _, err := fingerprint(open(t, long), Options{Defaults: Defaults{ReferencePrefix: "acme-"}})
	if err != nil {
		t.Fatal(err)
	}
	if without, _, _ := fingerprint(open(t, long), Options{}); with == without {
		t.Error("the same fingerprint with a prefix as without")
	}
	// Files imported by earlier versions are recognised: what they did not know is not written.
	if _, options, _ := fingerprint(open(t, long), Options{}); strings.Contains(options, "prefix") || strings.Contains(options, "changed") {
		t.Errorf("the options are %s", options)
	}
}

func TestContactOfAnother(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		const contact = ",a@example.com,+447700900001\n"
		const text = head + "\nAnn,Lee" + contact + "Bob,Lee" + contact + "LEE,ann" + contact + "Bob,Lee" + contact
		want := []string{"2 queued", "3 rejected contact_of_another", "4 duplicate duplicate_in_file here/2", "5 rejected contact_of_another"}
		for _, o := range []Options{{AllowDuplicates: true}, {ReinviteAfter: time.Hour}, {}} {
			o.Account, o.By = w.account, ann
			s := w.checkOutcomes(text, o, want...)
			if a := w.applicants(s.Batch.ID)[1]; !strings.Contains(a.Error, "email: row 2 has the same e-mail address and phone number under another name") || a.ExternalID != "" {
				t.Errorf("row 3 has the reference %q and says %q", a.ExternalID, a.Error)
			}
			w.exec("DELETE FROM people")
			w.exec("DELETE FROM applicants")
		}
		first := w.run(head+"\nAnn,Lee"+contact, w.options()).Batch.ID
		w.invite(first, 100)
		o := w.options()
		o.ReinviteAfter = time.Hour
		s := w.checkOutcomes(head+"\nBob,Lee"+contact+"Ann,Lée"+contact+"Bob,Lee"+contact, o,
			"2 rejected contact_of_another", "3 queued", "4 rejected contact_of_another")
		if a := w.applicants(s.Batch.ID)[0]; !strings.Contains(a.Error, "Ann Lee was invited on 20") || !strings.Contains(a.Error, "--allow-duplicates") {
			t.Errorf("it says %q", a.Error)
		}
		o.AllowDuplicates = true
		w.checkOutcomes(head+"\nBob,Lee"+contact, o, "2 queued")
	})
}

// Somebody has married: the reference says that it is the same person.
func TestAnotherNameUnderTheSameReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	first := w.run(idHead+"7,Ann,Lee,ann@example.com,+447700900001\n", w.options()).Batch.ID
	const ray = "7,Ann,Ray,ann@example.com,+447700900001\n"
	w.checkOutcomes(idHead+ray, w.options(), fmt.Sprintf("2 duplicate in_batch %d/2", first))
	w.checkOutcomes(idHead+"8,Cy,Lee,cy@example.com,+447700900002\n8,Cy,Ray,cy@example.com,+447700900002\n,Cy,Fox,cy@example.com,+447700900002\n", w.options(),
		"2 queued", "3 duplicate duplicate_in_file here/2", "4 rejected contact_of_another")
}

// Names that were purged stand against nobody.
func TestNamesThatAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite(t))
	first := w.run(idHead+"7,Ann,Lee,ann@example.com,+447700900001\n", w.options()).Batch.ID
	w.exec("UPDATE applicants SET first_name = '', last_name = '', email = '', phone = ''")
	s := w.checkOutcomes(idHead+"9,Ann,Lee,ann@example.com,+447700900001\n7,Ann,Lee,ann@example.com,+447700900009\n", w.options(),
		fmt.Sprintf("2 duplicate in_batch %d/2", first), fmt.Sprintf("3 duplicate contact_changed %d/2", first))
	if a := w.applicants(s.Batch.ID)[1]; !strings.Contains(a.Error, "somebody is about to be invited") {
		t.Errorf("it says %q", a.Error)
	}
}

// A phone number is corrected in a source that is read every night, and the row
// is new by its time. It sends nothing by itself.
func TestNightlySourceWithACorrectedPhone(t *testing.T) {
	t.Parallel()
	eachOrigin(t, func(t *testing.T, o *databasetest.Origin, w *world) {
		o.People()
		o.Add(1, 3)
		first := w.runQuery(queryOf(o)).Batch.ID
		w.invite(first, 1)
		for night := 1; night <= 3; night++ {
			o.Exec(fmt.Sprintf("UPDATE people SET mobile = '+44770090%04d', updated_at = '2024-02-0%d 00:00:00' WHERE id = 2", 9900+night, night))
			s := w.runQuery(queryOf(o))
			if diff := cmp.Diff([]string{fmt.Sprintf("2 duplicate contact_changed %d/3", first)}, w.outcomes(s.Batch.ID)); diff != "" {
				t.Errorf("night %d (-want +got):\n%s", night, diff)
			}
		}
		if _, err := w.stageQuery(queryOf(o)); !errors.Is(err, database.ErrNothingNew) {
			t.Errorf("then: %v", err)
		}
		if n := w.number("SELECT count(*) FROM applicants WHERE state = 'queued'"); n != 0 {
			t.Errorf("%d are queued", n)
		}
	})
}

func TestGeneratedIDsSortAsTheirRows(t *testing.T) {
	t.Parallel()
	m := newIDMaker()
	last := ""
	for _, row := range []int{0, 1, 2, 5, 6, 31, 32, 33, 1023, 1024, 999_999, 1_048_576, 1<<31 - 1} {
		id := m.id(row)
		if !isGenerated(id) || !isOurs(id) || id <= last {
			t.Errorf("row %d: %q after %q", row, id, last)
		}
		last = id
	}
}
