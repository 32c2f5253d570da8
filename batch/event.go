package batch

import (
	"fmt"
	"time"
)

// Event is something that happens while others wait: progress, or something
// that they may want to know. It is one of the types below.
type Event interface{ event() }

// Teller is told of events, and may be called by several goroutines at once. A
// nil one is nobody.
type Teller func(Event)

func (t Teller) tell(e Event) {
	if t != nil {
		t(e)
	}
}

// Progress is how far the reading of a list is.
type Progress struct {
	Rows  int   // stored, or checked
	Bytes int64 // read of Total, which is 0 if it cannot be known
	Total int64
}

type (
	// Checking tells how far a check is.
	Checking struct{ Progress }
	// Importing tells how far an import is.
	Importing struct{ Progress }
	// Working tells how far a batch is. Last is the last word of it.
	Working struct {
		Batch  int64
		Counts Counts
		Gate   Gate
		Quiet  string // until when it is quiet, in words; empty if it is not
		Done   string // about when it is done, in words, if quiet times make that later
		Last   bool
	}
	// GateShut tells that nobody is invited as the gate is closed, and why.
	GateShut struct{ Gate Gate }
	// GateOpened tells that the gate is open again.
	GateOpened struct{}
	// ProfileKept tells that how a list was read is kept, under which name and where, and
	// what that is.
	ProfileKept struct{ Name, Path, What string }
	// Stopping tells that the work is stopped: what is in flight is brought to an
	// end.
	Stopping struct{}
	// WaitingForImport tells that another import is waited for, and whose.
	WaitingForImport struct{ Detail string }
	// ImportBroken tells that an import was broken off because the database went
	// away. It begins again when that is back.
	ImportBroken struct{ Err error }
	// DatabaseAway tells that the database does not answer, and is waited for.
	DatabaseAway struct{ Err error }
	// Upgrading tells that another process is bringing the database's schema up to
	// date, and is waited for.
	Upgrading struct{}
	// ReportElsewhere tells that a report did not go where it was to, why, and where
	// it went.
	ReportElsewhere struct{ Path, Why, Instead string }
	// Delivered tells into which file the results were delivered.
	Delivered struct{ Path string }
	// DeliveryWaits tells that the results could not be delivered into a folder, and why.
	DeliveryWaits struct{ Folder, Why string }
)

func (Checking) event()         {}
func (Importing) event()        {}
func (Working) event()          {}
func (GateShut) event()         {}
func (GateOpened) event()       {}
func (ProfileKept) event()      {}
func (Stopping) event()         {}
func (WaitingForImport) event() {}
func (ImportBroken) event()     {}
func (DatabaseAway) event()     {}
func (Upgrading) event()        {}
func (ReportElsewhere) event()  {}
func (Delivered) event()        {}
func (DeliveryWaits) event()    {}

// since says from which time of today something is so.
func since(t *time.Time) string {
	if t == nil {
		return "at present"
	}
	return "since " + t.Local().Format("15:04:05")
}

// Waiting says in words what is waited for; empty if people are being invited.
func (w Working) Waiting() string {
	switch {
	case w.Last:
		return ""
	case !w.Gate.Open:
		return w.Gate.Words
	}
	return w.Quiet
}

// EventWords says to people what happened; of progress it says nothing.
func EventWords(e Event) string {
	switch e := e.(type) {
	case GateShut:
		why, hint := ClosedWords(e.Gate.Reason)
		return fmt.Sprintf("nobody is invited %s: %s; %s", since(e.Gate.ClosedAt), why, hint)
	case GateOpened:
		return "the gate is open again"
	case Stopping:
		return "stopping; what is in flight is brought to an end (again Ctrl-C to stop at once)"
	case WaitingForImport:
		return "waiting for another import: " + e.Detail
	case ImportBroken:
		return fmt.Sprintf("the import was broken off, and begins again when the database answers (%s)", e.Err)
	case DatabaseAway:
		return fmt.Sprintf("the database is away, and is waited for: %s", e.Err)
	case Upgrading:
		return "another process is bringing the database's schema up to date; waiting for it"
	case ReportElsewhere:
		return fmt.Sprintf("%s %s, so the report went to %s", e.Path, e.Why, e.Instead)
	case ProfileKept:
		return fmt.Sprintf("how this list is read is kept as profile %q, in %s: %s", e.Name, e.Path, e.What)
	case Delivered:
		return "the results were delivered as " + e.Path
	case DeliveryWaits:
		return fmt.Sprintf("the results could not be delivered into %s: %s. 'usher work' tries it again", e.Folder, e.Why)
	}
	return ""
}
