package importer

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// understood is what the columns of a header were taken for.
func understood(t *testing.T, cells ...string) []string {
	t.Helper()
	h, err := mapHeader(cells)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range h.columns {
		switch {
		case c.Ignored:
			all = append(all, "ignored")
		case c.Field != "":
			all = append(all, c.Field)
		default:
			all = append(all, "extra "+c.Heading)
		}
	}
	return all
}

func TestMapHeader(t *testing.T) {
	t.Parallel()
	fields := fieldNames[:]
	for name, c := range map[string]struct{ header, want []string }{
		"snake case": {fields, fields},
		"camel case": {[]string{"firstName", "lastName", "email", "phone", "externalId", "sendEmailInvite",
			"sendPhoneInvite", "workflowId", "redirectUrl"}, fields},
		"as people write": {[]string{"First Name", " LAST NAME ", "E-Mail", "Phone", "External ID", "send-email-invite",
			"Send Phone Invite", "Workflow-ID", "Redirect URL"}, fields},
		"other columns": {[]string{"Team", "phone", "email", "Status", "last_name", "row", "first_name", "", "Team"},
			[]string{"extra Team", "phone", "email", "extra Status", "last_name", "extra row", "first_name", "extra column 8", "extra Team"}},
		"a report": {[]string{"row", "status", "external_id", "first_name", "last_name", "email", "phone", "session_id", "session_url",
			"error_code", "error", "attempts", "sent_at", "settled_at", "outcome_status", "outcome_reason", "'=Team", "Status"},
			[]string{"ignored", "ignored", "external_id", "first_name", "last_name", "email", "phone", "ignored", "ignored",
				"ignored", "ignored", "ignored", "ignored", "ignored", "ignored", "ignored", "extra =Team", "extra Status"}},
		"a list of problems": {[]string{"first_name", "last_name", "email", "phone", "_row", "_status", "_code", "_problem", "_fix"},
			[]string{"first_name", "last_name", "email", "phone", "ignored", "ignored", "ignored", "ignored", "ignored"}},
	} {
		if diff := cmp.Diff(c.want, understood(t, c.header...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefusedHeaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header []string
		want   string
	}{
		"one missing":    {[]string{"first_name", "Surname", "email", "phone"}, "no column last_name; it has: first_name, Surname, email, phone"},
		"two missing":    {[]string{"email", "phone"}, "no column first_name, last_name"},
		"twice":          {[]string{"first_name", "last_name", "email", "phone", "E-Mail"}, "column 3 (email) and column 5 (E-Mail) both mean email"},
		"both spellings": {[]string{"first_name", "firstName", "last_name", "email", "phone"}, "both mean first_name"},
		"other words":    {[]string{"Vorname", "Nachname", "Mail"}, "it has: Vorname, Nachname, Mail"},
		"a person":       {[]string{"Zaphod", "Beeblebrox", "zaphod@example.com", "+447700900123"}, "the file has no header"},
		"half a person":  {[]string{"email", "zaphod@example.com", "+447700900123"}, "it has: email, column 2, column 3"},
		"semicolons":     {[]string{"first_name;last_name;email;phone"}, "not separated by commas"},
		"many":           {append([]string{"email"}, strings.Split(strings.Repeat("x,", 99), ",")...), "and 89 more"},
		"control":        {[]string{"first_name", "last_name", "email", "phone", "a\x00b"}, "control character"},
	} {
		_, err := mapHeader(c.header)
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, c.want) || refused.Remedy == "" {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, personal := range []string{"Zaphod", "zaphod", "7700"} {
			if strings.Contains(refused.Problem+refused.Remedy, personal) {
				t.Errorf("%s: %q is in the error", name, personal)
			}
		}
	}
}
