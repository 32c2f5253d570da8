package batch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/importer"
	"usher/importer/heading"
	"usher/importer/table"
)

// Doubts are all that is in doubt of a list that was refused for it, and the likeliest
// choices. They quote the list.
type Doubts = importer.Doubts

// DoubtsOf are those of a refusal; nil if it leaves nothing to choose.
func DoubtsOf(err error) *Doubts {
	var doubts *importer.DoubtsError
	if errors.As(err, &doubts) {
		return &doubts.Doubts
	}
	return nil
}

// DoubtWords say to people what is in doubt, each with the flags that settle it, the
// likeliest first; with samples also which values those would give. At the end is the
// command that settles all of it, if the list can be read so.
func DoubtWords(d *Doubts, samples bool, command []string) string {
	words := "In doubt:\n"
	for _, line := range doubtLines(d, samples) {
		words += OneLine(line, 200) + "\n"
	}
	if d.Settled {
		words += "With the likeliest of each, to be looked over:\n\n" + CommandLine(command) + "\n"
	}
	return words
}

// WithDoubts adds to an error what is in doubt of a list that could be read.
func WithDoubts(p *Plan, err error) error {
	if p.InDoubt == nil {
		return err
	}
	return &importer.DoubtsError{Doubts: *p.InDoubt, Refusal: err}
}

func doubtLines(d *Doubts, samples bool) (lines []string) {
	for _, one := range d.All {
		lines = append(lines, doubtWords(one))
		flags, widest := make([]string, len(one.Choices)), 0
		for i, c := range one.Choices {
			flags[i] = CommandLine(choiceFlag(one.What, c.Text))
			widest = max(widest, len([]rune(flags[i])))
		}
		for i, c := range one.Choices {
			line := "    " + flags[i]
			if samples && len(c.Samples) > 0 {
				line += strings.Repeat(" ", widest-len([]rune(flags[i]))) + "  such as " + strings.Join(c.Samples, ", ")
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func doubtWords(d importer.Doubt) string {
	n := len(d.Choices)
	switch {
	case d.Why == string(table.SheetOfText):
		return "  sheet: this is a text file and has none, so leave --sheet out"
	case d.What == importer.DoubtSheet && d.Why == "":
		return "  sheet: another one has all the columns"
	case d.What == importer.DoubtSheet:
		return "  sheet: it is not there; there are"
	case d.What == importer.DoubtNameOrder:
		return "  name order: full names do not say which part is the last name"
	case d.What == importer.DoubtRegion:
		return "  region: phone numbers have no country code"
	case d.Why == heading.NumbersRival:
		return fmt.Sprintf("  %s: %d columns may hold it, and none is taken unless you say which", d.What, n)
	case d.Why == heading.NumbersRepeated:
		return fmt.Sprintf("  %s: several people have the same, so it is not taken unless you say so", d.What)
	case n == 0:
		return fmt.Sprintf("  %s: no column is understood as it; say which is with --map %s=COLUMN", d.What, d.What)
	case d.Why == string(heading.ColumnsRival):
		return fmt.Sprintf("  %s: several columns mean it; a bar between them takes the first that is filled", d.What)
	case d.Why == string(heading.ColumnNotThere):
		return fmt.Sprintf("  %s: the column that it is mapped to is not there", d.What)
	}
	return fmt.Sprintf("  %s: no column is called so; %s", d.What, Plural(n, "perhaps it is", "perhaps it is one of"))
}

// choiceFlag is the flag that settles a doubt.
func choiceFlag(what, choice string) []string {
	switch what {
	case importer.DoubtSheet:
		return []string{"--sheet", choice}
	case importer.DoubtNameOrder:
		return []string{"--name-order", choice}
	case importer.DoubtRegion:
		return []string{"--region", choice}
	}
	return []string{"--map", what + "=" + choice}
}

// AnswerFlags are the flags that settle all doubts by the likeliest choice, with those
// columns that were mapped for this list. What comes from a profile they leave to it.
func (c Columns) AnswerFlags(d *Doubts) (flags []string) {
	mapped, err := heading.ParseMap(nil, c.Maps)
	if err != nil {
		return nil
	}
	for _, one := range d.All {
		choice := ""
		switch one.What {
		case importer.DoubtSheet:
			choice = d.Sheet
		case importer.DoubtNameOrder:
			choice = string(d.NameOrder)
		case importer.DoubtRegion:
			choice = d.Region
		default:
			if of, ok := d.Columns[one.What]; ok {
				mapped[one.What] = of
			}
			continue
		}
		if choice != "" {
			flags = append(flags, choiceFlag(one.What, choice)...)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(mapped)) {
		flags = append(flags, choiceFlag(field, mapped[field])...)
	}
	return flags
}

// IsAnswered reports whether a flag, by its name, is among those that settle a doubt.
func IsAnswered(d *Doubts, flag string) bool {
	return flag == "map" || slices.ContainsFunc(d.All, func(one importer.Doubt) bool {
		return choiceFlag(one.What, "")[0] == "--"+flag
	})
}

// CommandLine is a command as it is typed into a shell.
func CommandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.ContainsFunc(word, isSpecial) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// isSpecial reports whether a shell may take a character for something else.
func isSpecial(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=,:@%+", r))
}
