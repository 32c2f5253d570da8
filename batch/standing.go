package batch

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"usher/store"
)

// Standing is how an account stands and, if it was asked for one, a batch of it.
// Its JSON is part of the interface.
type Standing struct {
	Database string   `json:"database"` // without its password
	API      string   `json:"api"`      // its address, without what is secret in it
	Sent     bool     `json:"sent"`     // whether anything was ever sent from it for this account
	Gate     Gate     `json:"gate"`
	Pace     Pace     `json:"pace"`
	Workers  []string `json:"workers"`
	Batch    *Batch   `json:"batch,omitempty"`
	Running  []Batch  `json:"running,omitempty"`
	Paused   []Batch  `json:"paused,omitempty"`
	// Elsewhere are running and paused batches for other APIs, or other accounts, than
	// these settings name.
	Elsewhere []Batch `json:"elsewhere,omitempty"`
	// Mended are [Service.MendedWords], where somebody asked for them.
	Mended string `json:"mended,omitempty"`
	// InDoubt are people who are being looked up; nil if there are none.
	InDoubt *LostAnswers `json:"in_doubt,omitempty"`
	Runs    []Run        `json:"runs,omitempty"`
	// NotSent are those of the batch who failed as a person found that nothing was sent.
	NotSent int `json:"not_sent,omitempty"`
	// ReportedOver is the later batch whose report took the place of this one's, as both go
	// to the same file; 0 if none did.
	ReportedOver int64 `json:"reported_over,omitempty"`
	// Deliveries are the batch's.
	Deliveries []Delivery `json:"deliveries,omitempty"`

	serving serving // of the account
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
	Source     string  `json:"source"`     // of the rate in force: configured, or learned of the API's answers
	Wait       float64 `json:"wait"`       // seconds for which the API has asked nobody to send, 0 for none
	Today      int64   `json:"today"`      // requests since the day began
	Daily      int     `json:"daily"`      // limit, 0 for none
	// DayReserve is how many of the day are kept for look-ups, DayZone the time zone by
	// which it begins, and DayEnds when it is over. DayLearned is how many requests the API
	// let through when it last said that a day was used up, 0 if that is not known.
	DayReserve int       `json:"day_reserve"`
	DayZone    string    `json:"day_zone"`
	DayEnds    time.Time `json:"day_ends"`
	DayLearned int       `json:"day_learned,omitempty"`
	// OfWorkers tells that rate, configured and daily are those of the fastest worker;
	// else nobody works, and they are what is set here. Differ tells that not all
	// workers are set alike.
	OfWorkers bool `json:"of_workers"`
	Differ    bool `json:"differ,omitempty"`
}

// LostAnswers are how many people's answers were lost, and when the first of them is
// looked up next; nil if that is not known yet.
type LostAnswers struct {
	People int        `json:"people"`
	Next   *time.Time `json:"next"`
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
	if err != nil {
		return st, err
	}
	if st.Running, err = s.running(ctx); err != nil {
		return st, err
	}
	paused, err := s.st.BatchesIn(ctx, s.account, store.BatchPaused)
	if err != nil {
		return st, err
	}
	if st.Paused, err = s.counted(ctx, paused); err != nil {
		return st, err
	}
	still, err := s.still(ctx, s.account, st)
	for _, all := range [][]Batch{st.Running, st.Paused} {
		for i := range all {
			all[i].Still, all[i].StillHint = still.of(all[i])
			all[i].DoneAbout = s.doneWords(st, all[i])
		}
	}
	if err == nil {
		st.Elsewhere, err = s.elsewhere(ctx, st)
	}
	if err == nil {
		st.InDoubt, err = s.lostAnswers(ctx, s.account, 0)
	}
	return st, err
}

func (s *Service) lostAnswers(ctx context.Context, account, batch int64) (*LostAnswers, error) {
	d, err := s.st.InDoubtNow(ctx, account, batch)
	if err != nil || d.People == 0 {
		return nil, err
	}
	return &LostAnswers{d.People, timeOrNull(d.Next)}, nil
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
	if err := s.addStill(ctx, &b, st); err != nil {
		return st, err
	}
	b.DoneAbout = s.doneWords(st, b)
	runs, err := s.st.Runs(ctx, batch)
	for _, r := range runs {
		st.Runs = append(st.Runs, Run{r.Run, timeOrNull(r.StartedAt), timeOrNull(r.FinishedAt), timeOrNull(r.ReportedAt)})
	}
	if err != nil {
		return st, err
	}
	codes, err := s.st.CodeCounts(ctx, batch)
	if err != nil {
		return st, err
	}
	st.NotSent = codes[codeNotSent]
	if st.InDoubt, err = s.lostAnswers(ctx, b.account, batch); err != nil {
		return st, err
	}
	if b.Report != "" && (b.State == Finished || b.State == GivenUp) {
		later, err := s.st.ReportedOver(ctx, batch, b.Report)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return st, err
		}
		st.ReportedOver = later.ID
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
	if st.API, err = s.apiOf(ctx, account); err != nil {
		return st, err
	}
	if st.serving, err = s.servingOf(ctx, account); err != nil {
		return st, err
	}
	if st.Sent, err = s.st.Sent(ctx, account); err != nil {
		return st, err
	}
	if st.Pace, err = s.paceOf(ctx, account); err != nil {
		return st, err
	}
	st.Workers, err = s.Workers(ctx)
	return st, err
}

// paceOf is the pace of an account's workers, or as it is set here if there is none.
func (s *Service) paceOf(ctx context.Context, account int64) (p Pace, err error) {
	workers, err := s.st.WorkerPaces(ctx, account)
	if err != nil {
		return p, err
	}
	own := pace(s.cfg)
	if p.OfWorkers = len(workers) > 0; p.OfWorkers {
		own = slices.MaxFunc(workers, func(a, b store.WorkerPace) int { return cmp.Compare(orNoLimit(a.Rate), orNoLimit(b.Rate)) }).Pace
		p.Differ = slices.ContainsFunc(workers, func(w store.WorkerPace) bool { return w.Pace != own })
	}
	p.Configured, p.Daily = own.Rate, own.Daily
	now, err := s.st.PaceNow(ctx, account, own)
	p.Rate, p.Today, p.Source, p.Wait = now.Rate, now.Today, string(now.Source), now.Wait.Seconds()
	p.DayReserve, p.DayZone, p.DayEnds, p.DayLearned = own.Reserve, cmp.Or(own.Zone, "UTC"), now.DayEnds, now.DayLimit
	return p, err
}

func orNoLimit(rate float64) float64 {
	if rate <= 0 {
		return math.Inf(1)
	}
	return rate
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
