package table

import (
	"errors"
	"strings"
	"testing"

	"usher/importer/table/tabletest"
)

func TestOtherKinds(t *testing.T) {
	t.Parallel()
	twice := tabletest.Gzip(t, tabletest.Gzip(t, []byte(tabletest.Renee)))
	for want, content := range map[string][]byte{
		"old Excel workbook":      []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
		"PDF":                     []byte("%PDF-1.7\n"),
		"picture":                 []byte("\x89PNG\r\n\x1a\n"),
		"web page":                []byte("\n<html><table><tr><td>first_name"),
		"XML":                     []byte("\ufeff<?xml version=\"1.0\"?><Workbook>"),
		"JSON":                    []byte(`[{"first_name":"Ann"}]`),
		"Word":                    tabletest.Zip(t, map[string]string{"word/document.xml": "<x/>"}),
		"Numbers":                 tabletest.Zip(t, map[string]string{"Index/Document.iwa": "x"}),
		"OpenDocument":            tabletest.Zip(t, map[string]string{"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
		"zip file, not":           tabletest.Zip(t, map[string]string{"people.csv": tabletest.Renee}),
		"damaged or cut":          []byte("PK\x03\x04\x14\x00"),
		"compressed twice":        twice,
		"compressed file is dama": tabletest.Gzip(t, []byte(tabletest.Renee))[:40],
		"absurd size":             tabletest.Gzip(t, make([]byte, ratioFrom+1)),
	} {
		_, err := open(t, content)
		var refused *FileError
		if !errors.As(err, &refused) || !strings.Contains(refused.Problem, want) || refused.Remedy == "" || refused.Name == "" {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
