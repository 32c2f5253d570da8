package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Error is every problem of a configuration.
type Error struct{ Problems []Problem }

// Error returns the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// OfFlags reports whether all that is wrong was said on the command line.
func (e *Error) OfFlags() bool {
	return !slices.ContainsFunc(e.Problems, func(p Problem) bool { return !strings.HasPrefix(p.Source, "--") })
}

// Problem is one thing that is wrong. None of its fields holds a secret.
type Problem struct {
	Key    string // path of the setting; empty when the problem is not one setting's
	Source string // where the value came from: "default", "usher.yaml:4", "USHER_UPSTREAM_RATE", "--rate"
	What   string // what is wrong
	Remedy string // what to do about it
}

// String returns the problem as a sentence.
func (p Problem) String() string {
	where := p.Source
	if p.Key != "" {
		where = fmt.Sprintf("%s (%s)", p.Key, p.Source)
	}
	return fmt.Sprintf("%s: %s; %s", where, p.What, p.Remedy)
}

// newProblem makes a problem of what a parser said about a value.
func newProblem(path string, from origin, err error) Problem {
	p := Problem{Key: path, Source: from.String(), What: err.Error(), Remedy: "mend the value"}
	if f, ok := err.(*flaw); ok {
		p.What, p.Remedy = f.what, f.remedy
	}
	return p
}

// flaw is what is wrong with a value and what to write instead.
type flaw struct{ what, remedy string }

func (f *flaw) Error() string { return f.what + "; " + f.remedy }

// wrong makes a flaw. A value goes into it through shown only.
func wrong(remedy, what string, args ...any) *flaw {
	return &flaw{what: fmt.Sprintf(what, args...), remedy: remedy}
}

// shown quotes a value for a message. What is long or has white space in it is left out: a slip of indentation
// makes YAML fold the next line, perhaps one with a key in it, into the value before.
func shown(value string) string {
	if len(value) > 40 || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "the value"
	}
	return fmt.Sprintf("%q", value)
}
