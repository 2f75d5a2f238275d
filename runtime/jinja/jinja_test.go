package jinja

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
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

func newRenderer(t *testing.T) *Renderer {
	t.Helper()
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "db"), []byte("s3cr\"et\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var diags source.Diagnostics
	macros, err := engine.ReadMacros(t.Context(), map[string]*source.File{
		"net.jinja": source.NewFile("macros/net.jinja", []byte(
			"{% macro url(host) %}http://{{ host }}:{{ env_var('PORT') }}{% endmacro %}\n"+
				"{% macro broken() %}{{ env_var('NOPE') }}{% endmacro %}{% macro _own() %}{% endmacro %}")),
	}, Functions, &diags)
	if err := errors.Join(err, diags.Err()); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PORT": "8080", "EMPTY": "", "token": "from the environment"}
	return New(Settings{
		Engine: engine, Profile: "prod", Secrets: secrets, Macros: macros, Vars: []string{"region"},
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Var: func(_ context.Context, name string) (*Value, error) {
			if name != "region" {
				return nil, nil
			}
			return &Value{JSON: json.RawMessage(`"eu"`)}, nil
		},
	})
}

func parse(t *testing.T, text string) *syntax.Node {
	t.Helper()
	var diags source.Diagnostics
	n := syntax.Parse(source.NewFile("connectors/kafka.yaml", []byte(text)), &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNodeRendersScalars(t *testing.T) {
	r := newRenderer(t)
	n := parse(t, `
port: "{{ env_var('PORT') }}"
text: "0{{ env_var('EMPTY') }}7"
list: [a, "{{ profile.name }}-{{ var('region') }}"]
inner: {default: "{{ env_var('NOPE', 'x: [y]') }}", named: "{{ env_var('NOPE', default=3) }}"}
macro: "{{ url('db') }}"
file: "{{ secret('db') }}"
env: "{{ secret('token') }}"
plain: "{ }"
"{{ key }}": stays
`)
	var diags source.Diagnostics
	got, unknown := r.Node(t.Context(), n, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	want := `{"port":8080,"text":"07","list":["a","prod-eu"],"inner":{"default":"x: [y]","named":3},` +
		`"macro":"http://db:8080","file":"s3cr\"et","env":"from the environment","plain":"{ }","{{ key }}":"stays"}`
	if diff := cmp.Diff(want, got.JSON()); diff != "" {
		t.Error(diff)
	}
	if len(unknown) != 0 {
		t.Errorf("%d values are unknown", len(unknown))
	}
	if n.Get("port").Text != "{{ env_var('PORT') }}" {
		t.Error("the tree that was given was changed")
	}
}

func TestErrorsHaveTheirPlaceInTheFile(t *testing.T) {
	for text, want := range map[string]string{
		`a: "x {{ env_var('NOPE') }}"`: "connectors/kafka.yaml:1:10: error: the environment variable NOPE isn't set; set it, or give a default: env_var('NOPE', '…') [W0602]",
		"a: |\n  one\n  {{ vr('x') }}": `connectors/kafka.yaml:3:6: error: unknown function: vr is unknown; did you mean "var"? [W0305]`,
		`a: "{{ var('regoin') }}"`:     `connectors/kafka.yaml:1:8: error: no variable "regoin"; did you mean "region"? [W0201]`,
		`a: "{{ 1 + }}"`:               "connectors/kafka.yaml:1:12: error: unexpected end of variable block [W0305]",
		`a: "{{ broken() }}"`:          "macros/net.jinja:2:24: error: the environment variable NOPE isn't set; called from connectors/kafka.yaml:1:4 [W0602]",
		`a: "{{ topic }}"`:             "connectors/kafka.yaml:1:8: error: `topic` is undefined; start-up templates see profile.name, var('…'), env_var('…') and secret('…') [W0305]",
		`a: "{{ env_var() }}"`:         "connectors/kafka.yaml:1:8: error: env_var() takes a name and a default, the name in quotes [W0303]",
		`a: "{{ secret('../x') }}"`:    `connectors/kafka.yaml:1:8: error: "../x" isn't a secret's name [W0303]`,
	} {
		r := newRenderer(t)
		var diags source.Diagnostics
		r.Node(t.Context(), parse(t, text), &diags)
		if err := diags.Err(); err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestVariablesCantAskForEachOther(t *testing.T) {
	r := newRenderer(t)
	var diags source.Diagnostics
	r.WithoutVar().Node(t.Context(), parse(t, `a: "{{ var('region') }}{{ secret('db') }}"`), &diags)
	if err := diags.Err(); err == nil || !strings.Contains(err.Error(), "a variable's value can't ask for another's") {
		t.Errorf("got %v", err)
	}
	r.WithoutVar().Node(t.Context(), parse(t, `a: "{{ secret('db') }}"`), &diags)
	if got := r.Redact(`s3cr"et`); got != "***" {
		t.Errorf("a secret that a variable read shows as %s", got)
	}
}

func TestAllErrorsAreReported(t *testing.T) {
	var diags source.Diagnostics
	newRenderer(t).Node(t.Context(), parse(t, "a: \"{{ env_var('A') }}\"\nb: [\"{{ env_var('B') }}\", \"{{ x }}\"]\n"), &diags)
	if diags.Len() != 3 {
		t.Errorf("%d errors: %v", diags.Len(), diags.Err())
	}
}

func TestSecretsStayOutOfMessages(t *testing.T) {
	r := newRenderer(t)
	var diags source.Diagnostics
	outcome := r.Scalar(t.Context(), parse(t, `a: "u:{{ secret('db') }}"`).Get("a"), &diags)
	if !outcome.Secret || outcome.Text != `u:s3cr"et` {
		t.Errorf("got %+v, %v", outcome, diags.Err())
	}
	r.Node(t.Context(), parse(t, `a: "{{ var(secret('db')) }}"`), &diags)
	err := diags.Err()
	if err == nil || strings.Contains(err.Error(), "s3cr") || !strings.Contains(err.Error(), "***") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(r.Secrets, "longer"), []byte(`s3cr"et and more`), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Node(t.Context(), parse(t, `a: "{{ secret('longer') }}"`), &diags)
	if got := r.Redact(`s3cr"et and more`); got != "***" {
		t.Errorf("what is left of a secret that begins like another: %s", got)
	}
	if got := r.Redact(fmt.Sprintf("bad %q", `s3cr"et`)); got != `bad "***"` {
		t.Errorf("got %s", got)
	}
	var missing source.Diagnostics
	r.Node(t.Context(), parse(t, `a: "{{ secret('nope') }}"`), &missing)
	want := fmt.Sprintf(`the secret "nope" isn't there; put it into the file %s, or set the environment variable nope`, filepath.Join(r.Secrets, "nope"))
	if err := missing.Err(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// When a project is built, nobody knows the environment it will run in.
func TestWithoutAnEnvironment(t *testing.T) {
	r := newRenderer(t)
	r.Env = nil
	n := parse(t, `
a: "{{ env_var('PORT') }}"
b: "{{ url('x') }}"
c: "{{ secret('db') | int }}"
d: "{{ var('region') }}"
`)
	var diags source.Diagnostics
	got, unknown := r.Node(t.Context(), n, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	if want := []*syntax.Node{got.Get("a"), got.Get("b"), got.Get("c")}; !cmp.Equal(want, unknown, cmp.Comparer(func(x, y *syntax.Node) bool { return x == y })) {
		t.Errorf("%d values are unknown", len(unknown))
	}
	if got.Get("d").Text != "eu" {
		t.Errorf("got %q", got.Get("d").Text)
	}
	r.Node(t.Context(), parse(t, `a: "{{ env_var('PORT') + }}"`), &diags)
	if diags.Len() != 1 {
		t.Errorf("a syntax error passes: %v", diags.Err())
	}
}
