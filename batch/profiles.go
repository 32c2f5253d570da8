package batch

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"usher/importer/heading"
)

// Profile is how lists of a kind are read, as it was saved under a name. Its JSON is
// part of the interface.
type Profile struct {
	Name       string            `json:"name"`
	Columns    map[string]string `json:"columns"`               // field to heading, or to several with bars between them; empty for no column
	NameOrder  string            `json:"name_order"`            // of full names; may be empty
	Region     string            `json:"region,omitempty"`      // of phone numbers without a country code
	Sheet      string            `json:"sheet,omitempty"`       // of a workbook
	WorkflowID string            `json:"workflow_id,omitempty"` // of rows that name none
	Path       string            `json:"path"`
	Wrong      string            `json:"wrong,omitempty"` // why it cannot be used
}

// Profiles are those in a folder, by name. Where there is no folder there are none.
func Profiles(folder string) []Profile {
	all := []Profile{}
	for _, name := range profileNames(folder) {
		path := filepath.Join(folder, name+profileEnding)
		p, err := heading.LoadProfile(path)
		one := profileOf(p)
		if one.Name, one.Path = name, path; err != nil {
			one.Wrong = err.Error()
		}
		all = append(all, one)
	}
	return all
}

func profileOf(p heading.Profile) Profile {
	one := Profile{Columns: map[string]string{}, NameOrder: string(p.NameOrder), Region: p.Region, Sheet: p.Sheet, WorkflowID: p.WorkflowID}
	maps.Copy(one.Columns, p.Columns)
	return one
}

// ColumnWords are the fields in order, each with its columns.
func (p Profile) ColumnWords() []string {
	var words []string
	for _, field := range slices.Sorted(maps.Keys(p.Columns)) {
		if p.Columns[field] == "" {
			words = append(words, field+"=none")
			continue
		}
		words = append(words, fmt.Sprintf("%s=%q", field, p.Columns[field]))
	}
	return words
}

// words are all that is kept in a profile.
func (p Profile) words() []string {
	words := p.ColumnWords()
	for _, one := range []struct{ what, is string }{
		{"names ", p.NameOrder}, {"region ", p.Region}, {"sheet ", p.Sheet}, {"workflow ", p.WorkflowID},
	} {
		if one.is != "" {
			words = append(words, one.what+one.is)
		}
	}
	return words
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
