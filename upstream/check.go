package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// nobody is a reference that no applicant can have: references begin with a
// letter or digit of the caller's or are generated.
const nobody = "!usher-ping"

// CheckWorkflow asks whether a workflow exists; a *StatusError 404 says that it
// does not.
func (c *Client) CheckWorkflow(ctx context.Context, id string) error {
	if !addressable(id) {
		return errors.New("check workflow: the id cannot be part of a URL")
	}
	if _, err := c.do(ctx, request{RequestWorkflow, http.MethodGet, c.endpoint(nil, "v1", "workflows", id), nil}); err != nil {
		return fmt.Errorf("check workflow: %w", err)
	}
	return nil
}

// Ping checks the address and the key without creating anything, by listing the
// sessions of nobody. It is nil on any 2xx, whatever the body.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.list(ctx, nobody, 1, "")
	var unreadable *AnswerError
	if err != nil && !errors.As(err, &unreadable) {
		return fmt.Errorf("check the API key: %w", err)
	}
	return nil
}
