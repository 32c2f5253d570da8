package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Actor is who does something that changes anything. Whoever is not a person
// has a name too: that of the schedule, the folder, the program.
type Actor struct {
	Name string // as it is known where it comes from: a user of the system, of the pages
	Role string // what it is there: "system user"
	Way  string // how it came in: one of the Way constants
}

// The ways in which people, and what they set up, come to usher.
const (
	WayCommandLine = "command line" // 'usher …', typed or in a script
	WayPage        = "page"         // a page of 'usher serve'
	WaySchedule    = "schedule"     // a time that a schedule names
	WayFolder      = "folder"       // a file that was put into a folder
	WayProgram     = "program"      // another Go program
	WayMessage     = "message"      // what tells people of events, as the settings say
	WayDelivery    = "delivery"     // what the settings have put into a folder
	WayItself      = "by itself"    // usher, for what the API answered
)

// ActName says what was done.
type ActName string

// The acts that are recorded.
const (
	ActImport    ActName = "import"     // a batch was set running
	ActRetry     ActName = "retry"      // those who failed were queued again
	ActReinvite  ActName = "reinvite"   // people who were invited are invited once more, in this new batch
	ActResolve   ActName = "resolve"    // a person settled those whose outcome was unknown
	ActPause     ActName = "pause"      // a batch was paused
	ActResume    ActName = "resume"     // a paused batch was set running again
	ActEndQuiet  ActName = "end quiet"  // a batch goes on before the end of its quiet time
	ActCancel    ActName = "cancel"     // a batch was given up
	ActGateOpen  ActName = "gate open"  // the account may send again
	ActGateClose ActName = "gate close" // the account sends nothing
	ActReport    ActName = "report"     // the results of a batch were handed out

	ActMessageTest  ActName = "message test"  // a target was told that this is a test
	ActMessageAgain ActName = "message again" // a message was to be sent again

	ActSessionURL ActName = "session url" // somebody's link was shown
)

// The acts on a user of the pages. They name the user.
const (
	ActUserAdd      ActName = "user add"
	ActUserRole     ActName = "user role"
	ActUserPassword ActName = "user password"
	ActUserRemove   ActName = "user remove"
	ActUserSignOut  ActName = "user sign out"
)

// The acts on a schedule, which they name.
const (
	ActScheduleMake   ActName = "schedule make"
	ActScheduleChange ActName = "schedule change"
	ActScheduleRemove ActName = "schedule remove"
	ActSchedulePause  ActName = "schedule pause"
	ActScheduleResume ActName = "schedule resume"
	ActScheduleRun    ActName = "schedule run"  // now, for somebody, or after a yes
	ActScheduleSkip   ActName = "schedule skip" // somebody said no
)

// Act is one thing that was done. It holds no personal data but the names of the
// actor and of a user that was acted on: numbers, and the rows they are about.
type Act struct {
	ID      int64
	At      time.Time // by the database's clock
	Actor   Actor
	What    ActName
	Account int64          // recorded as the batch's when it is 0 and there is a batch
	Batch   int64          // 0 when the act is about the account, a user or a schedule
	Subject string         // the name of the user or the schedule it is about, if it is about one
	Numbers map[string]int // such as "queued": 412; the keys are in snake_case
	Rows    string         // the rows that it was about, as [RowNumbers] writes them; may be empty
}

// ErrNoActor means that nobody is named who does this. Nothing changes without
// somebody who did it.
var ErrNoActor = errors.New("nobody is named who does this")

// Check returns [ErrNoActor] for an actor without a name.
func (a Actor) Check() error {
	if cleanName(a.Name) == "" {
		return ErrNoActor
	}
	return nil
}

// Owner is the user whose a batch is that the actor brings: only pages know users.
func (a Actor) Owner() string {
	if a.Way != WayPage {
		return ""
	}
	return a.Name
}

// actorMost is how many characters of an actor's name are kept.
const actorMost = 100

// cleanName makes a name one short line. What controls a terminal or turns the
// direction of writing would change what a list of acts seems to say.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	s = strings.Join(strings.Fields(s), " ")
	if all := []rune(s); len(all) > actorMost {
		s = strings.TrimSpace(string(all[:actorMost]))
	}
	return s
}

// What the words of an act look like, so that nothing else gets among them.
var (
	actWords   = regexp.MustCompile(`^[a-z]+( [a-z]+)*$`)
	numberWord = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	rowNumbers = regexp.MustCompile(`^(\d+(-\d+)?(, \d+(-\d+)?)*( … and \d+ more)?)?$`)
)

// check refuses an act without an actor, and one with words that are not ours.
// Its errors do not repeat them.
func (a Act) check() error {
	if err := a.Actor.Check(); err != nil {
		return err
	}
	if !actWords.MatchString(string(a.What)) {
		return errors.New("an act has no name of ours")
	}
	for key := range a.Numbers {
		if !numberWord.MatchString(key) {
			return errors.New("a number of an act has no name of ours")
		}
	}
	if !rowNumbers.MatchString(a.Rows) {
		return errors.New("the rows of an act are no row numbers")
	}
	if kind, _, _ := strings.Cut(string(a.What), " "); a.Subject != "" && kind != "user" && kind != "schedule" {
		return errors.New("an act that is on no user, nor a schedule, names one")
	}
	return nil
}

// RecordAct records what was done, at this moment by the database's clock: in
// the transaction of the change, so that the one stands if the other does. ID
// and At are not asked. [ErrNoActor] when the actor has no name.
func (q queries) RecordAct(ctx context.Context, a Act) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("record an act: %w", err)
	}
	numbers := []byte("{}")
	if len(a.Numbers) > 0 {
		var err error
		if numbers, err = json.Marshal(a.Numbers); err != nil {
			return fmt.Errorf("record an act: %w", err)
		}
	}
	_, err := q.conn.exec(ctx, `
INSERT INTO acts (at, actor_name, actor_role, way, act, account_id, batch_id, numbers, rows, subject)
VALUES (`+q.d.now+`, $1, $2, $3, $4,
    CASE WHEN CAST($5 AS BIGINT) = 0 THEN coalesce((SELECT account_id FROM batches WHERE id = $6), 0) ELSE $5 END,
    $6, $7, $8, $9)`,
		cleanName(a.Actor.Name), cleanName(a.Actor.Role), cleanName(a.Actor.Way), string(a.What), a.Account, a.Batch, string(numbers), a.Rows,
		cleanName(a.Subject))
	return wrap("record an act", err)
}

// ActFilter says which acts are meant. The zero filter means all.
type ActFilter struct {
	Batch  int64 // on this batch, or of its people who are invited again, unless it is 0
	Before int64 // older than the act with this id, unless it is 0
	Limit  int   // so many at most, unless it is 0
}

// Acts lists what was done, the newest first.
func (q queries) Acts(ctx context.Context, f ActFilter) ([]Act, error) {
	where, before, limit := "", int64(math.MaxInt64), int64(math.MaxInt64)
	if f.Before > 0 {
		before = f.Before
	}
	if f.Limit > 0 {
		limit = int64(f.Limit)
	}
	args := []any{before, limit}
	if f.Batch > 0 {
		where, args = "AND (batch_id = $3 OR act = '"+string(ActReinvite)+"' AND batch_id IN (SELECT id FROM batches WHERE source = $4))",
			append(args, f.Batch, ReinviteSource(f.Batch))
	}
	all, err := collect(ctx, q, `
SELECT id, at, actor_name, actor_role, way, act, account_id, batch_id, numbers, rows, subject
FROM acts
WHERE id < $1 `+where+`
ORDER BY id DESC
LIMIT $2`, args, scanAct)
	return all, wrap("read acts", err)
}

func scanAct(r rows) (a Act, err error) {
	var numbers string
	err = r.Scan(&a.ID, timeOf(&a.At), &a.Actor.Name, &a.Actor.Role, &a.Actor.Way, &a.What, &a.Account, &a.Batch, &numbers, &a.Rows, &a.Subject)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(numbers), &a.Numbers)
}
