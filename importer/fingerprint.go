package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"usher/store"
)

// shape is what shapes the rows of an import, apart from the file. It is kept
// with the batch as JSON; its fields and their order are part of fingerprints.
type shape struct {
	SendEmailInvite bool   `json:"send_email_invite"`
	SendPhoneInvite bool   `json:"send_phone_invite"`
	WorkflowID      string `json:"workflow_id"`
	RedirectURL     string `json:"redirect_url"`
	Region          string `json:"region"`
	AllowDuplicates bool   `json:"allow_duplicates"`
	ReinviteAfter   string `json:"reinvite_after"` // empty, or a Go duration
	Sheet           string `json:"sheet,omitempty"`
	// Columns is written in the order of its keys.
	Columns         map[string]string `json:"columns,omitempty"`
	ReinviteChanged bool              `json:"reinvite_changed,omitempty"`
	ReferencePrefix string            `json:"reference_prefix,omitempty"`
	HeaderRow       int               `json:"header_row,omitempty"`
	// Places is written in the order of its keys, too.
	Places map[int]string `json:"places,omitempty"`
	Mended string         `json:"mended,omitempty"` // a fingerprint of the corrections
	Return bool           `json:"return,omitempty"`
	// NameOrder is of full names.
	NameOrder string `json:"name_order,omitempty"`
}

func shapeOf(o Options) shape {
	s := shape{
		SendEmailInvite: o.Defaults.SendEmailInvite,
		SendPhoneInvite: o.Defaults.SendPhoneInvite,
		WorkflowID:      o.Defaults.WorkflowID,
		RedirectURL:     o.Defaults.RedirectURL,
		Region:          o.Defaults.Region,
		AllowDuplicates: o.AllowDuplicates,
		Sheet:           o.Sheet,
		Columns:         o.Columns,
		ReinviteChanged: o.ReinviteChanged,
		ReferencePrefix: o.Defaults.ReferencePrefix,
		HeaderRow:       o.HeaderRow,
		Places:          o.Places,
		Return:          o.Defaults.Return,
		NameOrder:       string(o.Defaults.NameOrder),
	}
	if o.ReinviteAfter > 0 {
		s.ReinviteAfter = o.ReinviteAfter.String()
	}
	return s
}

// fingerprint names a file together with the options that shape its rows.
func fingerprint(src Feed, o Options) (sum, options string, err error) {
	s := shapeOf(o)
	if s.Mended, err = o.Mended.sum(src.SHA256()); err != nil {
		return "", "", err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", "", fmt.Errorf("write the options: %w", err)
	}
	hash := sha256.Sum256(append([]byte(src.SHA256()+"\n"), text...))
	return hex.EncodeToString(hash[:]), string(text), nil
}

// recognise finds the batch of an earlier import of the same file with the
// same options, if it was completed.
func recognise(ctx context.Context, st *store.Store, account int64, sum string) (b store.Batch, ok bool, err error) {
	b, err = st.BatchByFingerprint(ctx, account, sum)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return store.Batch{}, false, nil
	case err != nil:
		return store.Batch{}, false, err
	}
	return b, b.State != store.BatchImporting, nil
}
