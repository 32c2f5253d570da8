package batch

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"usher/importer/heading"
	"usher/importer/value"
)

// Notes are sentences about what was left out of a list, or not taken for anything.
func (p *Plan) Notes() (notes []string) {
	for _, d := range p.Doubts {
		names := make([]string, len(d.Columns))
		for i, at := range d.Columns {
			names[i] = heading.List([]string{p.Columns[at].Heading})
		}
		switch d.Why {
		case heading.NumbersRival:
			notes = append(notes, fmt.Sprintf("%s may each be the reference of a person, so none is taken for it; --map %s=%q takes one.",
				strings.Join(names, " and "), d.Field, names[0]))
		case heading.NumbersRepeated:
			notes = append(notes, fmt.Sprintf("%s is not taken for the reference of a person, as several people have the same.", names[0]))
		}
	}
	if n := p.BlankBeyond; n > 0 {
		notes = append(notes, fmt.Sprintf("Blank cells to the right of the last heading were left out, in %s.", Counted(n, "row", "rows")))
	}
	for _, r := range p.LeftOut {
		if r.Types {
			notes = append(notes, fmt.Sprintf("Row %d says what the values of the columns are and was left out: %q.", r.Row, r.Text))
			continue
		}
		if r.Headings {
			notes = append(notes, fmt.Sprintf("Row %d has the headings once more and was left out: %q.", r.Row, r.Text))
			continue
		}
		notes = append(notes, fmt.Sprintf("Row %d, below the people, names nobody and was left out: %q.", r.Row, r.Text))
	}
	return notes
}

// RegionAdvice says of which countries the phone numbers may be that name none. None is
// taken without being asked for.
type RegionAdvice struct {
	Words   string   // how many numbers it is about
	Regions []string // as ISO 3166 has them, the likeliest first
	Names   []string // of the same
}

// RegionAdvice is nil where there is nothing to say.
func (p *Plan) RegionAdvice() *RegionAdvice {
	return regionAdvice(p.Regions)
}

func regionAdvice(guesses []value.RegionGuess) *RegionAdvice {
	if len(guesses) == 0 {
		return nil
	}
	first := guesses[0]
	a := &RegionAdvice{Words: fmt.Sprintf("%s of %s phone numbers have no country code and can be read by naming their country.", Thousands(first.Reads), Thousands(first.Of))}
	if first.Reads == first.Of {
		a.Words = Counted(first.Of, "phone number has", "phone numbers have") + " no country code."
	}
	for _, g := range guesses {
		name := g.Region
		if region, err := language.ParseRegion(g.Region); err == nil {
			name = display.English.Regions().Name(region)
		}
		a.Regions, a.Names = append(a.Regions, g.Region), append(a.Names, name)
	}
	return a
}

// hint is the advice as the command line gives it.
func (a *RegionAdvice) hint() string {
	ways := make([]string, len(a.Regions))
	for i, region := range a.Regions {
		ways[i] = a.Names[i] + ", add --region " + region
	}
	return fmt.Sprintf("%s If they are of %s", a.Words, strings.Join(ways, "; of "))
}
