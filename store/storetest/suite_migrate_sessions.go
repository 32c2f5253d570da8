package storetest

import (
	"testing"

	"usher/store"
)

// migrateSessionsOfTwo brings a database up to date in which an earlier version
// gave one session to two people: it stays the first one's, and nothing is lost.
func migrateSessionsOfTwo(t *testing.T, dsn string) {
	w := &world{T: t, st: open(t, dsn)}
	_, err := w.st.Migrate(t.Context())
	w.must(err)
	w.account = w.newAccount("https://api.example")
	w.hold(store.WorkerLease(worker), worker)
	_, keys := w.sending(3)
	for i, k := range keys {
		w.settle(createdSession(k, []string{"s1", "s2", "s3"}[i]))
	}
	for _, table := range []string{"sessions", "files", "clock", "acts", "counts", "users", "web_sessions", "signin_tries"} {
		w.exec("DROP TABLE " + table)
	}
	w.exec("DROP INDEX applicants_cause")
	w.exec("DROP INDEX applicants_external_id")
	w.exec("ALTER TABLE applicants DROP COLUMN lookup_seen")
	w.exec("CREATE INDEX applicants_session ON applicants (session_id)")
	w.exec("DELETE FROM schema_version WHERE version BETWEEN 3 AND 6")
	w.exec("UPDATE applicants SET session_id = 's1' WHERE row_no = $1", keys[1].Row)
	w.exec("UPDATE attempts SET session_id = 's1' WHERE row_no = $1", keys[1].Row)
	w.exec("UPDATE applicants SET session_id = '' WHERE row_no = $1", keys[2].Row) // given up: the attempt has it
	_, err = w.st.Migrate(t.Context())
	w.must(err)
	got, err := w.st.SessionHolders(t.Context(), w.account, []string{"s1", "s2", "s3"})
	w.must(err)
	checkSame(t, map[string]store.Key{"s1": keys[0], "s3": keys[2]}, got)
	w.checkCounts() // which the migration made
	if a := w.applicant(keys[1]); a.State != store.Invited || a.SessionID != "s1" {
		t.Errorf("the second is %s with session %q", a.State, a.SessionID)
	}
}
