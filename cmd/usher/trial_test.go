package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher/store/storetest"
)

// The trial runs the program itself, in several processes on PostgreSQL, against a server
// that allows a fifth of what is asked for, and says how much of that was used. Run it
// with 'make trial'. USHER_TEST_TRIAL names the processes, as in "1,3,8".

func TestTrial(t *testing.T) {
	counts := os.Getenv("USHER_TEST_TRIAL")
	if counts == "" {
		return // 'make trial' runs it; it is no test, so there is nothing to skip
	}
	cluster, stop, err := storetest.Cluster("fsync=on")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	exe := os.Getenv("USHER_TEST_TRIAL_EXE") // a program that is built already
	if exe == "" {
		exe = buildUsher(t)
	}
	for _, n := range listOf(counts) {
		for name, say := range map[string]trialSay{"seconds": trialSeconds, "date": trialDate, "fields": trialFields, "nothing": trialNothing} {
			t.Run(fmt.Sprintf("%d/%s", n, name), func(t *testing.T) { newTrial(t, exe, cluster, trialOptions{say: say}).limit(n) })
		}
		t.Run(fmt.Sprintf("%d/restart", n), func(t *testing.T) { newTrial(t, exe, cluster, trialOptions{say: trialLong}).restart(n) })
		t.Run(fmt.Sprintf("%d/killed", n), func(t *testing.T) { newTrial(t, exe, cluster, trialOptions{say: trialLong}).killed(n) })
		t.Run(fmt.Sprintf("%d/known", n), func(t *testing.T) {
			newTrial(t, exe, cluster, trialOptions{say: trialSeconds, rate: trialAsked, burst: 2 * trialBurst}).known(n)
		})
		for name, told := range map[string]int{"day": trialDay, "unknownday": 0} {
			t.Run(fmt.Sprintf("%d/%s", n, name), func(t *testing.T) {
				newTrial(t, exe, cluster, trialOptions{say: trialNothing, rate: 2 * trialAsked, burst: 2 * trialAsked, daily: trialDay, told: told, people: 2500}).days(n)
			})
		}
	}
}

type trialSay = func(h http.Header, wait time.Duration) time.Duration

func listOf(s string) (all []int) {
	for v := range strings.SplitSeq(s, ",") {
		if n, err := strconv.Atoi(v); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// trial is a fleet, its database and its API.
type trial struct {
	*testing.T
	exe, dir, dsn string
	server        *trialServer
	told          int // upstream.daily
	all           []*exec.Cmd
}

// The API allows trialRate, and trialAsked is asked for.
const (
	trialRate  = 20
	trialAsked = 100
	trialBurst = 10 // of ours
	trialDay   = 1000

	trialDayLength = time.Minute
)

// trialOptions are an API, and what usher is told of it.
type trialOptions struct {
	say         trialSay
	rate, burst float64 // trialRate, if 0
	daily       int     // requests that it lets through a day of [trialDayLength], 0 for no limit
	told        int     // upstream.daily
	people      int     // 6000, if 0
}

func newTrial(t *testing.T, exe, cluster string, o trialOptions) *trial {
	d := &trial{T: t, exe: exe, dir: t.TempDir(), server: newTrialServer(t, o), told: o.told}
	d.dsn = newBenchDatabase(t, cluster, fmt.Sprintf("trial_%d_%d", os.Getpid(), time.Now().UnixNano()))
	for _, args := range [][]string{{"migrate"}, {"import", "--yes", writePeople(t, cmp.Or(o.people, 6000))}} {
		if out, err := d.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("usher %v: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() { d.end(syscall.SIGKILL) })
	return d
}

func (d *trial) command(args ...string) *exec.Cmd {
	cmd := exec.Command(d.exe, args...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "USHER_DATABASE="+d.dsn, "USHER_UPSTREAM_BASE_URL="+d.server.url,
		"USHER_UPSTREAM_API_KEY=trial", fmt.Sprintf("USHER_UPSTREAM_RATE=%d", trialAsked),
		fmt.Sprintf("USHER_UPSTREAM_BURST=%d", trialBurst), fmt.Sprintf("USHER_UPSTREAM_DAILY=%d", d.told),
		"USHER_BREAKER_CANARY=0", "USHER_UPSTREAM_DAY_LENGTH="+trialDayLength.String(), "USHER_UPSTREAM_DAY_RESERVE=0")
	return cmd
}

// begin sets n processes to work. Their logs lie in the folder of USHER_TEST_TRIAL_LOGS, if
// there is one.
func (d *trial) begin(n int) {
	d.Helper()
	for i := range n {
		cmd := d.command("work")
		if dir := os.Getenv("USHER_TEST_TRIAL_LOGS"); dir != "" {
			log, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d.log", filepath.Base(d.Name()), i)))
			if err != nil {
				d.Fatal(err)
			}
			defer log.Close()
			cmd.Stderr = log
		}
		if err := cmd.Start(); err != nil {
			d.Fatal(err)
		}
		d.all = append(d.all, cmd)
		d.server.mu.Lock()
		d.server.pids = append(d.server.pids, cmd.Process.Pid)
		d.server.mu.Unlock()
	}
}

// end ends all processes with a signal.
func (d *trial) end(sig syscall.Signal) {
	for _, cmd := range d.all {
		_ = cmd.Process.Signal(sig)
	}
	for _, cmd := range d.all {
		_ = cmd.Wait()
	}
	d.all = nil
}

// began waits for the first request since a time.
func (d *trial) began(since time.Time) time.Time {
	d.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		d.server.mu.Lock()
		i := slices.IndexFunc(d.server.asked, func(r trialRequest) bool { return !r.at.Before(since) })
		if i >= 0 {
			defer d.server.mu.Unlock()
			return d.server.asked[i].at
		}
		d.server.mu.Unlock()
	}
	d.Fatal("nobody sent anything")
	return time.Time{}
}

// limit tells how much of the limit was used from 10 to 70 s, and after a new start.
func (d *trial) limit(n int) {
	start := time.Now()
	d.begin(n)
	first := d.began(start)
	from, to := first.Add(10*time.Second), first.Add(70*time.Second)
	time.Sleep(time.Until(to))
	d.tell("10-70 s", from, to)
	d.end(syscall.SIGTERM)
	again := time.Now()
	d.begin(n)
	anew := d.began(again)
	time.Sleep(time.Until(anew.Add(20 * time.Second)))
	d.tell("anew, second 1", anew, anew.Add(time.Second))
	d.tell("anew, 0-20 s", anew, anew.Add(20*time.Second))
}

// known tells how much was used of a limit that is known.
func (d *trial) known(n int) {
	start := time.Now()
	d.begin(n)
	first := d.began(start)
	time.Sleep(time.Until(first.Add(40 * time.Second)))
	d.tell("0-10 s", first, first.Add(10*time.Second))
	d.tell("10-40 s", first.Add(10*time.Second), first.Add(40*time.Second))
}

func (d *trial) tell(what string, from, to time.Time) {
	d.Helper()
	c := d.server.counted(from, to, trialAsked)
	first, each := d.server.delays(from, to)
	d.Logf("%-16s %s; first after a wait: %s; of each process: %s", what, c.words(d.server.rate*to.Sub(from).Seconds()), middle(first), middle(each))
	if len(c.early) > 0 {
		d.Errorf("requests came before the end of a wait:\n%s", c.earlyWords())
	}
}

// middle is the middle and the longest of some times, in words.
func middle(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	return fmt.Sprintf("%v (longest %v)", all[len(all)/2].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
}

// anew sets n processes to work, ends them with a signal a while after a refusal was
// written, and starts them anew: when the first request came then, and when the last wait
// ended.
func (d *trial) anew(n int, after time.Duration, sig syscall.Signal) (at, until time.Time) {
	d.Helper()
	d.begin(n)
	select {
	case <-d.server.refused:
	default:
	}
	<-d.server.refused
	time.Sleep(after)
	d.end(sig)
	d.server.mu.Lock()
	until = d.server.waits[len(d.server.waits)-1].until
	d.server.mu.Unlock()
	again := time.Now()
	d.begin(n)
	return d.began(again), until
}

// killed kills the processes ever sooner after a refusal was written, and starts them anew:
// how long it takes until nobody forgets the wait.
func (d *trial) killed(n int) {
	for _, after := range []time.Duration{200 * time.Millisecond, 100 * time.Millisecond, 50 * time.Millisecond, 25 * time.Millisecond, 10 * time.Millisecond, 0} {
		at, until := d.anew(n, after, syscall.SIGKILL)
		d.Logf("killed %v after a refusal was written: the first request came %v after the end of the wait", after, at.Sub(until).Round(time.Millisecond))
		d.end(syscall.SIGTERM)
	}
}

// days tells what came in each day until nobody is left.
func (d *trial) days(n int) {
	d.begin(n)
	for end := time.Now().Add(6 * trialDayLength); time.Now().Before(end) && d.server.accepted() < 2500; {
		time.Sleep(100 * time.Millisecond)
	}
	days := map[time.Time][2]int{}
	refused := map[time.Time][]time.Duration{} // when, in the day
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	for _, r := range d.server.asked {
		c := days[r.at.Truncate(trialDayLength)]
		c[map[bool]int{true: 0, false: 1}[r.ok]]++
		days[r.at.Truncate(trialDayLength)] = c
		if day := r.at.Truncate(trialDayLength); !r.ok {
			refused[day] = append(refused[day], r.at.Sub(day).Round(10*time.Millisecond))
		}
	}
	for _, day := range slices.SortedFunc(maps.Keys(days), time.Time.Compare) {
		d.Logf("day of %s: %d accepted, %d refused %v", day.Format(time.TimeOnly), days[day][0], days[day][1], refused[day])
	}
}

// restart ends the processes in a wait, in both ways, and starts them anew.
func (d *trial) restart(n int) {
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		at, until := d.anew(n, 10*trialNotice, sig) // the word is written, on a busy machine too
		d.Logf("after %v the first request came %v after the end of the wait", sig, at.Sub(until).Round(time.Millisecond))
		if at.Before(until) {
			d.Errorf("after %v a request came %v before the end of a wait", sig, until.Sub(at))
		}
		time.Sleep(2 * time.Second)
		d.end(syscall.SIGTERM)
	}
}
