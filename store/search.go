package store

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// search is what somebody typed to find people by, as it is understood.
type search struct {
	text    string   // with single spaces
	address bool     // it is an e-mail address, or a part of one
	digits  string   // of a phone number, without what differs between its forms
	words   []string // of a name, folded
}

// mostWords is how many words of a name are looked at.
const mostWords = 8

func understand(typed string) search {
	s := search{text: strings.Join(strings.Fields(typed), " ")}
	switch {
	case strings.Contains(s.text, "@"):
		s.address = true
	case phoneDigits(s.text) != "":
		s.digits = phoneDigits(s.text)
	case strings.ContainsFunc(s.text, unicode.IsLetter):
		s.words = strings.Fields(folded(strings.ReplaceAll(s.text, ",", " ")))
		s.words = s.words[:min(len(s.words), mostWords)]
	}
	return s
}

// conditions are what rows must meet, with the arguments of their query.
type conditions struct {
	all  []string
	args []any
}

// add adds a condition, in which each %s stands for the next of args.
func (c *conditions) add(format string, args ...any) {
	c.all = append(c.all, c.with(format, args...))
}

// with is a part of a condition, whose arguments are added.
func (c *conditions) with(format string, args ...any) string {
	places := make([]any, len(args))
	for i, a := range args {
		places[i] = c.arg(a)
	}
	return fmt.Sprintf(format, places...)
}

func (c *conditions) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

func (c *conditions) String() string { return strings.Join(c.all, "\n  AND ") }

// nameHas is a condition of rows whose name has every word, as it is written.
func (c *conditions) nameHas(words []string) string {
	each := make([]string, len(words))
	for i, word := range words {
		each[i] = c.with(`lower(first_name || ' ' || last_name) LIKE %s ESCAPE '!'`, part(word))
	}
	return "(" + strings.Join(each, " AND ") + ")"
}

// anyPart is a condition of rows of which what was typed is a part: of the
// e-mail address, the external id, the session id, the phone number or the name.
func (c *conditions) anyPart(s search) string {
	var any []string
	for _, column := range []string{"email", "external_id", "session_id"} {
		any = append(any, c.with("lower("+column+") LIKE %s ESCAPE '!'", part(strings.ToLower(s.text))))
	}
	if s.digits != "" {
		any = append(any, c.with("phone LIKE %s", part(s.digits)))
	}
	if len(s.words) > 0 {
		any = append(any, c.nameHas(s.words))
	}
	return "(" + strings.Join(any, "\n    OR ") + ")"
}

// part is a pattern of what has text in it.
func part(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}
