package batch

import (
	"context"
	"slices"
	"strings"

	"usher/jobs"
	"usher/store"
)

// openToLook opens the database, if there is one, and changes nothing in it.
func (s *Service) openToLook(ctx context.Context) error {
	if noDatabase(s.cfg) {
		return nil
	}
	st, err := store.Open(ctx, s.cfg.Database, store.Options{MaxConns: 1, Look: true})
	if err != nil {
		return hintSetting(err)
	}
	s.closers = append(s.closers, st.Close, s.checks.close)
	if err := jobs.CheckSchema(ctx, st); err != nil {
		return err
	}
	names, err := st.AccountNames(ctx)
	for id, name := range names { // without one, nothing of it is found
		if name == accountName(s.cfg) {
			s.account = id
		}
	}
	s.st = st
	return err
}

// CheckProfile is an error unless a mapping of columns was saved under this name, for
// the user of this process.
func (s *Service) CheckProfile(name string) error {
	return Columns{Folder: s.o.Profiles, Profile: name}.Check()
}

// AnyWorks reports whether a process works for every batch that was started as one of
// these commands.
func (s *Service) AnyWorks(ctx context.Context, commands ...string) (bool, error) {
	workers, err := s.Workers(ctx)
	return slices.ContainsFunc(workers, func(words string) bool {
		return slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(words, commandWords(c)) })
	}), err
}
