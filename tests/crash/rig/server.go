// Package rig runs a project as tests break it: two real Postgres servers, a
// proxy before one of them, and processes of the program that can be killed,
// stopped and watched.
package rig

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/runtime/store/embedded"
	"github.com/weavster/weavster/tools/runfile"
)

// A Server is a Postgres that keeps its address when it is stopped and started.
type Server struct {
	options embedded.Options

	mu      sync.Mutex
	started []*embedded.Server // all of them hold the same server
}

// startServer makes a server in a folder; its data ends with the test.
func startServer(t testing.TB, folder string) *Server {
	t.Helper()
	s := &Server{options: embedded.Options{Folder: folder, Binaries: runfile.Need(t, "WEAVSTER_POSTGRES_BINARIES")}}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	port, err := strconv.ParseUint(s.url("").Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	s.options.Port = uint32(port)
	return s
}

// Start starts the server where it doesn't run.
func (s *Server) Start(ctx context.Context) error {
	server, err := embedded.Start(ctx, s.options)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started = append(s.started, server)
	return nil
}

// Crash is Postgres' immediate shutdown: sessions end as they stand, and the
// next start recovers from the log. It returns when the server is gone.
func (s *Server) Crash(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(s.first().DataFolder(), "postmaster.pid"))
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return fmt.Errorf("postmaster.pid: %w", err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		return err
	}
	return Until(ctx, func() (bool, error) { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH), nil })
}

// Terminate ends all of a database's sessions, and says how many there were.
func (s *Server) Terminate(ctx context.Context, database string) (int64, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tag, err := conn.Exec(ctx, "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", database)
	return tag.RowsAffected(), err
}

// Create makes an empty database.
func (s *Server) Create(ctx context.Context, database string) error {
	return s.exec(ctx, "create database "+database)
}

// Drop takes a database away, whoever is connected.
func (s *Server) Drop(ctx context.Context, database string) error {
	return s.exec(ctx, "drop database if exists "+database+" with (force)")
}

func (s *Server) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}

// URL is a database's.
func (s *Server) URL(database string) string { return s.url(database).String() }

// Address is the server's host and port.
func (s *Server) Address() string { return s.url("").Host }

func (s *Server) first() *embedded.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started[0]
}

func (s *Server) url(database string) *url.URL {
	u, err := url.Parse(s.first().URL())
	if err != nil {
		panic(err) // the server's own
	}
	u.Path = "/" + database
	return u
}

func (s *Server) close() error {
	var all []error
	for _, server := range s.started {
		all = append(all, server.Close())
	}
	return errors.Join(append(all, embedded.Remove(s.options))...)
}

// Until polls a condition.
func Until(ctx context.Context, holds func() (bool, error)) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		if ok, err := holds(); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
