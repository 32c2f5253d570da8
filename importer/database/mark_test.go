package database

import "testing"

func TestBindMark(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]struct {
		text string
		uses int
	}{
		"SELECT 1;\n":                      {"SELECT 1", 0},
		"a > :mark":                        {"a > $1", 1},
		"a > :mark OR b > :mark;":          {"a > $1 OR b > $1", 2},
		"a > :mark::int":                   {"a > $1::int", 1},
		"':mark' \":mark\" `:mark` :marks": {"':mark' \":mark\" `:mark` :marks", 0},
		"a -- :mark\n> :mark /* :mark */":  {"a -- :mark\n> $1 /* :mark */", 1},
		"a::mark":                          {"a::mark", 0},
		"'it''s :mark' || :mark":           {"'it''s :mark' || $1", 1},
		"'not closed :mark":                {"'not closed :mark", 0},
	} {
		if text, uses := bindMark(query, "$1"); text != want.text || uses != want.uses {
			t.Errorf("%q: %q, %d", query, text, uses)
		}
	}
}
