package database

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// The kinds of a mark: how two values of the watermark column are compared.
const (
	markNumber = "number" // as numbers, exactly
	markTime   = "time"
	markText   = "text" // by their bytes, as every database's order may be another
)

// Mark is how far a source has been read: a value of its watermark column. The
// zero Mark is before the first run.
type Mark struct {
	Value string
	Kind  string // number, time or text
}

// markError is what is wrong with a watermark column. The remedy takes the
// source's name.
type markError struct{ wrong, remedy string }

func (e *markError) Error() string { return e.wrong }

const markRemedy = "make sources.%s.watermark in usher.yaml a column that is never NULL and holds a whole or decimal number, a time or text"

// watermark follows the highest value of a column.
type watermark struct {
	at     int    // the column
	from   Mark   // where the last run ended
	base   Mark   // where this one begins: there, or as far behind it as rows are read again
	start  string // where the first one begins
	filter bool   // the query takes no mark, so rows up to it are passed over
	floor  *mark  // that mark, once the column's kind is known
	high   *mark
	again  overlap
}

// mark is a value that can be compared.
type mark struct {
	kind, text string
	whole      int64
	isWhole    bool
	number     *big.Rat // when it is not
	time       time.Time
}

// markOf understands a value of a watermark column.
func markOf(value any, dbType string) (*mark, error) {
	switch v := value.(type) {
	case nil:
		return nil, &markError{"is NULL in a row", markRemedy}
	case int64:
		return &mark{kind: markNumber, text: strconv.FormatInt(v, 10), whole: v, isWhole: true}, nil
	case uint64:
		return parseMark(markNumber, strconv.FormatUint(v, 10))
	case time.Time:
		if v.IsZero() {
			return nil, &markError{"has a date in it that does not exist (0000-00-00)", markRemedy}
		}
		v = v.UTC()
		return &mark{kind: markTime, text: v.Format(time.RFC3339Nano), time: v}, nil
	case []byte:
		return textMark(string(v), dbType)
	case string:
		return textMark(v, dbType)
	}
	return nil, &markError{"has values that cannot be put into an order exactly", markRemedy}
}

func textMark(text, dbType string) (*mark, error) {
	switch strings.TrimPrefix(dbType, "UNSIGNED ") {
	case "NUMERIC", "DECIMAL", "BIGINT":
		return parseMark(markNumber, text)
	case "BLOB", "BYTEA", "BINARY", "VARBINARY":
		return nil, &markError{"holds bytes, not text", markRemedy}
	}
	return &mark{kind: markText, text: text}, nil
}

// markTimes are the ways in which a person may write a time.
var markTimes = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly}

// parseMark understands a mark that was kept, or written by a person.
func parseMark(kind, text string) (*mark, error) {
	m := &mark{kind: kind, text: text}
	switch kind {
	case markNumber:
		var err error
		if m.whole, err = strconv.ParseInt(text, 10, 64); err == nil {
			m.isWhole = true
			return m, nil
		}
		var ok bool
		if m.number, ok = new(big.Rat).SetString(text); !ok {
			return nil, &markError{"has a number in it that is none", markRemedy}
		}
	case markTime:
		for _, layout := range markTimes {
			if t, err := time.Parse(layout, text); err == nil {
				m.time = t.UTC()
				m.text = m.time.Format(time.RFC3339Nano)
				return m, nil
			}
		}
		return nil, &markError{"holds times, and the mark to begin at is none", "write sources.%s.start in usher.yaml as 2020-01-01 or 2020-01-01T08:00:00Z"}
	}
	return m, nil
}

func (m *mark) compare(other *mark) int {
	switch {
	case m.kind == markTime:
		return m.time.Compare(other.time)
	case m.kind == markText:
		return strings.Compare(m.text, other.text)
	case m.isWhole && other.isWhole:
		return cmp.Compare(m.whole, other.whole)
	}
	return m.rat().Cmp(other.rat())
}

func (m *mark) rat() *big.Rat {
	if m.isWhole {
		return new(big.Rat).SetInt64(m.whole)
	}
	return m.number
}

// see notes the value of a row, and reports whether the row is beyond where
// the last run ended.
func (w *watermark) see(value any, dbType string) (bool, error) {
	m, err := markOf(value, dbType)
	if err != nil {
		return false, err
	}
	if w.high == nil {
		if err := w.settle(m); err != nil {
			return false, err
		}
	} else if m.kind != w.high.kind {
		return false, &markError{"holds values of two kinds, " + w.high.kind + " and " + m.kind, "cast it to one type in the query of source %s"}
	}
	if err := w.again.see(m, dbType); err != nil {
		return false, err
	}
	if w.floor != nil && m.compare(w.floor) <= 0 {
		return false, nil
	}
	if m.compare(w.high) > 0 {
		w.high = m
	}
	return true, nil
}

// settle takes the kind of the first row's value for that of the column.
func (w *watermark) settle(first *mark) (err error) {
	w.high = first
	if w.again.by, err = w.again.length(first.kind); err != nil {
		return err
	}
	switch {
	case w.from.Kind != "" && w.from.Kind != first.kind:
		return &markError{"has changed its type: it was " + w.from.Kind + " and is " + first.kind,
			"change it back; or give source %s another name in usher.yaml, and it begins anew at start"}
	case w.from.Kind != "":
		kept, err := parseMark(w.from.Kind, w.from.Value)
		if err == nil {
			err = w.again.after(kept)
		}
		if err != nil {
			return err
		}
		if kept.compare(w.high) > 0 {
			w.high = kept // a mark never goes back
		}
		if w.filter {
			if w.floor, err = parseMark(w.base.Kind, w.base.Value); err != nil {
				return err
			}
		}
	case w.filter && w.start != "":
		w.floor, err = startMark(first.kind, w.start)
	}
	return err
}

// startMark understands the mark to begin at, which a person wrote.
func startMark(kind, text string) (*mark, error) {
	m, err := parseMark(kind, text)
	if err != nil {
		return nil, &markError{"holds " + kind + "s, and the mark to begin at is none",
			"write sources.%s.start in usher.yaml as " + map[string]string{markNumber: "a number", markTime: "2020-01-01 or 2020-01-01T08:00:00Z"}[kind]}
	}
	return m, nil
}

// kindOfType is the kind of a column that has not shown a value yet, empty if its
// type does not tell. SQLite's never does.
func kindOfType(dbType string) string {
	switch t := strings.TrimPrefix(dbType, "UNSIGNED "); t {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "INT2", "INT4", "INT8", "NUMERIC", "DECIMAL":
		return markNumber
	case "DATE", "DATETIME", "TIMESTAMP", "TIMESTAMPTZ":
		return markTime
	case "VARCHAR", "CHAR", "TEXT", "BPCHAR", "MEDIUMTEXT", "LONGTEXT":
		return markText
	}
	return ""
}

// begins makes sure that the mark to begin at is of the column's kind: a database
// may compare them all the same, and return nothing.
func (w *watermark) begins(kind string) error {
	if w.from.Kind != "" || w.start == "" || kind == "" {
		return nil
	}
	if kind == markTime && strings.Trim(w.start, "0123456789") != "" {
		return nil // databases know more ways to write one
	}
	_, err := startMark(kind, w.start)
	return err
}

func (w *watermark) highest() Mark {
	if w.high == nil {
		return w.from
	}
	return Mark{Value: w.high.text, Kind: w.high.kind}
}

// bound is the mark as a parameter of the query.
func (w *watermark) bound(d *engine) any {
	text := w.start
	switch w.base.Kind {
	case "":
	case markTime:
		if t, err := time.Parse(time.RFC3339Nano, w.base.Value); err == nil && d.times != "" {
			return t.Format(d.times)
		}
		return w.base.Value
	case markText:
		return w.base.Value
	default:
		text = w.base.Value
	}
	// A number that is bound as text is more than any number on SQLite, and
	// is compared inexactly on MySQL. PostgreSQL knows what is wanted.
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && d.numbers && strconv.FormatInt(n, 10) == text {
		return n
	}
	return text
}

// bindMark replaces each :mark in a query by a placeholder, and counts them.
// What is quoted, or a comment, stays as it is.
func bindMark(query, placeholder string) (text string, uses int) {
	var b strings.Builder
	for i := 0; i < len(query); {
		n := opaque(query[i:])
		switch {
		case n > 0:
		case strings.HasPrefix(query[i:], "::"):
			n = 2
		case strings.HasPrefix(query[i:], ":mark") && !wordAt(query, i+len(":mark")):
			b.WriteString(placeholder)
			i += len(":mark")
			uses++
			continue
		default:
			n = 1
		}
		b.WriteString(query[i : i+n])
		i += n
	}
	return strings.TrimRight(strings.TrimSpace(b.String()), "; \t\r\n"), uses
}

func wordAt(s string, i int) bool {
	return i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z')
}

// opaque is the length of the quoted text or comment that s begins with, or 0.
func opaque(s string) int {
	for begin, end := range map[string]string{"'": "'", `"`: `"`, "`": "`", "--": "\n", "/*": "*/"} {
		if !strings.HasPrefix(s, begin) {
			continue
		}
		n := strings.Index(s[len(begin):], end)
		if n < 0 {
			return len(s)
		}
		return len(begin) + n + len(end)
	}
	return 0
}
