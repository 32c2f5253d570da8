package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"usher/config"
	"usher/jobs"
	"usher/store"
	"usher/upstream"
)

// app is what every command shares: the streams, the settings, and how to open
// what they name.
type app struct {
	env            []string
	stdin          io.Reader
	stdout, stderr io.Writer
	configFile     string
	settings       map[string][]*pflag.Flag // key path -> its flag in each command
	toldWhere      bool                     // that the database is the one in this folder
}

// setting adds a flag that sets a configuration key.
func (a *app) setting(flags *pflag.FlagSet, name, path, help string) {
	if a.settings == nil {
		a.settings = map[string][]*pflag.Flag{}
	}
	flags.String(name, "", help)
	a.settings[path] = append(a.settings[path], flags.Lookup(name))
}

// config loads the settings; over are values that stand above the flags.
func (a *app) config(over map[string]string) (*config.Config, error) {
	set, names := map[string]string{}, map[string]string{}
	for path, flags := range a.settings {
		for _, f := range flags {
			names[path] = "--" + f.Name
			if f.Changed {
				set[path] = f.Value.String()
			}
		}
	}
	for path, v := range over {
		set[path] = v
	}
	cfg, err := config.Load(config.Options{File: a.configFile, Env: a.env, Flags: set, FlagNames: names})
	if err != nil {
		return nil, withHint(fmt.Errorf("the settings are not right:\n%w", err), "'usher doctor' shows every setting and where it comes from")
	}
	a.tellDatabaseHere(cfg)
	return cfg, nil
}

// logger writes to stderr at the configured level. On a terminal a warning is
// what people want to see; details go to those who ask for them.
func (a *app) logger(cfg *config.Config, quiet bool) *zap.Logger {
	level, err := zapcore.ParseLevel(cfg.Log.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	if quiet && cfg.Source("log.level") == "default" {
		level = zapcore.WarnLevel
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.ISO8601TimeEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if cfg.Log.Format == "console" {
		enc.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	log := zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(overBar(a.stderr))), level))
	a.takeStandardLog(log.Named("library"))
	return log
}

// terminal reports whether a stream is one that a person looks at.
func terminal(stream any) bool {
	if p, ok := stream.(*printed); ok {
		stream = p.w
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// openAsItIs opens the database, whatever its schema, in a data folder that is
// made for it.
func (a *app) openAsItIs(ctx context.Context, cfg *config.Config, o store.Options) (*store.Store, error) {
	if err := cfg.MakeDataFolder(); err != nil {
		return nil, withHint(fmt.Errorf("the folder for usher's data cannot be made: %w", err),
			"set database (USHER_DATABASE) to sqlite:PATH in a folder that this user may write, or to postgres://…")
	}
	st, err := store.Open(ctx, cfg.Database, o)
	if err != nil {
		return nil, hintSetting(err)
	}
	return st, nil
}

// open opens the database and brings SQLite's schema up to date by itself; on
// PostgreSQL that is for 'usher migrate', as others may be using it.
func (a *app) open(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	st, err := a.openAsItIs(ctx, cfg, store.Options{MaxConns: maxConns(cfg)})
	if err != nil {
		return nil, err
	}
	if st.Path() != "" {
		_, err = a.upgrade(ctx, st)
	} else {
		err = a.awaitSchema(ctx, st)
	}
	if err != nil {
		st.Close()
		return nil, err
	}
	return st, nil
}

// hintSetting adds to an error without a next step that the setting may be wrong.
func hintSetting(err error) error {
	if hintFor(err) != "" || errors.Is(err, context.Canceled) {
		return err
	}
	return withHint(err, "check the database setting: 'usher doctor' shows it")
}

// maxConns sizes the pool: River and the group commit share few connections,
// however many workers there are.
func maxConns(cfg *config.Config) int { return 12 + min(cfg.Work.Concurrency/20, 20) }

// client makes the API's client.
func client(cfg *config.Config) (*upstream.Client, error) {
	c, err := upstream.New(upstream.Config{
		BaseURL: cfg.Upstream.BaseURL, APIKey: cfg.Upstream.APIKey, Timeout: cfg.Upstream.Timeout,
		Concurrency: cfg.Work.Concurrency, UserAgent: "usher/" + version, RetryAfterCap: cfg.Upstream.RetryAfterCap,
	})
	if errors.Is(err, upstream.ErrNoKey) {
		return nil, withHint(errors.New("no API key is set"),
			"set USHER_UPSTREAM_API_KEY (or USHER_UPSTREAM_API_KEY_FILE), or rehearse with 'usher run --sandbox FILE'")
	}
	return c, err
}

// account is the account that the settings name.
func account(ctx context.Context, st *store.Store, cfg *config.Config) (int64, error) {
	return st.Account(ctx, accountName(cfg), fingerprint(cfg.Upstream.APIKey))
}

func pace(cfg *config.Config) store.Pace {
	return store.Pace{Rate: cfg.Upstream.Rate, Burst: cfg.Upstream.Burst, Daily: cfg.Upstream.Daily}
}

// process names this process: uniquely for the database, and in words for
// people.
func process(command string) (id, words string) {
	host, _ := os.Hostname()
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	id = fmt.Sprintf("%s-%d-%s", cutTo(host, 40), os.Getpid(), hex.EncodeToString(random))
	return id, fmt.Sprintf("'usher %s' on %s, process %d, since %s", command, host, os.Getpid(), time.Now().Format("2006-01-02 15:04:05"))
}

func cutTo(s string, n int) string {
	s = strings.ReplaceAll(s, ".", "_")
	return s[:min(len(s), n)]
}

// hintFor is the next step after errors that any command can meet.
func hintFor(err error) string {
	var schema *store.SchemaError
	var held *jobs.HeldError
	var own interface{ Hint() string }
	switch {
	case errors.As(err, &own) && own.Hint() != "":
		return own.Hint()
	case errors.As(err, &schema) && schema.Have < schema.Want:
		return "run 'usher migrate'"
	case errors.As(err, &schema):
		return "install the newer usher"
	case errors.As(err, &held):
		return "wait until it is done or stop it; on PostgreSQL several can work at once"
	}
	return ""
}
