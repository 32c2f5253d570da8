package batch

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/value"
)

// NoHeader as a header row says that the first row of a list is somebody already.
const NoHeader = importer.NoHeader

// Choices are what a person can say of an upload before it is imported.
type Choices struct {
	Name      string `json:",omitempty"` // of the batch; the file's when empty
	Sheet     string `json:",omitempty"` // of a workbook; the first with a header when empty
	HeaderRow int    `json:",omitempty"` // as a spreadsheet counts; 0 finds it
	// Profile is a saved mapping of columns. Places say what columns are, from 0:
	// the name of a field, or nothing for a column that is kept as it is.
	Profile         string         `json:",omitempty"`
	Places          map[int]string `json:",omitempty"`
	NameOrder       string         `json:",omitempty"` // of full names: first-last or last-first
	Region          string         `json:",omitempty"`
	WorkflowID      string         `json:",omitempty"`
	RedirectURL     string         `json:",omitempty"`
	Return          bool           `json:",omitempty"` // people come back to a page of usher
	SendEmail       bool
	SendPhone       bool
	AllowDuplicates bool          `json:",omitempty"`
	ReinviteAfter   time.Duration `json:",omitempty"`
	ReinviteChanged bool          `json:",omitempty"`
	ReferencePrefix string        `json:",omitempty"`
	Quiet           QuietRule     `json:",omitzero"`
	Breakers        *Breakers     `json:",omitempty"` // nil is those of the settings
	LeaveOut        bool          `json:",omitempty"` // go on without the rows that have problems
	SaveAs          string        `json:"-"`          // the name under which to save the mapping of columns
}

// choices are those that are stored: a saved mapping is kept with them, as it was,
// since another process may not have it.
type choices struct {
	Choices
	Columns map[string]string `json:",omitempty"` // of the profile
	// Order is the profile's, which a NameOrder goes before.
	Order value.NameOrder `json:",omitempty"`
	// OwnSheet is the profile's, which counts for workbooks alone. A Sheet goes before it.
	OwnSheet string `json:",omitempty"`
}

// keep takes over what a profile says of how a list is read.
func (c *choices) keep(p heading.Profile) {
	c.Columns, c.Order, c.OwnSheet = p.Columns, p.NameOrder, p.Sheet
}

// adopt takes the region and the workflow of a profile that was chosen just now into
// the choices, where a person can see and change them, unless others were chosen with it.
func (c *choices) adopt(p heading.Profile, before Choices) {
	if c.Region == before.Region {
		c.Region = cmp.Or(p.Region, c.Region)
	}
	if c.WorkflowID == before.WorkflowID {
		c.WorkflowID = cmp.Or(p.WorkflowID, c.WorkflowID)
	}
}

func (s *Service) firstChoices() choices {
	d := s.cfg.Defaults
	return choices{Choices: Choices{
		Region: d.Region, WorkflowID: d.WorkflowID, RedirectURL: d.RedirectURL, Return: d.Return, SendEmail: d.SendEmailInvite, SendPhone: d.SendPhoneInvite,
		ReferencePrefix: d.ReferencePrefix, Quiet: s.quietDefault(), Breakers: new(s.breakers()),
	}}
}

// breakersOf are those of a list, or of the settings where nothing was chosen.
func (s *Service) breakersOf(c Choices) Breakers {
	if c.Breakers == nil {
		return s.breakers()
	}
	return *c.Breakers
}

// DefaultChoices are those that count for a list of which nothing is chosen.
func (s *Service) DefaultChoices() Choices { return s.firstChoices().Choices }

// Check refuses choices that every list would be refused for, whatever is in it. An
// error is an [OptionError].
func (c Choices) Check() error {
	c.clean()
	return c.defaults().Check()
}

// defaults are what counts for rows that do not say otherwise.
func (c Choices) defaults() importer.Defaults {
	return importer.Defaults{
		SendEmailInvite: c.SendEmail, SendPhoneInvite: c.SendPhone, WorkflowID: c.WorkflowID, RedirectURL: c.RedirectURL, Return: c.Return,
		Region: c.Region, ReferencePrefix: c.ReferencePrefix, NameOrder: value.NameOrder(c.NameOrder),
	}
}

func readChoices(text string) (c choices, err error) {
	if text != "" && json.Unmarshal([]byte(text), &c) != nil {
		return c, errors.New("the choices of an upload cannot be read")
	}
	return c, nil
}

// choicesMost is how long choices may be, as they are stored.
const choicesMost = 64 << 10

func (c choices) text() (string, error) {
	text, err := json.Marshal(c)
	if err == nil && len(text) > choicesMost {
		err = requestError("choose less", "these choices are too long to be kept")
	}
	return string(text), err
}

// clean takes out what cannot be stored, and white space around.
func (c *Choices) clean() {
	for _, text := range []*string{&c.Name, &c.Region, &c.WorkflowID, &c.RedirectURL, &c.ReferencePrefix, &c.NameOrder, &c.Profile, &c.SaveAs,
		&c.Quiet.Hours, &c.Quiet.Days, &c.Quiet.Holidays, &c.Quiet.Zone} {
		*text = strings.TrimSpace(cleanText(*text))
	}
	if all := []rune(c.Name); len(all) > nameMost {
		c.Name = string(all[:nameMost])
	}
	c.Sheet, c.HeaderRow, c.ReinviteAfter = cleanText(c.Sheet), max(c.HeaderRow, NoHeader), max(c.ReinviteAfter, 0)
}

// cleanText is a text that a database can hold.
func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
}
