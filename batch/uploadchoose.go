package batch

import (
	"context"
	"errors"

	"usher/importer/heading"
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
	if err := checkBreakers(s.breakersOf(c)); err != nil {
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
		p, err := Columns{Folder: s.o.Profiles, Profile: c.Profile}.read()
		switch {
		case err == nil:
			all.keep(p)
		case c.Profile == before.Profile:
			all.Columns, all.Order, all.OwnSheet = before.Columns, before.Order, before.OwnSheet
		default:
			return all, asRequest(err)
		}
		if c.Profile != before.Profile {
			all.adopt(p, before.Choices)
		}
	}
	if c.SaveAs == "" {
		return all, nil
	}
	whole, err := s.Upload(ctx, u.ID)
	if err != nil {
		return all, err
	}
	p, err := whole.profile(all, s.DefaultChoices())
	if err != nil {
		return all, err
	}
	return all, Columns{Folder: s.o.Profiles, SaveAs: c.SaveAs}.save(p, nil)
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
