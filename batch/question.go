package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.uber.org/zap"

	"usher/config"
	"usher/store"
	"usher/upstream"
)

// Question is what has to be agreed to before anybody is sent to.
type Question struct {
	Invitations int  `json:"invitations"` // people who would be sent to
	Cost        Cost `json:"cost"`
	// First tells that nothing was ever sent from this database for this account:
	// whoever was invited from another one is not known here.
	First    bool   `json:"first"`
	Database string `json:"database"` // without its password
	API      string `json:"api"`      // the address that they are sent through
	// Others are databases at the places where one lies by default, if this is the
	// first.
	Others []string `json:"others,omitempty"`
}

// question asks about invitations that have quiet times.
func (s *Service) question(ctx context.Context, invitations int, quiet QuietRule) (Question, error) {
	q := Question{Invitations: invitations, Database: s.Database(), API: s.API()}
	sent, err := s.st.Sent(ctx, s.account)
	if err != nil {
		return q, err
	}
	if q.First = !sent; q.First {
		q.Others = otherDatabases(s.cfg)
	}
	q.Cost, err = s.Cost(ctx, invitations, quiet)
	return q, err
}

// otherDatabases are those at the places where a database lies by default, and
// lay once, that are not the one in force.
func otherDatabases(cfg *config.Config) (others []string) {
	own, _ := os.Stat(strings.TrimPrefix(cfg.Database, "sqlite:"))
	data, _ := cfg.DataDatabase()
	for _, path := range []string{"usher.db", data} {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || own != nil && os.SameFile(own, info) {
			continue
		}
		if whole, err := filepath.Abs(path); err == nil {
			others = append(others, whole)
		}
	}
	return others
}

// DatabaseHereWords name the database that was found in the folder one stands in,
// and say what that means; empty if it is another one.
func DatabaseHereWords(cfg *config.Config) (words, hint string) {
	if !cfg.DatabaseHere() {
		return "", ""
	}
	words = "using usher.db in this folder; whoever was invited from another database is not known here"
	path, exists := cfg.DataDatabase()
	switch {
	case path == "":
		hint = fmt.Sprintf("set database to %s, so that it is used from every folder", cfg.Database)
	case exists:
		hint = fmt.Sprintf("the one of other folders, %s, is not used here; set database to the one that counts, or move usher.db away", path)
	default:
		hint = fmt.Sprintf("to use it from every folder, set database to %s, or stop every usher and move usher.db, with every usher.db-… beside it, into %s",
			cfg.Database, filepath.Dir(path))
	}
	return words, hint
}

// workflowsLooked is how many workflows are looked at before a batch starts.
const workflowsLooked = 20

// checkWorkflows asks the API once for each workflow a batch names, so that a
// mistaken one is told before anybody is sent to, and not for each row.
func (s *Service) checkWorkflows(ctx context.Context, ids []string) error {
	if len(ids) == 0 || len(ids) > workflowsLooked {
		return nil
	}
	if g, err := s.st.Gate(ctx, s.account); err != nil || !g.Open() {
		return err
	}
	for _, id := range ids {
		slots, err := s.st.ReserveSlots(ctx, s.account, pace(s.cfg), store.SlotRequest{Want: 1})
		if err != nil || slots.N == 0 {
			return err
		}
		err = s.api.CheckWorkflow(ctx, id)
		var status *upstream.StatusError
		switch {
		case errors.As(err, &status) && status.Status == 404 && strings.Contains(strings.ToLower(status.Code+status.Message), "workflow"):
			return WithHint(fmt.Errorf("the API knows no workflow %q; nobody was sent to", id), "correct workflow_id in the file or --workflow-id")
		case err != nil:
			// Only a clear no counts: an API may have no such route.
			s.log.Debug("a workflow could not be looked at", zap.Error(err))
		}
	}
	return nil
}
