package heading

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/importer/value"
)

// ParseMap reads what was written as --map: pairs such as "email=Work mail". Of
// several columns with bars between them, "phone=Handy|Telefon", the first counts that
// is filled in a row; with nothing behind the sign, "external_id=", no column holds the
// field. They come before those of base, a profile's.
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
		case !ok:
			return nil, &OptionError{"--map", fmt.Sprintf("%q is not written as FIELD=COLUMN", value.Clip(pair, value.MaxShown)), `write it as --map email="Work mail"`}
		case !known:
			return nil, &OptionError{"--map", fmt.Sprintf("there is no field %q", value.Clip(name, value.MaxShown)), "the fields are " + strings.Join(fieldNames[:], ", ")}
		case given[name]:
			return nil, &OptionError{"--map", name + " is mapped twice", "leave one of them out, or put a bar between the columns, as in --map phone=\"Mobile|Home phone\", which takes the first that is filled"}
		case strings.TrimSpace(heading) == "" && (name == fieldNames[Email] || name == fieldNames[Phone]):
			return nil, &OptionError{"--map", name + " cannot be without a column", fmt.Sprintf(`write the column that holds it, as in --map %s="Work %s"`, name, name)}
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
