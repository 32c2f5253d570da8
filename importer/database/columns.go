package database

import (
	"fmt"
	"slices"
	"strings"

	"usher/importer/heading"
	"usher/importer/value"
)

// arrange makes the header: the query's columns, those that are mapped under
// the names of their fields. Several columns of one field keep their names.
func (d *Source) arrange(names []string) error {
	mapped := map[int][]string{}
	d.columns, d.fields = d.columns[:0], map[string][]int{}
	turns := map[string][]int{}
	for _, field := range heading.Fields() {
		name, ok := d.q.Columns[field]
		if !ok {
			continue
		}
		all, missing := indexNames(names, name)
		switch {
		case missing != "":
			return d.lacks(missing, "columns", names)
		case len(all) > 1:
			turns[field] = all
		default:
			mapped[all[0]] = append(mapped[all[0]], field)
		}
	}
	own := make([]int, len(names)) // where each column stands under its own name
	for i, name := range names {
		own[i] = -1
		if len(mapped[i]) == 0 {
			own[i] = len(d.columns)
			d.columns = append(d.columns, column{name, i})
		}
		for _, field := range mapped[i] {
			d.fields[field] = []int{len(d.columns)}
			d.columns = append(d.columns, column{field, i})
		}
	}
	for _, field := range heading.Fields() {
		for _, i := range turns[field] {
			if own[i] < 0 {
				own[i] = len(d.columns)
				d.columns = append(d.columns, column{names[i], i})
			}
			d.fields[field] = append(d.fields[field], own[i])
		}
	}
	d.cells = make([]string, len(d.columns))
	if d.mark.at = indexName(names, d.q.Watermark); d.q.Watermark != "" && d.mark.at < 0 {
		return d.lacks(d.q.Watermark, "watermark", names)
	}
	return nil
}

// IDColumn is the column by which people find a row again: the one that the settings
// name for the reference, else the watermark; -1 if there is neither.
func (d *Source) IDColumn() int {
	if places := d.fields["external_id"]; len(places) > 0 {
		return places[0]
	}
	if d.q.Watermark == "" {
		return -1
	}
	return slices.IndexFunc(d.columns, func(c column) bool { return c.from == d.mark.at })
}

// indexNames finds the columns that a setting names: one, or several with bars between
// them. It returns the name of the first that is not there.
func indexNames(names []string, setting string) (all []int, missing string) {
	if at := indexName(names, setting); at >= 0 {
		return []int{at}, ""
	}
	for name := range strings.SplitSeq(setting, "|") {
		at := indexName(names, strings.TrimSpace(name))
		if at < 0 {
			return nil, strings.TrimSpace(name)
		}
		if !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all, ""
}

// indexName finds a column: by its name, else by its name in other letters, as
// databases differ in which they keep.
func indexName(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

func (d *Source) lacks(name, setting string, names []string) error {
	return d.refuse(fmt.Sprintf("add it to the query, or correct sources.%s.%s in usher.yaml", d.q.Name, setting),
		"the query returns no column %s; it returns: %s", value.Clip(name, value.MaxShown), heading.List(names))
}
