package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"usher/batch"
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

// mustAsk refuses to send for real unless somebody said yes, or can be asked.
func mustAsk(can bool, hint string) error {
	if can {
		return nil
	}
	return usagef(hint, "this sends real invitations, and nobody is at the terminal to be asked")
}

// declined is that a question was not answered with yes. It is no error: whoever
// was asked has decided.
type declined struct{ words, hint string }

func (d *declined) Error() string { return d.words }

// notSent is the end of a command whose question was not answered with yes.
func notSent(ctx context.Context, hint string) error {
	if ctx.Err() != nil {
		return &exitStatus{exitInterrupted, "interrupted; nothing was sent", hint}
	}
	return &declined{"nothing was sent", hint}
}

// hint tells what can be done, if there is anything.
func (a *app) hint(words string) {
	if words != "" {
		fmt.Fprintf(a.stderr, "usher: hint: %s\n", words)
	}
}

// printCounts prints how many rows are in each state, without the empty ones. Of those
// who failed notSent were not sent to, by a person's word.
func printCounts(w io.Writer, c batch.Counts, notSent int) {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t %s\n", batch.Thousands(c.Total()), batch.Plural(c.Total(), "row read", "rows read"))
	for _, s := range batch.States {
		words := batch.StateWords[s]
		if s == batch.Failed {
			words = batch.FailedWords(c[s], notSent)
		}
		if c[s] > 0 {
			fmt.Fprintf(t, "%s\t %s\n", batch.Thousands(c[s]), words)
		}
	}
	_ = t.Flush()
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
