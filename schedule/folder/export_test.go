package folder

// AtStep has a function called at each step of each move.
func (f *Folder) AtStep(do func(step string)) { f.step = do }

// HasWriter is what tells whether a file is open to be written to.
var HasWriter, OpenFile = hasWriter, openFile

// Numbered is the n-th name like another.
var Numbered = numbered

// PassedOver reports whether a name is never taken.
var PassedOver = passedOver
