package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/batch"
)

// choose takes the choices that were made of a list.
func (h *Handler) choose(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return h.did(w, r, "", &batch.RequestError{Wrong: "That was too much at once", Fix: "Try again with fewer columns."})
	}
	u, err := h.svc.Upload(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := choices(r, u.Choices)
	if err == nil {
		_, err = h.svc.Choose(r.Context(), visitorOf(r).actor(), u.ID, revision(r), c)
	}
	var quiet *batch.QuietError
	if errors.As(err, &quiet) && !working(u) {
		u.Choices = c // as they were typed, to be put right
		return h.showUpload(w, r, u, err)
	}
	return h.did(w, r, "", err)
}

// choices reads the form of choices, over those that hold now.
func choices(r *http.Request, now batch.Choices) (batch.Choices, error) {
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	c := now
	c.Name, c.Sheet, c.Region, c.WorkflowID, c.RedirectURL = text("name"), text("sheet"), strings.ToUpper(text("region")), text("workflow"), text("redirect")
	c.ReferencePrefix, c.Profile, c.SaveAs = text("reference_prefix"), text("profile"), text("save_as")
	c.NameOrder = text("name_order")
	c.Return = text("return") != ""
	c.SendEmail, c.SendPhone = text("send_email") != "", text("send_phone") != ""
	c.AllowDuplicates, c.ReinviteChanged = text("allow_duplicates") != "", text("reinvite_changed") != ""
	if r.PostForm.Has("quiet_zone") { // a page of an earlier version had no quiet times
		c.Quiet = batch.QuietRule{Hours: text("quiet_hours"), Days: text("quiet_days"), Holidays: text("quiet_holidays"), Zone: text("quiet_zone")}
	}
	if err := breakersIn(r, &c); err != nil {
		return c, err
	}
	days, err := whole(text("reinvite_after"), 3650)
	if err != nil {
		return c, &batch.RequestError{Wrong: "The days after which somebody is invited again are no number", Fix: "Write a number such as 90, or leave it empty."}
	}
	c.ReinviteAfter = time.Duration(days) * day
	row := text("header_row")
	n, err := whole(row, 1<<20)
	switch {
	case err != nil:
		return c, &batch.RequestError{Wrong: "The row with the headings is no number", Fix: "Write the number that your spreadsheet shows beside it, 0 if there is none, or leave it empty."}
	case row == "":
		c.HeaderRow = 0
	case n == 0:
		c.HeaderRow = batch.NoHeader
	default:
		c.HeaderRow = n
	}
	c.Places = places(r, now.Places)
	return c, nil
}

// places are what columns are by what the form says of them, and by what was said
// before: a column of which the form says what usher took it for by itself is not
// said anything of.
func places(r *http.Request, before map[int]string) map[int]string {
	said := map[int]string{}
	for _, text := range r.PostForm["column"] {
		at, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		field, was := r.PostFormValue("column-"+text), r.PostFormValue("was-"+text)
		if _, ok := before[at]; ok || field != was {
			said[at] = field
		}
	}
	if len(said) == 0 {
		return nil
	}
	return moved(said, before)
}

// moved takes a field away from the column that had it, when it is given to
// another.
func moved(said, before map[int]string) map[int]string {
	for at, field := range said {
		if field == "" || before[at] == field {
			continue
		}
		for other, same := range said {
			if other != at && same == field && before[other] == field {
				said[other] = ""
			}
		}
	}
	return said
}

func whole(text string, most int) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && (n < 0 || n > most) {
		err = strconv.ErrRange
	}
	return n, err
}
