package minijinja

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/source"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func TestRender(t *testing.T) {
	greet := func(call FuncCall) (any, error) {
		if len(call.Args) != 1 {
			return nil, errors.New("greet takes one name")
		}
		return "Hello " + strings.Trim(string(call.Args[0]), `"`) + string(call.Kwargs["end"]), nil
	}
	macros := map[string]string{"net.jinja": "{% macro url(host, port=80) %}http://{{ host }}:{{ port }}/{{ profile.name }}{% endmacro %}"}
	for name, c := range map[string]struct {
		job  Job
		want string
	}{
		"text stays":            {Job{Source: "a <b> & 'c'\n"}, "a <b> & 'c'\n"},
		"a function":            {Job{Source: "{{ greet('Ada', end=1) }}"}, "Hello Ada1"},
		"a macro":               {Job{Source: "{{ url('db', 5) }}"}, "http://db:5/dev"},
		"key order":             {Job{Source: "{{ m }}", Globals: map[string]json.RawMessage{"m": raw(`{"z":1,"a":2}`)}}, "{'z': 1, 'a': 2}"},
		"many digits":           {Job{Source: "{{ n }}", Globals: map[string]json.RawMessage{"n": raw(`18446744073709551615`)}}, "18446744073709551615"},
		"undefined in if":       {Job{Source: "{% if nope %}a{% endif %}b"}, "b"},
		"no escaping of <html>": {Job{Source: "{{ h }}", Globals: map[string]json.RawMessage{"h": raw(`"<i>"`)}}, "<i>"},
	} {
		c.job.Funcs, c.job.Templates = map[string]Func{"greet": greet}, macros
		c.job.Imports = map[string][]string{"net.jinja": {"url"}}
		if c.job.Globals == nil {
			c.job.Globals = map[string]json.RawMessage{"profile": raw(`{"name": "dev"}`)}
		}
		got, err := engine.Render(t.Context(), c.job)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestRenderErrors(t *testing.T) {
	refuse := func(FuncCall) (any, error) { return nil, errors.New("HOST isn't set") }
	macros := map[string]string{"m.jinja": "{% macro broken() %}\n{{ nope }}{% endmacro %}"}
	for text, want := range map[string]Error{
		"port {{ refuse('x') }}":   {Failed, "", source.Span{Start: 8, End: 19}, "HOST isn't set"},
		"a {{ nope }}":             {Undefined, "", source.Span{Start: 5, End: 9}, "`nope` is undefined"},
		"{% if nope %}{% endif %}": {Undefined, "", source.Span{Start: 6, End: 10}, "`nope` is undefined"},
		"{{ nofn() }}":             {Failed, "", source.Span{Start: 3, End: 9}, "unknown function: nofn is unknown"},
		"{{ broken() }}":           {Undefined, "m.jinja", source.Span{Start: 24, End: 28}, "`nope` is undefined"},
		"{{ 1 +":                   {Syntax, "", source.Span{Start: 5, End: 6}, "unexpected end of input, expected expression"},
		"{% for i in range(10000) %}{% for j in range(10000) %}{{ i }}{% endfor %}{% endfor %}": {Fuel, "", source.Span{}, "engine ran out of fuel"},
	} {
		_, err := engine.Render(t.Context(), Job{
			Source: text, Funcs: map[string]Func{"refuse": refuse}, Templates: macros,
			Imports: map[string][]string{"m.jinja": {"broken"}}, Strict: true, Fuel: 20_000,
		})
		var got *Error
		if !errors.As(err, &got) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got.Kind == Fuel { // where the fuel ended is nobody's business
			got.At = source.Span{}
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// What a rendering does to one instance isn't seen by the next.
func TestRenderIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"recursion": "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
		"memory":    "{% set ns = namespace(s='0123456789abcdef') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
		"depth":     "{{ " + strings.Repeat("not ", 5000) + "1 }}",
	} {
		_, err := engine.Render(t.Context(), Job{Source: text})
		var bad *Error
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := engine.Render(t.Context(), Job{Source: "{{ 1 + 1 }}"}); err != nil || got != "2" {
			t.Errorf("after %s: %q, %v", name, got, err)
		}
	}
}
