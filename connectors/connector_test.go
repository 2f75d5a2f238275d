package connectors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

var pipe = connectors.Spec{
	Name: "pipe", Roles: connectors.Writer,
	Options: syntax.Options{{Name: "path", Type: syntax.Text, Required: true, Doc: "where to"}},
}

func decode(t *testing.T, text string, role connectors.Role) (*syntax.Fields, string) {
	t.Helper()
	var diags source.Diagnostics
	node := syntax.Parse(source.NewFile("connectors/pipe.yaml", []byte(text)), &diags)
	f := pipe.Decode(node, "pipe.out", role, &diags)
	if err := diags.Err(); err != nil {
		return f, err.Error()
	}
	return f, ""
}

func TestDecodeTakesTheTypeAndTheTable(t *testing.T) {
	f, problem := decode(t, "type: pipe\npath: out/x\n", connectors.Writer)
	if problem != "" || f.Text("path") != "out/x" {
		t.Errorf("path = %q, problem = %q", f.Text("path"), problem)
	}
}

func TestDecodeReportsSlipsAndRoles(t *testing.T) {
	for _, c := range []struct {
		text string
		role connectors.Role
		want string
	}{
		{"type: pipe\npth: x\n", connectors.Writer, `connectors/pipe.yaml:2:1`},
		{"type: pipe\npth: x\n", connectors.Writer, `did you mean "path"?`},
		{"type: pipe\n", connectors.Writer, `needs the key "path"`},
		{"type: pipe\npath: x\n", connectors.Reader, "connector pipe.out can't be an input: its type is pipe"},
	} {
		if _, problem := decode(t, c.text, c.role); !strings.Contains(problem, c.want) {
			t.Errorf("%q as %s: %q lacks %q", c.text, c.role, problem, c.want)
		}
	}
}

func TestAnOptionErrorSaysWhereTheOptionStands(t *testing.T) {
	f, _ := decode(t, "type: pipe\npath: out/x\n", connectors.Writer)
	err := connectors.OptionError(f, "path", source.BadValue, "there is no such folder")
	if !strings.HasPrefix(err.Error(), "connectors/pipe.yaml:2:7: error: there is no such folder") {
		t.Error(err)
	}
}

func TestUnavailableIsSeenThroughWrapping(t *testing.T) {
	cause := errors.New("connection refused")
	err := fmt.Errorf("writing: %w", &connectors.Unavailable{What: "postgres.orders", Err: cause})
	if !connectors.IsUnavailable(err) || !errors.Is(err, cause) || connectors.IsUnavailable(cause) {
		t.Errorf("%v isn't told from %v", err, cause)
	}
}

func TestAPromiseMayDependOnOptions(t *testing.T) {
	spec := connectors.Spec{Promises: []connectors.Promise{
		{Role: connectors.Reader, Property: connectors.Replays},
		{Role: connectors.Writer, Property: connectors.Upserts, Holds: func(f *syntax.Fields) bool { return f.Text("path") == "x" }},
	}}
	x, _ := decode(t, "type: pipe\npath: x\n", connectors.Writer)
	y, _ := decode(t, "type: pipe\npath: y\n", connectors.Writer)
	for _, c := range []struct {
		role     connectors.Role
		property connectors.Property
		options  *syntax.Fields
		want     bool
	}{
		{connectors.Reader, connectors.Replays, x, true},
		{connectors.Writer, connectors.Replays, x, false},
		{connectors.Writer, connectors.Upserts, x, true},
		{connectors.Writer, connectors.Upserts, y, false},
		{connectors.Writer, connectors.Upserts, nil, true}, // under some options
	} {
		if got := spec.Promised(c.role, c.property, c.options) != nil; got != c.want {
			t.Errorf("%s %s: %v", c.role, c.property, got)
		}
	}
}
