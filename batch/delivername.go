package batch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/report"
	"usher/store"
)

// What the names of delivered files are made of.
const (
	manifestEnding    = ".manifest.json"
	deliveredNameMost = 80  // bytes of a batch's name in that of a file
	deliveredStemMost = 180 // bytes before the endings
	mostDeliveries    = 10_000
	deliverInPlace    = "-" // of a character that a name of a file cannot have
	deliverNameless   = "batch"
)

// wordsApart are the signs that part the words of a pattern.
const wordsApart = "-_. "

// deliverStem is what the names of the files begin with that have the results of a
// batch. Its times are those of the import, so they are the same for all deliveries. A
// word that says nothing goes, with what parts it from others.
func deliverStem(pattern string, b store.Batch, schedule string) string {
	values := map[string]string{
		"date": b.ImportedAt.Local().Format("2006-01-02"), "time": b.ImportedAt.Local().Format("150405"),
		"batch": strconv.FormatInt(b.ID, 10), "run": strconv.Itoa(b.Run),
		"name": fileWord(withoutEnding(b.Name)), "schedule": fileWord(schedule),
	}
	for word, value := range values {
		if value == "" {
			pattern = withoutWord(pattern, word)
		}
	}
	for word, value := range values {
		pattern = strings.ReplaceAll(pattern, "{"+word+"}", value)
	}
	if pattern = strings.Trim(shorten(pattern, deliveredStemMost), " ."); pattern == "" {
		return deliverNameless
	}
	return pattern
}

// withoutWord takes a word out of a pattern, with the sign before it, or after it where
// it comes first.
func withoutWord(pattern, word string) string {
	word = "{" + word + "}"
	if rest, first := strings.CutPrefix(pattern, word); first {
		pattern = rest
		if rest != "" && strings.ContainsRune(wordsApart, rune(rest[0])) {
			pattern = rest[1:]
		}
	}
	for _, sign := range wordsApart {
		pattern = strings.ReplaceAll(pattern, string(sign)+word, "")
	}
	return strings.ReplaceAll(pattern, word, "")
}

// fileWord is a text as a part of a file's name that every system takes, and that
// leads nowhere else.
func fileWord(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		case strings.ContainsRune(`/\:*?"<>|{}`, r):
			return rune(deliverInPlace[0])
		}
		return r
	}, strings.ToValidUTF8(text, deliverInPlace))
	return strings.Trim(shorten(strings.Trim(text, " ."), deliveredNameMost), " .")
}

// shorten is a text of so many bytes at the most, cut between two letters.
func shorten(text string, most int) string {
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// withoutEnding is the name of a batch without the endings of its file.
func withoutEnding(name string) string {
	if packed := strings.ToLower(filepath.Ext(name)); packed == ".gz" || packed == ".zip" {
		name = name[:len(name)-len(packed)]
	}
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".csv", ".tsv", ".txt", ".xlsx", ".xlsm":
		return name[:len(name)-len(ext)]
	}
	return name
}

// numberedStem is the n-th of the names for files.
func numberedStem(stem string, n int) string {
	if n == 1 {
		return stem
	}
	return fmt.Sprintf("%s-%d", stem, n)
}

// deliveryNames are those that the files of a delivery may have, in whatever format: of
// all results, of those in each state, and of the manifest.
func deliveryNames(stem string) []string {
	names := []string{stem + manifestEnding}
	for _, format := range []report.Format{report.CSV, report.XLSX, report.JSONL, report.HTML} {
		names = append(names, stem+"."+string(format))
		for _, state := range States {
			names = append(names, stem+"."+string(state)+"."+string(format))
		}
	}
	return names
}

// free reports whether there is nothing of any of these names in a folder.
func free(folder string, names []string) (bool, error) {
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(folder, name)); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return true, nil
}
