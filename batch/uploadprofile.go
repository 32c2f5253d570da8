package batch

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"usher/importer/heading"
	"usher/importer/value"
)

// profile is how an upload is read, to be saved: columns by their headings, and what
// was chosen otherwise than it is by default.
func (u Upload) profile(c choices, usual Choices) (p heading.Profile, err error) {
	p = heading.Profile{NameOrder: cmp.Or(value.NameOrder(c.NameOrder), c.Order), Sheet: cmp.Or(c.Sheet, c.OwnSheet)}
	if p.Columns, err = u.mapping(c); err != nil {
		return p, err
	}
	if c.Region != usual.Region {
		p.Region = c.Region
	}
	if c.WorkflowID != usual.WorkflowID {
		p.WorkflowID = c.WorkflowID
	}
	if p.IsEmpty() {
		return p, requestError("say first which column is which", "there is nothing to save: every column was understood by itself")
	}
	return p, nil
}

// mapping is what was said of the columns, by their headings.
func (u Upload) mapping(c choices) (map[string]string, error) {
	switch {
	case c.HeaderRow == NoHeader:
		return nil, requestError("columns are saved by their headings", "this list has no headings, so its columns cannot be saved for others")
	case u.Plan == nil || len(u.Plan.Header) == 0 && len(c.Places) > 0:
		return nil, requestError("wait until the list is checked", "the headings of the list are not known yet")
	}
	mapped := maps.Clone(c.Columns)
	if mapped == nil {
		mapped = map[string]string{}
	}
	for at, field := range c.Places {
		if field == "" && at >= 0 && at < len(u.Plan.Header) {
			u.unmap(mapped, at)
		}
	}
	for at, field := range c.Places {
		if field == "" || at < 0 || at >= len(u.Plan.Header) {
			continue
		}
		name := strings.TrimSpace(u.Plan.Header[at])
		if name == "" || slices.ContainsFunc(u.Plan.Header[:at], func(other string) bool { return strings.TrimSpace(other) == name }) {
			return nil, requestError("give the columns headings of their own", "the heading of column %d does not tell it from others, so it cannot be saved", at+1)
		}
		mapped[field] = name
	}
	return mapped, nil
}

// unmap notes that a column holds nothing, which its heading, or what was mapped, says
// otherwise of.
func (u Upload) unmap(mapped map[string]string, at int) {
	h, _ := heading.Read(u.Plan.Header, heading.Known{Mapped: mapped})
	if h == nil || h.Columns[at].Field == "" {
		return
	}
	if rest := h.Without(at); rest != "" || !heading.IsNeeded(h.Columns[at].Field) {
		mapped[h.Columns[at].Field] = rest
	} else {
		delete(mapped, h.Columns[at].Field)
	}
}
