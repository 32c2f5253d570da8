package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module is the root of the module, as seen from this package.
const module = "../.."

// rules says of each package what of usher it may import, as the table in
// ARCHITECTURE.md has it.
func rules(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(module, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| package | may import |")
	table, _, _ = strings.Cut(table, "\n\n")
	all := map[string][]string{}
	name := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(table) {
		var names []string
		for _, found := range name.FindAllStringSubmatch(line, -1) {
			names = append(names, found[1])
		}
		if len(names) > 0 {
			all[names[0]] = names[1:]
		}
	}
	return all
}

// kits are the packages that are there for tests, which may import what they
// like. They are named, so that no other one gets past the rules by its name.
var kits = []string{"store/storetest", "importer/table/tabletest", "importer/database/databasetest"}

// onlyIn are the files in which alone a package may be imported by another.
var onlyIn = map[[2]string]string{{"cmd/usher", "upstream/sandbox"}: "sandbox.go"}

// misplaced reports whether a file imports what only another one of its package may.
func misplaced(pkg, file, imported string) bool {
	only, has := onlyIn[[2]string{pkg, strings.TrimPrefix(imported, "usher/")}]
	return has && file != only
}

// breaches are the imports that the rules do not allow, and the packages that
// they do not know. Imports are those of each package, as paths.
func breaches(rules map[string][]string, imports map[string][]string) (wrong []string) {
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		allowed, known := rules[pkg]
		if !known {
			wrong = append(wrong, fmt.Sprintf("%s: say in ARCHITECTURE.md what it may import", pkg))
			continue
		}
		for _, path := range imports[pkg] {
			own, isOwn := strings.CutPrefix(path, "usher/")
			switch {
			case isOwn && !slices.Contains(allowed, own):
				wrong = append(wrong, pkg+" imports "+own)
			case strings.HasPrefix(path, "github.com/riverqueue/") && pkg != "jobs":
				wrong = append(wrong, pkg+" imports River")
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(rules)) {
		for _, named := range append([]string{pkg}, rules[pkg]...) {
			if _, there := imports[named]; !there {
				wrong = append(wrong, named+" is in ARCHITECTURE.md and not in the code")
			}
		}
	}
	return wrong
}

// sources calls do with each Go file of the module that is no test's.
func sources(t *testing.T, do func(pkg, file string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(module, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && file != module) {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(file)
		folder, relErr := filepath.Rel(module, filepath.Dir(file))
		if err != nil || relErr != nil {
			return fmt.Errorf("%w, %w", err, relErr)
		}
		if pkg := filepath.ToSlash(folder); !slices.Contains(kits, pkg) {
			do(pkg, name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The imports are those that ARCHITECTURE.md allows, and nobody imports upwards.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	imports := map[string][]string{}
	sources(t, func(pkg, file string, text []byte) {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		imports[pkg] = append(imports[pkg], nil...)
		for _, i := range parsed.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imports[pkg] = append(imports[pkg], p)
			if misplaced(pkg, file, p) {
				t.Errorf("%s imports %s; only %s may", path.Join(pkg, file), p, onlyIn[[2]string{pkg, strings.TrimPrefix(p, "usher/")}])
			}
		}
	})
	all := rules(t)
	for _, wrong := range breaches(all, imports) {
		t.Error(wrong)
	}
	for pkg, allowed := range all {
		for _, below := range allowed {
			if reaches(all, below, pkg, map[string]bool{}) {
				t.Errorf("%s and %s may import each other", pkg, below)
			}
		}
	}
}

// reaches reports whether one package may import another one, over others too.
// Those that were seen are not gone through again, as a circle has no end.
func reaches(rules map[string][]string, from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(rules[from], func(p string) bool { return p == to || reaches(rules, p, to, seen) })
}

// A made-up house with each thing that is not allowed.
func TestArchitectureIsChecked(t *testing.T) {
	t.Parallel()
	got := breaches(map[string][]string{"store": {}, "jobs": {"store"}, "gone": {}}, map[string][]string{
		"store": {"usher/jobs", "fmt", "github.com/riverqueue/river"}, "jobs": {"usher/store", "github.com/riverqueue/river"}, "new": {"fmt"},
	})
	want := []string{"new: say in ARCHITECTURE.md what it may import", "store imports jobs", "store imports River", "gone is in ARCHITECTURE.md and not in the code"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// A circle that a package is above, and not in, is found and has an end.
func TestArchitectureHasNoCircle(t *testing.T) {
	t.Parallel()
	circle := map[string][]string{"top": {"a"}, "a": {"b"}, "b": {"a"}}
	for from, want := range map[string]bool{"a": true, "b": true, "top": false} {
		if got := reaches(circle, circle[from][0], from, map[string]bool{}); got != want {
			t.Errorf("%s can import itself: %v", from, got)
		}
	}
}

// The sandbox is the command's of that name alone.
func TestArchitectureOfFiles(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{"sandbox.go": false, "app.go": true} {
		if got := misplaced("cmd/usher", file, "usher/upstream/sandbox"); got != want {
			t.Errorf("%s may not import the sandbox: %v", file, got)
		}
	}
}

// Commands stay thin, and files fit their rooms.
func TestArchitectureSizes(t *testing.T) {
	t.Parallel()
	commands := 0
	sources(t, func(pkg, file string, text []byte) {
		lines := bytes.Count(text, []byte("\n"))
		if pkg == "cmd/usher" {
			commands += lines
		}
		if lines > 400 {
			t.Errorf("%s has %d lines, 400 are the most", path.Join(pkg, file), lines)
		}
	})
	if commands >= 3900 {
		t.Errorf("cmd/usher has %d lines; what it does beyond flags and words belongs in batch", commands)
	}
}
