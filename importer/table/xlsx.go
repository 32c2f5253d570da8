package table

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

const (
	workbookPart = "xl/workbook.xml"
	// maxPartBytes is how large a part of a workbook may be, unpacked: a full
	// sheet of 1,048,576 rows and twenty columns is about half of it.
	maxPartBytes = 2 << 30
	// maxSmallPart is how large the parts may be that are read whole.
	maxSmallPart = 16 << 20
)

const damagedRemedy = "open it in Excel and save it again, or get it again from where it comes from"

// maxLooked is how much is read of all sheets together to find the header: many
// sheets, or millions of blank rows, would take a small file's reader forever.
const maxLooked = 64 << 20

// budget ends reading when what is left is used up.
type budget struct {
	r    io.Reader
	used *int
}

// Read implements [io.Reader].
func (b *budget) Read(p []byte) (int, error) {
	if *b.used >= maxLooked {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.r.Read(p)
	*b.used += n
	return n, err
}

// workbook is an Excel file. Its parts are streamed out of the zip file:
// excelize holds all of them, ends a sheet that is damaged as if it were
// complete, and does not tell a number from a text that looks like one.
type workbook struct {
	parts   map[string]*zip.File
	sheets  []sheet
	date04  bool // days are counted from 1904
	formats []cellFormat
	strings sharedStrings
	looked  int // bytes of sheets that were read to find the header
}

// sheet is a sheet of a workbook.
type sheet struct {
	name, part string
	hidden     bool
}

// openWorkbook reads what a workbook has besides its rows.
func openWorkbook(r io.ReaderAt, size int64) (*workbook, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damaged(err)
	}
	w := &workbook{parts: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		w.parts[partName(f.Name)] = f
	}
	if err := w.readSheets(); err != nil {
		return nil, err
	}
	if err := w.readStyles(); err != nil {
		return nil, err
	}
	if err := w.readStrings(); err != nil {
		w.strings.close()
		return nil, err
	}
	return w, nil
}

func damaged(err error) error {
	if refusal(err) {
		return err
	}
	return Refuse(damagedRemedy, "the workbook is damaged: %v", cause(err))
}

// part opens a part, or returns nil if there is none. Its size is checked
// before anything is unpacked, and archive/zip unpacks no more than that.
func (w *workbook) part(name string, limit uint64) (io.ReadCloser, error) {
	f := w.parts[partName(name)]
	if f == nil {
		return nil, nil
	}
	size, packed := f.UncompressedSize64, max(f.CompressedSize64, 1)
	if size > limit || size > ratioFrom && size/packed > maxRatio {
		return nil, errBomb()
	}
	if f.Flags&1 != 0 {
		return nil, Refuse("save it without a password", "the workbook is encrypted")
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return r, nil
}

// decode reads a small part whole.
func (w *workbook) decode(name string, into any) error {
	r, err := w.part(name, maxSmallPart)
	if err != nil || r == nil {
		return err
	}
	defer func() { _ = r.Close() }()
	err = xml.NewDecoder(r).Decode(into)
	if err == nil {
		_, err = io.Copy(io.Discard, r) // to the checksum
	}
	if err != nil {
		return damaged(fmt.Errorf("%s: %w", name, err))
	}
	return nil
}

func (w *workbook) readSheets() error {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var links relationships
	main := w.main()
	if err := w.decode(main, &book); err != nil {
		return err
	}
	if err := w.decode(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), &links); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, l := range links.All {
		if strings.HasSuffix(l.Type, "/worksheet") { // not a chart
			targets[l.ID] = within(l.Target)
		}
	}
	w.date04 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	for _, s := range book.Sheets {
		for _, a := range s.Attrs {
			if part, ok := targets[a.Value]; ok && a.Name.Local == "id" {
				w.sheets = append(w.sheets, sheet{s.Name, part, s.State != "" && s.State != "visible"})
			}
		}
	}
	return nil
}

// partName makes names of parts equal that differ in case only (ECMA-376 part 2,
// 6.2.2.3).
func partName(name string) string { return strings.ToLower(name) }

// main is the part that has the list of sheets: nearly always xl/workbook.xml.
func (w *workbook) main() string {
	if w.parts[workbookPart] != nil {
		return workbookPart
	}
	var links relationships
	_ = w.decode(packageLinks, &links) // without it the part is missing
	for _, l := range links.All {
		if strings.HasSuffix(l.Type, "/officeDocument") {
			return path.Clean(strings.TrimPrefix(l.Target, "/"))
		}
	}
	return workbookPart
}

const packageLinks = "_rels/.rels"

// relationships are the links of a part to others.
type relationships struct {
	All []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// within is the name of a part that xl/workbook.xml refers to.
func within(target string) string {
	if strings.HasPrefix(target, "/") {
		return path.Clean(target[1:])
	}
	return path.Join("xl", target)
}

// opened is the workbook of a file, which is opened once: its table of strings may
// be large.
func (s *Source) opened() (*workbook, error) {
	if s.book == nil {
		w, err := openWorkbook(&countingReaderAt{s.file, &s.read}, s.size)
		if err != nil {
			return nil, err
		}
		s.book = w
	}
	return s.book, nil
}

// workbook starts to read a sheet of the file from its header.
func (s *Source) workbook(wish Wish, heads HeadCounter) (Rows, error) {
	w, err := s.opened()
	if err != nil {
		return nil, err
	}
	w.looked = 0
	choice, found, err := w.choose(wish.Sheet, heads)
	s.format.Kind, s.format.Sheet = workbookKind, choice.name
	for _, other := range w.sheets {
		if other.name != choice.name && !other.hidden {
			s.format.OtherSheets = append(s.format.OtherSheets, other.name)
		}
	}
	if err == nil && wish.HeaderRow == NoHeader {
		found.width, err = w.width(choice)
	}
	if err != nil {
		return nil, err
	}
	s.read.Store(0)
	t, err := w.rows(choice)
	if err != nil {
		return nil, err
	}
	t.hidden = &s.format.HiddenRows
	return s.begin(t, wish, found)
}

// choose finds the sheet that is asked for, or the first one with a header that
// people can see. If none has one, the first that has rows shows why.
func (w *workbook) choose(asked string, heads HeadCounter) (best sheet, header layout, err error) {
	bestHeads, seen := -1, 0
	for _, s := range w.sheets {
		if asked == "" && s.hidden || asked != "" && !strings.EqualFold(asked, s.name) {
			continue
		}
		seen++
		skip, found, width, err := w.header(s, heads)
		if err != nil {
			return sheet{}, layout{}, err
		}
		if width == 0 && found == 0 {
			found = -1
		}
		if best.part == "" || found > bestHeads {
			best, bestHeads, header.skip = s, found, skip
		}
		if found == RequiredColumns {
			break
		}
	}
	if seen == 0 {
		return sheet{}, layout{}, w.noSheet(asked)
	}
	return best, header, nil
}

func (w *workbook) header(s sheet, heads HeadCounter) (skip, found, width int, err error) {
	t, err := w.rows(s)
	if err != nil {
		return 0, 0, 0, err
	}
	defer t.close()
	t.limit.r = &budget{t.limit.r, &w.looked}
	skip, found, width = headerOf(t, heads)
	return skip, found, width, nil
}

// width is how wide the first rows of a sheet are.
func (w *workbook) width(s sheet) (int, error) {
	t, err := w.rows(s)
	if err != nil {
		return 0, err
	}
	defer t.close()
	t.limit.r = &budget{t.limit.r, &w.looked}
	_, width := regularity(t, 0)
	return width, nil
}

func (w *workbook) noSheet(asked string) error {
	var names []string
	for _, s := range w.sheets {
		names = append(names, s.name)
	}
	if len(names) == 0 {
		return Refuse(damagedRemedy, "the workbook has no sheets")
	}
	if asked == "" {
		return Refuse("unhide the sheet, or name it with --sheet", "the workbook has no sheet that can be seen; it has: %s", strings.Join(names, ", ")).
			Because(&LayoutError{Why: SheetsHidden, Sheets: names})
	}
	return Refuse("name one of them with --sheet", "the workbook has no sheet %q; it has: %s",
		asked, strings.Join(slices.Compact(names), ", ")).Because(&LayoutError{Why: SheetNotThere, Sheets: names})
}
