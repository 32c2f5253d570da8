package upstream

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReturn(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]Return{
		"session_id=s1&status=success":                                   {SessionID: "s1", Status: "success"},
		"session_id=s1&status=failed&reason=document_unreadable":         {SessionID: "s1", Status: "failed", Reason: "document_unreadable"},
		"session_id=s1&status=abandoned&reason=user_cancelled&mine=kept": {SessionID: "s1", Status: "abandoned", Reason: "user_cancelled"},
		"session_id=s1&status=eaten&reason=by_a_dog":                     {SessionID: "s1", Status: "eaten", Reason: "by_a_dog"},
		"session_id=s1":           {SessionID: "s1"},
		"status=success":          {Status: "success"},
		"session_id=a%00b":        {},
		"session_id=s&status=%00": {SessionID: "s"},
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := ParseReturn(q)
		if diff := cmp.Diff(want, got); diff != "" || ok != (want.SessionID != "") {
			t.Errorf("%s: ok %t (-want +got):\n%s", query, ok, diff)
		}
	}
}
