package batch

import (
	"maps"
	"os"
	"path/filepath"
	"strings"

	"usher/importer/heading"
)

// Profile is how lists of a kind are read, as it was saved under a name. Its JSON is
// part of the interface.
type Profile struct {
	Name      string            `json:"name"`
	Columns   map[string]string `json:"columns"`    // field to heading
	NameOrder string            `json:"name_order"` // of full names; may be empty
	Path      string            `json:"path"`
	Wrong     string            `json:"wrong,omitempty"` // why it cannot be used
}

// Profiles are those in a folder, by name. Where there is no folder there are none.
func Profiles(folder string) []Profile {
	all := []Profile{}
	for _, name := range profileNames(folder) {
		one := Profile{Name: name, Columns: map[string]string{}, Path: filepath.Join(folder, name+profileEnding)}
		if p, err := heading.LoadProfile(one.Path); err != nil {
			one.Wrong = err.Error()
		} else {
			maps.Copy(one.Columns, p.Columns)
			one.NameOrder = string(p.NameOrder)
		}
		all = append(all, one)
	}
	return all
}

const profileEnding = ".json"

// profileNames are the names of the profiles in a folder, in order.
func profileNames(folder string) (names []string) {
	entries, err := os.ReadDir(folder)
	if err != nil || folder == "" {
		return nil
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), profileEnding); ok && profileName().MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}
