package web

import (
	"strings"
	"testing"

	"usher/batch"
)

// A list that was not imported is not one that cannot be read.
func TestRefusedImport(t *testing.T) {
	t.Parallel()
	v := planOf(batch.Upload{Refusal: "nobody was invited: 30 people would be by now", Fix: "look again"}, nil)
	pages, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := pages["plan"].ExecuteTemplate(&text, "content", page{Data: v}); err != nil {
		t.Fatal(err)
	}
	if all := text.String(); !strings.Contains(all, "This list was not imported") || strings.Contains(all, "cannot be read") || !strings.Contains(all, "30 people would be by now") {
		t.Error(all)
	}
}
