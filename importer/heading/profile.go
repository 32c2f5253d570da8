package heading

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"usher/importer/table"
	"usher/importer/value"
)

// Profile is how lists of a kind are read, as it is kept in a file.
type Profile struct {
	Columns    map[string]string `json:"columns"`               // see [ParseMap]
	NameOrder  value.NameOrder   `json:"name_order,omitempty"`  // of full names
	Region     string            `json:"region,omitempty"`      // of phone numbers without a country code (ISO 3166)
	Sheet      string            `json:"sheet,omitempty"`       // of a workbook
	WorkflowID string            `json:"workflow_id,omitempty"` // of rows that name none
}

// IsEmpty reports whether nothing is said in it.
func (p Profile) IsEmpty() bool {
	return len(p.Columns) == 0 && p.NameOrder == "" && p.Region == "" && p.Sheet == "" && p.WorkflowID == ""
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
	switch {
	case p.NameOrder != "" && !value.IsNameOrder(p.NameOrder):
		err = fmt.Errorf("no name order %q", p.NameOrder)
	case p.Region != "" && !value.IsRegion(p.Region):
		err = fmt.Errorf("no region %q", p.Region)
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
