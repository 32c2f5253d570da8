package config

import "time"

// What becomes of a file in a watched folder that has rows with problems: [Folder.Problems].
const (
	FolderRefuse   = "refuse"    // nobody of it is invited
	FolderLeaveOut = "leave_out" // the others are invited
)

// Folder says how files are taken from folders that are watched.
type Folder struct {
	// Settle is how long a file must not have changed.
	Settle time.Duration
	// Limit is the size of the largest file that is taken, in bytes.
	Limit int64
	// Problems is FolderRefuse or FolderLeaveOut.
	Problems string
}
