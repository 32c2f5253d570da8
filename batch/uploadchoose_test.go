package batch_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/batch"
	"usher/store/storetest"
)

// choose changes the choices of an upload that is as it was seen last.
func (h *house) choose(s *batch.Service, u batch.Upload, change func(c *batch.Choices)) batch.Upload {
	h.Helper()
	c := u.Choices
	change(&c)
	u, err := s.Choose(h.Context(), page, u.ID, u.Revision, c)
	h.must(err)
	return u
}

func TestChoose(t *testing.T) {
	t.Parallel()
	onBoth(t, func(h *house) {
		h.settings = map[string]string{"defaults.region": "GB", "defaults.send_phone_invite": "false", "defaults.reference_prefix": "acme-"}
		one, two := h.process(), h.process()
		u := h.receive(one, "Title,,,,\nA,B,C,D,E\nAnn,Lee,ann@example.com,07700900123,yes\n")
		want := batch.Choices{Region: "GB", SendEmail: u.Choices.SendEmail, ReferencePrefix: "acme-",
			Breakers: &batch.Breakers{Canary: 5, SameRefusal: 10, Tolerate: 10}}
		if d := cmp.Diff(want, u.Choices); d != "" {
			h.Errorf("what it starts from: %s", d)
		}
		u = h.checked(one, u.ID)
		if p := u.Plan; p.Refusal == nil || p.Refusal.Columns == nil || len(p.Top) != 3 {
			h.Errorf("not understood: %+v", p)
		}
		u = h.choose(two, u, func(c *batch.Choices) {
			c.HeaderRow, c.Name = 2, " Spring intake\x00 "
			c.Places = map[int]string{0: "first_name", 1: "last_name", 2: "email", 3: "phone", 4: ""}
		})
		if u.Revision != 2 || u.Checked || u.Plan == nil || u.Choices.Name != "Spring intake" {
			h.Errorf("chosen: %+v", u)
		}
		var changed *batch.ChangedError
		if _, err := one.Choose(h.Context(), page, u.ID, 1, u.Choices); !errors.As(err, &changed) || changed.Revision != 2 || batch.Hint(err) == "" {
			h.Errorf("chosen by somebody who saw the old ones: %v", err)
		}
		if u = h.checked(one, u.ID); u.Plan.Refusal != nil || u.Plan.Plan.Tokens != 1 || u.Plan.Plan.Name != "Spring intake" || u.Plan.Plan.Columns[4].Heading != "E" {
			h.Errorf("understood: %+v", u.Plan)
		}
	})
}

// A saved mapping is kept with the upload, as another process may not have it.
func TestChooseProfile(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	one, two := h.process(), h.process() // each has a folder of its own
	const list = "A,B,C,D\nAnn,Lee,ann@example.com,+447700900123\n"
	u := h.receive(one, list)
	places := func(c *batch.Choices) {
		c.Places = map[int]string{0: "first_name", 1: "last_name", 2: "email", 3: "phone"}
		c.SaveAs = "from HR"
	}
	if _, err := one.Choose(h.Context(), page, u.ID, 1, batch.Choices{SaveAs: "x", Places: map[int]string{0: "email"}}); batch.Hint(err) == "" {
		h.Errorf("saved before the headings are known: %v", err)
	}
	u = h.checked(one, u.ID)
	if _, err := one.Choose(h.Context(), page, u.ID, 1, batch.Choices{SaveAs: "../x", Places: map[int]string{0: "email"}}); batch.Hint(err) == "" {
		h.Errorf("saved under a name that is none: %v", err)
	}
	u = h.choose(one, u, places)
	if names := one.Profiles(); !slices.Equal(names, []string{"from HR"}) || len(two.Profiles()) != 0 {
		h.Errorf("profiles %q and %q", names, two.Profiles())
	}
	next := h.receive(one, list+"Bob,Low,bob@example.com,+447700900124\n")
	next = h.choose(one, next, func(c *batch.Choices) { c.Profile = "from HR" })
	if _, err := two.Choose(h.Context(), page, h.receive(two, list).ID, 1, batch.Choices{Profile: "from HR"}); batch.Hint(err) == "" {
		h.Errorf("a profile that is not there: %v", err)
	}
	if next = h.checked(two, next.ID); next.Plan.Refusal != nil || next.Plan.Plan.Tokens != 2 || next.Choices.Profile != "from HR" {
		h.Errorf("with the profile: %+v", next.Plan)
	}
	next = h.choose(two, next, func(c *batch.Choices) { c.Region = "GB" })
	if next = h.checked(two, next.ID); next.Plan.Refusal != nil || next.Plan.Plan.Tokens != 2 {
		h.Errorf("with the profile of another process: %+v", next.Plan)
	}
}

// An option that cannot be is told as part of the plan.
func TestChooseWrong(t *testing.T) {
	t.Parallel()
	h := sqliteHouse(t)
	s := h.process()
	u := h.choose(s, h.receive(s, crowd(1)), func(c *batch.Choices) { c.Region = "Narnia" })
	if u = h.checked(s, u.ID); u.Plan.Refusal == nil || u.Plan.Refusal.Option == nil || u.Plan.Refusal.Option.Option != "region" {
		h.Errorf("checked: %+v", u.Plan)
	}
	if _, err := s.Choose(h.Context(), page, u.ID, u.Revision, batch.Choices{Sheet: strings.Repeat("x", 1<<20)}); batch.Hint(err) == "" {
		h.Errorf("too long: %v", err)
	}
}

func sqliteHouse(t *testing.T) *house {
	t.Helper()
	return newHouse(t, storetest.SQLiteMigrated(t, upgraded))
}
