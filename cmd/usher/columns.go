package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/pflag"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/value"
)

// columnOptions say which column of a file is which, where its header does
// not say it in words that usher knows.
type columnOptions struct {
	maps    []string
	profile string
	saveAs  string
}

func (o *columnOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.maps, "map", nil, `column that holds a field, such as email="Work mail" (may be repeated)`)
	f.StringVar(&o.profile, "profile", "", "use the columns that --save-profile kept under this name")
	f.StringVar(&o.saveAs, "save-profile", "", "keep the columns given with --map under this name")
}

// read puts the profile and the flags together.
func (o *columnOptions) read(env []string) (map[string]string, error) {
	var saved map[string]string
	if o.profile != "" {
		path, err := profilePath(env, o.profile)
		if err != nil {
			return nil, err
		}
		if saved, err = heading.LoadProfile(path); err != nil {
			return nil, err
		}
	}
	columns, err := heading.ParseMap(saved, o.maps)
	if err != nil || o.saveAs == "" {
		return columns, err
	}
	if len(columns) == 0 {
		return nil, usagef("say which column is which with --map", "there is nothing to keep as profile %q", o.saveAs)
	}
	_, err = profilePath(env, o.saveAs)
	return columns, err
}

// save keeps the columns, once a file has been read with them.
func (o *columnOptions) save(env []string, columns map[string]string) error {
	if o.saveAs == "" {
		return nil
	}
	path, err := profilePath(env, o.saveAs)
	if err != nil {
		return err
	}
	return heading.SaveProfile(path, columns)
}

var profileName = regexp.MustCompile(`^[\pL\pN][\pL\pN _.-]{0,63}$`)

// profilePath is where a profile is kept. The environment is the command's own.
func profilePath(env []string, name string) (string, error) {
	if !profileName.MatchString(name) {
		return "", usagef("use letters, digits, spaces and - _ .", "%q cannot be the name of a profile", name)
	}
	dir := ""
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, "XDG_CONFIG_HOME="); ok && filepath.IsAbs(value) {
			dir = value
		}
	}
	if dir == "" {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return "", withHint(fmt.Errorf("there is no folder for profiles: %w", err), "set HOME or XDG_CONFIG_HOME")
		}
	}
	return filepath.Join(dir, "usher", "profiles", name+".json"), nil
}

// printRepairs lists what was changed, so that nothing is changed silently.
func (a *app) printRepairs(plan *importer.Plan) {
	for _, kind := range plan.Repairs {
		fmt.Fprintf(a.stdout, "%s: %s: %s (%s)\n", kind.Column, counted(kind.Count, "value repaired", "values repaired"), value.RepairWords(kind.Code), kind.Code)
		most := shownRepairs
		if value.IsCosmetic(kind.Code) {
			most = shownExamples
		}
		first := kind.Examples[:min(len(kind.Examples), most)]
		for _, r := range first {
			fmt.Fprintf(a.stdout, "  row %d: %q -> %q\n", r.Row, oneLine(r.From, 60), oneLine(r.To, 60))
		}
		if more := kind.Count - len(first); more > 0 {
			fmt.Fprintf(a.stdout, "  and %s more; --json lists up to 1,000\n", thousands(more))
		}
	}
}

// oneLine makes a value fit into a table.
func oneLine(s string, most int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}
