package heading

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"usher/importer/table"
	"usher/importer/value"
)

// ParseMap reads what was written as --map: pairs such as "email=Work mail".
// They come before those of base, a profile's.
func ParseMap(base map[string]string, pairs []string) (map[string]string, error) {
	mapped := maps.Clone(base)
	if mapped == nil {
		mapped = map[string]string{}
	}
	given := map[string]bool{}
	for _, pair := range pairs {
		name, heading, ok := strings.Cut(pair, "=")
		name, known := knownField(name)
		switch {
		case !ok || strings.TrimSpace(heading) == "":
			return nil, &OptionError{"--map", fmt.Sprintf("%q is not written as FIELD=COLUMN", value.Clip(pair, value.MaxShown)), `write it as --map email="Work mail"`}
		case !known:
			return nil, &OptionError{"--map", fmt.Sprintf("there is no field %q", value.Clip(name, value.MaxShown)), "the fields are " + strings.Join(fieldNames[:], ", ")}
		case given[name]:
			return nil, &OptionError{"--map", name + " is mapped twice", "leave one of them out"}
		}
		given[name], mapped[name] = true, strings.TrimSpace(heading)
	}
	return mapped, nil
}

// knownField finds a field by its name in either spelling.
func knownField(name string) (string, bool) {
	i := slices.IndexFunc(fieldNames[:], func(f string) bool { return value.Fold(f) == value.Fold(name) })
	if i < 0 {
		return strings.TrimSpace(name), false
	}
	return fieldNames[i], true
}

// Profile is how lists of a kind are read, as it is kept in a file.
type Profile struct {
	Columns   map[string]string `json:"columns"`              // field to heading
	NameOrder value.NameOrder   `json:"name_order,omitempty"` // of full names
}

// LoadProfile reads what [SaveProfile] wrote.
func LoadProfile(path string) (p Profile, err error) {
	text, err := readProfile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, &OptionError{"--profile", fmt.Sprintf("there is no profile at %s", path), `make it with --map … --save-profile NAME`}
	}
	if err != nil {
		return p, fmt.Errorf("read the profile: %w", err)
	}
	err = json.Unmarshal(text, &p)
	for name := range p.Columns {
		if known, ok := knownField(name); !ok || known != name {
			err = fmt.Errorf("no field %q", name)
		}
	}
	if p.NameOrder != "" && !value.IsNameOrder(p.NameOrder) {
		err = fmt.Errorf("no name order %q", p.NameOrder)
	}
	if err != nil {
		return Profile{}, &OptionError{"--profile", fmt.Sprintf("%s cannot be read: %v", path, err), "save it again with --save-profile"}
	}
	return p, nil
}

// maxProfile is the largest profile that is read: every field can be mapped to a
// long heading within it many times over.
const maxProfile = 1 << 20

func readProfile(path string) ([]byte, error) {
	file, err := table.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(file, maxProfile))
}

// SaveProfile keeps a profile in a file, which it replaces whole.
func SaveProfile(path string, p Profile) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("save the profile: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("save the profile: %w", err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("save the profile: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("save the profile: %w", err)
	}
	return nil
}
