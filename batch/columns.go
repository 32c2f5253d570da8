package batch

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"usher/importer/heading"
	"usher/importer/value"
)

// Columns say which column of a list holds which field, where its header does not
// say it in words that usher knows, and in which order full names are.
type Columns struct {
	Folder    string   // where profiles are kept; empty if there is none
	Maps      []string // such as email=Work mail
	NameOrder string   // first-last or last-first; empty if nobody knows
	Profile   string   // the name of one that was kept, which these go before
	SaveAs    string   // the name to keep them under
}

// read puts the profile and what was given together.
func (c Columns) read() (p heading.Profile, err error) {
	if c.Profile != "" {
		path, err := c.path(c.Profile)
		if err != nil {
			return p, err
		}
		if p, err = heading.LoadProfile(path); err != nil {
			return p, c.otherThere(err)
		}
	}
	p.NameOrder = cmp.Or(value.NameOrder(c.NameOrder), p.NameOrder)
	if p.NameOrder != "" && !value.IsNameOrder(p.NameOrder) {
		return p, requestError("write --name-order first-last or --name-order last-first", "%q is no order of names", c.NameOrder)
	}
	p.Columns, err = heading.ParseMap(p.Columns, c.Maps)
	return p, err
}

// otherThere has the hint of an error about a profile that is not there name those that are.
func (c Columns) otherThere(err error) error {
	var option *heading.OptionError
	if names := profileNames(c.Folder); len(names) > 0 && !slices.Contains(names, c.Profile) && errors.As(err, &option) {
		return &heading.OptionError{Option: option.Option, Problem: option.Problem,
			Remedy: fmt.Sprintf("there are %s; 'usher profiles' shows them", strings.Join(names, ", "))}
	}
	return err
}

// Check is an error if the columns are not right, such as a profile that is not there.
func (c Columns) Check() error {
	_, err := c.read()
	return err
}

// save keeps a profile under the name that was asked for, if any was.
func (c Columns) save(p heading.Profile, tell Teller) error {
	if c.SaveAs == "" {
		return nil
	}
	path, err := c.path(c.SaveAs)
	if err != nil {
		return err
	}
	if err := heading.SaveProfile(path, p); err != nil {
		return err
	}
	tell.tell(ProfileKept{c.SaveAs, path, strings.Join(profileOf(p).words(), ", ")})
	return nil
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
	return filepath.Join(c.Folder, name+profileEnding), nil
}
