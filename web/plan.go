package web

import (
	"strconv"
	"time"

	"usher/batch"
)

// planView is the plan of a list as its page shows it.
type planView struct {
	ID       string
	Name     string
	Revision int
	File     bool // it is a file, and not a database source
	Wrong    failure
	Notes    []string
	Refusal  failure // why it cannot be read as it is

	Read        bool // its rows were read and checked
	Rows        int
	Invitations int
	Rejected    int // with problems
	LeftOut     int // by hand
	Cost        batch.Cost
	Finish      *time.Time
	FirstWords  string // that the first people go alone; empty if they do not
	InviteWords string // what the one button does
	First       bool
	Existing    int64 // the batch of an earlier import of the same; 0 if there is none

	FormatWords string
	ListNotes   []string // what was left out, and what may be meant
	Sheets      []string // if there are several
	Sheet       string
	Columns     []planColumn
	Meanings    []meaning
	Top         []topRow
	OptionsOpen bool
	Choices     choiceView
	Profiles    []string

	Problems     []problemKind
	MendColumns  []string
	Mendable     []mendRow
	MoreMendable bool
	Mended       []mendedCell
	Duplicates   duplicates
	Repairs      []repairKind
}

// planColumn is a column and what it was taken for.
type planColumn struct {
	At      int
	Heading string
	Samples []string
	Field   string
	Ignored bool
	Turn    string // which it is of several columns for its field, and what came of it; empty if it is alone
}

// meaning is what a column can be.
type meaning struct{ Field, Words string }

// meanings are what columns can be, in the order in which people look for them.
var meanings = []meaning{
	{"", "nothing (kept for the report)"}, {"first_name", "first name"}, {"last_name", "last name"}, {"full_name", "full name"},
	{"email", "e-mail"}, {"phone", "phone"}, {"external_id", "reference"}, {"last_name_prefix", "what stands before the last name"}, {"country", "country"}, {"workflow_id", "workflow"},
	{"redirect_url", "page to go to afterwards"}, {"send_email_invite", "whether by e-mail"}, {"send_phone_invite", "whether by SMS"},
}

type topRow struct {
	Row   int
	Cells []string
}

// choiceView are the choices as their fields show them.
type choiceView struct {
	batch.Choices
	HeaderText   string
	ReinviteDays string
	Breakers     []breakerField
	QuietFields  []quietField
}

func choiceViewOf(c batch.Choices) choiceView {
	v := choiceView{Choices: c}
	switch {
	case c.HeaderRow == batch.NoHeader:
		v.HeaderText = "0"
	case c.HeaderRow > 0:
		v.HeaderText = strconv.Itoa(c.HeaderRow)
	}
	v.QuietFields = quietFields(c.Quiet)
	if c.Breakers != nil {
		v.Breakers = breakerFields(*c.Breakers)
	}
	if days := int(c.ReinviteAfter / day); days > 0 {
		v.ReinviteDays = strconv.Itoa(days)
	}
	return v
}

const day = 24 * time.Hour

type problemKind struct {
	Count    int
	Column   string
	Words    string
	RowsText string
}

type mendRow struct {
	Row     int
	Cells   []mendCell
	LeftOut bool
	Error   string // of the row as a whole
}

type mendCell struct {
	At      int
	Heading string
	Text    string
	Error   string
	Open    bool // it can be changed
}

// mendedCell is a correction that was made.
type mendedCell struct {
	Row, At int
	Heading string
	Text    string
}

type duplicates struct {
	Count, More int
	First       []duplicateRow
}

type duplicateRow struct {
	Row   int
	Words string
	Batch int64
}

type repairKind struct {
	Words, Column, From, To string
	Count                   int
}
