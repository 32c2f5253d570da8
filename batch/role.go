package batch

// Role is what a user of the pages may do.
type Role string

// The roles, each of which may do what those before it may.
const (
	Viewer   Role = "viewer"   // sees numbers and states, nothing personal
	Uploader Role = "uploader" // also brings lists, and sees people and reports of their own batches
	Operator Role = "operator" // does everything
)

// Roles are all of them, the least first.
var Roles = []Role{Viewer, Uploader, Operator}

// AtLeast reports whether a role may do what another may. An unknown role may do
// nothing.
func (r Role) AtLeast(least Role) bool { return r.rank() > 0 && r.rank() >= least.rank() }

func (r Role) rank() int {
	for i, role := range Roles {
		if r == role {
			return i + 1
		}
	}
	return 0
}
