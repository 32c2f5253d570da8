package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"usher/jobs"
	"usher/store"
)

// ask asks a person a question that is answered with yes or no. No answer is
// no.
func (a *app) ask(ctx context.Context, format string, args ...any) bool {
	fmt.Fprintf(a.stderr, format+" [y/N] ", args...)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return false
	case line := <-answer:
		return line == "y" || line == "yes"
	}
}

// notSent is the end of a command whose question was not answered with yes.
func notSent(ctx context.Context, hint string) error {
	if ctx.Err() != nil {
		return &exitStatus{exitInterrupted, "interrupted; nothing was sent", hint}
	}
	return &exitStatus{exitError, "nothing was sent", hint}
}

// stateNames are the states of an applicant in words for people, for the rows
// of a table.
var stateNames = map[store.State]string{
	store.Rejected: "rejected (not sent: the row is not right)", store.Duplicate: "duplicate (invited before, or twice in the file)",
	store.Queued: "queued", store.Sending: "being sent or checked", store.Invited: "invited",
	store.Failed: "failed (the API refused)", store.Unknown: "unknown (a person must find out)", store.Cancelled: "cancelled",
}

// printCounts prints how many rows are in each state, without the empty ones.
func printCounts(w io.Writer, c store.Counts) {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t %s\n", thousands(c.Total()), plural(c.Total(), "row read", "rows read"))
	for _, s := range store.States {
		if c[s] > 0 {
			fmt.Fprintf(t, "%s\t %s\n", thousands(c[s]), stateNames[s])
		}
	}
	_ = t.Flush()
}

// stateWords is the state of a batch for people.
func stateWords(b store.Batch, c store.Counts) string {
	switch {
	case b.State == store.BatchFinished && c.Problems() > 0:
		return "finished with problems"
	case b.State == store.BatchPaused:
		return "paused: " + pauseWords(b)
	}
	return string(b.State)
}

// pauseWords says why a batch is paused.
func pauseWords(b store.Batch) string {
	switch {
	case b.PauseReason == jobs.PausedByPerson:
		return "by a person"
	case b.PauseDetail != "":
		return b.PauseDetail
	}
	return b.PauseReason
}

// gateWords says why the gate is closed and what happens next.
func gateWords(g store.Gate) string {
	if g.Open() {
		return "open"
	}
	words := map[string]string{
		store.GateRateLimited:     "the API limits the rate",
		store.GateDailyLimit:      "the day's requests are used up",
		store.GateUnreachable:     "the API cannot be reached",
		store.GateUpstreamDown:    "the API is in trouble",
		store.GateMisconfigured:   "the API's address seems to be wrong",
		store.GatePaymentRequired: "the tokens have run out (402)",
		store.GateUnauthorized:    "the API does not accept the key",
		store.GateByPerson:        "closed by a person",
	}[g.Reason]
	switch {
	case g.ByPerson:
		return words
	case g.Timed():
		return words + ", goes on " + in(g.Wait())
	}
	return words + ", tries again " + in(g.Wait())
}

// gateHint is what a person can do about a closed gate.
func gateHint(g store.Gate) string {
	switch g.Reason {
	case "":
		return ""
	case store.GatePaymentRequired:
		return "top up the tokens; 'usher gate open' then goes on at once"
	case store.GateUnauthorized:
		return "check the API key (a sandbox key of the provider may not create sessions); 'usher gate open' tries at once"
	case store.GateUnreachable:
		return "check upstream.base_url and the network; 'usher gate open' tries at once"
	case store.GateMisconfigured:
		return "check upstream.base_url; 'usher gate open' tries at once"
	}
	return "'usher gate open' goes on at once"
}

func in(d time.Duration) string {
	if d <= time.Second {
		return "now"
	}
	return "in " + d.Round(time.Second).String()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// batchShape is a batch in JSON. The shape is part of the interface.
type batchShape struct {
	ID          int64        `json:"id"`
	Name        string       `json:"name"`
	State       string       `json:"state"`
	Problems    bool         `json:"problems"`
	Rehearsal   bool         `json:"rehearsal,omitempty"` // nobody was contacted
	PauseReason string       `json:"pause_reason,omitempty"`
	PauseDetail string       `json:"pause_detail,omitempty"`
	Run         int          `json:"run"`
	Counts      store.Counts `json:"counts"`
	Report      string       `json:"report,omitempty"`
	CreatedAt   *time.Time   `json:"created_at"`
	ImportedAt  *time.Time   `json:"imported_at"`
	FinishedAt  *time.Time   `json:"finished_at"`
}

func batchJSON(b store.Batch, c store.Counts) batchShape {
	return batchShape{
		ID: b.ID, Name: b.Name, State: string(b.State), Problems: b.State == store.BatchFinished && c.Problems() > 0,
		PauseReason: b.PauseReason, PauseDetail: b.PauseDetail, Run: b.Run, Counts: c, Report: b.ReportPath,
		CreatedAt: timeOrNull(b.CreatedAt), ImportedAt: timeOrNull(b.ImportedAt), FinishedAt: timeOrNull(b.FinishedAt),
	}
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
