package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"usher/batch"
	"usher/store/storetest"
	"usher/upstream/sandbox"
)

// The soak lets all go wrong at once: processes are killed, the database is stopped and
// cut off, the API refuses, fails and loses answers, clocks jump, while lists come in and
// people pause and retry. Afterwards usher must agree with the API on everybody. What
// happens when follows from a seed. 'make soak' is a long one with a seed of its own;
// 'make soak SEED=…' replays one.
const (
	soakTimeVar = "USHER_SOAK"      // how long things go wrong, such as 5m
	soakSeedVar = "USHER_SOAK_SEED" // a number
)

// soakShort is how long things go wrong when nothing is said, and soakSeed from where.
const (
	soakShort = 6 * time.Second
	soakSeed  = 15
)

func TestSoak(t *testing.T) {
	t.Parallel()
	lasts, seed := soakShort, uint64(soakSeed)
	if text := os.Getenv(soakTimeVar); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s: %v", soakTimeVar, err)
		}
		lasts, seed = d, rand.Uint64N(1_000_000)
	}
	if text := os.Getenv(soakSeedVar); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", soakSeedVar, err)
		}
		seed = n
	}
	for name, postgres := range map[string]bool{"postgres": true, "sqlite": false} {
		if storetest.Raced() && !postgres { // its processes are built without -race anyway
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newSoak(t, seed, lasts, postgres).run()
		})
	}
}

// soak is one on one database.
type soak struct {
	t        *testing.T
	seed     uint64
	lasts    time.Duration
	postgres bool
	plan     []soakEvent
	api      *soakAPI
	db       *soakDatabase
	fleet    *soakFleet
	lists    []string // files
	rows     int
}

func newSoak(t *testing.T, seed uint64, lasts time.Duration, postgres bool) *soak {
	s := &soak{t: t, seed: seed, lasts: lasts, postgres: postgres, plan: soakPlan(seed, lasts, postgres)}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d; to replay it: make soak SEED=%d TIME=%s\n%s", seed, seed, lasts, soakPlanWords(s.plan))
		}
	})
	s.api = newSoakAPI(t)
	s.db = newSoakDatabase(t, postgres)
	s.fleet = newSoakFleet(t, s.api.url, s.db.dsn, lasts)
	return s
}

func (s *soak) run() {
	if s.postgres {
		for range 3 {
			s.fleet.keep("work")
		}
		s.fleet.keep("serve", "--no-work", "--listen", "127.0.0.1:0")
	} else {
		s.fleet.keep("serve", "--listen", "127.0.0.1:0")
	}
	begin := time.Now()
	var busy sync.WaitGroup
	busy.Go(func() { s.bringLists(begin) })
	for _, e := range s.plan {
		time.Sleep(time.Until(begin.Add(e.at)))
		busy.Go(func() { s.happens(e) })
	}
	busy.Wait()
	s.api.well(s.seed)
	s.settled()
	s.fleet.stop()
	s.agree()
	if s.t.Failed() {
		s.t.Logf("what the processes said last:\n%s", s.fleet.tail())
	}
}

// bringLists brings lists one after the other, each with some people of the one before,
// people whom the API refuses, and rows that are no good.
func (s *soak) bringLists(begin time.Time) {
	lists := 3 + int(s.lasts/(20*time.Second))
	each := 60
	for list := range lists {
		time.Sleep(time.Until(begin.Add(time.Duration(list) * s.lasts / time.Duration(lists))))
		var b strings.Builder
		b.WriteString("first_name,last_name,email,phone,external_id\n")
		for i := range each {
			n := list*(each-5) + i // five were in the list before
			at := "example.com"
			if i%20 == 10 {
				at = "refused.example"
			}
			fmt.Fprintf(&b, "First,Last,soak%d@%s,+1519222%04d,soak-%d\n", n, at, n%10_000, n)
		}
		b.WriteString("First,Last,nobody,+15192220000,soak-none\n")
		file := filepath.Join(s.fleet.dir, fmt.Sprintf("list%d.csv", list))
		write(s.t, file, b.String())
		s.lists = append(s.lists, file)
		s.rows += each + 1
		s.fleet.do("is done already", "import", "--yes", file)
	}
}

// happens has an event happen.
func (s *soak) happens(e soakEvent) {
	process := s.fleet.procs[e.who%len(s.fleet.procs)]
	which := strconv.Itoa(1 + e.who%3)
	switch e.what {
	case "kill":
		process.signal(syscall.SIGKILL)
	case "term":
		process.signal(syscall.SIGTERM)
	case "freeze":
		process.signal(syscall.SIGSTOP)
		time.Sleep(e.lasting)
		process.signal(syscall.SIGCONT)
	case "429":
		s.api.limit(e.lasting, "1")
	case "429 long":
		s.api.limit(e.lasting, longWait(e.lasting))
	case "429 untold":
		s.api.limit(e.lasting, "")
	case "limit named":
		s.api.name(e.who)
		time.Sleep(e.lasting)
		s.api.unname()
	case "refused list":
		s.refusedList(e)
	case "402":
		s.api.SetBalance(0)
		time.Sleep(e.lasting)
		s.api.SetBalance(-1)
	case "401":
		s.api.SetKey("another")
		time.Sleep(e.lasting)
		s.api.SetKey("")
	case "5xx":
		s.api.SetFaults(sandbox.Faults{Before5xx: 0.5, After5xx: 0.3, Seed: s.seed})
		time.Sleep(e.lasting)
		s.api.well(s.seed)
	case "lost":
		s.api.SetFaults(sandbox.Faults{Cut: 0.4, CutBefore: 0.2, Slow: 0.1, SlowFor: 3 * time.Second, Seed: s.seed})
		time.Sleep(e.lasting)
		s.api.well(s.seed)
	case "garbage":
		s.api.SetFaults(sandbox.Faults{Garbage: 0.4, NoURL: 0.2, Seed: s.seed})
		time.Sleep(e.lasting)
		s.api.well(s.seed)
	case "api clock":
		s.api.jump(e.by)
	case "pause":
		s.try("pause", which)
		time.Sleep(e.lasting)
		s.try("resume", which)
	case "retry":
		s.try("retry", "--yes", which)
	case "import killed":
		s.killImport(e)
	default:
		s.db.happens(e)
	}
}

// try runs a command once. It may be refused, as there may be no such batch yet.
func (s *soak) try(args ...string) {
	out, err := s.fleet.command(args...).CombinedOutput()
	fmt.Fprintf(s.fleet.log, "usher %v: %v: %s", args, err, out)
}

// killImport kills an import of a list of its own in the middle. Nobody of it may be
// invited, unless it was done before.
func (s *soak) killImport(e soakEvent) {
	file := filepath.Join(s.fleet.dir, fmt.Sprintf("killed%d.csv", e.at.Milliseconds()))
	var b strings.Builder
	b.WriteString("first_name,last_name,email,phone,external_id\n")
	for i := range 20 {
		fmt.Fprintf(&b, "First,Last,killed%d.%d@example.com,+1519333%04d,killed-%d-%d\n", e.at.Milliseconds(), i, (int(e.at.Milliseconds())+i)%10_000, e.at.Milliseconds(), i)
	}
	write(s.t, file, b.String())
	cmd := s.fleet.command("import", "--yes", file)
	if err := cmd.Start(); err != nil {
		s.t.Error(err)
		return
	}
	time.Sleep(time.Duration(100+50*e.who) * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// settled waits until nobody is queued or being sent to. A batch that was paused, as a
// person or an answer had it, is resumed.
func (s *soak) settled() {
	wait := s.fleet.meant
	for until := time.Now().Add(wait); ; time.Sleep(500 * time.Millisecond) {
		open := s.goOn(func(batch.Batch) bool { return true })
		if open == "" {
			return
		}
		if time.Now().After(until) {
			s.t.Errorf("not everybody is settled after %s:\n%s%s", wait, open, s.fleet.do("", "status"))
			return
		}
	}
}

func (s *soak) batches() (all []batch.Batch) {
	if err := json.Unmarshal([]byte(cmp.Or(s.fleet.do("", "batches", "--json"), "[]")), &all); err != nil {
		s.t.Error(err)
	}
	return all
}
