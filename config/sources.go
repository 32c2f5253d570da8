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
}

const sourcesSection = "sources"

// sourceFields are the names that columns may map.
var sourceFields = []string{"first_name", "last_name", "email", "phone", "external_id",
	"send_email_invite", "send_phone_invite", "workflow_id", "redirect_url"}

var (
	sourceKeys = []string{"url", "url" + fileSuffix, "query", "columns", "watermark", "start", "overlap"}
	sourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	markUsed   = regexp.MustCompile(`:mark\b`)
)

// sourceReader reads one source. None of its messages shows a value.
type sourceReader struct {
	file  *fileReader
	path  string            // "sources.hr"
	line  int               // where it begins
	text  map[string]string // the texts given, by key
	lines map[string]int    // and where
	bad   map[string]bool   // those that have a problem already
	src   Source
}

// readSources reads the section "sources". Relative names of files with secrets are taken to dir.
func (r *fileReader) readSources(line int, n *yaml.Node) {
	switch {
	case null(n):
		return
	case n.Kind != yaml.MappingNode || !plainNode(n):
		r.report(sourcesSection, line, wrong("write a name below it, indented by two spaces, and url: and query: below that", "is a section, not a setting"))
		return
	}
	r.named.sources = map[string]Source{}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := sourcesSection + "." + name.Value
		if name.Kind != yaml.ScalarNode || !sourceName.MatchString(name.Value) {
			r.report(sourcesSection, name.Line, wrong("use letters, digits, - and _, 64 at the most", "the name of a source is not a plain word"))
			continue
		}
		if first, twice := lines[name.Value]; twice {
			r.report(path, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
			continue
		}
		lines[name.Value] = name.Line
		if value.Kind != yaml.MappingNode || !plainNode(value) {
			r.report(path, name.Line, wrong("write url: and query: below it, indented by two more spaces", "has no settings"))
			continue
		}
		s := sourceReader{file: r, path: path, line: name.Line, text: map[string]string{}, lines: map[string]int{}, bad: map[string]bool{}}
		s.read(value)
		s.check()
		r.named.sources[name.Value] = s.src
	}
}

// plainNode reports whether YAML takes a node as it stands.
func plainNode(n *yaml.Node) bool {
	return n.Anchor == "" && n.Kind != yaml.AliasNode && n.Style&yaml.TaggedStyle == 0
}

func (s *sourceReader) report(key string, line int, f *flaw) {
	s.bad[key] = true
	s.file.report(strings.TrimSuffix(s.path+"."+key, "."), line, f)
}

// read takes the texts of a source.
func (s *sourceReader) read(n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := name.Value
		first, twice := s.lines[key]
		switch {
		case name.Kind != yaml.ScalarNode || !slices.Contains(sourceKeys, key):
			s.report("", name.Line, unknownSetting(key, sourceKeys))
			continue
		case twice:
			s.report(key, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
			continue
		}
		s.lines[key] = name.Line
		switch {
		case null(value):
		case !plainNode(value):
			s.report(key, value.Line, wrong(special, "its value begins with a sign that YAML reads otherwise"))
		case key == "columns":
			s.columns(name.Line, value)
		case value.Kind != yaml.ScalarNode:
			s.report(key, name.Line, wrong("write one value after the colon", "has a list or a section for its value"))
		default:
			s.text[key] = value.Value
		}
	}
}

// columns reads the mapping of fields to columns of the query.
func (s *sourceReader) columns(line int, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		s.report("columns", line, wrong("write it as {email: mail, phone: mobile}", "is a section, not a setting"))
		return
	}
	s.src.Columns = map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		field, column := n.Content[i], n.Content[i+1]
		path := "columns." + field.Value
		_, twice := s.src.Columns[field.Value]
		switch {
		case field.Kind != yaml.ScalarNode || !slices.Contains(sourceFields, field.Value):
			s.report("columns", field.Line, unknownField(field.Value))
		case twice:
			s.report(path, field.Line, wrong("keep one of the two", "is given twice"))
		case column.Kind != yaml.ScalarNode || null(column) || strings.TrimSpace(column.Value) == "" || !plainNode(column):
			s.report(path, column.Line, wrong("write the name of a column of the query", "names no column"))
		default:
			s.src.Columns[field.Value] = strings.TrimSpace(column.Value)
		}
	}
}

func unknownField(given string) *flaw {
	f := unknownSetting(given, sourceFields)
	return &flaw{what: strings.Replace(f.what, "a setting of this version", "a field of an applicant", 1), remedy: f.remedy}
}

// check makes a source of the texts.
func (s *sourceReader) check() {
	s.src.Query = strings.TrimSpace(s.text["query"])
	s.src.Watermark = strings.TrimSpace(s.text["watermark"])
	s.src.Start = strings.TrimSpace(s.text["start"])
	s.address()
	s.overlap()
	uses := markUsed.MatchString(s.src.Query)
	switch {
	case s.bad["query"], s.bad["watermark"], s.bad["start"]:
	case s.src.Query == "":
		s.report("query", s.at("query"), wrong("write a SELECT that returns a row for each person", "is missing"))
	case uses && s.src.Watermark == "":
		s.report("watermark", s.at("query"), wrong("name the column whose highest value is the mark", "is missing, and the query uses :mark"))
	case uses && s.src.Start == "":
		s.report("start", s.at("query"), wrong(`write the mark before the first run, such as "2020-01-01" or 0`, "is missing, and the query uses :mark"))
	case s.src.Start != "" && s.src.Watermark == "":
		s.report("start", s.at("start"), wrong("name the column whose highest value is the mark, or take start out", "is of no use without watermark"))
	}
}

// maxOverlap keeps what must be remembered of a source within bounds.
const maxOverlap = 30 * 24 * time.Hour

// overlap understands how far behind the mark rows are read again.
func (s *sourceReader) overlap() {
	given, ok := s.text["overlap"]
	switch {
	case !ok || s.bad["overlap"]:
		return
	case s.src.Watermark == "" && !s.bad["watermark"]:
		s.report("overlap", s.at("overlap"), wrong("name the column whose highest value is the mark, or take overlap out", "is of no use without watermark"))
		return
	}
	by, err := duration(math.MinInt64, maxOverlap)(strings.TrimSpace(given))
	if err == nil && by < 0 {
		err = wrong("write it as 5m, or as 0s for none", "%s is less than nothing", shown(given))
	}
	if err != nil {
		s.file.problems = append(s.file.problems, newProblem(s.path+".overlap", origin{s.file.name, s.at("overlap")}, err))
		return
	}
	s.src.Overlap = &by
}

// at is the line of a key, or of the source if the key is not there.
func (s *sourceReader) at(key string) int {
	if line, ok := s.lines[key]; ok {
		return line
	}
	return s.line
}

// address finds the URL, which is a secret, in the file or in the one that is named.
func (s *sourceReader) address() {
	key := "url"
	given, named := s.text["url"], s.text["url"+fileSuffix]
	switch {
	case s.bad["url"], s.bad["url"+fileSuffix]:
		return
	case given != "" && named != "":
		s.report("url"+fileSuffix, s.at("url"+fileSuffix), wrong("keep one of the two", "the value is given both here and in line %d", s.at("url")))
		return
	case given == "" && named == "":
		s.report(key, s.at(key), wrong("write sqlite:PATH, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME, or name a file that holds it with url_file", "is missing"))
		return
	case named != "":
		key += fileSuffix
		var err error
		if given, err = secretFile(in(s.file.dir, named)); err != nil {
			s.file.problems = append(s.file.problems, newProblem(s.path+"."+key, origin{s.file.name, s.at(key)}, err))
			return
		}
	}
	err := sourceURL(given)
	if err == nil {
		given, err = databasePlace(s.file.dir, given)
	}
	if err != nil {
		s.file.problems = append(s.file.problems, newProblem(s.path+"."+key, origin{s.file.name, s.at(key)}, err))
		return
	}
	s.src.URL = given
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
