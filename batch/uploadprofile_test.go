package batch_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/batch"
)

// A profile that is saved on a page keeps how the list was read, also for whoever has
// not the profile's file, and a page shows what it brought.
func TestChooseProfileKeepsAll(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		one, two := h.process(), h.process() // each has a folder of its own
		const list = "Salarié;Courriel;Portable\nRoth Ina;ina.kept@example.de;0171 2345678\n"
		u := h.checked(one, h.receive(one, list).ID)
		u = h.choose(one, u, func(c *batch.Choices) {
			c.Region, c.NameOrder, c.WorkflowID, c.Sheet = "DE", "last-first", "wf-kept", ""
			c.SaveAs = "kept"
		})
		if u = h.checked(one, u.ID); u.Plan.Refusal != nil || u.Plan.Plan.Tokens != 1 {
			h.Fatalf("as it was said: %+v", u.Plan)
		}
		next := h.receive(one, strings.ReplaceAll(list, "ina.", "udo."))
		if next.Choices.Region != "" || next.Choices.WorkflowID != "" {
			h.Fatalf("before: %+v", next.Choices)
		}
		next = h.choose(one, next, func(c *batch.Choices) { c.Profile = "kept" })
		if c := next.Choices; c.Region != "DE" || c.WorkflowID != "wf-kept" || c.NameOrder != "" {
			h.Errorf("what it brings is not shown: %+v", c)
		}
		if next = h.checked(two, next.ID); next.Plan.Refusal != nil || next.Plan.Plan.Tokens != 1 || next.Plan.Plan.Workflows["wf-kept"] != 1 {
			h.Errorf("with the profile of another process: %+v", next.Plan)
		}
		// What is chosen goes before the profile, with it and afterwards.
		next = h.choose(one, next, func(c *batch.Choices) { c.Region, c.NameOrder = "GB", "first-last" })
		if next = h.checked(one, next.ID); next.Plan.Refusal != nil {
			h.Fatalf("with others: %+v", next.Plan.Refusal)
		}
		read := fmt.Sprint(next.Plan.Plan.Repairs)
		for _, to := range []string{"+441712345678", "Roth | Ina"} {
			if !strings.Contains(read, to) {
				h.Errorf("with others, %q is not in %s", to, read)
			}
		}
		both := h.choose(one, h.receive(one, strings.ReplaceAll(list, "ina.", "ada.")), func(c *batch.Choices) { c.Profile, c.Region = "kept", "AT" })
		if both.Choices.Region != "AT" || both.Choices.WorkflowID != "wf-kept" {
			h.Errorf("chosen together with it: %+v", both.Choices)
		}
	})
}
