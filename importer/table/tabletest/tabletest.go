// Package tabletest makes files for tests: those that a program writes, and those
// that none should.
package tabletest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Zip is a zip file of parts.
func Zip(tb testing.TB, parts map[string]string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) { // the sheets come last
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(parts[name]))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Book is a workbook with one sheet, of this XML.
func Book(tb testing.TB, sheet string, more ...string) []byte {
	const office, main = "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const links = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + office
	parts := map[string]string{
		"_rels/.rels":                links + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="` + main + `" xmlns:r="` + office + `"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": links + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
	for i := 0; i+1 < len(more); i += 2 {
		parts[more[i]] = more[i+1]
	}
	return Zip(tb, parts)
}

// Excel is the workbook that excelize makes.
func Excel(tb testing.TB, f *excelize.File) []byte {
	tb.Helper()
	b, err := f.WriteToBuffer()
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// HeadXML is a header, as a row of a sheet.
const HeadXML = `<row r="1"><c r="A1" t="inlineStr"><is><t>first_name</t></is></c><c t="inlineStr"><is><t>last_name</t></is></c>` +
	`<c r="C1" t="str"><v>email</v></c><c r="D1" t="str"><v>phone</v></c><c r="E1" t="str"><v>note</v></c></row>`

// Gzip compresses a file.
func Gzip(tb testing.TB, content []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		tb.Fatal(err)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// Renee is a list of one person with letters beyond ASCII.
const Renee = "first_name,last_name,email,phone,external_id,note\nRenée,O’Brien,r@example.com,+447700900001,007,“né” 5 €\n"
