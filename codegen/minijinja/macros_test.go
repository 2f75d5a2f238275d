package minijinja

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/source"
)

func TestReadMacros(t *testing.T) {
	var diags source.Diagnostics
	m, err := engine.ReadMacros(t.Context(), map[string]*source.File{
		"a.jinja": source.NewFile("macros/a.jinja", []byte("{% macro x(a, b=1) %}{% endmacro %}{% macro _own() %}{% endmacro %}")),
		"b.jinja": source.NewFile("macros/b.jinja", []byte("\n{% macro x() %}{% endmacro %}{% macro var() %}{% endmacro %}{% macro y() %}{% endmacro %}")),
		"c.jinja": source.NewFile("macros/c.jinja", []byte("{% macro %}")),
	}, []string{"var"}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	want := "macros/b.jinja:2:4: error: the macro \"x\" is in macros/a.jinja already [W0202]\n" +
		"macros/b.jinja:2:33: error: \"var\" is a function of every template, and can't be a macro [W0202]\n" +
		"macros/c.jinja:1:10: error: unexpected end of block, expected identifier [W0305]"
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if diff := cmp.Diff(map[string][]string{"a.jinja": {"x"}, "b.jinja": {"var", "y"}}, m.Callable()); diff != "" {
		t.Error(diff)
	}
	if m.Find("_own") != nil || m.Find("x").File.Name != "a.jinja" || len(m.Files["a.jinja"].Macros()) != 2 {
		t.Error("a macro is found that can't be called, or in another file")
	}
	var none *Macros
	if none.Find("x") != nil || none.Names() != nil || len(none.Callable()) != 0 {
		t.Error("where there are no macros, some are found")
	}
}
