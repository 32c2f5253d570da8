package importer

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"usher/importer/heading"
	"usher/importer/table"
	"usher/importer/value"
)

// DoubtsError is a refusal of a list in which the sheet or the columns must be chosen,
// with all that is in doubt. Its words are those of the refusal; what it knows
// besides quotes the list, and is for a person's screen alone.
type DoubtsError struct {
	Doubts
	Refusal error
}

func (e *DoubtsError) Error() string { return e.Refusal.Error() }

// Hint is that of the refusal.
func (e *DoubtsError) Hint() string {
	var own interface{ Hint() string }
	if errors.As(e.Refusal, &own) {
		return own.Hint()
	}
	return ""
}

// Unwrap returns the refusal.
func (e *DoubtsError) Unwrap() error { return e.Refusal }

// Doubts are all that is in doubt of a list, and the likeliest choices.
type Doubts struct {
	All []Doubt
	// Sheet, Columns, NameOrder and Region are how the list is to be read if the likeliest
	// is meant: what was asked for, and the choices.
	Sheet     string
	Columns   map[string]string
	NameOrder value.NameOrder
	Region    string
	// Settled means that the list can be read so.
	Settled bool
}

// What is in doubt besides fields.
const (
	DoubtSheet     = "sheet"
	DoubtNameOrder = "name order"
	DoubtRegion    = "region"
)

// Doubt is one thing that is in doubt: a field, or one of [DoubtSheet] and its like.
type Doubt struct {
	What    string
	Why     string
	Choices []Choice // the likeliest first; none if nothing may be meant
}

// Choice is what may be meant: a heading, a sheet, an order or a region, with the first
// values that it would give.
type Choice struct {
	Text    string
	Samples []string
}

// doubtful adds to a refusal all that is in doubt. The feed is read from its beginning.
func doubtful(ctx context.Context, src Feed, o Options, refusal error) error {
	var of *heading.ColumnsError
	var layout *table.LayoutError
	switch {
	case errors.As(refusal, &layout) && len(layout.Sheets) > 0:
	case errors.As(refusal, &layout) && layout.Why == table.SheetOfText:
	case errors.As(refusal, &of) && o.HeaderRow != NoHeader && len(o.Places) == 0:
	default:
		return refusal
	}
	d := newDoubter(ctx, src, o)
	d.sheet(layout)
	d.columns()
	if len(d.found.All) == 0 {
		return refusal
	}
	if file := (*table.FileError)(nil); errors.As(refusal, &file) { // which stays what it is
		_ = file.Because(&DoubtsError{d.found, file.Unwrap()})
		return refusal
	}
	return &DoubtsError{d.found, refusal}
}

// doubter finds what is in doubt of a feed.
type doubter struct {
	ctx   context.Context
	src   Feed
	o     Options
	found Doubts

	h    *heading.Header
	rows [][]string // the first of them
}

func newDoubter(ctx context.Context, src Feed, o Options) *doubter {
	d := &doubter{ctx: ctx, src: src, o: o}
	d.found.Sheet, d.found.NameOrder, d.found.Region = o.Sheet, o.Defaults.NameOrder, o.Defaults.Region
	return d
}

// namesInDoubt are the doubts of a list that was read, if the order of its full names
// is one of them and its first rows show it.
func namesInDoubt(ctx context.Context, src Feed, o Options, plan *Plan) *Doubts {
	unclear := slices.ContainsFunc(plan.Doubts, func(d heading.Doubt) bool { return d.Why == heading.NamesUnclear })
	if _, file := src.(*table.Source); !file || !unclear || o.HeaderRow != 0 || len(o.Places) > 0 {
		return nil
	}
	d := newDoubter(ctx, src, o)
	d.columns()
	if !d.found.Settled || !slices.ContainsFunc(d.found.All, func(one Doubt) bool { return one.What == DoubtNameOrder }) {
		return nil
	}
	return &d.found
}

// sheet finds another sheet than was asked for, if that is not there or another one
// leaves nothing in doubt.
func (d *doubter) sheet(layout *table.LayoutError) {
	sheets, why := []string(nil), ""
	if layout != nil {
		sheets, why = layout.Sheets, string(layout.Why)
	} else if _, all, err := d.read(d.o.Sheet); err != nil || len(all) > 0 {
		sheets = d.src.Format().OtherSheets
	}
	if layout != nil && layout.Why == table.SheetOfText {
		d.found.Sheet = ""
		d.found.All = append(d.found.All, Doubt{What: DoubtSheet, Why: why})
		return
	}
	var clear, others []Choice
	for _, name := range sheets[:min(len(sheets), maxSheets)] {
		mapped, all, err := d.read(name)
		choice := Choice{Text: name}
		if d.h != nil {
			choice.Samples = headingsOf(d.h)
		}
		if mapped != nil && err == nil && len(all) == 0 {
			clear = append(clear, choice)
		} else {
			others = append(others, choice)
		}
	}
	if layout == nil && len(clear) == 0 {
		return
	}
	if d.o.Sheet != "" {
		slices.SortStableFunc(clear, func(a, b Choice) int {
			return heading.Letters(a.Text, d.o.Sheet) - heading.Letters(b.Text, d.o.Sheet)
		})
	}
	all := append(clear, others...)
	d.found.All = append(d.found.All, Doubt{What: DoubtSheet, Why: why, Choices: all})
	if len(all) > 0 {
		d.found.Sheet = all[0].Text
	}
}

// maxSheets is how many sheets are looked at.
const maxSheets = 20

func headingsOf(h *heading.Header) []string {
	var names []string
	for _, c := range h.Columns[:min(len(h.Columns), maxSamples)] {
		names = append(names, value.Clip(strings.TrimSpace(c.Heading), value.MaxShown))
	}
	return names
}

// read reads a sheet's header, with the likeliest answers to what is in doubt of it.
func (d *doubter) read(sheet string) (mapped map[string]string, all []heading.Doubt, err error) {
	d.h, d.rows = nil, nil
	t, err := d.src.Begin(d.ctx, table.Wish{Sheet: sheet, OfWorkbooks: true, HeaderRow: d.o.HeaderRow}, heading.Counter(d.o.Columns))
	if err != nil {
		return nil, nil, err
	}
	look := newAhead(t)
	_, cells, err := look.Next()
	if err != nil {
		return nil, nil, err
	}
	cells = slices.Clone(cells)
	d.h, all, mapped, err = heading.Doubts(cells, heading.Known{Placed: d.src.Placed(), Mapped: d.o.Columns, Format: d.src.Format(), First: look.first})
	d.rows = look.first()
	return mapped, all, err
}

// columns asks for the columns of the sheet that is likeliest, and for what cannot be
// told of their values.
func (d *doubter) columns() {
	mapped, all, err := d.read(d.found.Sheet)
	if mapped == nil {
		return
	}
	d.found.Columns, d.found.Settled = maps.Clone(mapped), err == nil
	for _, one := range all {
		doubt := Doubt{What: one.Field, Why: one.Why}
		if text := mapped[one.Field]; one.Why == string(heading.ColumnsRival) && len(d.h.Turns(heading.FieldOf(one.Field))) > 1 {
			doubt.Choices = append(doubt.Choices, Choice{text, d.firstFilled(heading.FieldOf(one.Field))})
		}
		for _, at := range one.Columns {
			doubt.Choices = append(doubt.Choices, Choice{strings.TrimSpace(d.h.Columns[at].Heading), d.samples(at)})
		}
		d.found.All = append(d.found.All, doubt)
	}
	if err == nil {
		d.nameOrder()
		d.region()
	}
}

// samples are the first values of a column that differ.
func (d *doubter) samples(at int) []string {
	return d.sampled(func([]string) int { return at })
}

// firstFilled are the first values of a field that has several columns.
func (d *doubter) firstFilled(f heading.Field) []string {
	return d.sampled(func(cells []string) int { return d.h.From(f, cells) })
}

func (d *doubter) sampled(from func(cells []string) int) (all []string) {
	for _, cells := range d.rows {
		s := value.Clip(strings.TrimSpace(cellAt(cells, from(cells))), value.MaxShown)
		if s != "" && !slices.Contains(all, s) {
			all = append(all, strings.Clone(s))
		}
		if len(all) == maxSamples {
			break
		}
	}
	return all
}

// nameOrder asks in which order full names are, if they do not tell it.
func (d *doubter) nameOrder() {
	at := d.h.At(heading.FullName)
	if at < 0 || d.found.NameOrder != "" {
		return
	}
	var names value.NameColumn
	for _, cells := range d.rows {
		names.Add(cellAt(cells, d.h.From(heading.FullName, cells)))
	}
	orders := map[value.NameOrder][]string{}
	for _, cells := range d.rows {
		name := value.Clean(cellAt(cells, d.h.From(heading.FullName, cells)))
		if _, f := value.SplitName(name, names.Order()); f == nil || f.Code != value.NameUnclear {
			continue
		}
		for _, order := range []value.NameOrder{value.FirstLast, value.LastFirst} {
			if n, f := value.SplitName(name, order); f == nil && len(orders[order]) < maxSamples {
				orders[order] = append(orders[order], n.First+" | "+n.Last)
			}
		}
	}
	if len(orders) == 0 {
		return
	}
	likely, other := value.FirstLast, value.LastFirst
	if heading.LastNameFirst(d.h.Columns[at].Heading) {
		likely, other = other, likely
	}
	d.found.NameOrder = likely
	d.found.All = append(d.found.All, Doubt{DoubtNameOrder, heading.NamesUnclear, []Choice{{string(likely), orders[likely]}, {string(other), orders[other]}}})
}

// region asks for the country of phone numbers that name none.
func (d *doubter) region() {
	if d.found.Region != "" {
		return
	}
	var regions value.Regions
	regions.Lean(d.h.Country())
	var national []string
	for _, cells := range d.rows {
		phone, email := value.Clean(cellAt(cells, d.h.From(heading.Phone, cells))), value.Clean(cellAt(cells, d.h.From(heading.Email, cells)))
		country := value.Clean(cellAt(cells, d.h.From(heading.Country, cells)))
		normal, _, f := value.Phone(phone, "")
		switch {
		case f == nil:
			regions.Other(normal, email)
		case f.Code == value.NoCountryCode && country == "":
			regions.National(phone, email)
			if len(national) < maxSamples {
				national = append(national, value.Clip(phone, value.MaxShown))
			}
		}
	}
	doubt := Doubt{What: DoubtRegion, Why: value.NoCountryCode}
	for _, g := range regions.Guesses() {
		doubt.Choices = append(doubt.Choices, Choice{g.Region, national})
	}
	if len(doubt.Choices) > 0 {
		d.found.Region = doubt.Choices[0].Text
		d.found.All = append(d.found.All, doubt)
	}
}
