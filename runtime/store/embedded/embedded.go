// Package embedded runs a Postgres of a project's own, for users that have
// none. See README.md for where it lives and who stops it.
package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const (
	role     = "weavster"
	database = "weavster"
	version  = embeddedpostgres.V18
	// startTimeout bounds a start that has to recover from a crash first.
	startTimeout = 60 * time.Second
)

// Options say where a server lives and what it runs from.
type Options struct {
	// Folder is the project's state folder. It is made where it is missing.
	Folder string
	// Binaries is a folder with Postgres' bin, lib and share. Empty: the
	// embedded-postgres library fetches them once, into the user's cache.
	Binaries string
	// Port is where the server listens; 0: at a free one, another at each start.
	Port uint32
}

// A Server is a running Postgres, and this process's claim on it.
type Server struct {
	url    string
	home   home
	users  *os.File // holds a shared lock: this process uses the server
	pgCtl  string
	closed bool
}

// Start gives the project's server: the running one, or a new one. An error
// is a sentence that says what to do.
func Start(ctx context.Context, options Options) (*Server, error) {
	if err := checkLibraries("/"); err != nil {
		return nil, err
	}
	h, err := openHome(options.Folder)
	if err != nil {
		return nil, err
	}
	binaries, err := h.binaries(options.Binaries)
	if err != nil {
		return nil, err
	}
	// One process at a time decides whether to start or to adopt.
	starting, err := lockExclusive(ctx, h.path("start.lock"))
	if err != nil {
		return nil, err
	}
	defer starting.Close()
	users, err := lockShared(ctx, h.path("users.lock"))
	if err != nil {
		return nil, err
	}
	server := &Server{home: h, users: users, pgCtl: filepath.Join(binaries, "bin", "pg_ctl")}
	if server.url, err = adopt(ctx, h); err != nil || server.url != "" {
		return server.orClose(err)
	}
	server.url, err = launch(ctx, h, binaries, options.Port)
	return server.orClose(err)
}

// URL connects to the server as the owner of its database.
func (s *Server) URL() string { return s.url }

// DataFolder is where the server keeps its files.
func (s *Server) DataFolder() string { return s.home.path("data") }

// Close gives up this process's claim, and stops the server when no other
// process has one. It is safe to call twice.
func (s *Server) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	defer s.users.Close()
	alone, err := upgradeLock(s.users)
	if err != nil || !alone {
		return err
	}
	return s.home.asOwner(func() error { return pgStop(s.pgCtl, s.DataFolder()) })
}

func (s *Server) orClose(err error) (*Server, error) {
	if err != nil {
		return nil, errors.Join(err, s.users.Close())
	}
	return s, nil
}

// starts is how often Postgres is started before its error counts: a free port
// can be taken by another process before Postgres binds it.
const starts = 3

// launch starts Postgres on the data folder, which is initialised first where
// there is none.
func launch(ctx context.Context, h home, binaries string, wanted uint32) (string, error) {
	password, err := h.password()
	if err != nil {
		return "", err
	}
	if err := initialise(ctx, h, binaries, password); err != nil {
		return "", err
	}
	var last error
	for range starts {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		port, err := choosePort(wanted)
		if err != nil {
			return "", err
		}
		if last = h.asOwner(h.postgres(binaries, password, h.path("data"), port).Start); last == nil {
			return connectionURL(password, port), nil
		}
		last = fmt.Errorf("the embedded Postgres in %s doesn't start: %w", h.folder, last)
	}
	return "", last
}

// postgres is the library's server on a data folder.
func (h home) postgres(binaries, password, data string, port uint32) *embeddedpostgres.EmbeddedPostgres {
	return embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(version).Port(port).Username(role).Password(password).Database(database).
		BinariesPath(binaries).CachePath(h.cache).RuntimePath(h.path("tmp")).DataPath(data).
		Encoding("UTF8").Locale("C").StartTimeout(startTimeout).Logger(io.Discard).
		StartParameters(parameters()))
}

// parameters suit a small machine: loopback only, no sockets in shared
// folders, logs beside the data. Durability is left on.
func parameters() map[string]string {
	return map[string]string{
		"listen_addresses":         "127.0.0.1",
		"unix_socket_directories":  "",
		"logging_collector":        "on",
		"log_filename":             "postgres.log",
		"log_truncate_on_rotation": "on",
		"max_connections":          "60",
		"max_wal_size":             "2GB",
	}
}

func connectionURL(password string, port uint32) string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/%s?sslmode=disable", role, password, port, database)
}

func choosePort(wanted uint32) (uint32, error) {
	if wanted != 0 {
		return wanted, nil
	}
	return freePort()
}

func freePort() (uint32, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port on loopback: %w", err)
	}
	defer listener.Close()
	return uint32(listener.Addr().(*net.TCPAddr).Port), nil
}

// password reads the server's password, or makes one.
func (h home) password() (string, error) {
	name := h.path("password")
	if text, err := os.ReadFile(name); err == nil && len(text) > 0 {
		return string(text), nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	password := rand.Text()
	return password, os.WriteFile(name, []byte(password), 0o600)
}
