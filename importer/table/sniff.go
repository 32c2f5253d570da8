package table

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

// kind is what a file is, by what it holds. Names are not believed.
type kind int

const (
	textFile kind = iota
	workbookFile
)

// workbookKind is what a workbook is called as a [Format].
const workbookKind = "xlsx"

// The remedies for files of other kinds.
const (
	SaveAsCSV  = `open it in Excel, choose Save As, and pick "CSV UTF-8 (Comma delimited)"`
	saveAsXLSX = `open it in Excel, choose Save As, and pick "Excel Workbook (.xlsx)"`
	exportData = "export the list as CSV or Excel from the program that has it"
)

// sniff tells what kind of file this is, or refuses it.
func (s *Source) sniff() (kind, error) {
	start := s.start()
	if bytes.HasPrefix(start, zipMagic) || bytes.HasPrefix(start, emptyZipMagic) {
		return workbookFile, s.sniffZip()
	}
	return textFile, sniffStart(start)
}

// A zip file, which a workbook is, begins so.
var zipMagic, emptyZipMagic = []byte("PK\x03\x04"), []byte("PK\x05\x06")

// sniffStart refuses what does not begin as a text of rows does.
func sniffStart(start []byte) error {
	for _, k := range kinds {
		if bytes.HasPrefix(start, []byte(k.magic)) {
			return Refuse(k.remedy, "%s", k.what)
		}
	}
	if binaryData(start) {
		return Refuse(exportData, "this is neither text nor a workbook: it is full of control characters")
	}
	return sniffText(start)
}

// binaryData reports whether more than a twentieth of what a file begins with
// are control characters that no text has. Of random bytes a tenth are; a stray
// one in a text is told with its row.
func binaryData(start []byte) bool {
	if wide(start) != utf8Text {
		return false // half of it is zeros
	}
	n := 0
	for _, c := range start {
		if c < ' ' && (c < '\t' || c > '\r') && c != escape || c == 0x7F {
			n++
		}
	}
	return 20*n > len(start)
}

// escape begins the changes of alphabet in Japanese text.
const escape = 0x1B

var kinds = []struct{ magic, what, remedy string }{
	{"\xD0\xCF\x11\xE0", "this is an old Excel workbook (.xls), or one with a password", saveAsXLSX + "; take the password off if it has one"},
	{"\x09\x08\x10\x00", "this is a very old Excel workbook (.xls)", saveAsXLSX},
	{"%PDF", "this is a PDF", exportData},
	{"\x89PNG", "this is a picture", exportData},
	{"\xFF\xD8\xFF", "this is a picture", exportData},
	{"GIF8", "this is a picture", exportData},
	{"RIFF", "this is a picture or a sound", exportData},
	{"II*\x00", "this is a picture", exportData},
	{"MM\x00*", "this is a picture", exportData},
	{`{\rtf`, "this is a Word document (RTF)", exportData},
	{"SQLite format 3", "this is a database", exportData},
	{"PAR1", "this is a Parquet file", exportData},
	{"BEGIN:VCARD", "this is a vCard file", exportData},
	{"7z\xBC\xAF", "this is a compressed archive (7z)", "unpack it and send the file in it"},
	{"Rar!", "this is a compressed archive (RAR)", "unpack it and send the file in it"},
	{"BZh", "this is a compressed file (bzip2)", "unpack it"},
	{"\xFD7zXZ", "this is a compressed file (xz)", "unpack it"},
	{"\x28\xB5\x2F\xFD", "this is a compressed file (zstd)", "unpack it"},
	{"MIME-Version:", "this is a web archive (MHTML), whatever its name says", saveAsXLSX},
	{"ID;P", "this is a SYLK file", saveAsXLSX},
	{"\x09\x00\x04\x00", "this is a very old Excel workbook (.xls)", saveAsXLSX},
	{"\x09\x02\x06\x00", "this is a very old Excel workbook (.xls)", saveAsXLSX},
	{"\x09\x04\x06\x00", "this is a very old Excel workbook (.xls)", saveAsXLSX},
	{"\xFF\xFE\x00\x00", "this is UTF-32 text", SaveAsCSV},
	{"\x00\x00\xFE\xFF", "this is UTF-32 text", SaveAsCSV},
}

// ownPage is how a report that usher wrote as a web page tells what it is, in small
// letters.
const ownPage = `<meta name="generator" content="usher results report">`

// sniffText refuses text of other kinds: a web page that is called .xls is what
// many programs "export to Excel".
func sniffText(start []byte) error {
	text := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(start, bom))))
	if strings.HasPrefix(text, "<!doctype") && strings.Contains(text, ownPage) {
		return Refuse("write the report of that batch as CSV or Excel, and bring that", "this is a report of usher's as a web page (HTML), which is for reading")
	}
	for _, tag := range []string{"<!doctype", "<html", "<table", "<head", "<body", "<meta", "<style"} {
		if strings.HasPrefix(text, tag) {
			return Refuse(saveAsXLSX, "this is a web page (HTML), whatever its name says")
		}
	}
	switch {
	case strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<workbook"):
		return Refuse(saveAsXLSX, "this is an XML file, whatever its name says")
	case strings.HasPrefix(text, "[{"), strings.HasPrefix(text, `{"`):
		return Refuse(exportData, "this is JSON")
	}
	return nil
}

// zipKinds tell what a zip file is by a part that only such files have.
var zipKinds = []struct{ part, what, remedy string }{
	{"xl/workbook.bin", "this is a binary Excel workbook (.xlsb)", saveAsXLSX},
	{"word/document.xml", "this is a Word document", exportData},
	{"ppt/presentation.xml", "this is a PowerPoint file", exportData},
	{"Index/Document.iwa", "this is an Apple Numbers file", `open it in Numbers and choose File, Export To, Excel`},
	{"Index.zip", "this is an Apple Numbers file", `open it in Numbers and choose File, Export To, Excel`},
	{"mimetype", "this is an OpenDocument or e-book file", `open it in LibreOffice, choose Save As, and pick "Excel 2007-365 (.xlsx)"`},
}

// maxParts is how many files a workbook may consist of.
const maxParts = 10_000

func (s *Source) sniffZip() error {
	z, err := zip.NewReader(io.NewSectionReader(s.file, 0, s.size), s.size)
	if err != nil || len(z.File) > maxParts {
		return Refuse("get it again from where it comes from", "the workbook (or zip file) is damaged or cut off")
	}
	sheets := false
	has := make(map[string]bool, len(z.File))
	for _, f := range z.File {
		has[f.Name] = true
		if part := partName(f.Name); part == workbookPart || strings.HasPrefix(part, "xl/worksheets/") {
			sheets = true
		}
	}
	for _, k := range zipKinds {
		if has[k.part] {
			return Refuse(k.remedy, "%s", k.what)
		}
	}
	if sheets {
		return nil
	}
	return Refuse("unpack it and send the file in it", "this is a zip file, not an Excel workbook")
}
