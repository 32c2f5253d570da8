package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"go.uber.org/zap"

	"usher/batch"
	"usher/schedule"
)

var (
	errNoUser    = errors.New("the proxy names nobody who is a user here")
	errOtherSite = errors.New("this was sent from another site")
	errStopping  = errors.New("the server is being stopped")
	errCut       = errors.New("what was sent was cut off")
	errBroken    = errors.New("something went wrong here")
	errGone      = errors.New("whoever asked is gone")
)

// gone is an error of writing an answer: nobody is there to be told.
func gone(err error) error {
	if err == nil {
		return nil
	}
	return errGone
}

// failure is an error as a page tells it.
type failure struct {
	Status int
	Title  string
	Words  string
	Hint   string
}

// failureOf finds the words for an error. What is not meant for people is not told
// to them, but logged.
func failureOf(err error) (f failure, log bool) {
	var request *batch.RequestError
	var changed *batch.ChangedError
	var schedules *schedule.MissingError
	var other *schedule.ChangedError
	var unusable *schedule.SpecError
	switch {
	case errors.As(err, &unusable):
		return failure{http.StatusConflict, "That cannot be done now", "The schedule cannot be used as it is, so nothing was done.", "Put right what its page says is wrong with it."}, false
	case errors.As(err, &schedules):
		return failure{http.StatusNotFound, "Schedule not found", "There is no such schedule, or it was removed.", "Look for it in the list of schedules."}, false
	case errors.As(err, &other):
		return failure{http.StatusConflict, "Changed meanwhile", sentence(other.Error()), "Look at it as it is now, and do it again."}, false
	case errors.Is(err, errNotFound), errors.Is(err, batch.ErrNotFound), errors.Is(err, batch.ErrNoUser):
		return failure{http.StatusNotFound, "Page not found", "There is no such page, or what it showed is gone.", "Look for it in the list of batches."}, false
	case errors.Is(err, batch.ErrNoUpload):
		return failure{http.StatusNotFound, "List not found", sentence(err.Error()), sentence(batch.Hint(err))}, false
	case errors.Is(err, errNotAllowed):
		return failure{http.StatusForbidden, "Not allowed", "Your role does not allow this.", "Ask an operator to do it, or to give you another role."}, false
	case errors.Is(err, errNotYours):
		return failure{http.StatusForbidden, "Not yours", "Somebody else brought this list. You can open people and reports of your own batches only.", "Ask an operator, or who brought it."}, false
	case errors.Is(err, errNoUser):
		return failure{http.StatusForbidden, "Not a user here", "You are signed in at your company's proxy, but you are not a user of usher.", "Ask an operator of usher to add you, under the name that the proxy knows you by."}, false
	case errors.Is(err, errOtherSite):
		return failure{http.StatusForbidden, "Refused", "This was sent from another site, so nothing was done.", "Open the page here and try again."}, false
	case errors.Is(err, errOnlyLook):
		return failure{http.StatusMethodNotAllowed, "To look only", "The queue's pages are to look only, so nothing was done.", "Pause, cancel or retry on the page of the batch."}, false
	case errors.Is(err, errCut):
		return failure{http.StatusBadRequest, "Not received", "The file did not arrive whole, so nothing of it was kept.", "Send it again."}, false
	case errors.Is(err, errStopping):
		return failure{http.StatusServiceUnavailable, "Not received", "The server is being stopped, so the file was not taken.", "Send it again in a moment."}, false
	case errors.As(err, &changed):
		return failure{http.StatusConflict, "Changed meanwhile", "This list was changed in the meantime, in another window or by somebody else, so nothing was done.", "Look at it as it is now, and do it again."}, false
	case errors.As(err, &request):
		return failure{http.StatusBadRequest, "That cannot be done", sentence(request.Error()), sentence(request.Fix)}, false
	case batch.Away(err):
		return failure{http.StatusServiceUnavailable, "The database does not answer", "The database does not answer at the moment. What is being sent goes on, or waits, by itself.", "Try again in a moment."}, true
	case errors.Is(err, context.DeadlineExceeded):
		return failure{http.StatusServiceUnavailable, "The database takes too long", "The page could not be read in time. Nothing was changed by it.", "Try again in a moment."}, true
	}
	if words, hint := standsInTheWay(err); words != "" {
		return failure{http.StatusConflict, "That cannot be done now", words, hint}, false
	}
	if hint := batch.Hint(err); hint != "" {
		return failure{http.StatusConflict, "That cannot be done now", sentence(err.Error()), sentence(hint)}, true
	}
	return failure{http.StatusInternalServerError, "Something went wrong", "Something went wrong here, which is not your fault. The log of the server has more.", "Try again. If it stays so, tell an operator when it happened."}, true
}

// fail answers with what went wrong.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errGone) {
		return
	}
	if ended := r.Context().Err(); ended != nil && !errors.Is(ended, context.DeadlineExceeded) {
		if !errors.Is(err, errStopping) { // nobody reads an answer, and one without words would say 200
			panic(http.ErrAbortHandler)
		}
		r = r.WithContext(context.WithoutCancel(r.Context()))
	}
	if errors.Is(err, errNotSignedIn) {
		h.toSignIn(w, r)
		return
	}
	f, log := failureOf(err)
	if log {
		h.log.Warn("a page could not be shown", zap.String("page", r.Pattern), zap.Error(err))
	}
	h.show(w, r, "failure", page{Status: f.Status, Title: f.Title, Data: failurePage{f, listIn(r, f), strings.Contains(r.Pattern, " /schedule")}})
}

// failurePage is a page that says what went wrong.
type failurePage struct {
	failure
	List      string // the id of the list that something was to be done to; empty if there is none to look at
	Schedules bool   // it is of a page of schedules
}

// listIn is the list of a form that was sent, as long as whoever sent it may see it.
func listIn(r *http.Request, f failure) string {
	if !strings.HasPrefix(r.Pattern, "POST /uploads/{id}/") || f.Status == http.StatusNotFound || f.Status == http.StatusForbidden {
		return ""
	}
	return r.PathValue("id")
}
