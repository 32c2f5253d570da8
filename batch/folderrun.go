package batch

// FolderRun is how a time of a schedule has the files of a folder taken: once, those
// that are there.
type FolderRun struct {
	Occurrence int64 // the id of that time
	By         Actor // the schedule
	// Choose makes the schedule's choices for the list of a file. The file has its name
	// where there are several, and none where it is alone.
	Choose func(c *Choices, file string)
	// LeaveOut has the rows with problems left out; else a list that has some is refused.
	LeaveOut bool
	// MaxPeople is how many people of a list are invited without somebody's yes; 0 is no limit.
	MaxPeople int
}
