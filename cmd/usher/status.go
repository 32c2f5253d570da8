package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usher/store"
)

func newStatus(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [BATCH]",
		Short: "Show the gate, the pace and the workers, or the progress of a batch",
		Args:  argsError(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 0 {
				return a.withStore(ctx, func(o opened) error { return a.status(ctx, o, nil, asJSON) })
			}
			return a.onBatch(ctx, args[0], func(o opened, b store.Batch) error { return a.status(ctx, o, &b, asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// statusShape is the status in JSON. The shape is part of the interface.
type statusShape struct {
	Database string       `json:"database"` // without its password
	Sent     bool         `json:"sent"`     // whether anything was ever sent from it for this account
	Gate     gateShape    `json:"gate"`
	Pace     paceShape    `json:"pace"`
	Workers  []string     `json:"workers"`
	Batch    *batchShape  `json:"batch,omitempty"`
	Running  []batchShape `json:"running,omitempty"`
	Runs     []runShape   `json:"runs,omitempty"`
}

type gateShape struct {
	Open     bool       `json:"open"`
	Reason   string     `json:"reason,omitempty"`
	Detail   string     `json:"detail,omitempty"`
	Words    string     `json:"words"`
	Hint     string     `json:"hint,omitempty"`
	ClosedAt *time.Time `json:"closed_at"`
	Until    *time.Time `json:"until"` // when it opens, or is tried next
}

type paceShape struct {
	Rate       float64 `json:"rate"`       // requests a second in force now
	Configured float64 `json:"configured"` // as set, 0 for no limit
	Today      int64   `json:"today"`      // requests since midnight UTC
	Daily      int     `json:"daily"`      // limit, 0 for none
}

type runShape struct {
	Run        int        `json:"run"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	ReportedAt *time.Time `json:"reported_at"`
}

func (a *app) status(ctx context.Context, o opened, b *store.Batch, asJSON bool) error {
	shape, err := o.status(ctx, b)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, shape)
	}
	if b != nil {
		a.printBatch(*b, shape)
	}
	a.printAccount(shape)
	for _, r := range shape.Running {
		fmt.Fprintf(a.stdout, "Batch %d, %s: %s of %s invited\n", r.ID, r.Name, thousands(r.Counts[store.Invited]), thousands(r.Counts.Total()))
	}
	return nil
}

// status gathers what is told of an account, and of a batch when there is one.
func (o opened) status(ctx context.Context, b *store.Batch) (s statusShape, err error) {
	id := o.account
	if b != nil {
		id = b.Account
	}
	g, err := o.st.Gate(ctx, id)
	if err != nil {
		return s, err
	}
	s.Database = o.cfg.Redacted()["database"]
	if s.Sent, err = o.st.Sent(ctx, id); err != nil {
		return s, err
	}
	s.Gate = gateShape{g.Open(), g.Reason, g.Detail, gateWords(g), gateHint(g), timeOrNull(g.ClosedAt), timeOrNull(g.Until)}
	s.Pace = paceShape{Configured: o.cfg.Upstream.Rate, Daily: o.cfg.Upstream.Daily}
	if s.Pace.Rate, s.Pace.Today, err = o.st.PaceStatus(ctx, id, pace(o.cfg)); err != nil {
		return s, err
	}
	leases, err := o.st.Leases(ctx, store.WorkerLease(""))
	if err != nil {
		return s, err
	}
	s.Workers = make([]string, len(leases))
	for i, l := range leases {
		s.Workers[i] = l.Detail
	}
	if b == nil {
		s.Running, err = o.running(ctx)
		return s, err
	}
	counts, err := o.st.Counts(ctx, b.ID)
	if err != nil {
		return s, err
	}
	shape := batchJSON(*b, counts)
	s.Batch = &shape
	runs, err := o.st.Runs(ctx, b.ID)
	for _, r := range runs {
		s.Runs = append(s.Runs, runShape{r.Run, timeOrNull(r.StartedAt), timeOrNull(r.FinishedAt), timeOrNull(r.ReportedAt)})
	}
	return s, err
}

func (o opened) running(ctx context.Context) ([]batchShape, error) {
	all, err := o.st.BatchesIn(ctx, o.account, store.BatchRunning)
	if err != nil {
		return nil, err
	}
	return o.shapes(ctx, all)
}

// shapes are batches with their counts.
func (o opened) shapes(ctx context.Context, all []store.Batch) ([]batchShape, error) {
	ids := make([]int64, len(all))
	for i, b := range all {
		ids[i] = b.ID
	}
	counts, err := o.st.CountsOf(ctx, ids)
	shapes := make([]batchShape, len(all))
	for i, b := range all {
		shapes[i] = batchJSON(b, counts[b.ID])
	}
	return shapes, err
}

func (a *app) printBatch(b store.Batch, s statusShape) {
	fmt.Fprintf(a.stdout, "Batch %d, %s: %s\n", b.ID, b.Name, stateWords(b, s.Batch.Counts))
	printCounts(a.stdout, s.Batch.Counts)
	if b.State == store.BatchRunning && len(s.Workers) == 0 {
		fmt.Fprintln(a.stdout, "Nobody is working. Start 'usher work', or run the file again with 'usher run'.")
	}
}

func (a *app) printAccount(s statusShape) {
	fmt.Fprintf(a.stdout, "Gate:     %s\n", s.Gate.Words)
	if s.Gate.Detail != "" {
		fmt.Fprintf(a.stdout, "          because %s\n", s.Gate.Detail)
	}
	if s.Gate.Until != nil && !s.Gate.Open {
		fmt.Fprintf(a.stdout, "          until %s\n", s.Gate.Until.Local().Format(time.DateTime))
	}
	fmt.Fprintf(a.stdout, "Pace:     %s; %s today%s\n", rateWords(s.Pace), counted(int(s.Pace.Today), "request", "requests"), ofDaily(s.Pace))
	workers := "none"
	if len(s.Workers) > 0 {
		workers = strings.Join(s.Workers, "\n          ")
	}
	fmt.Fprintf(a.stdout, "Workers:  %s\n", workers)
	a.printDatabase(s)
	if s.Gate.Hint != "" {
		fmt.Fprintf(a.stderr, "usher: hint: %s\n", s.Gate.Hint)
	}
}

func rateWords(p paceShape) string {
	switch {
	case p.Rate <= 0:
		return "no limit"
	case p.Rate < p.Configured*0.99 || p.Configured == 0:
		return fmt.Sprintf("%.1f requests/s, slowed by the API's limit", p.Rate)
	}
	return fmt.Sprintf("%g requests/s", p.Rate)
}

func ofDaily(p paceShape) string {
	if p.Daily == 0 {
		return ""
	}
	return " of " + thousands(p.Daily)
}
