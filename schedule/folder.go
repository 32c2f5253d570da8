package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"usher/batch"
	"usher/schedule/message"
	"usher/store"
)

// Folders takes the files that lie in folders. Package schedule/folder has one, which
// this package does not know.
type Folders interface {
	// Take takes the files that are there, each as a batch of its own, and returns when
	// something has become of each, with the number of those that are left for the next
	// time. It may be called again after a crash. An error that has Passes passes by itself.
	Take(ctx context.Context, dir string, run batch.FolderRun) (left int, err error)
	// Tidy does what is still to be done in a folder after the times of its schedules.
	Tidy(ctx context.Context, dir string) error
}

// tidyEvery is how often it is looked for what is still to be done in folders.
const tidyEvery = 10 * time.Second

// folderOf is the folder that an occurrence began to take files from, whatever its
// schedule says by now, and those files; empty if it has none.
func (s *Service) folderOf(ctx context.Context, o store.Occurrence) (begun string, files []store.FolderFile, err error) {
	files, err = s.Store.OccurrenceFiles(ctx, o.ID)
	if err != nil || len(files) == 0 {
		return "", nil, err
	}
	return files[0].Folder, files, nil
}

// take takes the files of a folder for an occurrence, and ends it, or has it ask.
func (s *Service) take(ctx context.Context, sch store.Schedule, spec *Spec, o store.Occurrence, dir string, begun bool) (time.Duration, error) {
	if s.Folders == nil {
		return s.fail(ctx, sch, o, "", batch.WithHint(errors.New("this process takes no files from folders"), "have it done by 'usher work'"))
	}
	if mapping := spec.Texts["mapping"]; mapping != "" && !slices.Contains(s.svc.Profiles(), mapping) {
		return s.fail(ctx, sch, o, "", batch.WithHint(fmt.Errorf("there is no mapping %q", mapping), "save it with 'usher check --save-profile', or change the schedule"))
	}
	left, err := s.Folders.Take(ctx, dir, s.folderRun(sch, spec, o))
	var busy interface{ Passes() bool }
	switch {
	case err == nil:
		return s.taken(ctx, sch, o, left)
	case errors.As(err, &busy) && busy.Passes():
		return lookAgain, nil
	case batch.Away(err) || ctx.Err() != nil:
		return 0, err
	case begun: // what it has taken is not given up
		s.Log.Warn("the files of a schedule cannot be taken for now; it is tried again", zap.String("schedule", sch.Name))
		return tryAgain, nil
	}
	return s.triedOnce(ctx, sch, o, err)
}

// folderRun is how an occurrence has files taken, by its schedule's rules.
func (s *Service) folderRun(sch store.Schedule, spec *Spec, o store.Occurrence) batch.FolderRun {
	return batch.FolderRun{
		Occurrence: o.ID, By: actor(sch), LeaveOut: spec.Problems == ProblemsLeaveOut, MaxPeople: spec.MaxPeople,
		Choose: func(c *batch.Choices, file string) {
			spec.chooseFor(c, sch.Name, o.Local)
			if file != "" {
				c.Name += " " + file
			}
		},
	}
}

// taken ends an occurrence that has taken its files, or has it ask for those that have
// too many people.
func (s *Service) taken(ctx context.Context, sch store.Schedule, o store.Occurrence, left int) (time.Duration, error) {
	files, err := s.Store.OccurrenceFiles(ctx, o.ID)
	if err != nil {
		return 0, err
	}
	states, people := map[store.FolderState]int{}, 0
	for _, f := range files {
		if states[f.State]++; f.State == store.FolderAsks {
			people += f.People
		}
	}
	over := states[store.FolderDone] + states[store.FolderKnown] + states[store.FolderRefused] + states[store.FolderVanished]
	words := ""
	if left > 0 {
		words = fmt.Sprintf("%s left in the folder, as %s not complete or cannot be read", batch.Counted(left, "file was", "files were"), batch.Plural(left, "it is", "they are"))
	}
	switch {
	case people > 0 && over+states[store.FolderAsks] == len(files):
		return 0, s.ask(ctx, sch, o, people)
	case over < len(files): // somebody went on with them
		return lookAgain, nil
	case states[store.FolderDone] > 0:
		return s.end(ctx, o, store.OccurrenceDone, "", words)
	case states[store.FolderRefused] > 0:
		return s.fail(ctx, sch, o, "", refusedFiles(files))
	case states[store.FolderKnown] > 0:
		return s.end(ctx, o, store.OccurrenceDone, WhyKnown, words)
	}
	return s.end(ctx, o, store.OccurrenceDone, WhyNothing, words)
}

// refusedFiles says why nobody of the files of an occurrence was invited.
func refusedFiles(files []store.FolderFile) error {
	n, why := 0, ""
	for _, f := range files {
		if f.State == store.FolderRefused {
			n, why = n+1, f.Why
		}
	}
	if n == 1 {
		return errors.New(why)
	}
	return batch.WithHint(fmt.Errorf("%s refused", batch.Counted(n, "file was", "files were")), "the notes beside them in refused/ say why")
}

// ask has an occurrence wait for somebody's yes to so many people.
func (s *Service) ask(ctx context.Context, sch store.Schedule, o store.Occurrence, people int) error {
	return s.Store.InTx(ctx, func(tx *store.Tx) error {
		asks, err := tx.AskOccurrence(ctx, o.ID, WhyMaxPeople, people)
		if err != nil || !asks {
			return err
		}
		return message.Note(ctx, tx, s.event(sch, store.EventWaiting, WhyMaxPeople, people))
	})
}

// tidy has done, until ctx ends, what is left in folders when a time of a schedule is over.
func (s *Service) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for told := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		folders, err := s.Store.UntidyFolders(ctx, s.Account)
		for _, dir := range folders {
			if wrong := s.Folders.Tidy(ctx, dir); wrong != nil {
				err = wrong
			}
		}
		if store.Passing(err) { // of an outage whoever works tells
			continue
		}
		if err != nil && !told && ctx.Err() == nil { // its words may name a file
			s.Log.Warn("the folders of schedules could not be tidied; it is tried again", zap.String("error", batch.DiscreetWords(err)))
		}
		told = err != nil
	}
}
