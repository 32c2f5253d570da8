package jobs

import (
	"fmt"

	"github.com/riverqueue/river"

	"usher/store"
)

// InviteArgs name the applicant to invite. A job holds the key only: what is
// known of a person stays in usher's own tables.
type InviteArgs struct {
	Batch int64 `json:"batch"`
	Row   int   `json:"row"`
}

// Kind is River's name for the job.
func (InviteArgs) Kind() string { return "invite" }

func (a InviteArgs) key() store.Key { return store.Key{Batch: a.Batch, Row: a.Row} }

// LookupArgs name an applicant whose outcome is in doubt.
type LookupArgs struct {
	Batch int64 `json:"batch"`
	Row   int   `json:"row"`
}

// Kind is River's name for the job.
func (LookupArgs) Kind() string { return "lookup" }

func (a LookupArgs) key() store.Key { return store.Key{Batch: a.Batch, Row: a.Row} }

// FinishArgs name a run that is over, and whose report is to be written.
type FinishArgs struct {
	Batch int64 `json:"batch"`
	Run   int   `json:"run"`
}

// Kind is River's name for the job.
func (FinishArgs) Kind() string { return "finish" }

// ImportArgs name an upload that somebody agreed to, and that is to be imported.
type ImportArgs struct {
	Upload string `json:"upload"`
}

// Kind is River's name for the job.
func (ImportArgs) Kind() string { return "import_upload" }

// importQueue is the queue of an account's uploads. It is served by every worker
// process that works for all batches, as only one can import at a time anyway, one
// job at a time.
func importQueue(account int64) string { return fmt.Sprintf("import-%d", account) }

// finishQueue is served by every worker process.
const finishQueue = "finish"

// batchQueue is the queue of a batch's invitations. It is served only while
// the batch runs.
func batchQueue(batch int64) string { return fmt.Sprintf("b%d", batch) }

// lookupQueue is the queue of an account's look-ups.
func lookupQueue(account int64) string { return fmt.Sprintf("lookup-%d", account) }

// River's priorities, 1 being the first to be fetched: those who waited once
// already go before the rest of their batch.
const (
	urgent = 1
	normal = 2
)

func inviteJobs(batch int64, rows []int, priority int) []river.InsertManyParams {
	opts := &river.InsertOpts{Queue: batchQueue(batch), Priority: priority}
	all := make([]river.InsertManyParams, len(rows))
	for i, row := range rows {
		all[i] = river.InsertManyParams{Args: InviteArgs{batch, row}, InsertOpts: opts}
	}
	return all
}

func importJobs(account int64, uploads ...string) []river.InsertManyParams {
	opts := &river.InsertOpts{Queue: importQueue(account), Priority: normal}
	all := make([]river.InsertManyParams, len(uploads))
	for i, id := range uploads {
		all[i] = river.InsertManyParams{Args: ImportArgs{id}, InsertOpts: opts}
	}
	return all
}

func lookupJobs(account int64, keys []store.Key) []river.InsertManyParams {
	opts := &river.InsertOpts{Queue: lookupQueue(account), Priority: urgent}
	all := make([]river.InsertManyParams, len(keys))
	for i, k := range keys {
		all[i] = river.InsertManyParams{Args: LookupArgs{k.Batch, k.Row}, InsertOpts: opts}
	}
	return all
}
