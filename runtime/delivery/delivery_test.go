package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/lease/leasetest"
	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

func open(t *testing.T, s *store.Store, flow string) *delivery.Ledger {
	t.Helper()
	l, err := delivery.Open(t.Context(), leasetest.Join(t, s), flow, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// commit makes one transaction of what do does.
func commit(t *testing.T, l *delivery.Ledger, do func(context.Context, *delivery.Commit) error) error {
	t.Helper()
	c, err := l.Begin(t.Context())
	if err != nil {
		return err
	}
	defer c.Rollback(t.Context())
	if err := do(t.Context(), c); err != nil {
		return err
	}
	return c.Commit(t.Context())
}

func advance(t *testing.T, l *delivery.Ledger, from, to connectors.Position) error {
	t.Helper()
	return commit(t, l, func(ctx context.Context, c *delivery.Commit) error { return c.Advance(ctx, "a.jsonl", from, to) })
}

func at(text string) connectors.Position { return connectors.Position(text) }

// Rule 6.
func TestACheckpointMovesFromExactlyWhereTheBatchBegan(t *testing.T) {
	s := storetest.Open(t)
	l := open(t, s, "orders")
	for _, step := range []struct {
		from, to connectors.Position
		moves    bool
	}{
		{at(`{"o":1}`), at(`{"o":2}`), false}, // nothing is there yet
		{nil, at(`{"o":1,"l":1}`), true},
		{nil, at(`{"o":9}`), false},                  // it began already
		{at(`{"l":1, "o":1}`), at(`{"o":2}`), true},  // the same place in other words
		{at(`{"l":1, "o":1}`), at(`{"o":3}`), false}, // a repeat
		{at(`{"o":3}`), at(`{"o":4}`), false},        // a gap
	} {
		if err := advance(t, l, step.from, step.to); (err == nil) != step.moves {
			t.Errorf("%s to %s: %v", step.from, step.to, err)
		}
	}
	positions, err := l.Positions(t.Context())
	if err != nil || string(positions["a.jsonl"]) != `{"o": 2}` {
		t.Errorf("%s, %v", positions, err)
	}
	for place, want := range map[string]bool{`{"o":2}`: true, `{"o":1}`: false} {
		if got, err := l.Settled(t.Context(), "a.jsonl", at(place)); err != nil || got != want {
			t.Errorf("settled at %s: %v, %v", place, got, err)
		}
	}
}

// Rule 3.
func TestWhatIsntCommittedDidntHappen(t *testing.T) {
	s := storetest.Open(t)
	l := open(t, s, "orders")
	broken := errors.New("broken")
	err := commit(t, l, func(ctx context.Context, c *delivery.Commit) error {
		return errors.Join(c.Advance(ctx, "a.jsonl", nil, at("1")), c.SetMark(ctx, "file:x", at("1")), c.Bury(ctx, letters()), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	for _, table := range []string{"checkpoint", "output", "dead_letter"} {
		if got := storetest.Query(t, s.URL(), "select count(*)::text from weavster."+table); got[0] != "0" {
			t.Errorf("%s rows in %s", got[0], table)
		}
	}
}

// Rule 5: an owner that lost its session without noticing can't write.
func TestAnOwnerThatLostTheFlowCantCommit(t *testing.T) {
	s := storetest.Open(t)
	first := open(t, s, "orders")
	if err := advance(t, first, nil, at("1")); err != nil {
		t.Fatal(err)
	}
	takeOver(t, s)
	if err := advance(t, first, at("1"), at("2")); !errors.Is(err, delivery.ErrFenced) {
		t.Error(err)
	}
}

func TestALostSessionIsTakenUpAgain(t *testing.T) {
	s := storetest.Open(t)
	l := open(t, s, "orders")
	if err := advance(t, l, nil, at("1")); err != nil {
		t.Fatal(err)
	}
	terminate(t, s)
	if err := advance(t, l, at("1"), at("2")); err == nil || !l.Lost() {
		t.Fatalf("a commit without a session: %v", err)
	}
	if err := l.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := advance(t, l, at("1"), at("2")); err != nil {
		t.Error(err)
	}
	// In the meantime another process had it: then it isn't ours any more.
	terminate(t, s)
	_ = advance(t, l, at("2"), at("3"))
	takeOver(t, s)
	if err := l.Recover(t.Context()); !errors.Is(err, delivery.ErrFenced) {
		t.Errorf("taken over: %v", err)
	}
}

// takeOver is another process that holds this one for dead.
func takeOver(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := storetest.Connect(t, s.URL()).Exec(t.Context(), "update weavster.process set dead = now()"); err != nil {
		t.Fatal(err)
	}
	if err := open(t, s, "orders").Close(); err != nil {
		t.Fatal(err)
	}
}

func terminate(t *testing.T, s *store.Store) {
	t.Helper()
	conn := storetest.Connect(t, s.URL())
	_, err := conn.Exec(t.Context(), "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	if err != nil {
		t.Fatal(err)
	}
}

// Rule 4.
func TestAMarkBelongsToOneFlow(t *testing.T) {
	s := storetest.Open(t)
	orders, clicks := open(t, s, "orders"), open(t, s, "clicks")
	set := func(l *delivery.Ledger, mark string) error {
		return commit(t, l, func(ctx context.Context, c *delivery.Commit) error { return c.SetMark(ctx, "file:out/x", at(mark)) })
	}
	if m, err := orders.Mark(t.Context(), "file:out/x"); m != nil || err != nil {
		t.Errorf("a new output: %s, %v", m, err)
	}
	for _, mark := range []string{`{"bytes":1}`, `{"bytes":2}`} {
		if err := set(orders, mark); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := orders.Mark(t.Context(), "file:out/x"); string(m) != `{"bytes": 2}` || err != nil {
		t.Errorf("%s, %v", m, err)
	}
	if err := set(clicks, `{"bytes":3}`); err == nil {
		t.Error("two flows wrote one file")
	}
	if _, err := clicks.Mark(t.Context(), "file:out/x"); err == nil || !strings.Contains(err.Error(), "is an output of flow orders") {
		t.Error(err)
	}
}

func letters() []delivery.DeadLetter {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 5000, time.UTC)
	return []delivery.DeadLetter{
		{Flow: "orders", Step: "compute", Code: "W1101 missing", Error: "qty is missing", Field: "qty", Source: "a.jsonl:7", At: noon, Payload: []byte("{\"a\": 1.10}\r"),
			Partition: "a.jsonl", Line: 7, Now: noon.Add(-time.Minute), Meta: []byte(`{"topic":"\u0000"}`), Sensitive: []string{"/a", "/b/c"}},
		{Flow: "orders", Output: "file.x", Code: "W1401 output_rejected", Error: "no", Source: "a.jsonl:8", At: noon, Payload: []byte("\xff\x00"), Partition: "a.jsonl", Now: noon},
	}
}

// Rule 8: the bytes come back as they were.
func TestDeadLettersKeepTheOriginal(t *testing.T) {
	s := storetest.Open(t)
	l := open(t, s, "orders")
	if err := commit(t, l, func(ctx context.Context, c *delivery.Commit) error { return c.Bury(ctx, letters()) }); err != nil {
		t.Fatal(err)
	}
	list, err := delivery.List(t.Context(), s, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	want := letters()
	for i := range want {
		want[i].ID, want[i].State = int64(i+1), delivery.StateOpen
	}
	for i := range list {
		list[i].At, list[i].Now = list[i].At.UTC(), list[i].Now.UTC()
	}
	if diff := cmp.Diff([]delivery.DeadLetter{want[1], want[0]}, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		project, flow string
		want          int
	}{{"shop", "orders", 1}, {"shop", "clicks", 0}, {"bank", "", 0}} {
		other := *s
		other.Project = c.project
		if list, err := delivery.List(t.Context(), &other, c.flow, 1); err != nil || len(list) != c.want {
			t.Errorf("%s/%s: %d letters, %v", c.project, c.flow, len(list), err)
		}
	}
}

func TestADeadLetterAsJSON(t *testing.T) {
	for i, want := range []string{
		`{"flow":"orders","step":"compute","code":"W1101 missing","error":"qty is missing","field":"qty","source":"a.jsonl:7","at":"2026-01-02T12:00:00.000005Z","payload":"{\"a\": 1.10}\r"}`,
		`{"flow":"orders","output":"file.x","code":"W1401 output_rejected","error":"no","source":"a.jsonl:8","at":"2026-01-02T12:00:00.000005Z","payload_base64":"/wA="}`,
	} {
		got := letters()[i].AppendJSON(nil)
		if string(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
		if !json.Valid(got) {
			t.Errorf("not JSON: %s", got)
		}
	}
}

// Rule 1.
func TestEveryMessageIsAccountedFor(t *testing.T) {
	row := func(messages ...uint32) contract.Rows {
		var r contract.Rows
		for _, m := range messages {
			r.Data = append(r.Data, 'x')
			r.Ends = append(r.Ends, uint32(len(r.Data)))
			r.Data = append(r.Data, '\n')
			r.Message = append(r.Message, m)
		}
		return r
	}
	whole := func(m uint32) contract.Drop { return contract.Drop{Message: m, Output: -1} }
	part := func(m uint32) contract.Drop { return contract.Drop{Message: m, Output: -1, Part: true} }
	for name, c := range map[string]struct {
		result contract.Result
		want   string
	}{
		"each its own":     {contract.Result{Outputs: []contract.Rows{row(0, 2), row(0)}, Drops: []contract.Drop{whole(1)}}, ""},
		"split":            {contract.Result{Outputs: []contract.Rows{row(0, 0, 1, 2), row()}}, ""},
		"parts":            {contract.Result{Outputs: []contract.Rows{row(0, 0, 2), row()}, Drops: []contract.Drop{part(0), part(1), whole(1)}}, ""},
		"parts alone":      {contract.Result{Outputs: []contract.Rows{row(0, 2), row()}, Drops: []contract.Drop{part(1)}}, "message 1 of the batch is unaccounted for"},
		"a part too many":  {contract.Result{Outputs: []contract.Rows{row(0, 1, 2), row()}, Drops: []contract.Drop{part(3)}}, "there is no message 3 in a batch of 3"},
		"on the way":       {contract.Result{Outputs: []contract.Rows{row(0, 1), row(0)}, Failures: []contract.Failure{{Message: 2, Output: 1}}}, ""},
		"one left out":     {contract.Result{Outputs: []contract.Rows{row(0, 2), row()}}, "message 1 of the batch is unaccounted for"},
		"ended twice":      {contract.Result{Outputs: []contract.Rows{row(0, 2), row()}, Drops: []contract.Drop{whole(1), whole(1)}}, "message 1 of the batch ended twice"},
		"dropped and sent": {contract.Result{Outputs: []contract.Rows{row(0, 1, 2), row()}, Drops: []contract.Drop{whole(1)}}, "message 1 of the batch ended as a whole and has an output too"},
		"one too many":     {contract.Result{Outputs: []contract.Rows{row(0, 1, 2, 3), row()}}, "output 0 has a row of message 3 in a batch of 3"},
		"an end too many":  {contract.Result{Outputs: []contract.Rows{row(0, 1, 2), row()}, Drops: []contract.Drop{whole(7)}}, "there is no message 7 in a batch of 3"},
		"no such output":   {contract.Result{Outputs: []contract.Rows{row(0, 1), row()}, Drops: []contract.Drop{{Message: 2, Output: 2}}}, "message 2 went to output 2 of 2"},
		"outputs missing":  {contract.Result{Outputs: []contract.Rows{row(0, 1, 2)}}, "answers for 1 outputs, and its manifest lists 2"},
	} {
		var a delivery.Accountant
		err := a.Check(&c.result, 3, 2)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Text that Postgres can't hold would stop the flow at every run.
func TestALetterAboutOddTextIsKept(t *testing.T) {
	s := storetest.Open(t)
	l := open(t, s, "orders")
	odd := letters()[:1]
	odd[0].Error, odd[0].Field, odd[0].Source, odd[0].Step = "no \x00 or \xff", "a\x00b", "\xe9t\xe9.jsonl:1", "s\x00"
	if err := commit(t, l, func(ctx context.Context, c *delivery.Commit) error { return c.Bury(ctx, odd) }); err != nil {
		t.Fatal(err)
	}
	got := storetest.Query(t, s.URL(), "select concat_ws('|', error, field, source, step) from weavster.dead_letter")
	if diff := cmp.Diff([]string{"no \ufffd or \ufffd|a\ufffdb|\ufffdt\ufffd.jsonl:1|s\ufffd"}, got); diff != "" {
		t.Error(diff)
	}
}
