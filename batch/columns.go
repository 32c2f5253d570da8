package batch

import (
	"errors"
	"path/filepath"
	"regexp"
	"sync"

	"usher/importer/heading"
)

// Columns say which column of a list holds which field, where its header does not
// say it in words that usher knows.
type Columns struct {
	Folder  string   // where profiles are kept; empty if there is none
	Maps    []string // such as email=Work mail
	Profile string   // the name of one that was kept, which Maps go before
	SaveAs  string   // the name to keep them under
}

// read puts the profile and the maps together.
func (c Columns) read() (columns map[string]string, err error) {
	var saved map[string]string
	if c.Profile != "" {
		path, err := c.path(c.Profile)
		if err != nil {
			return nil, err
		}
		if saved, err = heading.LoadProfile(path); err != nil {
			return nil, err
		}
	}
	columns, err = heading.ParseMap(saved, c.Maps)
	if err != nil || c.SaveAs == "" {
		return columns, err
	}
	if len(columns) == 0 {
		return nil, requestError("say which column is which with --map", "there is nothing to keep as profile %q", c.SaveAs)
	}
	_, err = c.path(c.SaveAs)
	return columns, err
}

// Check is an error if the columns are not right, such as a profile that is not there.
func (c Columns) Check() error {
	_, err := c.read()
	return err
}

// save keeps the columns, once a list has been read with them, if they are to be
// kept.
func (c Columns) save(columns map[string]string) error {
	if c.SaveAs == "" {
		return nil
	}
	path, err := c.path(c.SaveAs)
	if err != nil {
		return err
	}
	return heading.SaveProfile(path, columns)
}

// profileName is compiled when it is first asked for: it takes 17 ms, and most
// commands name no profile.
var profileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pN][\pL\pN _.-]{0,63}$`) })

func (c Columns) path(name string) (string, error) {
	if !profileName().MatchString(name) {
		return "", requestError("use letters, digits, spaces and - _ .", "%q cannot be the name of a profile", name)
	}
	if c.Folder == "" {
		return "", WithHint(errors.New("there is no folder for profiles"), "set HOME or XDG_CONFIG_HOME")
	}
	return filepath.Join(c.Folder, name+".json"), nil
}
