package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"usher/config"
)

// MessageTarget is somebody, or something, that the settings have told. It shows no
// address of anybody. Its JSON is part of the interface.
type MessageTarget struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`  // webhook, email or command
	Where   string   `json:"where"` // for people
	On      []string `json:"on"`    // the events it is told of
	Batches string   `json:"batches,omitempty"`
	Stopped bool     `json:"stopped"` // it wants nothing more, until its settings change
}

// MessageTargets are those of the settings, by name.
func (s *Service) MessageTargets(ctx context.Context) ([]MessageTarget, error) {
	stopped, err := s.st.StoppedTargets(ctx, s.account)
	if err != nil {
		return nil, err
	}
	all := []MessageTarget{}
	for _, name := range slices.Sorted(maps.Keys(s.cfg.Notify)) {
		t := s.cfg.Notify[name]
		all = append(all, MessageTarget{name, t.Kind(), whereOf(t), t.On, t.Batches, TargetStopped(stopped, name, t)})
	}
	return all, nil
}

// whereOf says where a target is, as far as that is no secret.
func whereOf(t config.Target) string {
	switch {
	case t.Webhook != nil:
		u, err := url.Parse(t.Webhook.URL)
		if err != nil {
			return ""
		}
		return u.Host
	case t.Email != nil:
		return Counted(len(t.Email.To), "address", "addresses") + " by " + t.Email.Server
	}
	return filepath.Base(t.Command[0])
}

// TargetStopped reports whether a target wants nothing more, by those that are stopped:
// it said so, and has the settings that it had then.
func TargetStopped(stopped map[string]string, name string, t config.Target) bool {
	settings, is := stopped[name]
	return is && settings == TargetFingerprint(t)
}

// TargetFingerprint tells whether the settings of a target are still those that it had.
func TargetFingerprint(t config.Target) string {
	if t.Webhook == nil {
		return ""
	}
	sum := sha256.Sum256(append([]byte(t.Webhook.URL+"\x00"), t.Webhook.Key...))
	return hex.EncodeToString(sum[:16])
}
