package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/lease/leasetest"
	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

// A flaky sink is away at some of its writes: the rows before them are
// written, and have to be taken back.
type flaky struct {
	connectors.Sink
	away  func(write int) error
	write int
}

func (f *flaky) Write(ctx context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	refused, err := f.Sink.Write(ctx, rows)
	f.write++
	return refused, errors.Join(err, f.away(f.write))
}

var errAway = &connectors.Unavailable{What: "postgres.table", Err: errors.New("connection refused")}

// many are n messages with so much in them that there are many batches.
func many(n int, to ...string) string {
	var b strings.Builder
	pad := strings.Repeat("x", 300)
	for i := range n {
		fmt.Fprintf(&b, `{"n":%d,"to":"%s","pad":"%s"}`+"\n", i, to[i%len(to)], pad)
	}
	return b.String()
}

// Rules 4 and 7: what is away is waited for, nothing becomes a dead letter,
// and the outputs that were there don't get anything twice.
func TestAnOutputThatIsAwayIsWaitedFor(t *testing.T) {
	const n = 10_000
	p := newProject(t, many(n, "both"))
	p.url = storetest.URL(t) // not the state's database
	waits := 0
	p.wrap = func(s connectors.Sink) connectors.Sink {
		return &flaky{Sink: s, away: func(write int) error {
			if write != 2 && write != 3 && write != 6 {
				return nil
			}
			waits++
			return errAway
		}}
	}
	got := p.mustRun(t)
	if got.Read != n || got.DeadLetters != 0 || waits == 0 {
		t.Errorf("%+v after %d waits", got, waits)
	}
	if rows := storetest.Query(t, p.url, "select count(*)::text || ' ' || count(distinct n)::text from sales.orders"); rows[0] != "10000 10000" {
		t.Errorf("table: %s", rows[0])
	}
	if lines := len(p.lines(t, "out/out.jsonl")); lines != n {
		t.Errorf("%d lines", lines)
	}
}

func TestTriesEndWhereTheFlowSaysSo(t *testing.T) {
	p := newProject(t, many(10, "table"))
	p.url = storetest.URL(t)
	p.manifest.Errors.Unavailable.Retry = 2
	tries := 0
	p.wrap = func(s connectors.Sink) connectors.Sink {
		return &flaky{Sink: s, away: func(int) error { tries++; return errAway }}
	}
	_, err := p.run(t)
	if err == nil || !strings.Contains(err.Error(), "flow orders gave up after 3 tries: postgres.table is not available: connection refused") || tries != 3 {
		t.Errorf("%v after %d tries", err, tries)
	}
	p.wrap, p.manifest.Errors.Unavailable.Retry = nil, -1
	if got := p.mustRun(t); got.Read != 10 {
		t.Errorf("read %d afterwards", got.Read)
	}
}

// Rule 9.
func TestAFlowThatWaitsCanBeStopped(t *testing.T) {
	p := newProject(t, many(10, "table"))
	p.url = storetest.URL(t)
	p.manifest.Errors.Unavailable.MinBackoff, p.manifest.Errors.Unavailable.MaxBackoff = "1h", "1h"
	stop, interrupt := context.WithCancel(t.Context())
	p.wrap = func(s connectors.Sink) connectors.Sink {
		return &flaky{Sink: s, away: func(int) error { interrupt(); return errAway }}
	}
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	var log strings.Builder
	f.Log = slog.New(slog.NewTextHandler(&log, nil))
	f.Redact = func(text string) string { return strings.ReplaceAll(text, "refused", "***") }
	err = engine.Run(t.Context(), stop, f)
	if !errors.Is(err, engine.ErrInterrupted) || !connectors.IsUnavailable(err) {
		t.Error(err)
	}
	if totals := f.Meter.Totals(); totals.Read != 0 || totals.Waiting != "postgres.table is not available: connection ***" {
		t.Errorf("%+v", totals)
	}
	if text := log.String(); !strings.Contains(text, "connection ***") || strings.Contains(text, "refused") {
		t.Error(text)
	}
}

// Rules 3 and 5: a session that is lost at any moment, in the middle of a
// commit too, costs nothing.
func TestASessionThatIsLostCostsNothing(t *testing.T) {
	const n = 40_000
	p := newProject(t, many(n, "table", "file", "both", "drop", "fail"))
	killer := storetest.Connect(t, p.database)
	stop := make(chan struct{})
	var killed atomic.Int64
	ended := make(chan error, 1)
	go func() {
		ended <- func() error {
			for delay := time.Millisecond; ; delay += 3 * time.Millisecond {
				select {
				case <-stop:
					return nil
				case <-time.After(delay):
				}
				tag, err := killer.Exec(context.Background(), `
					select pg_terminate_backend(pid) from pg_stat_activity
					where datname = current_database() and application_name = 'weavster' and state <> 'idle'`)
				if err != nil {
					return err
				}
				killed.Add(tag.RowsAffected())
			}
		}()
	}()
	got := p.runThrough(t)
	close(stop)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sessions lost", killed.Load())
	if killed.Load() == 0 || got != n {
		t.Errorf("%d sessions lost, %d messages read", killed.Load(), got)
	}
	p.check(t, n)
}

// runThrough runs until the input's end; a session that is lost before the
// engine runs is this test's own doing, and is tried again.
func (p *project) runThrough(t *testing.T) (read int64) {
	t.Helper()
	for {
		f, closeAll, err := p.open(t.Context())
		if err != nil {
			continue
		}
		err = engine.Run(t.Context(), t.Context(), f)
		closeAll()
		totals := f.Meter.Totals()
		read += totals.Read
		switch {
		case err == nil:
			return read
		case totals.Read > 0, t.Context().Err() != nil:
			t.Fatal(err)
		}
	}
}

// A row that the flow's dead letter connector refuses is in the table.
func TestDeadLettersAreInTheTableAlways(t *testing.T) {
	p := newProject(t, sixMessages)
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	f.Dead = refusing{f.Dead}
	if err := engine.Run(t.Context(), t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Query(t, p.database, "select count(*)::text from weavster.dead_letter"); got[0] != "2" {
		t.Errorf("%s dead letters", got[0])
	}
}

type refusing struct{ connectors.Sink }

func (refusing) Write(_ context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	var all []connectors.Rejection
	for i := range rows.Len() {
		all = append(all, connectors.Rejection{Row: i, Detail: "no"})
	}
	return all, nil
}

// Rule 5: a flow that another process took over in an outage isn't waited for.
func TestAFlowThatWasTakenOverEnds(t *testing.T) {
	p := newProject(t, many(10, "table"))
	p.url = storetest.URL(t)
	p.wrap = func(s connectors.Sink) connectors.Sink {
		return &flaky{Sink: s, away: func(int) error {
			// The session is lost, and those who find the process dead take over.
			for _, sql := range []string{
				"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
				"update weavster.process set dead = now()",
			} {
				if _, err := storetest.Connect(t, p.database).Exec(t.Context(), sql); err != nil {
					t.Error(err)
				}
			}
			if s := (store.Options{Database: p.database, Project: "shop"}); !p.takeOver(t, s) {
				t.Error("the flow can't be taken over")
			}
			return errAway
		}}
	}
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := engine.Run(ctx, t.Context(), f); !errors.Is(err, delivery.ErrFenced) {
		t.Error(err)
	}
}

// takeOver is another process that runs the flow for a moment.
func (p *project) takeOver(t *testing.T, o store.Options) bool {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Error(err)
		return false
	}
	l, err := delivery.Open(t.Context(), leasetest.Join(t, s), p.name, false)
	if err != nil {
		t.Error(err)
		return false
	}
	return l.Close() == nil
}

// Rule 7: the state's database may be short of something without losing its
// sessions; that passes too.
func TestAStateThatIsShortOfSomethingIsWaitedFor(t *testing.T) {
	p := newProject(t, many(10, "both"))
	p.url = storetest.URL(t)
	locker := storetest.Connect(t, p.database)
	exec := func(sql string) {
		if _, err := locker.Exec(t.Context(), sql); err != nil {
			t.Error(err)
		}
	}
	exec("do $$ begin execute format('alter database %I set lock_timeout = ''50ms''', current_database()); end $$")
	p.wrap = func(s connectors.Sink) connectors.Sink {
		return &flaky{Sink: s, away: func(write int) error {
			switch write {
			case 1:
				exec("begin; lock table weavster.checkpoint")
			case 2:
				exec("rollback")
			}
			return nil
		}}
	}
	if got := p.mustRun(t); got.Read != 10 || got.DeadLetters != 0 {
		t.Errorf("%+v", got)
	}
	// The table's own commit can't be taken back: there it is at least once.
	if rows := storetest.Query(t, p.url, "select count(distinct n)::text from sales.orders"); rows[0] != "10" {
		t.Errorf("%s rows", rows[0])
	}
	if lines := len(p.lines(t, "out/out.jsonl")); lines != 10 {
		t.Errorf("%d lines", lines)
	}
}
