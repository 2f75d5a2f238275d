package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/tools/runfile"
)

// options are for a server of the test's own. The binaries are Bazel's, or
// the ones that the library downloads.
func options(t *testing.T) Options {
	t.Helper()
	o := Options{Folder: t.TempDir(), Binaries: runfile.Path("WEAVSTER_POSTGRES_BINARIES")}
	t.Cleanup(func() {
		if err := Remove(o); err != nil { // root's lies outside the test's folder
			t.Error(err)
		}
	})
	return o
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func query(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// keep writes what a later server has to find.
func keep(t *testing.T, s *Server) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), "create table kept as select 'yes'::text as it"); err != nil {
		t.Fatal(err)
	}
}

func TestDataOutlivesTheServer(t *testing.T) {
	o := options(t)
	first := start(t, o)
	keep(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(t.Context(), first.URL()); err == nil {
		t.Error("the server still answers after the last user closed")
	}
	if got := query(t, start(t, o), "select it from kept"); got != "yes" {
		t.Errorf("got %q", got)
	}
}

func TestTheSecondUserSharesAndTheLastOneStops(t *testing.T) {
	o := options(t)
	first, second := start(t, o), start(t, o)
	if first.URL() != second.URL() {
		t.Fatalf("two servers: %s and %s", first.URL(), second.URL())
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := query(t, second, "select 'still here'"); got != "still here" {
		t.Errorf("got %q", got)
	}
}

func TestDurabilityIsOn(t *testing.T) {
	s := start(t, options(t))
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if got := query(t, s, "show "+setting); got != "on" {
			t.Errorf("%s is %s", setting, got)
		}
	}
}

// A process that is killed leaves its server running: the next one adopts it.
func TestAServerThatAKillLeftIsAdopted(t *testing.T) {
	if folder := os.Getenv("EMBEDDED_TEST_FOLDER"); folder != "" {
		startAndHang(folder)
	}
	o := options(t)
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "EMBEDDED_TEST_FOLDER="+o.Folder)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 256)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	left := strings.TrimSpace(string(line[:n]))
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()

	s := start(t, o)
	if s.URL() != left {
		t.Errorf("got %s, want the one that was left: %s", s.URL(), left)
	}
	if got := query(t, s, "select 'up'"); got != "up" {
		t.Errorf("got %q", got)
	}
}

// The very first start makes the data folder and the database in it. Killed
// on the way, at any moment, it leaves nothing that the next one trips over.
func TestAFirstStartThatWasKilledIsForgotten(t *testing.T) {
	if folder := os.Getenv("EMBEDDED_TEST_FOLDER"); folder != "" {
		startAndHang(folder)
	}
	o := options(t)
	for i := range 8 {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		child.Env = append(os.Environ(), "EMBEDDED_TEST_FOLDER="+o.Folder)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		// The moment of the kill is the point, so a clock decides it.
		kill := time.AfterFunc(time.Duration(100+200*i)*time.Millisecond, func() { _ = child.Process.Kill() })
		_ = child.Wait()
		kill.Stop()
	}
	if got := query(t, start(t, o), "select 'up'"); got != "up" {
		t.Errorf("got %q", got)
	}
}

func startAndHang(folder string) {
	o := Options{Folder: folder, Binaries: runfile.Path("WEAVSTER_POSTGRES_BINARIES")}
	s, err := Start(context.Background(), o)
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(s.URL() + "\n")
	select {}
}

// When Postgres itself is killed, its files say that it runs. It doesn't.
func TestAKilledPostmasterIsStartedAgain(t *testing.T) {
	o := options(t)
	first := start(t, o)
	keep(t, first)
	pid, _, err := readPostmaster(first.home.path("data/postmaster.pid"))
	if err != nil || pid == 0 {
		t.Fatal(pid, err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); runs(pid) && time.Now().Before(deadline); {
		wait(t.Context(), 10*time.Millisecond)
	}
	if got := query(t, start(t, o), "select it from kept"); got != "yes" {
		t.Errorf("got %q", got)
	}
}

func TestAFolderWithoutBinariesIsASentence(t *testing.T) {
	o := options(t)
	o.Binaries = t.TempDir()
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "Postgres' binaries") {
		t.Errorf("got %v", err)
	}
}

// For root, whose data lies elsewhere, as for everybody else.
func TestADeletedStateFolderIsANewBeginning(t *testing.T) {
	o := options(t)
	old := start(t, o)
	keep(t, old)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	data := old.DataFolder()
	t.Cleanup(func() { os.RemoveAll(filepath.Dir(data)) })
	if err := os.RemoveAll(o.Folder); err != nil {
		t.Fatal(err)
	}
	if got := query(t, start(t, o), "select count(*)::text from pg_tables where tablename = 'kept'"); got != "0" {
		t.Error("the old data is there")
	}
}
