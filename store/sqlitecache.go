package store

import (
	"container/list"
	"errors"
	"strings"
)

const (
	// maxCachedStatements bounds the statements kept per connection. River
	// and this package together use well under two hundred texts.
	maxCachedStatements = 256

	// maxCachedText bounds the length of a text worth keeping: a 100-row
	// INSERT of 20 columns has 6 KiB.
	maxCachedText = 64 << 10
)

// statementCache keeps the statements used last. Texts are unique in it.
type statementCache struct {
	limit  int
	byText map[string]*list.Element
	recent *list.List // of *cachedStatement, the latest first
	closed bool
}

type cachedStatement struct {
	query string
	stmt  sqliteStmt
}

func newStatementCache(limit int) *statementCache {
	return &statementCache{limit: limit, byText: make(map[string]*list.Element), recent: list.New()}
}

// take removes and returns the statement of query, or nil.
func (c *statementCache) take(query string) sqliteStmt {
	element, ok := c.byText[query]
	if !ok {
		return nil
	}
	return c.remove(element)
}

// put keeps stmt, and closes the statement used longest ago if there are too
// many. If the text was prepared twice, because rows were open, one is closed.
func (c *statementCache) put(query string, stmt sqliteStmt) error {
	if _, ok := c.byText[query]; ok || c.closed {
		return stmt.Close()
	}
	c.byText[query] = c.recent.PushFront(&cachedStatement{query: query, stmt: stmt})
	if c.recent.Len() <= c.limit {
		return nil
	}
	return c.remove(c.recent.Back()).Close()
}

func (c *statementCache) remove(element *list.Element) sqliteStmt {
	cached := c.recent.Remove(element).(*cachedStatement)
	delete(c.byText, cached.query)
	return cached.stmt
}

// close closes all statements; those put later are closed at once.
func (c *statementCache) close() error {
	c.closed = true
	var errs []error
	for c.recent.Len() > 0 {
		errs = append(errs, c.remove(c.recent.Back()).Close())
	}
	return errors.Join(errs...)
}

// cacheable reports whether query is a single SELECT, INSERT, UPDATE, DELETE,
// REPLACE or WITH. Others run as they come: a script is not one statement, and
// some PRAGMAs act while they are prepared, so running one again would do
// nothing. A semicolon inside a literal counts as a script; that costs time,
// not correctness.
func cacheable(query string) bool {
	if len(query) > maxCachedText {
		return false
	}
	text := strings.TrimRight(skipComments(query), "; \t\r\n")
	if strings.Contains(text, ";") {
		return false
	}
	word := text[:len(text)-len(strings.TrimLeft(text, letters))]
	switch strings.ToUpper(word) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH":
		return true
	}
	return false
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// skipComments returns query without leading space and comments, such as the
// "-- name:" line that sqlc puts before River's texts.
func skipComments(query string) string {
	for {
		query = strings.TrimLeft(query, " \t\r\n")
		end := ""
		switch {
		case strings.HasPrefix(query, "--"):
			end = "\n"
		case strings.HasPrefix(query, "/*"):
			end = "*/"
		default:
			return query
		}
		_, rest, found := strings.Cut(query[2:], end)
		if !found {
			return ""
		}
		query = rest
	}
}
