package batch

import (
	"errors"
	"testing"
)

func TestParseRowRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]RowRange{"12": {12, 12}, "2-50": {2, 50}, "7-7": {7, 7}} {
		if got, err := ParseRowRange(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-3", "5-", "9-2", "1-2-3", "all", "1.5"} {
		var request *RequestError
		if _, err := ParseRowRange(text); !errors.As(err, &request) || request.Fix == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFailedWordsTellNotSentFromRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failed, notSent int
		want            string
	}{
		{3, 0, "failed (the API refused)"},
		{3, 3, "failed (not sent, as a person found)"},
		{3, 1, "failed (2 refused by the API, 1 not sent, as a person found)"},
	} {
		if got := FailedWords(c.failed, c.notSent); got != c.want {
			t.Errorf("%d, %d: %q", c.failed, c.notSent, got)
		}
	}
}
