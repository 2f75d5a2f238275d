// Package store gives the Postgres that holds a project's state, embedded or
// given, with its schema brought up to date.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/weavster/weavster/runtime/store/embedded"
	"github.com/weavster/weavster/runtime/store/schema"
)

// Embedded is the setting `runtime.database` of projects that have no
// Postgres of their own.
const Embedded = "embedded"

// BinariesVariable names the folder of the embedded Postgres' binaries. It is
// set by builds; without it they are downloaded once.
const BinariesVariable = "WEAVSTER_POSTGRES_BINARIES"

// poolSessions is how many sessions a process's pool has at most, unless the
// URL says so by pool_max_conns.
const poolSessions = 16

// Options say where the state is.
type Options struct {
	Database string // Embedded, or a URL
	Folder   string // the project's state folder: `.weavster`
	Project  string // the project's name
	Schema   string // of the state's tables; "": schema.Default
}

// A Store is the database of a project's state.
type Store struct {
	Project string
	Schema  schema.Name
	config  *pgx.ConnConfig
	pool    *pgxpool.Pool
	url     string
	server  *embedded.Server // nil for a given database
}

// Open starts the embedded Postgres, or adopts the one that runs, or connects
// to the given one; then it migrates. An error is a sentence.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{Project: o.Project, Schema: schema.Name(o.Schema), url: o.Database}
	if !schema.Valid(s.Schema.String()) {
		return nil, fmt.Errorf("%q can't be the schema of the project's state: that is %s", o.Schema, schema.Rule)
	}
	if o.Database == Embedded {
		server, err := embedded.Start(ctx, embedded.Options{Folder: o.Folder, Binaries: os.Getenv(BinariesVariable)})
		if err != nil {
			return nil, err
		}
		s.server, s.url = server, server.URL()
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	pool, err := pgxpool.ParseConfig(s.url)
	if err != nil {
		// The cause would show the password.
		return errors.New("runtime.database isn't a URL of Postgres; it looks like postgres://user:password@host:5432/database")
	}
	if !strings.Contains(s.url, "pool_max_conns") {
		pool.MaxConns = poolSessions
	}
	s.config = pool.ConnConfig
	s.config.RuntimeParams["application_name"] = "weavster"
	if err := s.migrate(ctx); err != nil {
		return err
	}
	// It connects when it is asked for the first session.
	s.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), pool)
	return err
}

func (s *Store) migrate(ctx context.Context) error {
	list, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	conn, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := migrate(ctx, conn, s.Schema, list); err != nil {
		return fmt.Errorf("the database's state can't be brought up to date: %w", err)
	}
	return nil
}

// SQL is a query on the schema of this state: see schema.Name.
func (s *Store) SQL(query string) string { return s.Schema.SQL(query) }

// Pool lends sessions for questions, and to the durable queue. A flow's commits
// have a session of their own, as what waits for a session waits for others.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// URL connects to the database, password included.
func (s *Store) URL() string { return s.url }

// Connect opens a session. Its error names the server, not the password.
func (s *Store) Connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err == nil {
		return conn, nil
	}
	return nil, fmt.Errorf("the database at %s:%d can't be reached: %s", s.config.Host, s.config.Port, plain(err))
}

// plain is the last part of what pgx says about a connection: the rest
// repeats user and addresses.
func plain(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Sprintf("%s (SQLSTATE %s)", pg.Message, pg.Code)
	}
	text := strings.TrimSpace(err.Error())
	if i := strings.LastIndex(text, "\n"); i >= 0 {
		text = text[i+1:]
	}
	if i := strings.LastIndex(text, "): "); i >= 0 {
		text = text[i+3:]
	}
	if _, cause, ok := strings.Cut(text, "connect: "); ok {
		text = cause
	}
	return strings.TrimSpace(text)
}

// Close ends the pool's sessions, which have to be given back by then, and
// gives up the embedded Postgres, which stops if nobody else uses it.
func (s *Store) Close() error {
	if s.pool != nil {
		s.pool.Close()
	}
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}
