package upstream

import "time"

// What a request asks for, as [Exchange] names it.
const (
	RequestCreate   = "create"   // POST /v1/sessions
	RequestList     = "list"     // GET /v1/sessions, one page
	RequestSession  = "session"  // GET /v1/sessions/{id}
	RequestWorkflow = "workflow" // GET /v1/workflows/{id}
)

// Exchange is one request that is over. It holds nothing of an applicant.
type Exchange struct {
	Request string    // one of the Request constants
	Status  int       // HTTP status; 0 without an answer
	Sent    bool      // whether some of it may have been written
	Started time.Time // when it began
	Took    time.Duration
}

// tell tells of a request that is over. What a request that has not been answered
// wrote is known once nothing more of it is written.
func (c *Client) tell(name string, status int, t *trace, started time.Time) {
	if c.observe == nil {
		return
	}
	c.observe(Exchange{Request: name, Status: status, Sent: status != 0 || t.seal(), Started: started, Took: c.now().Sub(started)})
}
