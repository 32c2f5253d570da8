package batch

import (
	"context"
	"time"

	"usher/store"
)

// Standing is how an account stands and, if it was asked for one, a batch of it.
// Its JSON is part of the interface.
type Standing struct {
	Database string   `json:"database"` // without its password
	Sent     bool     `json:"sent"`     // whether anything was ever sent from it for this account
	Gate     Gate     `json:"gate"`
	Pace     Pace     `json:"pace"`
	Workers  []string `json:"workers"`
	Batch    *Batch   `json:"batch,omitempty"`
	Running  []Batch  `json:"running,omitempty"`
	Runs     []Run    `json:"runs,omitempty"`
	// Deliveries are the batch's.
	Deliveries []Delivery `json:"deliveries,omitempty"`
}

// Gate is whether the API may be called now.
type Gate struct {
	Open     bool       `json:"open"`
	Reason   string     `json:"reason,omitempty"`
	Detail   string     `json:"detail,omitempty"`
	Words    string     `json:"words"`
	Hint     string     `json:"hint,omitempty"`
	ClosedAt *time.Time `json:"closed_at"`
	Until    *time.Time `json:"until"` // when it opens, or is tried next
}

// Pace is how fast the API is called.
type Pace struct {
	Rate       float64 `json:"rate"`       // requests a second in force now
	Configured float64 `json:"configured"` // as set, 0 for no limit
	Today      int64   `json:"today"`      // requests since midnight UTC
	Daily      int     `json:"daily"`      // limit, 0 for none
}

// Run is one pass over a batch: the first, or a retry.
type Run struct {
	Run        int        `json:"run"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	ReportedAt *time.Time `json:"reported_at"`
}

// Standing is how the account stands, with its running batches.
func (s *Service) Standing(ctx context.Context) (Standing, error) {
	st, err := s.standing(ctx, s.account)
	if err == nil {
		st.Running, err = s.running(ctx)
	}
	return st, err
}

// StandingOf is how a batch stands, and the account that it belongs to.
func (s *Service) StandingOf(ctx context.Context, batch int64) (Standing, error) {
	b, err := s.Batch(ctx, batch)
	if err != nil {
		return Standing{}, err
	}
	st, err := s.standing(ctx, b.account)
	if err != nil {
		return st, err
	}
	st.Batch = &b
	runs, err := s.st.Runs(ctx, batch)
	for _, r := range runs {
		st.Runs = append(st.Runs, Run{r.Run, timeOrNull(r.StartedAt), timeOrNull(r.FinishedAt), timeOrNull(r.ReportedAt)})
	}
	if err != nil {
		return st, err
	}
	st.Deliveries, err = s.Deliveries(ctx, batch)
	return st, err
}

// AccountStanding is how the account stands, without its batches.
func (s *Service) AccountStanding(ctx context.Context) (Standing, error) {
	return s.standing(ctx, s.account)
}

func (s *Service) standing(ctx context.Context, account int64) (st Standing, err error) {
	g, err := s.st.Gate(ctx, account)
	if err != nil {
		return st, err
	}
	st.Database, st.Gate = s.Database(), gateOf(g)
	if st.Sent, err = s.st.Sent(ctx, account); err != nil {
		return st, err
	}
	st.Pace = Pace{Configured: s.cfg.Upstream.Rate, Daily: s.cfg.Upstream.Daily}
	if st.Pace.Rate, st.Pace.Today, err = s.st.PaceStatus(ctx, account, pace(s.cfg)); err != nil {
		return st, err
	}
	st.Workers, err = s.Workers(ctx)
	return st, err
}

// Workers says who works on this database, each in words for people.
func (s *Service) Workers(ctx context.Context) ([]string, error) {
	leases, err := s.st.Leases(ctx, store.WorkerLease(""))
	workers := make([]string, len(leases))
	for i, l := range leases {
		workers[i] = l.Detail
	}
	return workers, err
}
