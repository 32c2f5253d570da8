package heading

// OptionError means that an option of the import has a value it cannot have.
type OptionError struct{ Option, Problem, Remedy string }

// OptionColumns is the option that says what columns are by their places.
const OptionColumns = "columns"

func (e *OptionError) Error() string { return e.Option + ": " + e.Problem }

// Hint says what to do about it.
func (e *OptionError) Hint() string { return e.Remedy }
