package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/store/storetest"
)

// The table says how much of a limit usher uses and how much a naive client does, which
// works beside it against a server of its own. Run it with 'make table'.
// USHER_TEST_TABLE names the processes, as in "1,3,8"; USHER_TEST_TABLE_RATES what the API
// allows, as in "100,50,20", where 100 is asked for; and USHER_TEST_TABLE_TIME how long
// each case is measured.

// tableSettle is how long a case goes on before it is measured.
const tableSettle = 10 * time.Second

func TestTrialTable(t *testing.T) {
	counts := listOf(os.Getenv("USHER_TEST_TABLE"))
	if len(counts) == 0 {
		return // 'make table' runs it; it is no test, so there is nothing to skip
	}
	rates := listOf(os.Getenv("USHER_TEST_TABLE_RATES"))
	if len(rates) == 0 {
		rates = []int{trialAsked, trialAsked / 2, trialAsked / 5}
	}
	span, err := time.ParseDuration(os.Getenv("USHER_TEST_TABLE_TIME"))
	if err != nil {
		span = 20 * time.Second
	}
	cluster, stop, err := storetest.Cluster("fsync=on", "shared_preload_libraries=pg_stat_statements")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	exe := os.Getenv("USHER_TEST_TRIAL_EXE")
	if exe == "" {
		exe = buildUsher(t)
	}
	t.Logf("of %v, after %v:\n%s", span, tableSettle,
		"| processes | allowed a second | Retry-After | usher: used | usher: 429 | statements per person | naive: used | naive: 429 |\n|---|---|---|---|---|---|---|---|")
	for _, n := range counts {
		for _, rate := range rates {
			for _, told := range []bool{true, false} {
				c := tableCase{n: n, rate: rate, told: told}
				t.Run(c.name(), func(t *testing.T) { t.Log("\n" + c.run(t, exe, cluster, span)) }) // at once: all of it takes long
			}
		}
	}
}

// tableCase is a row of the table.
type tableCase struct {
	n, rate int
	told    bool // a 429 says how long to wait
}

func (c tableCase) name() string { return fmt.Sprintf("%d/%d/%t", c.n, c.rate, c.told) }

func (c tableCase) run(t *testing.T, exe, cluster string, span time.Duration) string {
	say, word := trialNothing, "no"
	if c.told {
		say, word = trialSeconds, "yes"
	}
	o := trialOptions{rate: float64(c.rate), burst: 2 * trialBurst, say: say}
	d := newTrial(t, exe, cluster, o)
	d.query(`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`)
	start := time.Now()
	d.begin(c.n)
	from := d.began(start).Add(tableSettle)
	time.Sleep(time.Until(from))
	before := d.query(tableStatements)
	time.Sleep(time.Until(from.Add(span)))
	statements := d.query(tableStatements) - before
	d.end(syscall.SIGTERM)
	ours := d.server.counted(from, from.Add(span), float64(trialAsked))

	// The naive client has the machine for itself, too.
	theirs := newTrialServer(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), tableSettle+span)
	defer cancel()
	from = time.Now().Add(tableSettle)
	naiveClient{theirs.url, 32 * c.n}.run(ctx)
	naive := theirs.counted(from, from.Add(span), float64(trialAsked))
	allowed := float64(c.rate) * span.Seconds()
	return fmt.Sprintf("| %d | %d | %s | %s | %.1f | %s |", c.n, c.rate, word, tableCells(ours, allowed),
		float64(statements)/float64(max(1, ours.accepted)), tableCells(naive, allowed))
}

// tableCells are the part of what was allowed that was used, and the part refused.
func tableCells(c trialCount, allowed float64) string {
	return fmt.Sprintf("%.2f | %s %%", float64(c.accepted)/allowed, strconv.FormatFloat(100*float64(c.refused)/float64(max(1, c.accepted+c.refused)), 'f', 1, 64))
}

// tableStatements counts all statements of the trial's database.
const tableStatements = `SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`

// query runs a statement in the trial's database, and returns the number that it gives.
func (d *trial) query(sql string) (n int64) {
	d.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, d.dsn)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, sql).Scan(&n); err != nil && err != pgx.ErrNoRows {
		d.Fatal(err)
	}
	return n
}
