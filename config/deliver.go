package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// DeliverWords are what is replaced in the names of files that are delivered, each between braces.
var DeliverWords = []string{"date", "time", "batch", "name", "schedule", "run"}

// tellApart are those of them of which one at the least is in a name: without, it is the same for every batch, or
// for every batch of a schedule.
var tellApart = []string{"date", "time", "batch", "name"}

// deliverMost is how many bytes the pattern of a name may have. What is put in for the words comes to it.
const deliverMost = 100

var braced = regexp.MustCompile(`\{[^{}]*\}`)

// deliverName accepts the pattern of a file's name that stays in its folder and tells batches apart.
func deliverName(given string) (string, error) {
	const remedy = "write it as {date}-{batch}-{name}"
	var words []string
	plain := braced.ReplaceAllStringFunc(given, func(word string) string {
		words = append(words, strings.Trim(word, "{}"))
		return ""
	})
	for _, word := range words {
		if !slices.Contains(DeliverWords, word) {
			return "", wrong("use {"+strings.Join(DeliverWords, "}, {")+"}", "{%s} in it is not known", word)
		}
	}
	switch {
	case strings.ContainsAny(plain, "{}"):
		return "", wrong(remedy, "%s has a brace without its other half", shown(given))
	case strings.ContainsAny(plain, `/\:`):
		return "", wrong("leave out / \\ and :, and name the folder with report.deliver_dir", "%s could lead out of its folder", shown(given))
	case strings.ContainsAny(plain, `*?"<>|`) || strings.ContainsFunc(plain, unicode.IsControl):
		return "", wrong(remedy, "%s has a character that names of files cannot have everywhere", shown(given))
	case strings.HasPrefix(given, "."):
		return "", wrong(remedy, "%s begins with a dot, which hides files", shown(given))
	case len(given) > deliverMost:
		return "", wrong("write a shorter one", "it has more than %d characters", deliverMost)
	case !slices.ContainsFunc(words, func(w string) bool { return slices.Contains(tellApart, w) }):
		return "", wrong("put {batch} in it", "%s is the same for every batch", shown(given))
	}
	return given, nil
}
