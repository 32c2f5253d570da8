package folder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"usher/batch"
	"usher/config"
)

// mostTries is how often an import that came to nothing is tried again, such as when
// others were invited meanwhile.
const mostTries = 3

// decide looks at the check of a file that was taken, and has it imported, or not.
func (f *Folder) decide(ctx context.Context, row *File) error {
	u, err := f.svc.EnsureChecked(ctx, row.Upload)
	switch {
	case errors.Is(err, batch.ErrNoUpload): // it waited for more than a day
		return f.again(ctx, row)
	case err != nil:
		return err
	case u.State == batch.UploadImporting, u.State == batch.UploadImported:
		row.State = Importing
		return f.save(ctx, row)
	case !u.Checked || u.Plan == nil:
		return nil
	}
	if over, err := f.isOver(ctx, row); err != nil {
		return err
	} else if over {
		return f.turnAway(ctx, row)
	}
	p := u.Plan
	leaveOut := f.cfg.Problems == config.FolderLeaveOut
	most := 0
	if f.o.Run != nil {
		leaveOut, most = f.o.Run.LeaveOut, f.o.Run.MaxPeople
		if row.Agreed > 0 {
			most = max(most, row.Agreed)
		}
	}
	switch {
	case p.Refusal != nil:
		return f.refuse(ctx, row, p.Refusal.Words, p.Refusal.Fix)
	case p.Known != nil:
	case p.Problems > 0 && (!leaveOut || p.Plan.Tokens == 0):
		if err := f.mendable(ctx, row, u); err != nil {
			return err
		}
		return f.refuse(ctx, row, fmt.Sprintf("%s of %s %s, so nobody of the list was invited", batch.Thousands(p.Problems),
			batch.Counted(p.Plan.Counts.Total(), "row", "rows"), batch.Plural(p.Problems, "has a problem", "have problems")),
			"correct the rows in the list of problems beside this file, and put that into the watched folder; "+
				"or correct the whole list, and put it there")
	case p.Plan.Tokens == 0:
		return f.known(ctx, row, "Nobody in this list is new: everybody was invited before, or is in it twice. Nobody was invited again.")
	case most > 0 && p.Plan.Tokens > most:
		return f.ask(ctx, row, p.Plan.Tokens)
	case p.Problems > 0:
		if err := f.mendable(ctx, row, u); err != nil {
			return err
		}
	}
	return f.invite(ctx, row, u, leaveOut, most)
}

// again has a file read once more, whose upload is gone.
func (f *Folder) again(ctx context.Context, row *File) error {
	row.State, row.Upload = Taking, ""
	return f.save(ctx, row)
}

// invite hands the upload to the job that imports it, for so many people at most. Whoever
// put the list there agreed to all of it where that is 0.
func (f *Folder) invite(ctx context.Context, row *File, u batch.Upload, leaveOut bool, most int) error {
	all := batch.Agreement{LeaveOut: leaveOut, Invitations: most}
	if most == 0 && u.Plan.Plan != nil {
		all.Invitations = u.Plan.Plan.Counts.Total()
	}
	_, err := f.svc.Invite(ctx, f.by, u.ID, u.Revision, all)
	var changed *batch.ChangedError
	switch {
	case errors.As(err, &changed):
		return nil // it is looked at again
	case errors.Is(err, batch.ErrNoUpload):
		return f.again(ctx, row)
	case err != nil:
		return f.refuseOr(ctx, row, err)
	}
	row.State = Importing
	return f.save(ctx, row)
}

// imported looks whether the job is done.
func (f *Folder) imported(ctx context.Context, row *File) error {
	u, err := f.svc.UploadStanding(ctx, row.Upload)
	switch {
	case errors.Is(err, batch.ErrNoUpload):
		return f.again(ctx, row) // if there is a batch of it, that is found
	case err != nil:
		return err
	case u.State == batch.UploadImporting:
		return nil
	case u.State == batch.UploadImported:
		return f.done(ctx, row, u)
	}
	if f.tries[row.ID]++; f.tries[row.ID] < mostTries || u.Refusal == "" {
		row.State = Taken
		return f.save(ctx, row)
	}
	return f.refuse(ctx, row, u.Refusal, u.Fix)
}

// done says of which batch a file's people are.
func (f *Folder) done(ctx context.Context, row *File, u batch.Upload) error {
	b, err := f.svc.Batch(ctx, u.Batch)
	if err != nil {
		return err
	}
	row.Batch = u.Batch
	if u.Known {
		return f.known(ctx, row, fmt.Sprintf("This list was imported before, as batch %d. Nobody was invited again.", b.ID))
	}
	people := b.Counts.Total() - b.Counts[batch.Rejected] - b.Counts[batch.Duplicate]
	words := fmt.Sprintf("Imported as batch %d: %s.", b.ID, batch.Counted(people, "person to invite", "people to invite"))
	if n := b.Counts[batch.Duplicate]; n > 0 {
		words += fmt.Sprintf(" %s invited before, or twice in the list, not again.", batch.Counted(n, "row was", "rows were"))
	}
	if n := b.Counts[batch.Rejected]; n > 0 {
		words += fmt.Sprintf(" %s with problems left out: correct them in the list of problems beside this file, and put that into the watched folder.",
			batch.Counted(n, "row", "rows"))
	}
	if row.Mends != 0 {
		old, err := f.base.Store.FolderFile(ctx, row.Mends)
		if err != nil {
			return err
		}
		words = fmt.Sprintf("It corrects %s: together they are one list. ", old.Place) + words
	}
	row.State, row.Why = Done, words
	f.awaited[row.ID] = true
	return f.end(ctx, row, doneDir, "")
}

// known puts a file with those that are done, of which nobody is invited again.
func (f *Folder) known(ctx context.Context, row *File, words string) error {
	row.State, row.Why = Known, words
	return f.end(ctx, row, doneDir, noteEnding)
}

// refuse puts a file with those that could not be imported.
func (f *Folder) refuse(ctx context.Context, row *File, wrong, fix string) error {
	row.State, row.Why = Refused, sentence(strings.TrimPrefix(wrong, row.Name+": "))+" "+batch.WhatToDo+sentence(fix)
	return f.end(ctx, row, refusedDir, whyEnding)
}

// mendable puts the rows with problems beside a file, as the pages hand them out.
func (f *Folder) mendable(ctx context.Context, row *File, u batch.Upload) error {
	format, ending := batch.ProblemsCSV, problemsEnding
	if u.Plan.Plan.Format.Kind == batch.ProblemsXLSX {
		format, ending = batch.ProblemsXLSX, problemsBookEnding
	}
	row.Mendable = true
	return f.write(row.Place, ending, func(w io.Writer) error { return f.svc.MendableFile(ctx, u.ID, format, w) })
}
