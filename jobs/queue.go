package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"usher/store"
)

// queue is River on one database. TTx is the database's own transaction, which
// native takes out of ours, so that jobs commit together with their rows.
type queue[TTx any] struct {
	client *river.Client[TTx]
	native func(*store.Tx) TTx
	sql    riverSQL
}

// riverQueue is a queue whatever the database.
type riverQueue interface {
	start(ctx context.Context) error
	stop(ctx context.Context) error
	insert(ctx context.Context, tx *store.Tx, all []river.InsertManyParams) error
	insertInvites(ctx context.Context, tx *store.Tx, batch int64, rows []int) error
	pause(ctx context.Context, tx *store.Tx, name string) error
	resume(ctx context.Context, tx *store.Tx, name string) error
	add(ctx context.Context, name string, workers int, cooldown time.Duration) error
	remove(ctx context.Context, name string) error
	list(ctx context.Context, queues []string, limit int, states ...rivertype.JobState) ([]*rivertype.JobRow, error)
	bringBack(ctx context.Context, queue string) (int, error)
	rowsOf(ctx context.Context, queue string, after int64, limit int) (last int64, rows []int, err error)
	freeLeader(ctx context.Context) error
	givenTo(ctx context.Context, worker string, after int64, limit int) ([]*rivertype.JobRow, error)
	rescue(ctx context.Context, all []*rivertype.JobRow, why string) error
	deleteWaiting(ctx context.Context, tx *store.Tx, name string) error
}

// openQueue asks which database it is, as [NewQueuePages] does, and nothing else.
func openQueue(st *store.Store, config *river.Config) (riverQueue, error) {
	if pool := st.Pgx(); pool != nil {
		return newQueue(riverpgxv5.New(pool), config, (*store.Tx).Pgx, postgresRiver)
	}
	return newQueue(riversqlite.New(st.SQL()), config, (*store.Tx).SQL, sqliteRiver)
}

func newQueue[TTx any](driver riverdriver.Driver[TTx], config *river.Config, native func(*store.Tx) TTx, sql riverSQL) (riverQueue, error) {
	client, err := river.NewClient(driver, config)
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return queue[TTx]{client, native, sql}, nil
}

func (q queue[TTx]) start(ctx context.Context) error { return q.client.Start(ctx) }
func (q queue[TTx]) stop(ctx context.Context) error  { return q.client.Stop(ctx) }

// insertChunk keeps River's memory small: a single call with a million jobs
// holds 900 MB.
const insertChunk = 10_000

func (q queue[TTx]) insert(ctx context.Context, tx *store.Tx, all []river.InsertManyParams) error {
	for len(all) > 0 { // an empty list is an error to River
		n := min(len(all), insertChunk)
		if _, err := q.client.InsertManyFastTx(ctx, q.native(tx), all[:n]); err != nil {
			return fmt.Errorf("enqueue jobs: %w", err)
		}
		all = all[n:]
	}
	return nil
}

// insertInvites makes the jobs of an import's rows.
func (q queue[TTx]) insertInvites(ctx context.Context, tx *store.Tx, batch int64, rows []int) error {
	if q.sql.invites == "" {
		return q.insert(ctx, tx, inviteJobs(batch, rows, normal))
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	err = q.client.Driver().UnwrapExecutor(q.native(tx)).Exec(ctx, q.sql.invites,
		batch, InviteArgs{}.Kind(), river.MaxAttemptsDefault, normal, batchQueue(batch), string(list))
	return wrap("enqueue jobs", err)
}

func (q queue[TTx]) pause(ctx context.Context, tx *store.Tx, name string) error {
	return ignoreNotFound(q.client.QueuePauseTx(ctx, q.native(tx), name, nil))
}

// resume lets a queue be worked again. Jobs that were put off for a moment meanwhile are
// due at once.
func (q queue[TTx]) resume(ctx context.Context, tx *store.Tx, name string) error {
	if err := q.client.Driver().UnwrapExecutor(q.native(tx)).Exec(ctx, q.sql.due, name); err != nil {
		return fmt.Errorf("bring jobs forward: %w", err)
	}
	return ignoreNotFound(q.client.QueueResumeTx(ctx, q.native(tx), name, nil))
}

// ignoreNotFound passes over a queue that nobody has served yet.
func ignoreNotFound(err error) error {
	if errors.Is(err, river.ErrNotFound) {
		return nil
	}
	return err
}

// add starts to serve a queue. River keeps a queue that it could not start, as
// when the database is away, and would refuse to add it ever after.
func (q queue[TTx]) add(ctx context.Context, name string, workers int, cooldown time.Duration) error {
	err := q.client.Queues().Add(name, river.QueueConfig{MaxWorkers: workers, FetchCooldown: cooldown})
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("serve a queue: %w", err), q.remove(ctx, name))
}

func (q queue[TTx]) remove(ctx context.Context, name string) error {
	return q.client.Queues().Remove(ctx, name)
}

func (q queue[TTx]) list(ctx context.Context, queues []string, limit int, states ...rivertype.JobState) ([]*rivertype.JobRow, error) {
	res, err := q.client.JobList(ctx, river.NewJobListParams().Queues(queues...).States(states...).First(limit))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return res.Jobs, nil
}

// withoutJob are those of some keys that no job in a queue is for which is not over.
// A job's key stands in its arguments.
func withoutJob[A any, K comparable](ctx context.Context, q riverQueue, queue string, keys []K, keyOf func(A) K) ([]K, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	jobs, err := q.list(ctx, []string{queue}, insertChunk, live...)
	if err != nil {
		return nil, err
	}
	has := make(map[K]bool, len(jobs))
	for _, job := range jobs {
		var args A
		if err := json.Unmarshal(job.EncodedArgs, &args); err != nil {
			return nil, fmt.Errorf("read the arguments of a job: %w", err)
		}
		has[keyOf(args)] = true
	}
	return slices.DeleteFunc(keys, func(key K) bool { return has[key] }), nil
}

// givenTo lists jobs of any queue that are running under a worker's name, by id
// after one.
func (q queue[TTx]) givenTo(ctx context.Context, worker string, after int64, limit int) ([]*rivertype.JobRow, error) {
	res, err := q.client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).
		Where("id > @after_id AND "+q.sql.lastBy+" = @worker", river.NamedArgs{"after_id": after, "worker": worker}).
		OrderBy(river.JobListOrderByID, river.SortOrderAsc).First(limit))
	if err != nil {
		return nil, fmt.Errorf("list jobs given to a worker: %w", err)
	}
	return res.Jobs, nil
}

// rescue makes jobs that nobody is running available again, with the place in
// the queue that they had. It leaves alone what is not running any more. One
// that has been given to a worker again since it was listed is worked twice,
// which the claim fence makes harmless.
func (q queue[TTx]) rescue(ctx context.Context, all []*rivertype.JobRow, why string) error {
	// The time they were fetched at is not asked: clocks differ.
	p := &riverdriver.JobRescueManyParams{StuckHorizon: time.Now().AddDate(1, 0, 0)}
	for _, job := range all {
		note, err := json.Marshal(rivertype.AttemptError{At: time.Now().UTC(), Attempt: job.Attempt, Error: why})
		if err != nil {
			return err
		}
		p.ID = append(p.ID, job.ID)
		p.Error = append(p.Error, note)
		p.FinalizedAt = append(p.FinalizedAt, nil)
		p.ScheduledAt = append(p.ScheduledAt, job.ScheduledAt)
		p.State = append(p.State, string(rivertype.JobStateAvailable))
	}
	if _, err := q.client.Driver().GetExecutor().JobRescueMany(ctx, p); err != nil {
		return fmt.Errorf("rescue jobs: %w", err)
	}
	return nil
}

// deleteWaiting removes every job of a queue that is not being worked.
func (q queue[TTx]) deleteWaiting(ctx context.Context, tx *store.Tx, name string) error {
	for {
		res, err := q.client.JobDeleteManyTx(ctx, q.native(tx), river.NewJobDeleteManyParams().
			Queues(name).States(waiting...).First(insertChunk))
		if err != nil {
			return fmt.Errorf("delete jobs: %w", err)
		}
		if len(res.Jobs) < insertChunk {
			return nil
		}
	}
}

// waiting are the states of a job that is not being worked, and not over.
var waiting = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStateScheduled,
	rivertype.JobStateRetryable, rivertype.JobStatePending}

// live are the states of a job that is being worked, or will be by itself. None
// of ours is ever pending, and nobody would fetch it.
var live = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStateScheduled,
	rivertype.JobStateRetryable, rivertype.JobStateRunning}
