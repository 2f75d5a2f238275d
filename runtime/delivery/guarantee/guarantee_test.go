package guarantee_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/delivery/guarantee"
)

var update = flag.Bool("update", false, "write the table into the pages that show it")

// root is the source tree, from this package's folder.
const root = "../../.."

// log is a kind that isn't there yet: it commits places and rows by itself.
var log = &connectors.Spec{Name: "log", Roles: connectors.Reader | connectors.Writer,
	Options: syntax.Options{{Name: "servers", Type: syntax.Text, Doc: "where"}},
	Promises: []connectors.Promise{
		{Role: connectors.Reader, Property: connectors.Replays},
		{Role: connectors.Reader | connectors.Writer, Property: connectors.Transacts, Same: "servers"},
	}}

// mail is one that does nothing for anybody.
var mail = &connectors.Spec{Name: "mail", Roles: connectors.Reader | connectors.Writer}

func plug(t *testing.T, name, text string) guarantee.Plug {
	t.Helper()
	var diags source.Diagnostics
	node := syntax.Parse(source.NewFile("connectors/x.yaml", []byte(text)), &diags)
	var spec *connectors.Spec
	for _, s := range append(all.Specs(), log, mail) {
		if s.Name == node.Get("type").Text {
			spec = s
		}
	}
	f := spec.Decode(node, name, 0, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return guarantee.Plug{Name: name, Spec: spec, Options: f}
}

const state = "postgres://u@h/state"

func TestTheWeakestLinkCounts(t *testing.T) {
	in := plug(t, "file.in", "{type: file, path: in.jsonl}")
	own := plug(t, "postgres.own", "{type: postgres, table: t}")
	same := plug(t, "postgres.same", "{type: postgres, table: t, url: '"+state+"'}")
	far := plug(t, "postgres.far", "{type: postgres, table: t, url: 'postgres://u@h/other'}")
	keyed := plug(t, "postgres.keyed", "{type: postgres, table: t, url: 'postgres://u@h/other', mode: upsert, key: [id]}")
	unknown := plug(t, "postgres.unknown", "{type: postgres, table: t, url: ''}")
	file := plug(t, "file.out", "{type: file, path: out.jsonl}")
	const remedy = "; exactly once without `url`, or with that of the database that holds the state"
	again := func(name string) string {
		return name + " isn't in the state's database, so a commit that is cut off writes its rows again"
	}
	for what, c := range map[string]struct {
		outputs []guarantee.Plug
		dead    *guarantee.Plug
		weakest string
		why     string
	}{
		"the state's": {[]guarantee.Plug{own}, nil, "", "postgres.own commits its rows with the checkpoint"},
		"by its URL":  {[]guarantee.Plug{same}, nil, "", "postgres.same commits its rows with the checkpoint"},
		"two": {[]guarantee.Plug{own, file}, &file, "",
			"postgres.own commits its rows with the checkpoint, file.out is cut back to its mark, which is committed with the checkpoint"},
		"another database":               {[]guarantee.Plug{own, file, far}, nil, "postgres.far", again("postgres.far") + remedy},
		"a key is better":                {[]guarantee.Plug{keyed}, nil, "postgres.keyed", again("postgres.keyed") + ", each in the place of its key" + remedy},
		"than none":                      {[]guarantee.Plug{keyed, far}, nil, "postgres.far", again("postgres.far") + remedy},
		"dead letters":                   {[]guarantee.Plug{own}, &far, "postgres.far", again("postgres.far") + remedy},
		"a URL that the environment has": {[]guarantee.Plug{unknown}, nil, "postgres.unknown", again("postgres.unknown") + remedy},
	} {
		t.Run(what, func(t *testing.T) {
			g := guarantee.Of(&guarantee.Flow{Input: in, Outputs: c.outputs, DeadLetter: c.dead, Database: state})
			if g.Weakest != c.weakest || g.Why != c.why || (g.Arrives == guarantee.ExactlyOnce) != (c.weakest == "") {
				t.Errorf("%s, weakest %q, as\n%s\nwant %q, as\n%s", g.Arrives, g.Weakest, g.Why, c.weakest, c.why)
			}
		})
	}
}

// A transaction of another system holds where all is in that system.
func TestNothingIsPromisedThatNoRowSays(t *testing.T) {
	in := plug(t, "log.in", "{type: log, servers: a}")
	for what, out := range map[string]guarantee.Plug{
		"another system": plug(t, "log.out", "{type: log, servers: b}"),
		"another kind":   plug(t, "mail.out", "{type: mail}"),
	} {
		g := guarantee.Of(&guarantee.Flow{Input: in, Outputs: []guarantee.Plug{out}})
		if g.Arrives != guarantee.AtLeastOnce || g.Weakest != out.Name || !strings.HasPrefix(g.Why, out.Name+" isn't in the state's database") {
			t.Errorf("%s: %+v", what, g)
		}
	}
	g := guarantee.Of(&guarantee.Flow{Input: plug(t, "mail.in", "{type: mail}"), Outputs: []guarantee.Plug{plug(t, "file.out", "{type: file, path: x}")}})
	if g.Arrives != guarantee.AtLeastOnce {
		t.Errorf("%+v", g)
	}
}

// Every kind of connector has its rows.
func TestEachPairOfConnectorsHasARow(t *testing.T) {
	has := func(from, to connectors.Property) bool {
		for _, r := range guarantee.Rows {
			if r.From == from && r.To == to {
				return true
			}
		}
		return false
	}
	for _, in := range all.Specs() {
		for _, from := range in.Promises {
			if from.Role&connectors.Reader == 0 || from.Property == connectors.Keys || from.Property == connectors.Transacts {
				continue
			}
			for _, to := range []connectors.Property{connectors.Joins, connectors.Marks, connectors.Upserts, guarantee.None} {
				if !has(from.Property, to) {
					t.Errorf("no row for %s (%s) and an output of %q", in.Name, from.Property, to)
				}
			}
		}
	}
}

// What a row promises, tests prove: those that it names are there.
func TestTheProofsAreThere(t *testing.T) {
	for _, r := range guarantee.Rows {
		if len(r.Proof) == 0 {
			t.Errorf("nothing proves %s → %s", r.From, r.To)
		}
		for _, proof := range r.Proof {
			folder, name, _ := strings.Cut(proof, ":")
			files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
			if err != nil || len(files) == 0 {
				t.Fatalf("%s: no tests in %s: %v", proof, folder, err)
			}
			found := false
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				found = found || regexp.MustCompile(`(?m)^func `+name+`\(`).Match(text)
			}
			if !found {
				t.Errorf("there is no %s", proof)
			}
		}
	}
}

var shown = regexp.MustCompile(`(?s)(<!-- guarantees -->\n).*?(<!-- end -->\n)`)

func TestThePagesShowTheTable(t *testing.T) {
	table := guarantee.Table(all.Specs())
	for _, page := range []string{"docs/delivery.md", "runtime/delivery/README.md"} {
		file := filepath.Join(root, page)
		if workspace := os.Getenv("BUILD_WORKSPACE_DIRECTORY"); workspace != "" && *update { // bazel run
			file = filepath.Join(workspace, page)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !shown.Match(text) {
			t.Fatalf("%s has no place for the table", page)
		}
		want := shown.ReplaceAllString(string(text), "${1}"+strings.ReplaceAll(table, "$", "$$")+"${2}")
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("%s is stale; bazel run //runtime/delivery/guarantee:guarantee_test -- -update\n%s", page, diff)
		}
	}
}
