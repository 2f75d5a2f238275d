package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/store/storetest"
)

// The environment of a victim: this test binary as a process that runs the
// flow until it is killed.
const (
	victimFolder   = "WEAVSTER_TEST_VICTIM"
	victimDatabase = "WEAVSTER_TEST_DATABASE"
)

func victim() int {
	p := &project{folder: os.Getenv(victimFolder), database: os.Getenv(victimDatabase), name: "orders", manifest: manifest}
	ctx := context.Background()
	f, closeAll, err := p.open(ctx)
	if err == nil {
		defer closeAll()
		err = engine.Run(ctx, ctx, f)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// kills is how many times a run is killed, at moments all over its length.
const kills = 50

// Rules 2, 3, 4 and 6: wherever a run is killed, the next one goes on so that
// in the end everything is in exactly one place, once.
func TestKilledAnywhereEverythingArrivesOnce(t *testing.T) {
	const n = 50_000
	var b strings.Builder
	ways := []string{"table", "file", "both", "drop", "fail"}
	pad := strings.Repeat("x", 300) // so that there are many batches and commits
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d,"to":"%s","pad":"%s"}`+"\n", i, ways[i%len(ways)], pad)
	}
	p := newProject(t, b.String())
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	span := 300 * time.Millisecond
	killed, places := 0, map[string]bool{}
	for killed < kills {
		victim, err := p.start(t)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- victim.Wait() }()
		select {
		case <-time.After(time.Duration(r.Int64N(int64(span)))):
			// One that just got through on its own is like one that was killed at its end.
			if err := victim.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			<-ended
			killed++
			before := len(places)
			for _, place := range p.place(t) {
				places[place] = true
			}
			if len(places) == before {
				span = span * 5 / 4 // too early, on a slow machine
			}
		case err := <-ended:
			if err != nil {
				t.Fatalf("a run failed by itself: %v: %s", err, victim.Stderr)
			}
			// It got through: begin again with more to read.
			span = span * 3 / 4
			p.check(t, n)
			p.startAgain(t)
		}
	}
	p.mustRun(t)
	p.check(t, n)
	t.Logf("%d kills left the checkpoint in %d places", killed, len(places))
	if len(places) < 5 {
		t.Error("too few of the kills were in the middle of a run")
	}
}

// place is where the checkpoint stands, if there is one.
func (p *project) place(t *testing.T) []string {
	t.Helper()
	if storetest.Query(t, p.database, "select coalesce(to_regclass('weavster.checkpoint')::text, '')")[0] == "" {
		return nil
	}
	return storetest.Query(t, p.database, "select position ->> 'offset' from weavster.checkpoint")
}

func (p *project) start(t *testing.T) (*exec.Cmd, error) {
	t.Helper()
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimFolder+"="+p.folder, victimDatabase+"="+p.database)
	victim.Stderr = new(strings.Builder)
	return victim, victim.Start()
}

// startAgain forgets everything, so that the same input is read anew.
func (p *project) startAgain(t *testing.T) {
	t.Helper()
	conn := storetest.Connect(t, p.database)
	if _, err := conn.Exec(t.Context(), "drop schema weavster cascade; drop schema sales cascade"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.folder + "/out"); err != nil {
		t.Fatal(err)
	}
}

// check looks for each message where its number says it has to be.
func (p *project) check(t *testing.T, n int) {
	t.Helper()
	found := map[string]int{}
	for _, number := range p.table(t) {
		found["table "+number]++
	}
	for _, line := range p.lines(t, "out/out.jsonl") {
		found["file "+strings.TrimPrefix(strings.SplitN(line, ",", 2)[0], `{"n":`)]++
	}
	for _, number := range storetest.Query(t, p.database, "select convert_from(payload, 'UTF8')::jsonb ->> 'n' from weavster.dead_letter") {
		found["letter "+number]++
	}
	if got := len(p.lines(t, "out/dead.jsonl")); got != n/5 {
		t.Errorf("%d dead letters in the file, %d messages failed", got, n/5)
	}
	for i := range n {
		for _, place := range [][]string{{"table"}, {"file"}, {"table", "file"}, {}, {"letter"}}[i%5] {
			key := fmt.Sprintf("%s %d", place, i)
			if found[key] != 1 {
				t.Fatalf("message %d is in its %s %d times", i, place, found[key])
			}
			delete(found, key)
		}
	}
	if len(found) != 0 {
		t.Fatalf("%d are where they don't belong: %v", len(found), found)
	}
}
