package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"usher/batch"
	"usher/store"
	"usher/store/storetest"
)

// The benchmark compares usher with the least that could do the same work, in
// one run, so that the ratios hold on any machine. It runs the program itself,
// as a process of its own, beside the server and the database. Run it with
// 'make bench'.

// benchSizes may be scaled down with USHER_BENCH_SCALE, for a quick look.
func benchSize(n int) int {
	scale, err := strconv.ParseFloat(os.Getenv("USHER_BENCH_SCALE"), 64)
	if err != nil || scale <= 0 {
		return n
	}
	return max(100, int(float64(n)*scale))
}

// benchConcurrency is how many requests are in flight, in usher and in the
// baselines alike.
const benchConcurrency = 400

func TestBench(t *testing.T) {
	if os.Getenv("USHER_BENCH") == "" {
		return // 'make bench' runs it; it is no test, so there is nothing to skip
	}
	exe := buildUsher(t)
	server := newCountingServer(t)
	cluster, stop, err := storetest.Cluster("fsync=on", "full_page_writes=on")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	for _, d := range []benchDatabase{{"PostgreSQL", cluster}, {"SQLite", ""}} {
		b := &bench{t: t, exe: exe, server: server, d: d, out: table}
		b.importing(benchSize(100_000), ownReferences)
		b.importing(benchSize(1_000_000), allLists...)
		b.importingMore(benchSize(100_000), benchSize(1_000_000))
		b.working(benchSize(20_000))
		b.reporting(benchSize(100_000))
		b.reporting(benchSize(1_000_000))
	}
}

type benchDatabase struct{ name, cluster string }

type bench struct {
	t      *testing.T
	exe    string
	server *countingServer
	d      benchDatabase
	out    io.Writer
	n      int
	full   string // the database of the last import
}

func (b *bench) row(what, format string, args ...any) {
	fmt.Fprintf(b.out, "%s\t%s\t%s\n", b.d.name, what, fmt.Sprintf(format, args...))
}

// fresh makes an empty, migrated database and returns its setting.
func (b *bench) fresh() string {
	b.t.Helper()
	b.n++
	dsn := "sqlite:" + filepath.Join(b.t.TempDir(), "bench.db")
	if b.d.cluster != "" {
		dsn = newBenchDatabase(b.t, b.d.cluster, fmt.Sprintf("bench_%d_%d", os.Getpid(), b.n))
	}
	b.usher(dsn, "migrate")
	return dsn
}

// usher runs the program and returns its time and peak memory.
func (b *bench) usher(dsn string, args ...string) (time.Duration, float64) {
	b.t.Helper()
	cmd := exec.Command(b.exe, args...)
	cmd.Dir = b.t.TempDir()
	cmd.Env = append(os.Environ(), "USHER_DATABASE="+dsn, "USHER_UPSTREAM_BASE_URL="+b.server.url,
		"USHER_UPSTREAM_API_KEY=bench", "USHER_UPSTREAM_RATE=0", "USHER_UPSTREAM_DAILY=0",
		fmt.Sprintf("USHER_WORK_CONCURRENCY=%d", benchConcurrency))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("usher %v: %v\n%s", args, err, stderr.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return time.Since(start), float64(usage.Maxrss) / 1024
}

func (b *bench) working(n int) {
	dsn := b.fresh()
	file := writePeople(b.t, n)
	b.usher(dsn, "import", "--yes", file)
	b.server.reset()
	took, peak := b.usher(dsn, "run", "--yes", file) // goes on with the imported batch
	if got := b.server.count(); got != n {
		b.t.Fatalf("%d requests, want %d", got, n)
	}
	// From the first request to the last: what start-up and the report take is
	// told by the whole.
	rate := float64(n-1) / b.server.span().Seconds()
	loop := b.bareLoop(n)
	riverOnly := b.bareRiver(n)
	b.row(fmt.Sprintf("work %s people", batch.Thousands(n)),
		"%.0f/s (%.0f/s with start and report), peak %.0f MB; (a) bare loop of POSTs %.0f/s, ratio %.2f; (b) River worker that only POSTs %.0f/s, ratio %.2f",
		rate, float64(n)/took.Seconds(), peak, loop, rate/loop, riverOnly, rate/riverOnly)
}

// The two baselines run as processes of their own, as usher does: a client in
// the server's own process would be cheaper than any other.
const (
	benchChild = "USHER_BENCH_CHILD" // "loop", or the database of "river"
	benchURL   = "USHER_BENCH_URL"
	benchCount = "USHER_BENCH_COUNT"
)

// child runs a baseline and returns the rate at which the server was called.
func (b *bench) child(what string, n int) float64 {
	b.t.Helper()
	b.server.reset()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchBaseline$")
	cmd.Env = append(os.Environ(), benchChild+"="+what, benchURL+"="+b.server.url, fmt.Sprintf("%s=%d", benchCount, n))
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("baseline: %v\n%s", err, out)
	}
	if got := b.server.count(); got != n {
		b.t.Fatalf("the baseline made %d requests, want %d", got, n)
	}
	return float64(n-1) / b.server.span().Seconds()
}

// bareLoop makes the same requests with no queue and no database.
func (b *bench) bareLoop(n int) float64 { return b.child("loop", n) }

// bareRiver makes the same requests from River jobs that do nothing else.
func (b *bench) bareRiver(n int) float64 { return b.child(b.fresh(), n) }

// TestBenchBaseline is the process of a baseline.
func TestBenchBaseline(t *testing.T) {
	what := os.Getenv(benchChild)
	if what == "" {
		return // it is run by TestBench
	}
	n, err := strconv.Atoi(os.Getenv(benchCount))
	if err != nil {
		t.Fatal(err)
	}
	post := poster(t, os.Getenv(benchURL))
	if what == "loop" {
		var next atomic.Int64
		var all sync.WaitGroup
		for range benchConcurrency {
			all.Go(func() {
				for next.Add(1) <= int64(n) {
					post()
				}
			})
		}
		all.Wait()
		return
	}
	riverBaseline(t, what, n, post)
}

func poster(t *testing.T, url string) func() {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchConcurrency}}
	body, _ := json.Marshal(map[string]any{"first_name": "First", "last_name": "Last", "email": "person@example.com",
		"phone": "+15192220000", "external_id": "EMP-1", "send_email_invite": true, "send_phone_invite": true})
	return func() {
		res, err := client.Post(url+"/v1/sessions", "application/json", bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}

// postArgs and postWorker are the least that River can be asked to do.
type postArgs struct {
	Row int `json:"row"`
}

func (postArgs) Kind() string { return "post" }

type postWorker struct {
	river.WorkerDefaults[postArgs]
	post func()
	left atomic.Int64
	done chan struct{}
}

func (w *postWorker) Work(context.Context, *river.Job[postArgs]) error {
	w.post()
	if w.left.Add(-1) == 0 {
		close(w.done)
	}
	return nil
}

func riverBaseline(t *testing.T, dsn string, n int, post func()) {
	st, err := store.Open(context.Background(), dsn, store.Options{MaxConns: 22})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	worker := &postWorker{post: post, done: make(chan struct{})}
	worker.left.Store(int64(n))
	workers := river.NewWorkers()
	river.AddWorker(workers, worker)
	config := &river.Config{Workers: workers, FetchCooldown: 5 * time.Millisecond,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: benchConcurrency}}}
	params := make([]river.InsertManyParams, n)
	for i := range params {
		params[i] = river.InsertManyParams{Args: postArgs{i}}
	}
	if st.Pgx() != nil {
		runRiver(t, must(river.NewClient(riverpgxv5.New(st.Pgx()), config)), params, worker.done)
		return
	}
	runRiver(t, must(river.NewClient(riversqlite.New(st.SQL()), config)), params, worker.done)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func runRiver[TTx any](t *testing.T, client *river.Client[TTx], params []river.InsertManyParams, done <-chan struct{}) {
	ctx := context.Background()
	if _, err := client.InsertManyFast(ctx, params); err != nil {
		t.Fatal(err)
	}
	if err := client.Start(ctx); err != nil {
		t.Fatal(err)
	}
	<-done
	if err := client.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}

// countingServer is the cheapest server that answers as the API does: the
// sandbox would measure itself.
type countingServer struct {
	url         string
	n           atomic.Int64
	first, last atomic.Int64
}

func newCountingServer(t *testing.T) *countingServer {
	s := &countingServer{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.NotFound(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		n := s.n.Add(1)
		now := time.Now().UnixNano()
		s.first.CompareAndSwap(0, now)
		s.last.Store(now)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":"s-%d","session_url":"https://verify.example.com/s/%d","links":[]}`, n, n)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return s
}

func (s *countingServer) reset() {
	s.n.Store(0)
	s.first.Store(0)
}
func (s *countingServer) count() int          { return int(s.n.Load()) }
func (s *countingServer) span() time.Duration { return time.Duration(s.last.Load() - s.first.Load()) }

// buildUsher builds the program as it is shipped.
func buildUsher(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "usher")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("build usher: %v\n%s", err, out)
	}
	return exe
}

func newBenchDatabase(t *testing.T, cluster, name string) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	cfg, err := pgxpool.ParseConfig(cluster)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(cluster, "/"+cfg.ConnConfig.Database+"?", "/"+name+"?", 1)
}
