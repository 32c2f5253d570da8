package config

import (
	"regexp"
	"slices"
	"strings"
)

// plainName matches the part of a name that may be shown. With the space forgotten, {api_key:VALUE} is one name.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,60}`)

// unknownSetting says that a path is not known, and which known one it is like.
func unknownSetting(path string, known []string) *flaw {
	plain := plainName.FindString(path)
	switch {
	case plain != path && slices.Contains(known, plain):
		return wrong("put a space after the colon", "%s has no value", plain)
	case plain == "":
		plain = "this name"
	}
	return wrong(meant(plain, known), "%s is not a setting of this version", plain)
}

// meant is the remedy for a name that is not known.
func meant(name string, known []string) string {
	if like := nearest(name, known); like != "" {
		return "did you mean " + like + "?"
	}
	return "take it out; no known name is like it"
}

// nearest returns the known name that name was probably meant to be: the one that ends in it ("upstream.rate" for
// "rate"), else the one with the fewest letters different. It returns "" when none is near.
func nearest(name string, known []string) string {
	name = strings.ToLower(name)
	short := strings.TrimPrefix(name, strings.ToLower(envPrefix))
	for _, k := range known {
		lower := strings.ToLower(k)
		if strings.HasSuffix(lower, "."+short) || strings.HasSuffix(lower, "_"+short) {
			return k
		}
	}
	best, fewest := "", 2+len(short)/5
	for _, k := range known {
		if d := distance(name, strings.ToLower(k)); d < fewest {
			best, fewest = k, d
		}
	}
	return best
}

// distance returns how many letters must be put in, taken out or changed to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
