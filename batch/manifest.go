package batch

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"usher/store"
)

// Manifest tells of a delivery, for programs. It is beside the files, was written after
// them, and has nothing of a person in it but the name of who imported. Its JSON is part
// of the interface.
type Manifest struct {
	Usher       string          `json:"usher"` // its version
	Batch       int64           `json:"batch"`
	Name        string          `json:"name"`
	State       string          `json:"state"`  // finished, or cancelled: then not everybody was sent to
	Run         int             `json:"run"`    // 1, and one more for each retry
	Number      int             `json:"number"` // 1, and one more for each delivery of the batch
	Before      string          `json:"before"` // the manifest of the delivery before; empty for the first
	Schedule    string          `json:"schedule"`
	ImportedBy  *ManifestActor  `json:"imported_by"`
	ImportedAt  *time.Time      `json:"imported_at"`
	StartedAt   *time.Time      `json:"started_at"` // of the run
	FinishedAt  *time.Time      `json:"finished_at"`
	DeliveredAt *time.Time      `json:"delivered_at"`
	Source      *ManifestSource `json:"source"` // null for what is no file
	Rows        int             `json:"rows"`   // that were read: the sum of the counts
	Counts      Counts          `json:"counts"` // every state
	Files       []ManifestFile  `json:"files"`
}

// ManifestActor is who imported a batch.
type ManifestActor struct {
	Name string `json:"name"`
	Role string `json:"role"`
	Way  string `json:"way"`
}

// ManifestSource is the file that a batch was read from.
type ManifestSource struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // in bytes; of a compressed file, that of what it holds
	SHA256 string `json:"sha256"` // of the same, in hex
}

// ManifestFile is a file of a delivery.
type ManifestFile struct {
	Name   string `json:"name"`
	State  State  `json:"state,omitempty"` // of its rows, if they are all in one
	Rows   int    `json:"rows"`
	Size   int64  `json:"size"` // in bytes
	SHA256 string `json:"sha256"`
}

// manifest writes the manifest, if one is asked for, and if nothing has changed since
// the files were begun.
func (w *delivering) manifest(ctx context.Context) error {
	if err := w.settled(ctx); err != nil || !w.s.cfg.Report.DeliverManifest {
		return err
	}
	m, err := w.tell(ctx)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return w.put(ctx, &ManifestFile{Name: w.d.Stem + manifestEnding}, func(out io.Writer) error {
		_, err := out.Write(append(text, '\n'))
		return err
	})
}

// tell is the manifest.
func (w *delivering) tell(ctx context.Context) (m Manifest, err error) {
	m = Manifest{
		Usher: w.s.o.Version, Batch: w.b.ID, Name: w.b.Name, State: string(w.b.State), Run: w.b.Run, Number: w.d.Number, Schedule: w.schedule,
		ImportedAt: timeOrNull(w.b.ImportedAt), FinishedAt: timeOrNull(w.b.FinishedAt),
		Rows: w.counts.Total(), Counts: w.counts, Files: w.files,
	}
	now, err := w.s.st.Now(ctx)
	if err != nil {
		return m, err
	}
	m.DeliveredAt = timeOrNull(now)
	if m.Before, err = w.before(ctx); err != nil {
		return m, err
	}
	if m.ImportedBy, err = w.importedBy(ctx); err != nil {
		return m, err
	}
	sum, size, err := w.s.st.BatchSource(ctx, w.b.ID)
	if err != nil {
		return m, err
	}
	if sum != "" {
		m.Source = &ManifestSource{filepath.Base(w.b.Source), size, sum}
	}
	runs, err := w.s.st.Runs(ctx, w.b.ID)
	for _, r := range runs {
		if r.Run == w.b.Run {
			m.StartedAt = timeOrNull(r.StartedAt)
		}
	}
	return m, err
}

// before is the manifest of the delivery before this one.
func (w *delivering) before(ctx context.Context) (string, error) {
	all, err := w.s.st.Deliveries(ctx, w.b.ID)
	for _, d := range all {
		if d.Number == w.d.Number-1 {
			return d.Stem + manifestEnding, nil
		}
	}
	return "", err
}

// importedBy is who imported the batch, as the acts tell.
func (w *delivering) importedBy(ctx context.Context) (*ManifestActor, error) {
	acts, err := w.s.st.Acts(ctx, store.ActFilter{Batch: w.b.ID})
	for _, a := range acts {
		if a.Batch == w.b.ID && (a.What == store.ActImport || a.What == store.ActReinvite) {
			return &ManifestActor{a.Actor.Name, a.Actor.Role, a.Actor.Way}, nil
		}
	}
	return nil, err
}
