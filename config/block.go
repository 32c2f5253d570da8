package config

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// block reads what stands below a name that somebody chose. None of its messages
// shows a value.
type block struct {
	file  *fileReader
	path  string // "notify.ops"
	line  int    // where it begins
	nodes map[string]*yaml.Node
	lines map[string]int  // where each key stands
	bad   map[string]bool // those that have a problem already
}

// blockName are the names that a block may have.
var blockName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// newBlock takes the settings of a block, of which there may be those.
func (r *fileReader) newBlock(path string, line int, n *yaml.Node, keys []string) *block {
	b := &block{r, path, line, map[string]*yaml.Node{}, map[string]int{}, map[string]bool{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		key := name.Value
		first, twice := b.lines[key]
		switch {
		case name.Kind != yaml.ScalarNode || !slices.Contains(keys, key):
			r.report(path, name.Line, unknownSetting(key, keys))
			continue
		case twice:
			b.reportAt(key, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
			continue
		}
		b.lines[key] = name.Line
		switch {
		case null(value):
		case !plainNode(value):
			b.report(key, wrong(special, "its value begins with a sign that YAML reads otherwise"))
		default:
			b.nodes[key] = value
		}
	}
	return b
}

// namedBlocks reads blocks by the names that somebody chose. What names them in words, and
// write what to put below a name.
func (r *fileReader) namedBlocks(section, what, write string, line int, n *yaml.Node, keys []string, do func(name string, b *block)) {
	switch {
	case null(n):
		return
	case n.Kind != yaml.MappingNode || !plainNode(n):
		r.report(section, line, wrong("write a name below it, indented by two spaces, and "+write+" below that", "is a section, not a setting"))
		return
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := section + "." + name.Value
		if name.Kind != yaml.ScalarNode || !blockName.MatchString(name.Value) {
			r.report(section, name.Line, wrong("use letters, digits, - and _, 64 at the most", "the name of %s is not a plain word", what))
			continue
		}
		if first, twice := lines[name.Value]; twice {
			r.report(path, name.Line, wrong("keep one of the two", "is given twice, the first time in line %d", first))
			continue
		}
		lines[name.Value] = name.Line
		if value.Kind != yaml.MappingNode || !plainNode(value) {
			r.report(path, name.Line, wrong("write "+write+" below it, indented by two more spaces", "has no settings"))
			continue
		}
		do(name.Value, r.newBlock(path, name.Line, value, keys))
	}
}

// report adds the first problem of a key.
func (b *block) report(key string, f *flaw) { b.reportAt(key, b.at(key), f) }

// reportAt is report of what is wrong in another line.
func (b *block) reportAt(key string, line int, f *flaw) {
	if b.bad[key] {
		return
	}
	b.bad[key] = true
	b.file.report(strings.TrimSuffix(b.path+"."+key, "."), line, f)
}

// at is the line of a key, or of the block if the key is not there.
func (b *block) at(key string) int {
	if line, ok := b.lines[key]; ok {
		return line
	}
	return b.line
}

// has reports whether a key was given a value, right or wrong.
func (b *block) has(key string) bool { return b.nodes[key] != nil || b.bad[key] }

// text is the text of a key, without white space around it. It may be empty.
func (b *block) text(key string) string { return strings.TrimSpace(b.raw(key)) }

// raw is the text of a key as it stands.
func (b *block) raw(key string) string {
	n := b.nodes[key]
	switch {
	case n == nil:
		return ""
	case n.Kind != yaml.ScalarNode:
		b.report(key, wrong("write one value after the colon", "has a list or a section for its value"))
		return ""
	}
	return n.Value
}

// list are the texts of a key: several in a list, or one.
func (b *block) list(key string) (all []string) {
	n := b.nodes[key]
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode:
		return []string{strings.TrimSpace(n.Value)}
	case n.Kind != yaml.SequenceNode:
		b.report(key, wrong("write it as [one, another]", "is not a list"))
		return nil
	}
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || !plainNode(item) || null(item) {
			b.report(key, wrong("write it as [one, another], and each of them in 'quotes'", "has something in its list that is no text"))
			return nil
		}
		all = append(all, item.Value)
	}
	return all
}

// yes reads a key that is yes or no, and no if it is not there.
func (b *block) yes(key string) bool { return parsed(b, key, "no", boolean) }

// parsed is what a parser makes of a key's text, or of another one if there is none.
func parsed[T any](b *block, key, otherwise string, parse func(string) (T, error)) (v T) {
	text := b.text(key)
	if b.bad[key] {
		return v
	}
	if text == "" {
		text = otherwise
	}
	v, err := parse(text)
	if err != nil {
		b.fail(key, err)
	}
	return v
}

// plainNode reports whether YAML takes a node as it stands.
func plainNode(n *yaml.Node) bool {
	return n.Anchor == "" && n.Kind != yaml.AliasNode && n.Style&yaml.TaggedStyle == 0
}

// fail reports what a parser found wrong with a key.
func (b *block) fail(key string, err error) {
	if b.bad[key] {
		return
	}
	b.bad[key] = true
	b.file.problems = append(b.file.problems, newProblem(b.path+"."+key, origin{b.file.name, b.at(key)}, err))
}

// secret is a secret that stands there, or in the file that key_file names. Relative
// names are taken to the folder of the settings.
func (b *block) secret(key string) string {
	given, named := b.raw(key), b.text(key+fileSuffix)
	switch {
	case b.bad[key], b.bad[key+fileSuffix]:
		return ""
	case given != "" && named != "":
		b.report(key+fileSuffix, wrong("keep one of the two", "the value is given both here and in line %d", b.at(key)))
		return ""
	case named == "":
		return given
	}
	given, err := secretFile(in(b.file.dir, named))
	if err != nil {
		b.fail(key+fileSuffix, err)
		b.bad[key] = true
	}
	return given
}

// below is the block that is the value of a key.
func (b *block) below(key, write string, keys []string) (*block, bool) {
	n := b.nodes[key]
	if n == nil || n.Kind != yaml.MappingNode {
		b.report(key, wrong("write "+write+" below it, indented by two more spaces", "is a section, not a setting"))
		return nil, false
	}
	return b.file.newBlock(b.path+"."+key, b.at(key), n, keys), true
}
