package folder

import (
	"context"

	"usher/batch"
)

// AtStep has a function called at each step of each move.
func (f *Folder) AtStep(do func(step string)) { f.step = do }

// OpenRun opens a folder for a time of a schedule.
func OpenRun(svc *batch.Service, dir string, run batch.FolderRun) (*Folder, error) {
	return Open(svc, Options{Dir: dir, Run: &run})
}

// TakeNow takes what is there, unless another process serves the folder.
func (f *Folder) TakeNow(ctx context.Context) ([]File, error) { return f.takeNow(ctx) }

// HasWriter is what tells whether a file is open to be written to.
var HasWriter, OpenFile = hasWriter, openFile

// Numbered is the n-th name like another.
var Numbered = numbered

// PassedOver reports whether a name is never taken.
var PassedOver = passedOver
