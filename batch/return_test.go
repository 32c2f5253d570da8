package batch_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/batch"
)

const returnsAt = "https://usher.example"

// returners are two who come back to usher, and one whose row names another page.
const returners = "first_name,last_name,email,phone,external_id,redirect_url\n" +
	"Ann,Lee,ann@example.com,+447700900001,R1,\n" +
	"Bob,Low,bob@example.com,+447700900002,R2,\n" +
	"Cy,May,cy@example.com,+447700900003,R3,https://own.example/thanks\n"

// returning has what people need to come back. On SQLite usher makes the secret.
func (h *house) returning() {
	h.settings = map[string]string{"web.public_url": returnsAt, "defaults.return": "yes"}
	if strings.HasPrefix(h.database, "postgres") {
		h.settings["web.return_secret"] = strings.Repeat("s", 32)
	}
}

// listFile is a list as a file.
func (h *house) listFile(text string) batch.Feed {
	h.Helper()
	path := filepath.Join(h.TempDir(), "returners.csv")
	h.must(os.WriteFile(path, []byte(text), 0o600))
	return batch.Feed{File: path}
}

// started imports a list and sets its batch running.
func (h *house) started(s *batch.Service, text string) batch.Batch {
	h.Helper()
	p, err := s.Import(h.Context(), page, h.listFile(text), batch.ImportOptions{})
	h.must(err)
	defer p.Discard()
	h.must(p.Start(h.Context()))
	return p.Batch
}

// cameBack ends somebody's session at the sandbox and returns where the browser is
// sent: the token, and the query.
func (h *house) cameBack(reference, end string) (token string, said url.Values) {
	h.Helper()
	for _, s := range h.api.Sessions() {
		if s.ExternalID != reference {
			continue
		}
		req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.url+"/s/"+s.ID, strings.NewReader("end="+end))
		h.must(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := http.DefaultTransport.RoundTrip(req)
		h.must(err)
		h.must(res.Body.Close())
		to, err := res.Location()
		h.must(err)
		token, ok := strings.CutPrefix(to.Path, "/return/")
		if !ok || to.Scheme+"://"+to.Host != returnsAt {
			h.Fatalf("%s is sent to %s", reference, to)
		}
		return token, to.Query()
	}
	h.Fatalf("%s has no session", reference)
	return "", nil
}

// outcome is what is known of a row: the outcome, and how much was told.
func (h *house) outcome(s *batch.Service, row int) string {
	h.Helper()
	p, err := s.Person(h.Context(), 1, row)
	h.must(err)
	return fmt.Sprintf("%s/%s after %d", p.OutcomeStatus, p.OutcomeReason, len(p.Returns))
}

func (h *house) outcomeIs(s *batch.Service, row int, want string) {
	h.Helper()
	if got := h.outcome(s, row); got != want {
		h.Errorf("row %d: %s, want %s", row, got, want)
	}
}

// From the import to what a browser says, each step in another process.
func TestReturned(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.returning()
		one, two := h.process(), h.process()
		b := h.started(one, returners)
		if n := h.number("SELECT count(*) FROM applicants WHERE redirect_url = 'usher:return'"); n != 2 {
			h.Errorf("%d have no more than the mark in the database, want 2", n)
		}
		h.work(two)
		h.finished(one, b.ID, 3)
		for _, s := range h.api.Sessions() {
			if (s.RedirectURL == "https://own.example/thanks") != (s.ExternalID == "R3") {
				h.Errorf("%s goes to %s", s.ExternalID, s.RedirectURL)
			}
		}
		ann, said := h.cameBack("R1", "failed")
		bob, bobSaid := h.cameBack("R2", "success")
		again := func(token string, said url.Values) { h.must(one.Returned(h.Context(), token, said)) }
		// Nothing of these is kept.
		again(bob, said)
		again(ann, bobSaid)
		again(ann[:len(ann)-1], said)
		again("", said)
		again(ann, url.Values{"status": {"success"}})
		again(ann, url.Values{"session_id": {"made-up"}, "status": {"success"}})
		h.outcomeIs(two, 2, "/ after 0")
		h.outcomeIs(two, 3, "/ after 0")
		again(ann, said)
		again(ann, said)
		h.outcomeIs(two, 2, "failed/document_unreadable after 1")
		said.Set("status", "success")
		said.Del("reason")
		h.must(two.Returned(h.Context(), ann, said))
		h.outcomeIs(two, 2, "failed/document_unreadable after 2")
		bobSaid.Set("status", "confirmed")
		bobSaid.Set("reason", "verified")
		again(bob, bobSaid)
		h.outcomeIs(one, 3, `"confirmed"/"verified" after 1`)
		if p, err := one.Person(h.Context(), 1, 3); err != nil || p.Confirmed() || p.Returns[0].ByProvider() || p.Afterwards != "a page of usher" {
			h.Errorf("a browser is taken for the provider: %+v, %v", p, err)
		}
		var out bytes.Buffer
		h.must(one.Report(h.Context(), page, 1, "csv", &out))
		for _, want := range []string{",failed,document_unreadable", `,"""confirmed""","""verified"""`} {
			if !strings.Contains(out.String(), want) {
				h.Errorf("the report has no %s:\n%s", want, out.String())
			}
		}
	})
}

func TestReturnedOddities(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.returning()
		s := h.process()
		b := h.started(s, returners)
		h.work(s)
		h.finished(s, b.ID, 3)
		token, said := h.cameBack("R1", "success")
		for _, odd := range []string{"new_status", "\x00\xff", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", strings.Repeat("very long ", 10_000), "line\r\nSet-Cookie: a=b", "\u202etxt.exe"} {
			said.Set("status", odd)
			said.Set("reason", odd)
			h.must(s.Returned(h.Context(), token, said))
		}
		h.outcomeIs(s, 2, "new_status/new_status after 7")
		p, err := s.Person(h.Context(), 1, 2)
		h.must(err)
		for _, r := range p.Returns {
			if len([]rune(r.Status)) > 66 || len([]rune(r.Reason)) > 302 || strings.ContainsAny(r.Status+r.Reason, "\x00\r\n\u202e") {
				h.Errorf("kept as %q, %q", r.Status, r.Reason)
			}
		}
	})
}

// until waits for something.
func (h *house) until(what string, is func() bool) {
	h.Helper()
	for end := time.Now().Add(90 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("never: %s", what)
		}
	}
}
