package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"usher/batch"
	"usher/store"
)

const (
	// growMost is how long a schedule waits for files that are still being written, beyond
	// the time in which they must not change. They are left for its next time then.
	growMost = time.Minute
	// stuckMost is how long files may not be movable or readable until the schedule is told.
	stuckMost = time.Minute
)

// Schedules takes the files of folders for schedules.
type Schedules struct{ svc *batch.Service }

// ForSchedules takes files into the service's database.
func ForSchedules(svc *batch.Service) *Schedules { return &Schedules{svc} }

// Take takes the files that are in a folder, and returns when each has been imported or
// refused, waits for somebody's yes, or is left for the next time; so many were left. It
// fails with a [BusyError] if another process serves the folder. After a crash it is
// called again, and goes on.
func (s *Schedules) Take(ctx context.Context, dir string, run batch.FolderRun) (left int, err error) {
	f, err := Open(s.svc, Options{Dir: dir, Run: &run})
	if err != nil {
		return 0, err
	}
	_, err = f.takeNow(ctx)
	if errors.Is(err, errLeaseLost) {
		err = &BusyError{passes: true}
	}
	return f.left, stuck(err)
}

// Tidy puts results beside files whose batches are finished, and turns away the files
// that a schedule took and has let go of. While another process serves the folder, that
// one does.
func (s *Schedules) Tidy(ctx context.Context, dir string) error {
	f, err := Open(s.svc, Options{Dir: dir})
	if err != nil {
		return nil // a share that is away comes back
	}
	f.holder += runEnding
	if err := f.hold(ctx); err != nil {
		if errors.As(err, new(*BusyError)) {
			return nil
		}
		return err
	}
	return f.holding(ctx, f.tidy)
}

func (f *Folder) tidy(ctx context.Context) error {
	rows, err := f.served(ctx)
	if err != nil || f.isAway(rows) {
		return err
	}
	for i := range rows {
		if rows[i].Occurrence == 0 { // it waits for the one that watches
			continue
		}
		if _, err := f.advance(ctx, rows, &rows[i]); err != nil && ctx.Err() == nil {
			f.trouble(&rows[i], err)
		}
	}
	return f.results(ctx)
}

// run is the time of a schedule that the files are taken for; its zero is none.
func (f *Folder) run() batch.FolderRun {
	if f.o.Run == nil {
		return batch.FolderRun{}
	}
	return *f.o.Run
}

// runAll is [Folder.takeAll] for a schedule.
func (f *Folder) runAll(ctx context.Context) ([]File, error) {
	before, err := f.base.Store.OccurrenceFiles(ctx, f.o.Run.Occurrence)
	if err != nil {
		return nil, err
	}
	f.several = len(before)+len(f.only) > 1
	begun, well := time.Now(), time.Now()
	for {
		next := f.round(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if f.failed == nil {
			well = time.Now()
		} else if time.Since(well) > stuckMost {
			return nil, f.failed
		}
		rows, err := f.served(ctx)
		if err != nil {
			return nil, err
		}
		if f.failed == nil && !f.waits(rows, time.Since(begun) > growMost+f.cfg.Settle) {
			return f.base.Store.OccurrenceFiles(ctx, f.o.Run.Occurrence)
		}
		wait(ctx, next, nil)
	}
}

// waits reports whether something becomes of one of these files soon, and counts those
// that are left. When it is late, files that are still being written are.
func (f *Folder) waits(rows []File, late bool) bool {
	f.left = 0
	for _, row := range rows {
		switch {
		case row.State == Seen && f.only[row.Name] && (late || f.told[row.Name] != ""):
			f.left++
		case row.State == Seen && !f.only[row.Name]:
		case row.State == Asks && row.MovingTo == "" && !f.isOrphan(row):
		default:
			return true
		}
	}
	return false
}

// stuck says why nothing could be done with files, with what to do about it.
func stuck(err error) error {
	switch {
	case errors.Is(err, errAway):
		return batch.WithHint(err, "put it back, or mount its share")
	case errors.As(err, new(*fs.PathError)), errors.As(err, new(*os.LinkError)), errors.Is(err, syscall.ENOSPC):
		return batch.WithHint(fmt.Errorf("the files in the folder cannot be taken: %s", causeOf(err)), fixOf(err))
	}
	return err
}

// isOrphan reports whether a file was taken for a time of a schedule that is over, or is
// not this one: of those that are served, it is over then.
func (f *Folder) isOrphan(row File) bool {
	return row.Occurrence != 0 && row.Occurrence != f.run().Occurrence
}

// isOver reports whether the time of a schedule that a file was taken for is over, as when
// somebody left it out before its first file was there.
func (f *Folder) isOver(ctx context.Context, row *File) (bool, error) {
	if row.Occurrence == 0 {
		return false, nil
	}
	o, err := f.base.Store.Occurrence(ctx, row.Occurrence)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return !o.State.Open(), err
}

// turnAway refuses a file that a schedule took, and let go of before it was imported.
func (f *Folder) turnAway(ctx context.Context, row *File) error {
	why := ""
	o, err := f.base.Store.Occurrence(ctx, row.Occurrence)
	if err == nil {
		why = o.Why
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if row.Upload != "" {
		_ = f.svc.DiscardUpload(ctx, f.by, row.Upload) // it is swept in a day, else
	}
	fix := "put it into the folder again if its people are to be invited"
	switch {
	case why == "declined" && row.People > 0:
		return f.refuse(ctx, row, fmt.Sprintf("%s would have been invited, and somebody said no", batch.Counted(row.People, "person", "people")), fix)
	case why == "removed":
		return f.refuse(ctx, row, "its schedule was removed before anybody was invited", fix)
	}
	return f.refuse(ctx, row, "the time of the schedule that it was taken for ended before anybody was invited", fix)
}

// adopt has a file go on for a schedule that was taken by a process which watched, and
// has died: it is read again by the schedule's rules, unless it is being imported.
func (f *Folder) adopt(ctx context.Context, row *File) error {
	if row.Occurrence = f.run().Occurrence; row.State == Taken {
		u, err := f.svc.UploadStanding(ctx, row.Upload)
		if err != nil && !errors.Is(err, batch.ErrNoUpload) {
			return err
		}
		if err != nil || u.State == batch.UploadReady {
			return f.again(ctx, row)
		}
	}
	return f.save(ctx, row)
}

// choose says how the list of a file is read, and what becomes of its people.
func (f *Folder) choose(ctx context.Context, u batch.Upload, name string) (batch.Upload, error) {
	if f.o.Run == nil {
		return f.svc.ChooseReading(ctx, f.by, u.ID, u.Revision, "", f.o.Reading)
	}
	if !f.several {
		name = ""
	}
	c := u.Choices
	f.o.Run.Choose(&c, name)
	return f.svc.Choose(ctx, f.by, u.ID, u.Revision, c)
}

// ask has a file wait for somebody's yes.
func (f *Folder) ask(ctx context.Context, row *File, people int) error {
	row.State, row.People, row.Agreed = Asks, people, 0
	row.Why = fmt.Sprintf("%s would be invited, more than the schedule's max_people; it waits for somebody's yes", batch.Counted(people, "person", "people"))
	err := f.save(ctx, row)
	if err == nil {
		f.tell(row)
	}
	return err
}
