package table

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxStrings is how much text a workbook may have in its table of strings, and
// maxTexts how many. A million people with ten texts of their own each have less.
const (
	maxStrings = 128 << 20
	maxTexts   = 9_999_999
)

// sharedStrings are the texts that cells refer to by number.
type sharedStrings struct {
	stringTable
	missing bool // the workbook has no such table
}

// cell is the one that a cell refers to.
func (s *sharedStrings) cell(number string) (string, error) {
	n, ok := digits(strings.TrimSpace(number))
	if s.missing {
		return "", Refuse(damagedRemedy, "the workbook is damaged: the texts of its cells (xl/sharedStrings.xml) are missing")
	}
	if !ok || n >= s.texts {
		return "", errors.New("a cell refers to a text that is not there")
	}
	return s.at(n)
}

// readStrings reads the table of strings.
func (w *workbook) readStrings() error {
	part, err := w.part("xl/sharedStrings.xml", maxPartBytes)
	if err != nil || part == nil {
		w.strings.missing = err == nil
		return err
	}
	defer func() { _ = part.Close() }()
	limit := &rowLimit{r: part, left: maxRowXML}
	if err := w.strings.read(xml.NewDecoder(limit), limit); err != nil {
		if w.strings.err != nil {
			return w.strings.err
		}
		if errors.Is(err, errRowTooLong) {
			return Refuse("look for a cell with far too much in it", "a text of the workbook is too long")
		}
		return damaged(err)
	}
	return nil
}

func (s *sharedStrings) read(d *xml.Decoder, limit *rowLimit) error {
	var text []byte
	for {
		token, err := d.Token()
		if err == io.EOF {
			return s.seal()
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); !ok || e.Name.Local != "si" {
			continue
		}
		limit.left = maxRowXML
		if text, err = appendString(d, text[:0]); err != nil {
			return unended(err)
		}
		value := unescape(string(text))
		if len(value) > maxRowBytes {
			return errRowTooLong
		}
		if s.bytes+len(value) > maxStrings || s.texts >= maxTexts {
			return Refuse(SaveAsCSV, "the workbook has more text than can be held")
		}
		if err := s.add(value); err != nil {
			return err
		}
	}
}

// appendString reads a text with its runs of different looks (si, is) to its
// end. Phonetic signs are no part of it.
func appendString(d *xml.Decoder, text []byte) ([]byte, error) {
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return text, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "t":
				text, err = appendText(d, text)
			case "r":
				depth++
			default:
				err = d.Skip()
			}
			if err != nil {
				return text, err
			}
		case xml.EndElement:
			if depth == 0 {
				return text, nil
			}
			depth--
		}
	}
}

// appendText reads the text of an element to its end.
func appendText(d *xml.Decoder, text []byte) ([]byte, error) {
	for {
		token, err := d.Token()
		if err != nil {
			return text, err
		}
		switch e := token.(type) {
		case xml.CharData:
			if text = append(text, e...); len(text) > maxRowBytes {
				return text, errRowTooLong
			}
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return text, err
			}
		case xml.EndElement:
			return text, nil
		}
	}
}

// unescape reads _x000D_, which is how Excel writes what XML cannot hold
// (ECMA-376 part 1, 22.9.2.19).
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+7 <= len(s) && s[i] == '_' && s[i+1] == 'x' && s[i+6] == '_' {
			if n, err := strconv.ParseUint(s[i+2:i+6], 16, 16); err == nil && (n < 0xD800 || n > 0xDFFF) {
				b.WriteRune(rune(n))
				i += 6
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
