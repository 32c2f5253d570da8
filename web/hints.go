package web

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"usher/batch"
)

// standsInTheWay says what is in the way of an act, and what to do on these pages.
// The words are empty for an error that is not meant for people.
func standsInTheWay(err error) (words, hint string) {
	var state *batch.StateError
	var row *batch.RowStateError
	var newer *batch.NewerError
	var known *batch.NotUnknownError
	switch {
	case errors.As(err, &state):
		return state.Error(), "Somebody may have been faster. Look how the batch stands now."
	case errors.As(err, &row):
		return row.Error(), otherWay(row)
	case errors.As(err, &newer):
		return newer.Error(), fmt.Sprintf("Look at row %d of batch %d instead.", newer.Newer.Row, newer.Newer.Batch)
	case errors.As(err, &known):
		return known.Error() + "; nothing was changed", "Somebody may have been faster. Look at the list again, and choose those who are still there."
	}
	if batch.Hint(err) == "" {
		return "", ""
	}
	return err.Error(), pageHint(batch.Hint(err))
}

// pageHint is a hint that does not speak of commands; those are for who types them.
func pageHint(hint string) string {
	if strings.Contains(hint, "'usher ") || strings.Contains(hint, "--") {
		return "Go back, look how it stands now, and try again."
	}
	return sentence(hint)
}

// ofCommands is an option of a command, named beside what it does.
var ofCommands = regexp.MustCompile(` \([^()]*--[a-z][^()]*\)`)

// pageWords leaves out what is for those who type commands from words about
// somebody's row.
func pageWords(words string) string { return ofCommands.ReplaceAllString(words, "") }

// otherWay is what helps somebody who was not invited.
func otherWay(e *batch.RowStateError) string {
	switch e.State {
	case batch.Duplicate:
		if e.Holder.Batch > 0 {
			return fmt.Sprintf("The invitation is row %d of batch %d: invite again from there.", e.Holder.Row, e.Holder.Batch)
		}
		return "The list said that this person was invited elsewhere."
	case batch.Failed:
		return "Send again to those who failed, on the page of the batch."
	case batch.Unknown:
		return "First say whether this person was invited."
	case batch.Rejected, batch.Cancelled:
		return "Invite the rest, on the page of the batch, when it is over."
	}
	return "Wait until this person is invited."
}

// gateAdvice says why nobody is invited, and what somebody can do.
type gateAdvice struct{ Title, Words, Do string }

var gateAdvices = map[string]gateAdvice{
	batch.GateRateLimited:     {"The provider asks for a pause", "More was sent than it allows at a time.", "Nothing has to be done: it goes on by itself."},
	batch.GateDailyLimit:      {"Today's limit is used up", "As many were invited today as may be in a day.", "Nothing has to be done: it goes on when the day is over. An operator can raise the limit."},
	batch.GateDayUsedUp:       {"The provider's limit of the day is used up", "It goes on refusing, as it does when a day's requests are used up.", "Nothing has to be done: it is tried now and then, and goes on when the day is over."},
	batch.GateUnreachable:     {"The provider cannot be reached", "No connection to it can be made. Nothing was lost.", "It is tried again by itself. If it stays so, ask whoever looks after the network."},
	batch.GateUpstreamDown:    {"The provider has trouble", "It answers with errors. Nothing was lost.", "It is tried again by itself. The provider's status page may say more."},
	batch.GateMisconfigured:   {"The provider's address seems to be wrong", "It answers with another address.", "Ask whoever looks after the settings of usher."},
	batch.GatePaymentRequired: {"The tokens have run out", "Each invitation takes a token, and none is left.", "Top up the tokens with the provider. It goes on by itself then; an operator can have it go on at once."},
	batch.GateUnauthorized:    {"The provider does not accept the key", "The API key is wrong, has ended, or may not make sessions.", "Ask whoever looks after the settings of usher. It is tried again now and then."},
	batch.GateByPerson:        {"Sending was stopped by a person", "Nobody is invited until an operator lets it go on.", "Ask an operator."},
}

// gateAdviceOf is the advice for a closed gate.
func gateAdviceOf(g batch.Gate) gateAdvice {
	if a, ok := gateAdvices[g.Reason]; ok {
		return a
	}
	return gateAdvice{"Sending has stopped", g.Words + ".", "Ask an operator."}
}

var pauseAdvices = map[string]gateAdvice{
	batch.PausedByPerson:         {"This batch is paused", "A person paused it. Nobody of it is invited meanwhile.", "Resume it when it may go on."},
	batch.PausedWorkflowNotFound: {"This batch is paused: the provider does not know its workflow", "It stopped before anybody was refused for it.", "If the workflow is there now, resume the batch. If it is another one, cancel the batch, invite the rest, and choose the right workflow there."},
	batch.PausedSameRefusal:      {"This batch is paused: many in a row were refused for the same reason", "It stopped, as a mistake in all of the list would cost everybody's invitation. Those who were on their way then were still sent.", "Look below what the provider says. If the list is wrong, cancel the batch, invite the rest, and correct them there. If it is not, resume it."},
	batch.PausedManyRefused:      {"This batch is paused: too many people were refused", "It stopped, as the list may be wrong. Those who were on their way then were still sent.", "Look below what the provider says. If the list is wrong, cancel the batch, invite the rest, and correct them there. If it is not, resume it."},
	batch.PausedCanary:           {"This batch is paused: not all of its first people were invited", "They went alone, to try the list out. Nobody else was sent to.", "Look below what the provider says. If the list or its workflow is wrong, cancel the batch, invite the rest, and correct them there. If it is not, resume it: it goes on with the others."},
	batch.PausedNoReturnPage:     {"This batch is paused: people could not come back to a page of usher", "A process that sends lacks the setting for it. Nobody was invited without.", "Ask an operator to set web.public_url and web.return_secret for every process that works, and resume it then."},
}

// pauseAdviceOf is the advice for a paused batch. What the provider said of its people is
// for who may see these.
func pauseAdviceOf(b batch.Batch, open bool) gateAdvice {
	if a, ok := pauseAdvices[b.PauseReason]; ok {
		if open && b.StoppedItself() {
			a.Words = sentence(b.PauseWords()) + " " + a.Words
		}
		return a
	}
	return gateAdvice{"This batch is paused", "", "Resume it when it may go on."}
}

// quietAdviceOf is the advice for a batch that is quiet.
func quietAdviceOf(b batch.Batch) gateAdvice {
	return gateAdvice{"This batch is " + b.Quiet.Words(), "Nobody of it is invited in its quiet times.",
		"Nothing has to be done: it goes on by itself. If it is urgent, have it go on now."}
}

// causeWords are what went wrong with people, and what to do about it, for who may
// not see what was said of somebody.
func causeWords(state batch.State, code string) batch.CodeMeaning {
	if m, ok := batch.MeaningOf(state, code); ok {
		return m
	}
	m := batch.CodeMeaning{Words: "another reason", Remedy: "Look what the provider says about one of them. Then correct the rows, and invite the rest."}
	if plainCode(code) {
		m.Words = code
	}
	return m
}

// plainCode reports whether an error code is a code, and can be nobody's data. Those
// of the API may be anything.
func plainCode(code string) bool {
	if code == "" || len(code) > 50 {
		return false
	}
	digits := 0
	for _, c := range code {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' && c != '.':
			return false
		}
	}
	return digits < 5
}
