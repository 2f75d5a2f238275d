package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/lease/leasetest"
	"github.com/weavster/weavster/runtime/module/moduletest"
	"github.com/weavster/weavster/runtime/store"
	"github.com/weavster/weavster/runtime/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(storetest.Main(m))
}

// A shop is a workspace with a project in examples/shop, and its bundle. Its
// one flow is moduletest.Guest: `d…` is filtered, `f…` fails, `T…` traps, and
// anything else goes to the output.
type shop struct {
	workspace, bundle, database string
	contents                    bundle.Contents // of the bundle
}

var guest = contract.Manifest{
	ABI: contract.ABIVersion, Flow: "orders", File: "flows/orders.yaml",
	Input:   contract.Connector{Name: "file.orders", At: contract.Position{Line: 1, Column: 8}},
	Outputs: []contract.Output{{Connector: contract.Connector{Name: "postgres.orders", At: contract.Position{Line: 3, Column: 9}}}},
	Vars:    []contract.Var{{Name: "tier", Type: "string"}},
	Steps:   []contract.Step{{ID: "filter", Kind: "filter"}},
	Errors: contract.ErrorRules{
		Unavailable: contract.UnavailableRule{Retry: -1, MinBackoff: "1ms", MaxBackoff: "10ms"},
		Rejected:    contract.RejectedRule{DeadLetter: &contract.Connector{Name: "file.dead"}},
	},
}

const connectorFiles = `
orders: {type: file, path: data/orders.jsonl}
dead: {type: file, path: out/dead.jsonl}
`

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{workspace: t.TempDir(), bundle: filepath.Join(t.TempDir(), "bundle"), database: storetest.URL(t)}
	s.write(t, "data/orders.jsonl", "{\"n\":1}\nd2\nf3\nT4\n{\"n\":\"five\"}\n")
	s.configure(t, "orders: {type: postgres, table: sales.orders, create: true, columns: {n: bigint}}\n")
	t.Setenv("BUILD_WORKSPACE_DIRECTORY", s.workspace)
	t.Setenv("BUILD_WORKING_DIRECTORY", s.workspace)
	t.Setenv("STATE_DB", s.database)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return s
}

// configure builds the bundle with these connectors of Postgres.
func (s *shop) configure(t *testing.T, postgres string) {
	t.Helper()
	s.build(t, map[string]string{
		"weavster.yaml":            "name: shop\nversion: 1.0.0\nvars: {tier: gold}\nruntime: {database: \"{{ env_var('STATE_DB') }}\", workers: 2}\n",
		"connectors/file.yaml":     connectorFiles,
		"connectors/postgres.yaml": postgres,
	})
}

func (s *shop) path(name string) string { return filepath.Join(s.workspace, "examples/shop", name) }

func (s *shop) write(t *testing.T, name, text string) { t.Helper(); writeFile(t, s.path(name), text) }

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// build makes the bundle of these files.
func (s *shop) build(t *testing.T, config map[string]string) {
	t.Helper()
	parts := t.TempDir()
	manifest, err := json.Marshal(guest)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(parts, "flow.wasm"), string(moduletest.Assemble(moduletest.Guest).Bytes()))
	writeFile(t, filepath.Join(parts, "manifest.json"), string(manifest))
	contents := bundle.Contents{Package: "examples/shop", Config: map[string]string{}, Flows: map[string]bundle.FlowFiles{
		"orders": {Module: filepath.Join(parts, "flow.wasm"), Manifest: filepath.Join(parts, "manifest.json")},
	}}
	for name, text := range config {
		writeFile(t, filepath.Join(parts, name), text)
		contents.Config[name] = filepath.Join(parts, name)
	}
	s.contents = contents
	if err := os.RemoveAll(s.bundle); err != nil {
		t.Fatal(err)
	}
	if err := bundle.Write(s.bundle, contents); err != nil {
		t.Fatal(err)
	}
}

// An answer is what a command leaves behind.
type answer struct {
	out, err string
	code     int
}

func weavster(t *testing.T, args ...string) answer {
	t.Helper()
	return weavsterIn(t.Context(), args...)
}

func weavsterIn(ctx context.Context, args ...string) answer {
	signals := &signals{ctx: ctx}
	root := newRoot(signals, "")
	var out, errs bytes.Buffer
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.ExecuteContext(ctx)
	code := signals.code(report(&errs, err), err)
	return answer{out.String(), errs.String(), code}
}

func (s *shop) run(t *testing.T, args ...string) answer {
	t.Helper()
	return weavster(t, append([]string{"run", "--bundle", s.bundle}, args...)...)
}

func (s *shop) sql(t *testing.T, query string) string {
	t.Helper()
	a := weavster(t, "sql", "--bundle", s.bundle, "--csv", query)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	return a.out
}

func TestARunAccountsForEveryMessage(t *testing.T) {
	s := newShop(t)
	a := s.run(t)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	for _, want := range []string{"flow orders", " read ", " 5 ", "filtered", "to postgres.orders", "dead letters", " 3",
		`run //examples/shop:weavster -- sql "select * from sales.orders limit 5"`, "run //examples/shop:weavster -- dead-letter list"} {
		if !strings.Contains(a.out, want) {
			t.Errorf("the table lacks %q:\n%s", want, a.out)
		}
	}
	if got := s.sql(t, "select n from sales.orders"); got != "n\n1\n" {
		t.Errorf("rows: %q", got)
	}
	got := s.sql(t, "select step, code, field, source, convert_from(payload, 'UTF8') from weavster.dead_letter order by id")
	for _, want := range []string{
		"filter,W1101 missing,field,data/orders.jsonl:3,f3\n",
		",W1303 trap,,data/orders.jsonl:4,T4\n",
		",W1401 output_rejected,n,data/orders.jsonl:5,\"{\"\"n\"\":\"\"five\"\"}\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("dead letters lack %q:\n%s", want, got)
		}
	}
	if text, err := os.ReadFile(s.path("out/dead.jsonl")); err != nil || bytes.Count(text, []byte("\n")) != 3 {
		t.Errorf("dead letters in the file: %s %v", text, err)
	}
}

func TestASecondRunReadsNothing(t *testing.T) {
	s := newShop(t)
	s.run(t)
	a := s.run(t, "--json")
	var summary struct {
		Flows []struct{ Read, Seconds float64 }
	}
	if err := json.Unmarshal([]byte(a.out), &summary); err != nil {
		t.Fatalf("%v: %s %s", err, a.out, a.err)
	}
	if summary.Flows[0].Read != 0 {
		t.Errorf("read %v", summary.Flows[0].Read)
	}
}

func TestDeadLettersAreListedAndShown(t *testing.T) {
	s := newShop(t)
	s.run(t)
	list := weavster(t, "dead-letter", "list", "--bundle", s.bundle)
	for _, want := range []string{"ID", "data/orders.jsonl:3", "W1303 trap", "postgres.orders"} {
		if !strings.Contains(list.out, want) {
			t.Errorf("the list lacks %q:\n%s", want, list.out)
		}
	}
	if strings.Contains(list.out, "five") {
		t.Errorf("the list shows a message:\n%s", list.out)
	}
	for flag, want := range map[string]string{"--payload": "f3", "--json": `"payload":"f3"}` + "\n"} {
		if a := weavster(t, "dead-letter", "show", "1", "--bundle", s.bundle, flag); !strings.HasSuffix(a.out, want) {
			t.Errorf("show %s: %s%s", flag, a.out, a.err)
		}
	}
	a := weavster(t, "dead-letter", "show", "1", "--bundle", s.bundle)
	if !strings.Contains(a.out, "step    filter\n") || !strings.HasSuffix(a.out, "\n\nf3\n") {
		t.Errorf("show: %s%s", a.out, a.err)
	}
	if a = weavster(t, "dead-letter", "show", "99", "--bundle", s.bundle); a.code != 1 || !strings.Contains(a.err, "there is no dead letter 99") {
		t.Errorf("%+v", a)
	}
}

// What is wrong is one sentence and an exit code, and nothing is left behind.
func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(s *shop)
		args    []string
		code    int
		want    string
	}{
		"a bad database URL": {
			func(s *shop) { t.Setenv("STATE_DB", "postgres://u:hunter2@127.0.0.1:1/x") }, nil, 1,
			"weavster: the database at 127.0.0.1:1 can't be reached: connection refused\n",
		},
		"no input": {
			func(s *shop) { os.Remove(s.path("data/orders.jsonl")) }, nil, 1,
			"weavster: data/orders.jsonl can't be read: no such file or directory\n",
		},
		"a flow that isn't there":  {nil, []string{"--flow", "ordrs"}, 2, "weavster: there is no flow \"ordrs\"; did you mean \"orders\"?\n"},
		"a variable without value": {nil, []string{"--vars", "tier"}, 2, "weavster: --vars \"tier\" has to be name=value\n"},
		"an unknown flag":          {nil, []string{"--flwo", "x"}, 2, "weavster: unknown flag: --flwo; did you mean --flow? See weavster run --help\n"},
		"an argument too many":     {nil, []string{"orders"}, 2, "weavster: there is no folder \"orders\": an artifact is oci://host/repository:tag, or the path of a layout folder; --flow names a flow\n"},
		"no such bundle":           {func(s *shop) { s.bundle += "x" }, nil, 1, "this isn't a bundle: it has no bundle.json\n"},
		"a server whose user is a secret": {
			func(s *shop) {
				t.Setenv("SHOP_USER", "hunter2")
				s.configure(t, "orders: {type: postgres, url: \"postgres://{{ secret('SHOP_USER') }}:x@127.0.0.1:1/x\", table: orders}\n")
			}, nil, 1, "weavster: postgres.orders is not available: no connection to 127.0.0.1:1 as ***: connection refused\n",
		},
		"a table whose name is a secret": {
			func(s *shop) {
				t.Setenv("SHOP_TABLE", "hunter2")
				s.configure(t, "orders: {type: postgres, table: \"{{ secret('SHOP_TABLE') }}\"}\n")
			}, nil, 1, "there is no table ***",
		},
		"a variable of the environment that isn't set": {
			func(s *shop) { os.Unsetenv("STATE_DB") }, nil, 1, "the environment variable STATE_DB isn't set",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			if c.prepare != nil {
				c.prepare(s)
			}
			a := s.run(t, c.args...)
			if a.code != c.code || !strings.Contains(a.err, c.want) || strings.Contains(a.err, "hunter2") {
				t.Errorf("exit code %d, %q lacks %q", a.code, a.err, c.want)
			}
			if a.out != "" {
				t.Errorf("output: %s", a.out)
			}
			if _, err := os.Stat(s.path("out")); err == nil {
				t.Error("an output was made")
			}
		})
	}
}

func TestMistakesInTheCommandLine(t *testing.T) {
	for want, args := range map[string][]string{
		"weavster: unknown command \"dead-lettr\" for \"weavster\"; did you mean \"dead-letter\"? See weavster --help\n":           {"dead-lettr"},
		"weavster: unknown command \"lst\" for \"weavster dead-letter\"; did you mean \"list\"? See weavster dead-letter --help\n": {"dead-letter", "lst"},
		"weavster: unknown command \"transmogrify\" for \"weavster\"; see weavster --help\n":                                       {"transmogrify"},
		"weavster: no arguments where one belongs: weavster sql \"STATEMENTS\"; see weavster sql --help\n":                         {"sql"},
		"weavster: 3 arguments where one belongs: weavster sql \"STATEMENTS\"; see weavster sql --help\n":                          {"sql", "select", "1", "2"},
		"weavster: no arguments where one belongs: weavster dead-letter show ID; see weavster dead-letter show --help\n":           {"dead-letter", "show"},
	} {
		if a := weavster(t, args...); a.code != 2 || a.err != want {
			t.Errorf("%v: exit code %d, %q; want %q", args, a.code, a.err, want)
		}
	}
}

func TestAConnectorThatIsMissingNamesItsPlace(t *testing.T) {
	s := newShop(t)
	s.build(t, map[string]string{
		"weavster.yaml":            "name: shop\nversion: 1.0.0\nvars: {tier: gold}\n",
		"connectors/file.yaml":     connectorFiles,
		"connectors/postgres.yaml": "ordrs: {type: postgres, table: sales.orders}\n",
	})
	a := s.run(t)
	if a.code != 1 || !strings.Contains(a.err, "flows/orders.yaml:3:9") || !strings.Contains(a.err, `did you mean "postgres.ordrs"?`) {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}

func TestAFlowThatIsRunElsewhereIsRefused(t *testing.T) {
	s := newShop(t)
	s.run(t)
	state, err := store.Open(t.Context(), store.Options{Database: s.database, Project: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	defer state.Close()
	other := leasetest.Join(t, state)
	defer other.Close()
	if _, err := lease.Acquire(t.Context(), other, "orders", false); err != nil {
		t.Fatal(err)
	}
	if a := s.run(t); a.code != 1 || !strings.Contains(a.err, "flow orders is run by process") {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}

func TestSQLPrintsTables(t *testing.T) {
	s := newShop(t)
	const query = `select 7 as n, 'a' as text, null as nothing, 1.10::numeric as price, '{"a": 1}'::jsonb as doc, true as yes
		union all select 1234, E'é\nü', 'x', 30, '[]', false`
	for flag, want := range map[string]string{
		"": "   n  text  nothing  price  doc       yes\n" +
			"----  ----  -------  -----  --------  ---\n" +
			"   7  a               1.10  {\"a\": 1}  t\n" +
			"1234  é ü   x           30  []        f\n(2 rows)\n",
		"--json": `{"n":7,"text":"a","nothing":null,"price":1.10,"doc":{"a": 1},"yes":true}` + "\n" +
			`{"n":1234,"text":"é\nü","nothing":"x","price":30,"doc":[],"yes":false}` + "\n",
		"--csv": "n,text,nothing,price,doc,yes\n7,a,,1.10,\"{\"\"a\"\": 1}\",t\n1234,\"é\nü\",x,30,[],f\n",
	} {
		args := []string{"sql", "--bundle", s.bundle, query}
		if flag != "" {
			args = append(args, flag)
		}
		if diff := cmp.Diff(want, weavster(t, args...).out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", flag, diff)
		}
	}
	a := weavster(t, "sql", "--bundle", s.bundle, "create table kept as select 1 as a; select 2 as b;\nselect nothing")
	if want := "SELECT 1\nb\n-\n2\n(1 row)\n"; a.out != want {
		t.Errorf("several statements: %q", a.out)
	}
	if a.code != 1 || a.err != "weavster: line 2, column 8: column \"nothing\" does not exist (SQLSTATE 42703)\n" {
		t.Errorf("exit code %d: %q", a.code, a.err)
	}
}

func TestAProjectIsFoundWithoutABundle(t *testing.T) {
	s := newShop(t)
	s.write(t, "weavster.yaml", "name: shop\nversion: 1.0.0\nruntime: {database: \"{{ env_var('STATE_DB') }}\"}\n")
	t.Setenv("BUILD_WORKING_DIRECTORY", s.path(""))
	if a := weavster(t, "sql", "select 1 as a"); a.code != 0 {
		t.Error(a.err)
	}
	t.Setenv("BUILD_WORKING_DIRECTORY", s.workspace)
	if a := weavster(t, "sql", "select 1 as a"); a.code != 1 || !strings.Contains(a.err, "there is no weavster.yaml in "+s.workspace) {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
}

func TestValidateReportsEveryMistakeOfAProject(t *testing.T) {
	s := newShop(t)
	s.write(t, "weavster.yaml", "name: shop\nversion: 1.0.0\n")
	s.write(t, "profiles.yaml", "prod: {runtime: {database: \"{{ env_var('PROD_DB') }}\"}}\n")
	s.write(t, "connectors/file.yaml", connectorFiles)
	flow := "input: file.orders\ntransforms:\n  - filter: qty > 0\noutputs:\n  - to: file.dead\n"
	s.write(t, "flows/orders.yaml", flow)
	validate := func() answer { return weavster(t, "validate", "--project", s.path("")) }
	if a := validate(); a.code != 0 || a.out != "1 flow and 0 test cases: nothing wrong\n\nFLOW    EACH MESSAGE ARRIVES  ORDER\norders  exactly once          none\n" {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	s.write(t, "flows/orders.yaml", strings.Replace(strings.Replace(flow, "> 0", "> * 0", 1), "file.dead", "file.daed", 1))
	s.write(t, "connectors/file.yaml", strings.Replace(connectorFiles, "path: out", "pth: out", 1))
	a := validate()
	for _, want := range []string{"flows/orders.yaml:3:", "connectors/file.yaml:3:", `did you mean "path"?`} {
		if !strings.Contains(a.err, want) {
			t.Errorf("lacks %q:\n%s", want, a.err)
		}
	}
	if a.code != 1 || a.out != "1 flow and 0 test cases: 2 errors\n" {
		t.Errorf("exit code %d, %s", a.code, a.out)
	}
	a = weavster(t, "validate", "--project", s.path(""), "--profile", "prod")
	if !strings.Contains(a.err, "PROD_DB isn't set") {
		t.Errorf("under its profile:\n%s", a.err)
	}
}

// Every form says all of it, and ends with the same exit code.
func TestValidateInOtherForms(t *testing.T) {
	s := newShop(t)
	s.write(t, "weavster.yaml", "name: shop\nversion: 1.0.0\n")
	s.write(t, "connectors/file.yaml", connectorFiles)
	s.write(t, "flows/orders.yaml", "input: file.orders\nvars: {x: {type: int}}\ntransforms:\n  - compute: {total: 1}\n  - filter: totl > 0\noutputs:\n  - to: file.dead\n")
	t.Chdir(s.workspace)
	run := func(args ...string) answer {
		return weavster(t, append([]string{"validate", "--project", "examples/shop"}, args...)...)
	}
	github := "::error file=examples/shop/flows/orders.yaml,line=5,endLine=5,col=13,endColumn=17,title=W0203::unknown field \"totl\"; did you mean \"total\"? If messages do have it, write `this.totl`\n"
	if a := run("--format=github"); a.code != 1 || a.out != github || a.err != "" {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
	for _, flag := range []string{"--json", "--format=json"} {
		a := run(flag)
		var answer struct{ Problems, Flows []map[string]any }
		err := json.Unmarshal([]byte(a.out), &answer)
		if list := answer.Problems; err != nil || a.code != 1 || len(answer.Flows) != 0 || len(list) != 1 || list[0]["code"] != "W0203" || list[0]["end_column"] != 17.0 {
			t.Errorf("%s: exit code %d: %s%s %v", flag, a.code, a.out, a.err, err)
		}
	}
	if a := run("--format=xml"); a.code != 2 || !strings.Contains(a.err, `--format is text, json or github, not "xml"`) {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
	if a := run("--format=github", "--json"); a.code != 2 {
		t.Errorf("exit code %d: %s", a.code, a.err)
	}
	s.write(t, "flows/orders.yaml", "input: file.orders\nvars: {x: {type: int, default: 1}}\noutputs:\n  - to: file.dead\n")
	if a := run(); a.code != 0 || !strings.Contains(a.out, ": 1 warning\n") || !strings.Contains(a.err, "W0402") {
		t.Errorf("exit code %d: %s%s", a.code, a.out, a.err)
	}
}
