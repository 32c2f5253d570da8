package batch

import (
	"context"
	"time"

	"usher/store"
)

// Actor is who acts: a name, a role, and the way in.
type Actor = store.Actor

// The ways in.
const (
	WayCommandLine = store.WayCommandLine
	WayPage        = store.WayPage
	WaySchedule    = store.WaySchedule
	WayFolder      = store.WayFolder
	WayProgram     = store.WayProgram
	WayMessage     = store.WayMessage
	WayDelivery    = store.WayDelivery
	WayItself      = store.WayItself
)

// Act is something that a person, or a schedule, did. There is nothing personal
// in it but the names of the actor and of a user who was acted on. Its JSON is part of the interface.
type Act struct {
	ID      int64          `json:"id"`
	At      time.Time      `json:"at"`
	Actor   string         `json:"actor"`
	Role    string         `json:"role"`
	Way     string         `json:"way"`
	Act     string         `json:"act"`
	Batch   int64          `json:"batch,omitempty"`
	Subject string         `json:"subject,omitempty"` // the user it was about
	Rows    string         `json:"rows,omitempty"`    // the row numbers it was about
	Numbers map[string]int `json:"numbers"`
}

// ActFilter says which acts are wanted; what is 0 leaves none out.
type ActFilter struct {
	Batch  int64 // on this batch, or making it of people of that one
	Before int64 // older than the act with this id
	Limit  int
}

// Acts lists what was done, the newest first.
func (s *Service) Acts(ctx context.Context, f ActFilter) ([]Act, error) {
	all, err := s.st.Acts(ctx, store.ActFilter{Batch: f.Batch, Before: f.Before, Limit: f.Limit})
	acts := make([]Act, len(all))
	for i, a := range all {
		acts[i] = Act{a.ID, a.At, a.Actor.Name, a.Actor.Role, a.Actor.Way, string(a.What), a.Batch, a.Subject, a.Rows, a.Numbers}
	}
	return acts, err
}
