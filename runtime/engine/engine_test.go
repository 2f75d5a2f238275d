package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/observe"
	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(victimFolder) != "" {
		os.Exit(victim())
	}
	os.Exit(storetest.Main(m))
}

// A sorter is a flow that its messages themselves tell what to do: a message
// holds `"to":"table"`, `file`, `both`, `drop`, `fail`, `stop` or `split`: in
// three, of which one is filtered.
type sorter struct{}

func (sorter) Process(_ context.Context, b *contract.Batch) (*contract.Result, error) {
	r := &contract.Result{Outputs: make([]contract.Rows, 2)}
	for i := range b.Len() {
		m := string(b.Message(i))
		to := func(output int) {
			rows := &r.Outputs[output]
			rows.Data = append(rows.Data, m...)
			rows.Ends = append(rows.Ends, uint32(len(rows.Data)))
			rows.Message = append(rows.Message, uint32(i))
			rows.Data = append(rows.Data, '\n')
		}
		fail := contract.Failure{Message: uint32(i), Output: -1, Step: 0, Code: contract.ErrMissing, Field: "qty", Detail: "qty is missing"}
		switch {
		case strings.Contains(m, `"to":"table"`):
			to(0)
		case strings.Contains(m, `"to":"file"`):
			to(1)
		case strings.Contains(m, `"to":"both"`):
			to(0)
			to(1)
		case strings.Contains(m, `"to":"drop"`):
			r.Drops = append(r.Drops, contract.Drop{Message: uint32(i), Output: -1, Step: 0, Reason: contract.Filtered})
		case strings.Contains(m, `"to":"split"`):
			to(0)
			to(0)
			r.Drops = append(r.Drops, contract.Drop{Message: uint32(i), Output: -1, Step: 0, Reason: contract.Filtered, Part: true})
		case strings.Contains(m, `"to":"stop"`):
			fail.Action = contract.Stop
			r.Failures = append(r.Failures, fail)
		case strings.Contains(m, `"to":"lose"`):
		default:
			fail.Action = contract.DeadLetter
			r.Failures = append(r.Failures, fail)
		}
	}
	return r, nil
}

var manifest = contract.Manifest{
	Flow:  "orders",
	Input: contract.Connector{Name: "file.in"},
	Outputs: []contract.Output{
		{Connector: contract.Connector{Name: "postgres.table"}}, {Connector: contract.Connector{Name: "file.out"}},
	},
	Steps:  []contract.Step{{ID: "compute", Kind: "compute"}},
	Errors: contract.ErrorRules{Unavailable: contract.UnavailableRule{Retry: -1, MinBackoff: "1ms", MaxBackoff: "5ms"}},
}

// A project is a folder and a database, and what a flow has to be told.
type project struct {
	folder   string
	database string // the state's
	url      string // the table's, or "" for the state's
	name     string
	more     string // options of the table's
	columns  string // the table's; "" for those of message
	manifest contract.Manifest
	wrap     func(connectors.Sink) connectors.Sink
}

// open gives the flow, ready to run, and what closes it.
func (p *project) open(ctx context.Context) (engine.Flow, func(), error) {
	var none engine.Flow
	s, err := store.Open(ctx, store.Options{Database: p.database, Project: "shop"})
	if err != nil {
		return none, nil, err
	}
	process, err := lease.Join(ctx, s)
	if err != nil {
		return none, nil, err
	}
	closers := []io.Closer{s, process}
	closeAll := func() {
		for _, c := range slices.Backward(closers) {
			c.Close()
		}
	}
	ledger, err := delivery.Open(ctx, process, p.name, false)
	if err != nil {
		closeAll()
		return none, nil, err
	}
	closers = append(closers, ledger)
	url := ""
	if p.url != "" {
		url = "\nurl: " + p.url
	}
	var sinks []connectors.Sink
	for _, options := range []string{
		"type: postgres\ntable: sales.orders\ncreate: true\ncolumns: {" + cmp.Or(p.columns, "n: bigint, to: text") + "}" + url + p.more,
		"type: file\npath: out/out.jsonl",
		"type: file\npath: out/dead.jsonl",
	} {
		c, spec := p.config(options, connectors.Writer)
		sink, err := spec.OpenSink(ctx, c)
		if err != nil {
			closeAll()
			return none, nil, err
		}
		closers = append(closers, sink)
		sinks = append(sinks, sink)
	}
	if p.wrap != nil {
		sinks[0] = p.wrap(sinks[0])
	}
	c, spec := p.config("type: file\npath: in.jsonl", connectors.Reader)
	input, err := spec.OpenSource(ctx, c)
	if err != nil {
		closeAll()
		return none, nil, err
	}
	closers = append(closers, input)
	if err := engine.Seek(ctx, ledger, input); err != nil {
		closeAll()
		return none, nil, err
	}
	return engine.Flow{
		Manifest: &p.manifest, Source: input, Outputs: sinks[:2], Dead: sinks[2],
		Processor: func(context.Context) (engine.Processor, error) { return sorter{}, nil },
		Done:      func(engine.Processor) {},
		Workers:   2, Ledger: ledger,
		Meter: observe.NewMeter(p.name, []string{"postgres.table", "file.out"}),
		Log:   slog.New(slog.DiscardHandler),
	}, closeAll, nil
}

func (p *project) config(options string, role connectors.Role) (connectors.Config, *connectors.Spec) {
	var diags source.Diagnostics
	node := syntax.Parse(source.NewFile("connectors/test.yaml", []byte(options)), &diags)
	spec, ok := all.Find(node.Get("type").Text)
	if !ok {
		panic(options)
	}
	f := spec.Decode(node, "test", role, &diags)
	if err := diags.Err(); err != nil {
		panic(err)
	}
	return connectors.Config{Name: "test", Options: f, Folder: p.folder, Database: p.database, MaxMessage: 1 << 16}, spec
}

func newProject(t *testing.T, messages string) *project {
	t.Helper()
	p := &project{folder: t.TempDir(), database: storetest.URL(t), name: "orders", manifest: manifest}
	p.write(t, "in.jsonl", messages)
	return p
}

func (p *project) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// run runs the flow to its end.
func (p *project) run(t *testing.T) (observe.Totals, error) {
	t.Helper()
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	err = engine.Run(t.Context(), t.Context(), f)
	return f.Meter.Totals(), err
}

func (p *project) mustRun(t *testing.T) observe.Totals {
	t.Helper()
	totals, err := p.run(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := totals.Check(); err != nil {
		t.Error(err)
	}
	totals.Seconds, totals.PerSecond = 0, 0
	return totals
}

func (p *project) table(t *testing.T) []string {
	t.Helper()
	url := p.url
	if url == "" {
		url = p.database
	}
	return storetest.Query(t, url, `select n::text from sales.orders order by n`)
}

func (p *project) lines(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func message(n int, to string) string { return fmt.Sprintf(`{"n":%d,"to":"%s"}`, n, to) }

const sixMessages = `{"n":1,"to":"table"}
{"n":2,"to":"file"}
{"n":3,"to":"both"}
{"n":4,"to":"drop"}
{"n":5,"to":"fail", "x":"é\u0000"}
{"n":"six","to":"table"}
`

// Rules 1, 6 and 8.
func TestEachMessageEndsWhereItBelongs(t *testing.T) {
	p := newProject(t, sixMessages)
	want := observe.Totals{Flow: "orders", Read: 6, Filtered: 1, DeadLetters: 2,
		Outputs: []observe.Delivered{{Output: "postgres.table", Rows: 2}, {Output: "file.out", Rows: 2}}}
	ignore := gocmp.FilterPath(func(path gocmp.Path) bool { return path.String() == "unaccounted" }, gocmp.Ignore())
	if diff := gocmp.Diff(want, p.mustRun(t), ignore); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := p.table(t); !gocmp.Equal(got, []string{"1", "3"}) {
		t.Errorf("table: %q", got)
	}
	if got := p.lines(t, "out/out.jsonl"); !gocmp.Equal(got, []string{message(2, "file"), message(3, "both")}) {
		t.Errorf("file: %q", got)
	}
	letters := storetest.Query(t, p.database, `
		select concat_ws('|', output, step, code, error, field, source, convert_from(payload, 'UTF8')) from weavster.dead_letter order by id`)
	wantLetters := []string{
		`compute|W1101 missing|qty is missing|qty|in.jsonl:5|{"n":5,"to":"fail", "x":"é\u0000"}`,
		`postgres.table|W1401 output_rejected|Postgres: invalid input syntax for type bigint (SQLSTATE 22P02)|n|in.jsonl:6|{"n":"six","to":"table"}`,
	}
	if diff := gocmp.Diff(wantLetters, letters); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	places := storetest.Query(t, p.database, "select concat_ws('|', partition, line, now <= at, state) from weavster.dead_letter order by id")
	if diff := gocmp.Diff([]string{"in.jsonl|5|t|open", "in.jsonl|6|t|open"}, places); diff != "" {
		t.Errorf("where they are from (-want +got):\n%s", diff)
	}
	for i, line := range p.lines(t, "out/dead.jsonl") {
		if !strings.Contains(line, []string{`"source":"in.jsonl:5"`, `"source":"in.jsonl:6"`}[i]) {
			t.Errorf("dead letter in the file: %s", line)
		}
	}
	// A second run has nothing to do.
	if again := p.mustRun(t); again.Read != 0 || len(p.table(t)) != 2 || len(p.lines(t, "out/out.jsonl")) != 2 {
		t.Errorf("a second run: %+v", again)
	}
}

// Rules 1 and 8: however many rows a message has, it is read and buried once.
func TestAMessageThatWasSplitIsOneMessage(t *testing.T) {
	p := newProject(t, message(1, "split")+"\n"+`{"n":"two","to":"split"}`+"\n")
	want := observe.Totals{Flow: "orders", Read: 2, Filtered: 2, DeadLetters: 1,
		Outputs: []observe.Delivered{{Output: "postgres.table", Rows: 2}, {Output: "file.out"}}}
	got := p.mustRun(t)
	if err := got.Check(); err != nil {
		t.Error(err)
	}
	ignore := gocmp.FilterPath(func(path gocmp.Path) bool { return path.String() == "unaccounted" }, gocmp.Ignore())
	if diff := gocmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := p.table(t); !gocmp.Equal(got, []string{"1", "1"}) {
		t.Errorf("table: %q", got)
	}
	letters := storetest.Query(t, p.database, "select convert_from(payload, 'UTF8') from weavster.dead_letter")
	if diff := gocmp.Diff([]string{`{"n":"two","to":"split"}`}, letters); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
}

func TestAWholeFileArrivesInItsOrder(t *testing.T) {
	const n = 30_000
	var b, want strings.Builder
	for i := range n {
		b.WriteString(message(i, "both") + "\n")
		want.WriteString(message(i, "both") + "\n")
	}
	p := newProject(t, b.String())
	if got := p.mustRun(t); got.Read != n {
		t.Errorf("read %d", got.Read)
	}
	if got := strings.Join(p.lines(t, "out/out.jsonl"), "\n") + "\n"; got != want.String() {
		t.Error("the file isn't the input")
	}
	got := storetest.Query(t, p.database, "select count(*)::text || ' ' || count(distinct n)::text from sales.orders")
	if got[0] != "30000 30000" {
		t.Errorf("table: %s", got[0])
	}
}

// Rule 9.
func TestAStepThatStopsTheFlowLeavesItsMessageUnsettled(t *testing.T) {
	p := newProject(t, message(1, "table")+"\n"+message(2, "stop")+"\n")
	_, err := p.run(t)
	if err == nil || !strings.Contains(err.Error(), "flow orders stopped at in.jsonl:2, as its on_error says: in step compute W1101 missing: qty is missing") {
		t.Error(err)
	}
	if got := p.table(t); len(got) != 0 {
		t.Errorf("table: %q", got)
	}
	p.write(t, "in.jsonl", message(1, "table")+"\n"+message(2, "table")+"\n")
	if got := p.mustRun(t); got.Read != 2 {
		t.Errorf("read %d afterwards", got.Read)
	}
}

// Rule 1.
func TestAResultThatLeavesAMessageOutStopsTheFlow(t *testing.T) {
	p := newProject(t, message(1, "table")+"\n"+message(2, "lose")+"\n")
	if _, err := p.run(t); err == nil || !strings.Contains(err.Error(), "message 1 of the batch is unaccounted for") {
		t.Error(err)
	}
	if got := p.table(t); len(got) != 0 {
		t.Errorf("table: %q", got)
	}
}

// Rule 9: what was read is settled, and the next run goes on there.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	const n = 40_000
	var b strings.Builder
	for i := range n {
		b.WriteString(message(i, "both") + "\n")
	}
	p := newProject(t, b.String())
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop, interrupt := context.WithCancel(t.Context())
	f.Source = &interrupting{f.Source, 1, interrupt}
	err = engine.Run(t.Context(), stop, f)
	closeAll()
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Fatal(err)
	}
	first := f.Meter.Totals()
	if first.Read == 0 || first.Read == n {
		t.Fatalf("the interrupted run settled %d", first.Read)
	}
	if rest := p.mustRun(t); first.Read+rest.Read != n {
		t.Errorf("%d and then %d of %d", first.Read, rest.Read, n)
	}
	if got := len(p.lines(t, "out/out.jsonl")); got != n {
		t.Errorf("%d lines", got)
	}
}

// interrupting stops the flow after a number of batches.
type interrupting struct {
	connectors.Source
	after int
	stop  func()
}

func (s *interrupting) Read(ctx context.Context) (*connectors.Batch, error) {
	if s.after == 0 {
		s.stop()
	}
	s.after--
	return s.Source.Read(ctx)
}

func TestTwoFlowsCantWriteOneFile(t *testing.T) {
	p := newProject(t, sixMessages)
	p.mustRun(t)
	p.name = "clicks"
	_, err := p.run(t)
	if err == nil || !strings.Contains(err.Error(), "is an output of flow orders") {
		t.Error(err)
	}
}
