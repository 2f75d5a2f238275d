// Package storetest gives tests a real Postgres: one server for a test
// binary, and a database of its own for each test.
package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/embedded"
	"github.com/weavster/weavster/tools/runfile"
)

var (
	once   sync.Once
	server *embedded.Server
	failed error
	number atomic.Int64
)

// Main runs a package's tests and stops the server afterwards, if one of them
// started it: `os.Exit(storetest.Main(m))`.
func Main(m *testing.M) int {
	folder, err := os.MkdirTemp("", "weavster-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	state = folder
	code := m.Run()
	if server != nil {
		data := server.DataFolder()
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.RemoveAll(filepath.Dir(data)) // root's lies outside of the folder
	}
	return code
}

var state string

// Binaries is the folder of Postgres' binaries that a build hands to tests,
// or "": then the library downloads them.
func Binaries() string { return runfile.Path(store.BinariesVariable) }

// URL is an empty database of the test's own.
func URL(t testing.TB) string {
	t.Helper()
	once.Do(func() {
		if state == "" {
			failed = fmt.Errorf("TestMain has to call storetest.Main")
			return
		}
		server, failed = embedded.Start(context.Background(), embedded.Options{Folder: state, Binaries: Binaries()})
	})
	if failed != nil {
		t.Fatal(failed)
	}
	name := fmt.Sprintf("test_%d_%s", number.Add(1), strings.ToLower(t.Name()))
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	name = name[:min(len(name), 60)]
	conn := Connect(t, server.URL())
	if _, err := conn.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Open is a store on an empty database of the test's own.
func Open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Database: URL(t), Project: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Connect opens a session that ends with the test.
func Connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Query gives the first column of each row, as text.
func Query(t testing.TB, url, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}
