package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/tests/crash/oracle"
	"github.com/weavster/weavster/tests/crash/proxy"
)

// A World is what projects share, one after the other: the server of their
// state, and another one that they reach through a proxy.
type World struct {
	State, Other *Server
	Proxy        *proxy.Proxy
	projects     atomic.Int64
}

// NewWorld starts both servers; they end with the test.
func NewWorld(t testing.TB) *World {
	t.Helper()
	w := &World{State: startServer(t, filepath.Join(t.TempDir(), "state")), Other: startServer(t, filepath.Join(t.TempDir(), "other"))}
	var err error
	if w.Proxy, err = proxy.New(w.Other.Address()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// A Project is a flow of tests/crash/project in a folder of its own, with two
// empty databases.
type Project struct {
	World    *World
	Flow     oracle.Flow
	Plan     oracle.Plan
	Database string // the name of both
	Folder   string
	root     string
	env      []string
	unmount  func() error // nil: no disk is mounted
}

// NewProject makes a project with messages to read.
func (w *World) NewProject(t testing.TB, flow oracle.Flow, plan oracle.Plan) *Project {
	t.Helper()
	p := &Project{World: w, Flow: flow, Plan: plan, Database: fmt.Sprintf("crash%d", w.projects.Add(1))}
	p.root = t.TempDir()
	p.Folder = filepath.Join(p.root, "tests", "crash", "project")
	if err := plan.Write(p.Folder); err != nil {
		t.Fatal(err)
	}
	p.mountDisk(t)
	for _, s := range []*Server{w.State, w.Other} {
		if err := s.Create(t.Context(), p.Database); err != nil {
			t.Fatal(err)
		}
	}
	p.exec(t, w.State, "create schema crash", oracle.Table("crash.own", "own integer"))
	p.exec(t, w.Other, "create schema crash", oracle.Table("crash.other", "other integer"))
	other := strings.Replace(w.Other.URL(p.Database), w.Other.Address(), w.Proxy.Address(), 1)
	p.env = append(os.Environ(), "CRASH_STATE="+w.State.URL(p.Database), "CRASH_OTHER="+other)
	return p
}

// Drop gives the databases' space back, for the projects to come.
func (p *Project) Drop(t testing.TB) {
	t.Helper()
	for _, s := range []*Server{p.World.State, p.World.Other} {
		if err := s.Drop(t.Context(), p.Database); err != nil {
			t.Error(err)
		}
	}
	p.unmountDisk(t)
	if err := os.RemoveAll(p.Folder); err != nil {
		t.Error(err)
	}
}

func (p *Project) exec(t testing.TB, s *Server, statements ...string) {
	t.Helper()
	conn := p.Connect(t, s)
	defer conn.Close(context.WithoutCancel(t.Context()))
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// Connect opens a session of one of the project's databases.
func (p *Project) Connect(t testing.TB, s *Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(p.Database))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// Check reads all that the flow wrote, and judges it.
func (p *Project) Check(t testing.TB) oracle.Verdict {
	t.Helper()
	found, err := p.find(t)
	if err != nil {
		t.Fatal(err)
	}
	return p.Plan.Judge(p.Flow.Outputs, found)
}

func (p *Project) find(t testing.TB) (f oracle.Found, err error) {
	t.Helper()
	state, other := p.Connect(t, p.World.State), p.Connect(t, p.World.Other)
	defer state.Close(context.WithoutCancel(t.Context()))
	defer other.Close(context.WithoutCancel(t.Context()))
	f.Rows = map[string][]oracle.Row{}
	if f.Rows["postgres.own"], err = oracle.ReadTable(t.Context(), state, "crash.own"); err != nil {
		return f, err
	}
	if f.Rows["postgres.other"], err = oracle.ReadTable(t.Context(), other, "crash.other"); err != nil {
		return f, err
	}
	if f.Rows["file.all"], err = oracle.ReadFile(filepath.Join(p.Folder, "out", "all.jsonl")); err != nil {
		return f, err
	}
	if f.Letters, err = oracle.ReadLetters(t.Context(), state, p.Flow.Name); err != nil || !p.Flow.Copies {
		return f, err
	}
	f.Copies, err = oracle.ReadLetterFile(filepath.Join(p.Folder, "out", "dead.jsonl"))
	return f, err
}
