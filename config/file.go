package config

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// defaultFile is read when no file is named, if it exists.
const defaultFile = "usher.yaml"

// maxFile is the largest configuration file that is read, in bytes; it keeps a wrong name from filling the memory.
const maxFile = 1 << 20

// errDangling is the reason that nothing can be read by the name of a link.
var errDangling = errors.New("it is a link to nothing")

// readFile reads the configuration file: the one named by flag, else by variable, else the default one.
func readFile(o Options, vars map[string]string) (layer, named, []Problem) {
	name, asked := o.File, true
	if name == "" {
		name = vars[configVar]
	}
	if name == "" {
		name, asked = defaultFile, false
	}
	path := in(o.Dir, name)
	if path == os.DevNull { // the usual way to say that there are no settings
		return nil, named{}, nil
	}
	content, err := readRegular(path, maxFile)
	if link, _ := os.Readlink(path); link != "" && errors.Is(err, fs.ErrNotExist) {
		err = errDangling // its settings are not here just now, which is not to have none
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !asked:
		return nil, named{}, nil
	case err != nil:
		return nil, named{}, []Problem{newProblem("", origin{name: name},
			wrong("name a file this user may read with --config or "+configVar, "cannot be read (%s)", reason(err)))}
	}
	r := fileReader{name: name, dir: filepath.Dir(path), layer: layer{}, lines: map[string]int{}}
	r.read(content)
	r.layer.readSecrets(r.dir)
	r.layer.settle(r.dir)
	return r.layer, r.named, r.problems
}

// named are the sections of the file whose settings have names that people choose.
type named struct {
	sources   map[string]Source
	schedules map[string]Schedule
	notify    map[string]Target
}

// namedSections are those sections, and how each is read.
var namedSections = map[string]func(r *fileReader, line int, n *yaml.Node){
	sourcesSection:   (*fileReader).readSources,
	schedulesSection: (*fileReader).readSchedules,
	notifySection:    (*fileReader).readNotify,
}

// fileReader turns a YAML document into a layer. It walks the nodes itself, as koanf's parser would lose the lines
// and turn 010 into 8 before anybody saw it.
type fileReader struct {
	name     string
	dir      string // of the file
	layer    layer
	named    named
	lines    map[string]int // where each path was given
	problems []Problem
}

// report adds a problem.
func (r *fileReader) report(path string, line int, f *flaw) {
	r.problems = append(r.problems, newProblem(path, origin{r.name, line}, f))
}

// read reads a whole file.
func (r *fileReader) read(content []byte) {
	if good := validPrefix(content); len(good) < len(content) {
		r.report("", 1+bytes.Count(good, []byte("\n")), wrong("save the file as UTF-8", "is not UTF-8 text"))
		return
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err == io.EOF {
		return
	} else if err != nil {
		r.syntax(content, err)
		return
	}
	root := document.Content[0]
	switch {
	case root.Kind == yaml.MappingNode:
		r.mapping("", root)
	case !null(root):
		r.report("", root.Line, wrong("write it as name: value, a line each", "holds no settings"))
	}
	if err := decoder.Decode(&second); err == nil {
		r.report("", second.Line, wrong("keep one, and take out the --- between them", "has a second document in it"))
	} else if err != io.EOF {
		r.syntax(content, err)
	}
}

// validPrefix returns what comes before the first byte that is not UTF-8.
func validPrefix(content []byte) []byte {
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && size == 1 {
			return content[:i]
		}
		i += size
	}
	return content
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: line (\d+): `)
	yamlAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// special is the remedy for a value that YAML does not take as it stands.
const special = "put the value in 'quotes'"

// syntax reports an error of the YAML parser. Of all its messages only the one about an unknown anchor quotes the
// file, and there it may be quoting a key that begins with an asterisk.
func (r *fileReader) syntax(content []byte, err error) {
	if m := yamlAnchor.FindStringSubmatch(err.Error()); m != nil {
		before, _, _ := strings.Cut(string(content), "*"+m[1])
		r.report("", 1+strings.Count(before, "\n"), wrong(special, "has a value that begins with *"))
		return
	}
	line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = strings.TrimPrefix(err.Error(), m[0])
	}
	r.report("", line, wrong("check the indentation (spaces, no tabs) and the quotes there", "is not valid YAML (%s)", message))
}

// mapping reads the keys below path.
func (r *fileReader) mapping(path string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			r.report(path, name.Line, wrong("write it as name: value", "has a name that is not plain text"))
			continue
		}
		r.entry(strings.TrimPrefix(path+"."+name.Value, "."), name.Line, value)
	}
}

// entry reads one key and what is below it.
func (r *fileReader) entry(path string, line int, value *yaml.Node) {
	readNamed := namedSections[path]
	section := slices.Contains(sections(), path)
	if readNamed == nil && !section && !slices.Contains(names(), path) {
		known := slices.Concat(sections(), slices.Sorted(maps.Keys(namedSections)), names())
		r.report("", line, unknownSetting(path, known))
		return
	}
	if first, twice := r.lines[path]; twice {
		r.report(path, line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
		return
	}
	r.lines[path] = line
	if readNamed != nil {
		readNamed(r, line, value)
		return
	}
	switch {
	case value.Anchor != "" || value.Kind == yaml.AliasNode || value.Style&yaml.TaggedStyle != 0:
		r.report(path, value.Line, wrong(special, "its value begins with a sign that YAML reads otherwise"))
	case null(value):
	case section && value.Kind == yaml.MappingNode:
		r.mapping(path, value)
	case section:
		r.report(path, line, wrong("write its settings below it, indented by two spaces", "is a section, not a setting"))
	case value.Kind != yaml.ScalarNode:
		r.report(path, line, wrong("write one value after the colon", "has a list or a section for its value"))
	default:
		r.layer.put(path, value.Value, origin{r.name, value.Line})
	}
}

// null reports whether nothing was written, or null: the setting is as if it were not there.
func null(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
