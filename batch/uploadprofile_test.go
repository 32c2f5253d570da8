package batch_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

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

// A profile keeps which sheet of a workbook is read. A workbook that has no such sheet is
// refused with those that it has, and a list of text does not mind.
func TestChooseProfileWithSheet(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		one := h.process()
		u := h.checked(one, h.receive(one, twoSheets(t, "Alt", "Neu", 1)).ID)
		u = h.choose(one, u, func(c *batch.Choices) { c.Sheet, c.SaveAs = "Neu", "second" })
		if u = h.checked(one, u.ID); u.Plan.Refusal != nil || u.Plan.Plan.Tokens != 1 {
			h.Fatalf("the sheet that was chosen: %+v", u.Plan)
		}
		for what, c := range map[string]struct {
			list   string
			tokens int // -1: refused
		}{
			"another workbook":  {twoSheets(t, "Alt", "Neu", 2), 2},
			"without the sheet": {twoSheets(t, "Alt", "Altes", 2), -1},
			"a list of text":    {"first_name,last_name,email,phone\nTea,Text,tea@example.com,+447700900400\n", 1},
		} {
			next := h.choose(one, h.receive(one, c.list), func(c *batch.Choices) { c.Profile = "second" })
			switch next = h.checked(one, next.ID); {
			case c.tokens < 0 && (next.Plan.Refusal == nil || !strings.Contains(fmt.Sprint(next.Plan.Refusal), "Altes")):
				h.Errorf("%s: %+v", what, next.Plan.Refusal)
			case c.tokens >= 0 && (next.Plan.Refusal != nil || next.Plan.Plan.Tokens != c.tokens):
				h.Errorf("%s: %+v, %+v", what, next.Plan.Refusal, next.Plan.Plan)
			}
		}
	})
}

// twoSheets is a workbook with five people in its first sheet, and n in the second.
func twoSheets(t *testing.T, first, second string, n int) string {
	t.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	fill := func(sheet string, n int) {
		rows := [][]any{{"first_name", "last_name", "email", "phone"}}
		for i := range n {
			rows = append(rows, []any{"Ann", fmt.Sprint(sheet, " Roe", string(rune('a'+i))), fmt.Sprintf("%s.%d.%d@example.com", sheet, n, i), fmt.Sprintf("+44770090%d%03d", n, i)})
		}
		for i, row := range rows {
			if err := book.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = book.SetSheetName("Sheet1", first)
	if _, err := book.NewSheet(second); err != nil {
		t.Fatal(err)
	}
	fill(first, 5)
	fill(second, n)
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
