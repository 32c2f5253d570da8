package config

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Source is a database that applicants are read from.
type Source struct {
	// URL names the database: "sqlite:PATH" with an absolute path, or a postgres://, postgresql://, mysql:// or mariadb:// address.
	URL string
	// Query is one SELECT. It may use :mark, which is bound as a parameter.
	Query string
	// Columns maps fields of an applicant to columns of the query; other columns are matched by their names.
	Columns map[string]string
	// Watermark is the column whose highest value is how far the source was read; may be empty.
	Watermark string
	// Start is the mark before the first run; may be empty unless the query uses :mark.
	Start string
	// Overlap is how far behind the mark rows are read again, 0 for not at all. Nil is
	// five minutes where the watermark holds times.
	Overlap *time.Duration
	// Timeout is how long the database may send nothing before it is given up; 0 is the
	// minute that it is by default.
	Timeout time.Duration
}

const sourcesSection = "sources"

// sourceFields are the names that columns may map.
var sourceFields = []string{"first_name", "last_name", "email", "phone", "external_id",
	"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url"}

var (
	sourceKeys = []string{"url", "url" + fileSuffix, "query", "columns", "watermark", "start", "overlap", "timeout"}
	markUsed   = regexp.MustCompile(`:mark\b`)
)

// readSources reads the section "sources".
func (r *fileReader) readSources(line int, n *yaml.Node) {
	r.named.sources = map[string]Source{}
	r.namedBlocks(sourcesSection, "a source", "url: and query:", line, n, sourceKeys, func(name string, b *block) {
		r.named.sources[name] = b.source()
	})
}

// source reads one source.
func (b *block) source() Source {
	src := Source{Query: b.text("query"), Watermark: b.text("watermark"), Start: b.text("start"), Columns: b.columns(), URL: b.database()}
	src.Overlap = b.overlap(src.Watermark)
	if b.has("timeout") {
		src.Timeout = parsed(b, "timeout", "", duration(time.Second, 24*time.Hour))
	}
	uses := markUsed.MatchString(src.Query)
	switch {
	case b.bad["query"], b.bad["watermark"], b.bad["start"]:
	case src.Query == "":
		b.report("query", wrong("write a SELECT that returns a row for each person", "is missing"))
	case uses && src.Watermark == "":
		b.reportAt("watermark", b.at("query"), wrong("name the column whose highest value is the mark", "is missing, and the query uses :mark"))
	case uses && src.Start == "":
		b.reportAt("start", b.at("query"), wrong(`write the mark before the first run, such as "2020-01-01" or 0`, "is missing, and the query uses :mark"))
	case src.Start != "" && src.Watermark == "":
		b.report("start", wrong("name the column whose highest value is the mark, or take start out", "is of no use without watermark"))
	}
	return src
}

// columns reads the mapping of fields to columns of the query.
func (b *block) columns() map[string]string {
	const key = "columns"
	n := b.nodes[key]
	switch {
	case n == nil:
		return nil
	case n.Kind != yaml.MappingNode:
		b.report(key, wrong("write it as {email: mail, phone: mobile}", "is a section, not a setting"))
		return nil
	}
	all := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		field, column := n.Content[i], n.Content[i+1]
		path := key + "." + field.Value
		_, twice := all[field.Value]
		switch {
		case field.Kind != yaml.ScalarNode || !slices.Contains(sourceFields, field.Value):
			b.reportAt(key, field.Line, unknownField(field.Value))
		case twice:
			b.reportAt(path, field.Line, wrong("keep one of the two", "is given twice"))
		case column.Kind != yaml.ScalarNode || null(column) || strings.TrimSpace(column.Value) == "" || !plainNode(column):
			b.reportAt(path, column.Line, wrong("write the name of a column of the query", "names no column"))
		default:
			all[field.Value] = strings.TrimSpace(column.Value)
		}
	}
	return all
}

func unknownField(given string) *flaw {
	f := unknownSetting(given, sourceFields)
	return &flaw{what: strings.Replace(f.what, "a setting of this version", "a field of an applicant", 1), remedy: f.remedy}
}

// maxOverlap keeps what must be remembered of a source within bounds.
const maxOverlap = 30 * 24 * time.Hour

// overlap understands how far behind the mark rows are read again.
func (b *block) overlap(watermark string) *time.Duration {
	const key = "overlap"
	if !b.has(key) {
		return nil
	}
	if watermark == "" && !b.bad["watermark"] {
		b.report(key, wrong("name the column whose highest value is the mark, or take overlap out", "is of no use without watermark"))
		return nil
	}
	by := parsed(b, key, "", func(given string) (time.Duration, error) {
		by, err := duration(math.MinInt64, maxOverlap)(given)
		if err == nil && by < 0 {
			err = wrong("write it as 5m, or as 0s for none", "%s is less than nothing", shown(given))
		}
		return by, err
	})
	return &by
}

// database finds the URL, which is a secret, in the file or in the one that is named.
func (b *block) database() string {
	const key = "url"
	given, at := b.secret(key), key
	if b.has(key + fileSuffix) {
		at += fileSuffix
	}
	switch {
	case b.bad[key], b.bad[key+fileSuffix]:
		return ""
	case given == "":
		b.report(at, wrong("write sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME, or name a file that holds it with url_file", "is missing"))
		return ""
	}
	err := sourceURL(given)
	if err == nil {
		given, err = databasePlace(b.file.dir, given)
	}
	if err != nil {
		b.fail(at, err)
	}
	return given
}

// sourceURL checks the address of a source as far as it can be checked without connecting.
func sourceURL(given string) error {
	if path, ok := strings.CutPrefix(given, sqliteScheme); ok {
		return sqlitePath(path)
	}
	if isPostgres(given) {
		return postgresAddress(given)
	}
	if isMySQL(given) {
		return mysqlAddress(given)
	}
	return wrong("write sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME", "it is none of the known kinds of database")
}

func isMySQL(address string) bool {
	return strings.HasPrefix(address, "mysql://") || strings.HasPrefix(address, "mariadb://")
}

// mysqlParams are what may follow the ? of a MySQL address.
var mysqlParams = []string{"socket", "tls"}

func mysqlAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || strings.Count(address, "@") > 1 || (u.User == nil && strings.Contains(address, "@")) || u.Fragment != "":
		return wrong("write mysql://USER:PASSWORD@HOST:3306/NAME, with @ : / ? # % in the password as %40 %3A %2F %3F %23 %25",
			"it is not a valid MySQL address")
	case u.Hostname() == "" && !u.Query().Has("socket"), strings.Trim(u.Path, "/") == "":
		return wrong("write mysql://USER@HOST/NAME", "it names no host or no database")
	}
	for name := range u.Query() {
		if !slices.Contains(mysqlParams, name) {
			return wrong("leave it out; known are "+strings.Join(mysqlParams, " and "), "it has a parameter that is not known")
		}
	}
	if tls := u.Query().Get("tls"); !slices.Contains([]string{"", "true", "false", "skip-verify", "preferred"}, tls) {
		return wrong("write tls=true, preferred, skip-verify or false", "its tls is none of the known words")
	}
	return nil
}

// String shows a source without its address, which is a secret.
func (s Source) String() string { return fmt.Sprintf("source with the watermark %q", s.Watermark) }

// GoString is String: %#v must not show the address either.
func (s Source) GoString() string { return s.String() }
