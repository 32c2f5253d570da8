package batch

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/value"
	"usher/store"
)

// Choose changes what was said of an upload. It fails with a [ChangedError] if
// revision is not its last one.
func (s *Service) Choose(ctx context.Context, by Actor, id string, revision int, c Choices) (Upload, error) {
	if err := by.Check(); err != nil {
		return Upload{}, err
	}
	c.clean()
	if err := quietError(c.Quiet); err != nil {
		return Upload{}, err
	}
	u, err := s.upload(ctx, id)
	if err != nil {
		return Upload{}, err
	}
	if u.Revision != revision || u.State != UploadReady {
		return Upload{}, s.whyNot(ctx, id, revision)
	}
	chosen, err := s.chosen(ctx, u, c)
	if err != nil {
		return Upload{}, err
	}
	text, err := chosen.text()
	if err != nil {
		return Upload{}, err
	}
	ok, err := s.st.ChooseUpload(ctx, id, revision, text)
	if err == nil && !ok {
		err = s.whyNot(ctx, id, revision)
	}
	if err != nil {
		return Upload{}, err
	}
	return s.Upload(ctx, id)
}

// chosen are choices with the columns of their profile, which is saved first if it
// is to be.
func (s *Service) chosen(ctx context.Context, u store.Upload, c Choices) (choices, error) {
	before, err := readChoices(u.Choices)
	if err != nil {
		return before, err
	}
	all := choices{Choices: c}
	if c.Profile != "" {
		var p heading.Profile
		p, err = Columns{Folder: s.o.Profiles, Profile: c.Profile}.read()
		all.Columns, all.Order = p.Columns, p.NameOrder
		if err != nil && c.Profile == before.Profile {
			all.Columns, all.Order, err = before.Columns, before.Order, nil
		}
		if err != nil {
			return all, asRequest(err)
		}
	}
	if c.SaveAs == "" {
		return all, nil
	}
	whole, err := s.Upload(ctx, u.ID)
	if err != nil {
		return all, err
	}
	mapping, err := whole.mapping(all)
	if err != nil {
		return all, err
	}
	return all, Columns{Folder: s.o.Profiles, SaveAs: c.SaveAs}.save(importer.Options{Columns: mapping,
		Defaults: importer.Defaults{NameOrder: cmp.Or(value.NameOrder(c.NameOrder), all.Order)}}, nil)
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
		if field == "" || at < 0 || at >= len(u.Plan.Header) {
			continue
		}
		name := strings.TrimSpace(u.Plan.Header[at])
		if name == "" || slices.ContainsFunc(u.Plan.Header[:at], func(other string) bool { return strings.TrimSpace(other) == name }) {
			return nil, requestError("give the columns headings of their own", "the heading of column %d does not tell it from others, so it cannot be saved", at+1)
		}
		mapped[field] = name
	}
	if len(mapped) == 0 && c.NameOrder == "" && c.Order == "" {
		return nil, requestError("say first which column is which", "there is nothing to save: every column was understood by itself")
	}
	return mapped, nil
}

// Profiles are the names of the mappings that were saved, in order.
func (s *Service) Profiles() []string { return profileNames(s.o.Profiles) }

// asRequest makes a request error of an option that is wrong.
func asRequest(err error) error {
	var option *heading.OptionError
	if errors.As(err, &option) {
		return requestError("choose another one", "%s", option.Problem)
	}
	return err
}
