package store

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// connectTimeout is how long one host is waited for, where the address does not
// say. pgx waits two minutes for a host that swallows packets.
const connectTimeout = 10 * time.Second

// sslModes are the words that PostgreSQL's sslmode can be.
var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// parsePgx reads an address. What pgx says of one it cannot read quotes it.
func parsePgx(dsn string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	given := addressParams(dsn)
	if err != nil || !knownMode(given) { // pgx does not look at the mode of a socket
		return nil, addressError(given, err)
	}
	if !given.Has("connect_timeout") && cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	return cfg, nil
}

// knownMode reports whether an address has a known word for sslmode, or none.
func knownMode(given url.Values) bool {
	mode := given.Get("sslmode")
	return mode == "" || slices.Contains(sslModes, mode)
}

// addressParams are what follows the ? of an address.
func addressParams(dsn string) url.Values {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil
	}
	return u.Query()
}

// addressError says what is wrong with an address. The word of an sslmode may
// also come from PGSSLMODE, and pgx tells of it in words alone.
func addressError(given url.Values, err error) error {
	var parse *pgconn.ParseConfigError
	var file *fs.PathError
	switch {
	case !knownMode(given), errors.As(err, &parse) && said(parse, "sslmode is invalid"):
		return &DatabaseError{codeAddress, "the database setting has a word for sslmode that PostgreSQL does not know",
			"write sslmode=" + strings.Join(sslModes[:5], ", ") + " or " + sslModes[5]}
	case errors.As(err, &file):
		return &DatabaseError{codeAddress, "a certificate or key that the database setting names cannot be read",
			"correct sslrootcert, sslcert or sslkey in the database setting, or give this user the right to read the file"}
	case given.Has("connect_timeout") && strings.Trim(given.Get("connect_timeout"), "0123456789") != "":
		return &DatabaseError{codeAddress, "connect_timeout in the database setting is not a number of seconds", "write connect_timeout=10"}
	}
	return &DatabaseError{codeAddress, "the postgres:// URL of the database setting cannot be read",
		"write postgres://USER:PASSWORD@HOST:PORT/NAME, and see to its options (and to PG… in the environment)"}
}

// connectLimit bounds the time of the first connection as a whole. A host's time
// counts anew for each of its addresses, with TLS and without.
func connectLimit(ctx context.Context, cfg *pgxpool.Config) (context.Context, context.CancelFunc) {
	each := cfg.ConnConfig.ConnectTimeout
	if each == 0 {
		return context.WithCancel(ctx)
	}
	hosts := map[string]bool{cfg.ConnConfig.Host: true}
	for _, f := range cfg.ConnConfig.Fallbacks {
		hosts[f.Host] = true
	}
	return context.WithTimeout(ctx, each*time.Duration(len(hosts)))
}

// connectTime tells the end of the time for connecting from other errors.
func connectTime(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded) {
		return networkError(context.DeadlineExceeded)
	}
	return err
}
