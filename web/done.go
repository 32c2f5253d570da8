package web

// doneWords are what a page says was just done. Its address names a word of these
// and never the sentence: that would let others put words on it.
var doneWords = map[string]string{
	"paused":      "The batch is paused. Who is being sent to at this moment is still invited.",
	"resumed":     "The batch goes on.",
	"quiet-ended": "The batch goes on. It is quiet again in its next quiet time.",
	"cancelled":   "The batch is cancelled. Those who were not invited yet will not be.",
	"retried":     "Those who failed are being sent to again.",
	"nobody":      "There was nobody to send to again, so nothing was changed.",
	"invited":     "It is noted that they were invited.",
	"not-invited": "It is noted that they were not invited. They count as failed now: send again to those who failed when you are ready.",
	"reinvited":   "A new invitation is on its way, in this new batch.",
	"reinviting":  "The new invitation is on its way already, in this batch.",
	"gate-open":   "Sending goes on.",
	"gate-was":    "Sending was not stopped.",
	"gate-closed": "Sending has stopped for all batches. Who is being sent to at this moment is still invited.",

	"message-again":  "The message is on its way again. The target knows it by the same id.",
	"message-was":    "Nothing was done: the message was sent, or was to be sent again, in the meantime. Look how it stands now.",
	"message-test":   "A test is on its way. What comes of it stands below in a moment.",
	"message-tested": "A test of this one waits already, so there is no second one.",

	"discarded":  "The list was discarded. Nothing of it is kept.",
	"replaced":   "The new file has taken the place of the old one.",
	"corrected":  "The rows of your file have taken the place of the old ones, and everything was checked again.",
	"known":      "This list was imported before, with the same choices: here is its batch. Nobody was invited again.",
	"mended":     "What you mended is kept, and everything was checked again.",
	"user-added": "The user was added.",
	"role":       "The role was changed.",
	"password":   "The password was changed. Who was signed in with the old one is signed out.",
	"signed-out": "The user was signed out everywhere.",
	"removed":    "The user was removed, and is signed out.",

	"schedule-paused":   "The schedule is paused. Nothing of it is due until somebody resumes it; what was begun goes on.",
	"schedule-resumed":  "The schedule goes on from now. What would have been due meanwhile is not made up for.",
	"schedule-due":      "The schedule is due now. A process that works fetches its list; what becomes of it stands below.",
	"schedule-agreed":   "It is done now, with no more people than you agreed to.",
	"schedule-declined": "It is left out.",
	"schedule-made":     "The schedule is made, and counts from now on.",
	"schedule-changed":  "The schedule is changed, and counts like this from now on.",
	"schedule-same":     "The schedule says this already, so nothing was changed.",
	"schedule-removed":  "The schedule is removed. What was begun of it goes on.",
}
