package config

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fileSuffix is added to the path of a secret to name a file that holds it.
const fileSuffix = "_file"

// layer is what one place gives: settings by path.
type layer map[string]setting

// setting is the text of one value, and where it stands. With an err there is no text to use.
type setting struct {
	text   string
	origin origin
	err    error
	file   string // that the text was read from, where it is a secret
}

// origin is where a value stands; line is 0 where there are no lines.
type origin struct {
	name string
	line int
}

func (o origin) String() string {
	if o.line == 0 {
		return o.name
	}
	return o.name + ":" + strconv.Itoa(o.line)
}

// texts returns the values in the form koanf merges. A setting that cannot be used goes in too, so that it hides
// the one below it.
func (l layer) texts() map[string]any {
	texts := make(map[string]any, len(l))
	for path, s := range l {
		texts[path] = s.text
	}
	return texts
}

// readLayers reads every layer, the weakest first, and what has names of its own, and returns what is wrong with them as wholes.
func readLayers(o Options, goos string) ([]layer, named, []Problem) {
	vars := environment(o.Env)
	file, own, fromFile := readFile(o, vars)
	env, fromEnv := envLayer(vars)
	env.readSecrets(o.Dir)
	env.settle(o.Dir)
	flags, fromFlags := flagLayer(o)
	flags.readSecrets(o.Dir)
	flags.settle(o.Dir)
	return []layer{defaultLayer(o, goos), file, env, flags}, own, slices.Concat(fromFile, fromEnv, fromFlags)
}

// defaultLayer returns the default of every key.
func defaultLayer(o Options, goos string) layer {
	l := layer{}
	for _, k := range keys {
		l[k.Path] = setting{text: k.Default, origin: origin{name: defaultOrigin}}
	}
	l["database"] = defaultDatabase(o, goos)
	return l
}

// flagLayer returns what the flags give.
func flagLayer(o Options) (layer, []Problem) {
	l := layer{}
	var problems []Problem
	known := names()
	for _, path := range slices.Sorted(maps.Keys(o.Flags)) {
		name := o.FlagNames[path]
		if name == "" {
			name = "--" + strings.NewReplacer(".", "-", "_", "-").Replace(path)
		}
		if !slices.Contains(known, path) {
			problems = append(problems, newProblem("", origin{name: name}, unknownSetting(path, known)))
			continue
		}
		l.put(path, o.Flags[path], origin{name: name})
	}
	return l, problems
}

// put sets a value. White space around it is forgiven, but not around a secret, of which nothing may be guessed.
func (l layer) put(path, given string, from origin) {
	if !slices.ContainsFunc(keys, func(k key) bool { return k.Secret && k.Path == path }) {
		given = strings.TrimSpace(given)
	}
	l[path] = setting{text: given, origin: from}
}

// readSecrets replaces every name of a file with a secret in it by the secret. Relative names are taken to dir.
func (l layer) readSecrets(dir string) {
	for _, k := range keys {
		named, ok := l[k.Path+fileSuffix]
		if !ok {
			continue
		}
		delete(l, k.Path+fileSuffix)
		given, both := l[k.Path]
		if !both {
			named.file = in(dir, named.text)
			named.text, named.err = secretFile(named.file)
			l[k.Path] = named
			continue
		}
		named.err = wrong("keep one of the two", "the value is given both here and in %s", given.origin)
		if given.origin.line > 0 {
			named.err = wrong("keep one of the two", "the value is given both here and in line %d", given.origin.line)
		}
		l[k.Path] = named
	}
}

// maxSecret is the longest secret read from a file, in bytes; it keeps a wrong name from filling the memory.
const maxSecret = 64 << 10

// secretFile reads a secret, without the line end at its end. The error leaves out the file's name, which may be
// the secret itself, put into the wrong variable.
func secretFile(path string) (string, error) {
	content, err := readRegular(path, maxSecret)
	if _, large := errors.AsType[errTooLarge](err); large {
		return "", wrong("name a file with nothing but the value in it", "the file it names is too large")
	}
	if err != nil {
		return "", wrong("name a file with the value in it, one this user may read", "the file it names cannot be read (%s)", reason(err))
	}
	value := strings.TrimRight(string(content), "\r\n")
	if value == "" {
		return "", wrong("put the value into it", "the file it names is empty")
	}
	return value, nil
}

// reason returns why a file could not be read, without its name.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
