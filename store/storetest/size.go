package storetest

// Rows is how many rows a test about size takes: many, or few under the race
// detector, where a row costs several times as much. Few must be enough to fill
// several of whatever the test is about: chunks, pages, pieces.
func Rows(many, few int) int {
	if Raced() {
		return few
	}
	return many
}

// Raced reports whether the race detector watches, under which everything takes ten
// times as long.
func Raced() bool { return raced }
