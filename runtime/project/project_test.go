package project

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

var engine *minijinja.Engine

func TestMain(m *testing.M) {
	var err error
	if engine, err = minijinja.New(context.Background(), minijinja.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// kinds are a connector for both roles and one that only writes.
var kinds = []*connectors.Spec{
	{Name: "queue", Roles: connectors.Reader | connectors.Writer, Options: syntax.Options{
		{Name: "topic", Type: syntax.Text, Required: true, Doc: "the topic"},
		{Name: "port", Type: syntax.Integer, Doc: "the port"},
		{Name: "path", Type: syntax.Text, Doc: "a file"},
		{Name: "labels", Type: syntax.Mapping, Doc: "labels"},
	}, Check: func(f *syntax.Fields, _ connectors.Role, diags *source.Diagnostics) {
		if f.Text("topic") == "forbidden" {
			f.Get("topic").Errorf(diags, source.BadValue, "the topic %q is forbidden", f.Text("topic"))
		}
	}, Feeds: func(_ string, in, out *syntax.Fields) bool { return in.Text("topic") == out.Text("topic") }},
	{Name: "sink", Roles: connectors.Writer},
}

const shop = `
-- weavster.yaml --
name: shop
version: "1.{{ env_var('MINOR', 2) }}"
vars: {threshold: 10, label: 007, region: "{{ env_var('REGION') }}"}
tables:
  customers: {path: data/customers.csv}
runtime:
  workers: 2
  limits: {memory: 64MiB, time: 7}
-- profiles.yaml --
dev:
prod:
  runtime: {database: "{{ secret('STATE') }}", limits: {memory: 1GiB}}
  vars: {threshold: 20}
  connectors:
    kafka.orders: {port: "{{ env_var('PORT') }}", labels: {b: 1}}
    kafka.out: {type: sink}
-- connectors/kafka.yaml --
orders: {type: queue, topic: "{{ topic('orders') }}", labels: {a: 1}}
out: {type: queue, topic: "out-{{ var('region') }}"}
never: {type: queue, topic: "{{ env_var('NEVER') }}"}
-- connectors/file.yaml --
dead: {type: sink}
-- macros/names.jinja --
{% macro topic(name) %}{{ profile.name }}.{{ name }}{% endmacro %}
`

// files turns an archive into a folder; the archive's first line break is cut.
func files(t *testing.T, archive string) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		m[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return m
}

// load reads a project in which an environment of five variables is known.
func load(t *testing.T, archive string, change func(*Settings)) (*Project, *source.Diagnostics) {
	t.Helper()
	env := map[string]string{"REGION": "eu", "PORT": "9092", "STATE": "postgres://u:hidden@h/db"}
	s := Settings{
		Files: files(t, archive), Folder: t.TempDir(), Engine: engine, Kinds: kinds,
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
	if change != nil {
		change(&s)
	}
	diags := &source.Diagnostics{}
	return Load(t.Context(), s, diags), diags
}

func orders() *Flow {
	text := "input: kafka.orders\nvars: {threshold: {type: int}}\ntables: {customers: {key: id}}\noutputs:\n  - to: kafka.out\nerrors:\n  rejected: {dead_letter: file.dead}\n"
	none := `"none"`
	return &Flow{Source: source.NewFile("flows/orders.yaml", []byte(text)), Manifest: &contract.Manifest{
		Flow: "orders", File: "flows/orders.yaml",
		Input:   contract.Connector{Name: "kafka.orders", At: contract.Position{Line: 1, Column: 8}},
		Outputs: []contract.Output{{Connector: contract.Connector{Name: "kafka.out", At: contract.Position{Line: 5, Column: 9}}}},
		Vars: []contract.Var{
			{Name: "threshold", Type: "int", At: contract.Position{Line: 2, Column: 8}},
			{Name: "label", Type: "string", At: contract.Position{Line: 2, Column: 8}},
			{Name: "other", Type: "string", Default: &none, At: contract.Position{Line: 2, Column: 8}},
		},
		Tables: []contract.Table{{Name: "customers", Key: []string{"id"}, Columns: []string{"tier"}, At: contract.Position{Line: 3, Column: 10}}},
		Errors: contract.ErrorRules{Rejected: contract.RejectedRule{DeadLetter: &contract.Connector{Name: "file.dead", At: contract.Position{Line: 7, Column: 27}}}},
	}}
}

func writeTable(t *testing.T, folder, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(folder, "data"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "data", "customers.csv"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		profile         string
		vars            map[string]string
		orders, out     string
		threshold       string
		database        string
		memory, workers int64
	}{
		{"", nil, `{"type":"queue","topic":"default.orders","labels":{"a":1}}`, `{"type":"queue","topic":"out-eu"}`, "10", "embedded", 64 << 20, 2},
		{"dev", nil, `{"type":"queue","topic":"dev.orders","labels":{"a":1}}`, `{"type":"queue","topic":"out-eu"}`, "10", "embedded", 64 << 20, 2},
		{"prod", nil, `{"type":"queue","topic":"prod.orders","labels":{"b":1},"port":9092}`, `{"type":"sink"}`, "20", "postgres://u:hidden@h/db", 1 << 30, 2},
		{"prod", map[string]string{"threshold": "30", "other": "{{ x }}"}, `{"type":"queue","topic":"prod.orders","labels":{"b":1},"port":9092}`, `{"type":"sink"}`, "30", "postgres://u:hidden@h/db", 1 << 30, 2},
	} {
		var folder string
		p, diags := load(t, shop, func(s *Settings) { s.Profile, s.Vars, folder = c.profile, c.vars, s.Folder })
		writeTable(t, folder, "id,tier\n7,gold\n")
		r := p.Resolve(t.Context(), orders(), diags)
		if err := diags.Err(); err != nil {
			t.Fatalf("%s: %v", c.profile, err)
		}
		got := []any{r.Input.Options.Node.JSON(), r.Outputs[0].Options.Node.JSON(), string(r.Vars[0]), p.Runtime.Database.Reveal(), p.Runtime.Memory, int64(p.Runtime.Workers)}
		if diff := cmp.Diff([]any{c.orders, c.out, c.threshold, c.database, c.memory, c.workers}, got); diff != "" {
			t.Errorf("%s: %s", c.profile, diff)
		}
		if p.Name != "shop" || p.Version != "1.2" || r.DeadLetter.Name != "file.dead" || p.Runtime.Time != 7 {
			t.Errorf("got %+v", p)
		}
		other := `"none"`
		if c.vars != nil {
			other = `"{{ x }}"` // the command line has no templates
		}
		if string(r.Vars[1]) != `"007"` || string(r.Vars[2]) != other {
			t.Errorf("a constant loses its text, or a default is lost: %s, %s", r.Vars[1], r.Vars[2])
		}
		if cells, found := contract.LookupTable(r.Tables[0], "7"); !found || cells[0] != `"gold"` {
			t.Errorf("the table has %v", cells)
		}
	}
}

func TestDatabasesDontPrint(t *testing.T) {
	p, _ := load(t, shop, func(s *Settings) { s.Profile = "prod" })
	if text := fmt.Sprintf("%v %+v %#v %s", p.Runtime, p.Runtime, p.Runtime, p.Runtime.Database); strings.Contains(text, "hidden") {
		t.Error(text)
	}
	if got := p.Redact("dial postgres://u:hidden@h/db"); got != "dial ***" {
		t.Error(got)
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	archive := "-- weavster.yaml --\nname: s\n-- connectors/k.yaml --\nx: {type: queue, topic: t, port: \"{{ secret('STATE') }}\"}\n"
	p, diags := load(t, archive, nil)
	p.Connector(t.Context(), "k.x", connectors.Reader, diags)
	want := `connectors/k.yaml:1:34: error: "port" has to be an integer, not "***" [W0108]`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestVariablesCantAskForEachOther(t *testing.T) {
	archive := "-- weavster.yaml --\nname: s\nvars: {a: \"{{ var('b') }}\", b: \"{{ var('a') }}\"}\n-- connectors/k.yaml --\nx: {type: queue, topic: \"{{ var('a') }}\"}\n"
	p, diags := load(t, archive, nil)
	p.Connector(t.Context(), "k.x", connectors.Reader, diags)
	if err := diags.Err(); err == nil || !strings.Contains(err.Error(), "a variable's value can't ask for another's") {
		t.Errorf("got %v", err)
	}
}

// A table is looked for in the project's folder first, then in the bundle.
func TestDataOfABundle(t *testing.T) {
	carried := t.TempDir()
	writeTable(t, carried, "id,tier\n7,carried\n")
	own := t.TempDir()
	for _, want := range []string{`"carried"`, `"own"`} {
		p, diags := load(t, shop, func(s *Settings) { s.Folder, s.Data = own, carried })
		r := p.Resolve(t.Context(), orders(), diags)
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		if cells, _ := contract.LookupTable(r.Tables[0], "7"); len(cells) != 1 || cells[0] != want {
			t.Errorf("got %v, want %s", cells, want)
		}
		writeTable(t, own, "id,tier\n7,own\n")
	}
}

func TestAnInputMayBeInTheBundle(t *testing.T) {
	carried := t.TempDir()
	writeTable(t, carried, "x\n")
	archive := "-- weavster.yaml --\nname: s\n-- connectors/f.yaml --\nin: {type: queue, topic: t, path: data/*.csv}\n"
	p, diags := load(t, archive, func(s *Settings) { s.Data = carried })
	if c := p.Connector(t.Context(), "f.in", connectors.Reader, diags); c.Folder != carried {
		t.Errorf("an input reads from %s", c.Folder)
	}
	if c := p.Connector(t.Context(), "f.in", connectors.Writer, diags); c.Folder == carried {
		t.Error("an output writes into the bundle")
	}
}

// Each mistake has its place and a hint; all of them are reported.
func TestLoadErrors(t *testing.T) {
	for name, c := range map[string]struct{ archive, profile, want string }{
		"no project": {"", "", "error: there is no weavster.yaml; a project's folder has one; `name: …` is all that it needs [W0107]"},
		"keys": {"-- weavster.yaml --\nnam: shop\nruntime: {limits: {memry: 1}, workers: x}\n", "",
			"weavster.yaml:1:1: error: unknown key \"nam\" in weavster.yaml; did you mean \"name\"? [W0106]\n" +
				"weavster.yaml:2:20: error: unknown key \"memry\" in \"limits\"; did you mean \"memory\"? [W0106]\n" +
				"weavster.yaml:2:40: error: \"workers\" has to be an integer, not \"x\" [W0108]"},
		"values": {"-- weavster.yaml --\nname: s\nruntime: {workers: -1, limits: {memory: 1KiB, time: 0}}\n", "",
			"weavster.yaml:2:20: error: \"workers\" has to be from 0 to 1024 [W0109]\n" +
				"weavster.yaml:2:41: error: \"memory\" has to be at least 1MiB [W0109]\n" +
				"weavster.yaml:2:53: error: \"time\" has to be from 1 to 1000000 [W0109]"},
		"addresses": {"-- weavster.yaml --\nname: ''\nruntime: {database: embeded, admin: 127.0.0.1, http: \"{{ env_var('REGION') }}:x\"}\n", "",
			"weavster.yaml:1:7: error: the project's name is empty [W0109]\n" +
				"weavster.yaml:2:21: error: \"database\" has to be `embedded`, or a URL such as postgres://user:password@host:5432/name [W0109]\n" +
				"weavster.yaml:2:37: error: \"admin\" has to be an address and a port such as 127.0.0.1:9600, not \"127.0.0.1\" [W0109]\n" +
				"weavster.yaml:2:54: error: \"http\" has to be an address and a port such as 127.0.0.1:9600, not \"eu:x\" [W0109]"},
		"profile": {"-- weavster.yaml --\nname: s\n-- profiles.yaml --\nprod: {}\ndev: {}\n", "prdo",
			"profiles.yaml:1:1: error: no profile \"prdo\"; did you mean \"prod\"? [W0201]"},
		"no profiles": {"-- weavster.yaml --\nname: s\n", "prod", "error: no profile \"prod\": there is no profiles.yaml [W0201]"},
		"override": {"-- weavster.yaml --\nname: s\n-- connectors/kafka.yaml --\norders: {type: queue}\n-- profiles.yaml --\nprod: {connectors: {kafka.ordres: {}}, connectrs: 1}\n", "prod",
			"profiles.yaml:1:21: error: no connector \"kafka.ordres\" in connectors; did you mean \"kafka.orders\"? [W0201]\n" +
				"profiles.yaml:1:40: error: unknown key \"connectrs\" in profile prod; did you mean \"connectors\"? [W0106]"},
		"names": {"-- weavster.yaml --\nname: s\n-- connectors/a b.yaml --\nx: {type: queue}\n-- connectors/k.yml --\nx: 1\n-- connectors/l.yaml --\nx: 1\n-- connectors/.l.yaml.yml --\nx: 1\n", "",
			"error: connectors/k.yml isn't read: its name has to end in .yaml [W0109]\n" +
				"connectors/a b.yaml:1:1: error: \"a b.x\" can't be a connector's name: file and key have to be words of letters, digits, `_` and `-` [W0109]\n" +
				"connectors/l.yaml:1:4: error: connector l.x has to be a mapping, not text; it needs the key \"type\" [W0108]"},
	} {
		_, diags := load(t, c.archive, func(s *Settings) { s.Profile = c.profile })
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	base := "-- weavster.yaml --\nname: s\nvars: {threshold: \"10\", label: [1]}\ntables: {customer: {path: x.csv}}\n-- connectors/kafka.yaml --\nordesr: {type: queue, topic: x}\n"
	for name, c := range map[string]struct{ archive, want string }{
		"missing things": {base,
			"flows/orders.yaml:1:8: error: there is no connector \"kafka.orders\"; did you mean \"kafka.ordesr\"? [W0601]\n" +
				"flows/orders.yaml:3:10: error: the table \"customers\" is not in weavster.yaml; did you mean \"customer\"? [W0601]\n" +
				"flows/orders.yaml:5:9: error: there is no connector \"kafka.out\"; it would be the key \"out\" of connectors/kafka.yaml [W0601]\n" +
				"flows/orders.yaml:7:27: error: there is no connector \"file.dead\"; it would be the key \"dead\" of connectors/file.yaml [W0601]\n" +
				"weavster.yaml:2:19: error: the variable \"threshold\" has to be an integer in flow orders (flows/orders.yaml:2:8), not \"10\"; leave the quotes out [W0108]\n" +
				"weavster.yaml:2:32: error: the variable \"label\" has to be text in flow orders (flows/orders.yaml:2:8), not a list [W0108]"},
		"wrong things": {strings.NewReplacer("topic: \"{{ topic('orders') }}\"", "topc: x", "out: {type: queue, topic: \"out-{{ var('region') }}\"}", "out: {type: quee}",
			"  workers", "  #", "orders: {type: queue", "orders: {type: sink", "label: 007, ", "").Replace(shop),
			"connectors/kafka.yaml:2:13: error: no connector has the type \"quee\"; did you mean \"queue\"? [W0109]\n" +
				"flows/orders.yaml:1:8: error: connector kafka.orders can't be an input: its type is sink (connectors/kafka.yaml:1:1) [W0601]\n" +
				"flows/orders.yaml:2:8: error: the variable \"label\" has no default, and the project gives it no value; add it to vars in weavster.yaml [W0601]\n" +
				"weavster.yaml:5:21: error: the table \"customers\" can't be read: no such file or directory [W0501]"},
	} {
		p, diags := load(t, c.archive, nil)
		p.Resolve(t.Context(), orders(), diags)
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// One mistake isn't reported again by everything that hangs on it.
func TestAFileThatIsntYAML(t *testing.T) {
	p, diags := load(t, "-- weavster.yaml --\nname: s\n-- connectors/kafka.yaml --\nout: {\n-- connectors/file.yaml --\ndead: sink\n-- profiles.yaml --\nprod: {connectors: {kafka.orders: {}}}\n", func(s *Settings) { s.Profile = "prod" })
	flow := orders()
	flow.Manifest.Vars, flow.Manifest.Tables = nil, nil
	p.Resolve(t.Context(), flow, diags)
	var places []string
	for _, one := range diags.Sorted() {
		places = append(places, one.File.Name)
	}
	if diff := cmp.Diff([]string{"connectors/file.yaml", "connectors/kafka.yaml"}, places); diff != "" {
		t.Errorf("%s\n%v", diff, diags.Err())
	}
}

func TestTableErrors(t *testing.T) {
	for text, want := range map[string]string{
		"id,tier\n7,a\n7,b\n": `line 3, column 1: this key is there already, in line 2`,
		"id,name\n7,a\n":      `the table has no column "tier"; it has id, name`,
		"id,tier\n7\n":        "line 2, column 1: the header has 2 cells, this row 1",
		"":                    "the table is empty",
	} {
		var folder string
		p, diags := load(t, shop, func(s *Settings) { folder = s.Folder })
		writeTable(t, folder, text)
		p.Resolve(t.Context(), orders(), diags)
		want := `weavster.yaml:5:21: error: the table "customers" of flow orders (flows/orders.yaml:3:10): data/customers.csv: ` + want
		if err := diags.Err(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Without the flow's text the place stands in the sentence.
func TestAFlowWithoutItsText(t *testing.T) {
	p, diags := load(t, "-- weavster.yaml --\nname: s\n", nil)
	flow := orders()
	flow.Source = nil
	p.Resolve(t.Context(), flow, diags)
	if err := diags.Err(); err == nil || !strings.Contains(err.Error(), `error: flows/orders.yaml:1:8: there is no connector "kafka.orders"`) {
		t.Errorf("got %v", err)
	}
}

func TestSlipsOnTheCommandLine(t *testing.T) {
	_, diags := load(t, shop, func(s *Settings) {
		s.Flows, s.Vars = []*Flow{orders()}, map[string]string{"treshold": "1", "other": "2", "region": "x"}
	})
	want := `--vars:1:1: error: no flow declares the variable "treshold"; did you mean "threshold"? [W0201]`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// While a project is built, its environment isn't known.
func TestCheck(t *testing.T) {
	static := func(s *Settings) { s.Env, s.Profile = nil, "prod" }
	// What weighs options against each other waits until all are known.
	archive := strings.Replace(shop, "vars: {threshold: 10,", "vars: {treshold: 10, threshold: 10,", 1)
	archive = strings.Replace(archive, "-- connectors/file.yaml --\n", "-- connectors/file.yaml --\nbad: {type: queue, topic: forbidden, prot: 1}\nodd: {type: queue, topic: forbidden, port: \"{{ secret('p') }}\"}\n", 1)
	p, diags := load(t, archive, static)
	p.Check(t.Context(), []*Flow{orders()}, diags)
	var got []string
	for _, one := range diags.Sorted() {
		got = append(got, one.String())
	}
	want := []string{
		`connectors/file.yaml:1:1: warning: no flow uses connector file.bad [W0402]`,
		`connectors/file.yaml:1:27: error: the topic "forbidden" is forbidden [W0109]`,
		`connectors/file.yaml:1:38: error: unknown key "prot" in connector file.bad; did you mean "port"? [W0106]`,
		`connectors/file.yaml:2:1: warning: no flow uses connector file.odd [W0402]`,
		`connectors/kafka.yaml:3:1: warning: no flow uses connector kafka.never [W0402]`,
		`weavster.yaml:3:8: warning: no flow declares the variable "treshold"; did you mean "threshold"? [W0402]`,
		`weavster.yaml:3:49: warning: no flow declares the variable "region" [W0402]`,
		`weavster.yaml:5:21: warning: there is no data/customers.csv yet; flow orders reads it when it starts [W0501]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFlowThatReadsWhatItWrites(t *testing.T) {
	flow := orders()
	flow.Manifest.Vars, flow.Manifest.Tables = nil, nil
	for topic, want := range map[string]string{
		"out-eu":  "flows/orders.yaml:5:9: error: the flow would read what it writes: its input kafka.orders reads kafka.out [W0109]",
		"another": "",
	} {
		p, diags := load(t, strings.Replace(shop, `"{{ topic('orders') }}"`, topic, 1), nil)
		p.Resolve(t.Context(), flow, diags)
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s", topic, got)
		}
	}
}

// A decimal is given to modules as text, so that it isn't taken for a float.
// `order: key` needs a key: the flow's, or one that comes with each message.
func TestOrderByAKeyNeedsOne(t *testing.T) {
	keyed := *kinds[0]
	keyed.Promises = []connectors.Promise{{Role: connectors.Reader, Property: connectors.Keys, Holds: func(f *syntax.Fields) bool { return f.Text("topic") == "keyed" }}}
	for name, c := range map[string]struct {
		topic string
		key   *contract.Field
		want  string
	}{
		"the flow's":  {"plain", &contract.Field{Path: "id", Pointer: "/id"}, ""},
		"the input's": {"keyed", nil, ""},
		"none": {"plain", nil, "flows/orders.yaml:1:8: error: the flow keeps the order of each key, and the messages of kafka.orders come without one; " +
			"name the field that is the key, such as key: customer.id; or keep the order of each source, order: source [W0107]"},
	} {
		flow := orders()
		flow.Manifest.Vars, flow.Manifest.Tables, flow.Manifest.Order, flow.Manifest.Key = nil, nil, "key", c.key
		p, diags := load(t, strings.Replace(shop, `"{{ topic('orders') }}"`, c.topic, 1), func(s *Settings) { s.Kinds = []*connectors.Spec{&keyed, kinds[1]} })
		p.Resolve(t.Context(), flow, diags)
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestDecimalVariables(t *testing.T) {
	flow := orders()
	rate := &contract.Var{Name: "rate", Type: "decimal", At: contract.Position{Line: 2, Column: 8}}
	for given, want := range map[string]string{
		"1.10": `"1.10"`, "1e-38": `"1e-38"`, "1e-39": "", `"1.10"`: "", "x": "", `"{{ 1.5 + 1 }}"`: `"2.5"`,
	} {
		p, diags := load(t, "-- weavster.yaml --\nname: s\nvars: {rate: "+given+"}\n", nil)
		got := string(p.variable(t.Context(), flow, rate, diags))
		if err := diags.Err(); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v; want %s", given, got, err, want)
		}
		if err := diags.Err(); err != nil && !strings.Contains(err.Error(), `"rate" has to be a number of at most 38 digits`) {
			t.Errorf("%s: %v", given, err)
		}
	}
}
