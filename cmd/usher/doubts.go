package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"usher/batch"
)

// doubtedError is the refusal of a list that leaves something in doubt.
type doubtedError struct {
	error
	doubts  *batch.Doubts
	command []string // as it was typed, with what settles the doubts
	out     io.Writer
}

func (e *doubtedError) Unwrap() error { return e.error }

// doubted adds to such a refusal the command that settles it, which ends in the file.
// Nobody is sent to by a guess without being asked, where somebody can be.
func (a *app) doubted(cmd *cobra.Command, o readingOptions, last []string, out io.Writer, err error) error {
	d := batch.DoubtsOf(err)
	if d == nil {
		return err
	}
	words := strings.Fields(cmd.CommandPath())
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch given := f.Value.String(); {
		case batch.IsAnswered(d, f.Name), f.Name == "yes" && terminal(a.stdin), strings.Contains(given, "@") && !terminal(out):
		case f.NoOptDefVal == given && given != "":
			words = append(words, "--"+f.Name)
		case f.NoOptDefVal != "":
			words = append(words, "--"+f.Name+"="+given)
		default:
			words = append(words, "--"+f.Name, given)
		}
	})
	return &doubtedError{err, d, append(append(words, o.Columns.AnswerFlags(d)...), last...), out}
}

// tell lists what is in doubt, and then the command. Values are for whoever looks at
// them: on a terminal, or in what a check prints.
func (e *doubtedError) tell(a *app) {
	fmt.Fprint(e.out, batch.DoubtWords(e.doubts, e.out == a.stdout || terminal(e.out), e.command))
}
