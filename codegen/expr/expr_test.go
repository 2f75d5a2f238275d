package expr

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var engine *minijinja.Engine

func TestMain(m *testing.M) {
	ctx := context.Background()
	var err error
	if engine, err = minijinja.New(ctx, minijinja.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	engine.Close(ctx)
	os.Exit(code)
}

// lower reads a YAML document `x: …` by one of the compiler's methods and
// prints the IR, or the errors.
func lower(t *testing.T, yaml string, method func(*Compiler, *syntax.Node) ir.Expr) (string, *Compiler) {
	t.Helper()
	var diags source.Diagnostics
	root := syntax.Parse(source.NewFile("f", []byte(yaml)), &diags)
	c := NewCompiler(context.Background(), engine, &diags)
	c.Vars = []ir.Var{{Name: "threshold", Kind: ir.Int}, {Name: "name", Kind: ir.String}, {Name: "rate", Kind: ir.Decimal}}
	x := method(c, root.Get("x"))
	if c.Broken != nil {
		t.Fatal(c.Broken)
	}
	var lines []string
	for _, one := range diags.Sorted() {
		lines = append(lines, one.String())
	}
	if diags.Failed() != (x == nil) {
		t.Errorf("%s: an expression %v beside the errors %v", yaml, x, lines)
	}
	if len(lines) > 0 {
		return strings.Join(lines, "\n"), c
	}
	p := &ir.Program{Vars: c.Vars, Outputs: []ir.Output{{Connector: "o", When: x}}}
	printed := ir.Print(p)
	printed = printed[strings.Index(printed, " when ")+len(" when "):]
	return strings.TrimSuffix(printed, "  # line 0\n"), c
}

func yaml(expression string) string { return "x: " + syntax.Quote(expression) }

func TestValues(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"qty * price", "(.qty! * .price!)"},
		{"1.10 + 2", "(1.10 + 2)"},
		{"-5", "-5"},
		{"-x", "(- .x!)"},
		{`'a"b' ~ a.b[0]['x-y']`, `("a\"b" ~ .a.b[0].x-y!)`},
		{"this['a.b'].c", `."a.b".c!`},
		{"this", "this"},
		{"items[-1]", ".items[-1]!"},
		{"items[n]", ".items[.n!]!"},
		{"total > var('threshold')", "(.total! > var(threshold))"},
		{"meta('topic')", `meta("topic")!`},
		{"now()", "now()"},
		{"now ~ ''", `(.now! ~ "")`},
		{"a or 'x'", `(.a or "x")`},
		{"a or b", "(.a or .b!)"},
		{"(a or b) + 1", "((.a or .b!) + 1)"},
		{"a and b", "(.a! and .b!)"},
		{"not a", "(not .a!)"},
		{"a is defined", "is_defined(.a)"},
		{"a is not none", "(not is_none(.a))"},
		{"a is divisibleby(3)", "is_divisibleby(.a!, 3)"},
		{"a is int and a is not odd", "(is_integer(.a) and (not is_odd(.a!)))"},
		{"a | default(0) + 1", "(default(.a, 0) + 1)"},
		{"a | default(b)", "default(.a, .b!)"},
		{"a | upper", "upper(.a!)"},
		{"a | round(method='ceil')", `round(.a!, 0, "ceil")`},
		{"a | int(default=0)", "int(.a!, 0)"},
		{"a | count", "length(.a!)"},
		{"(s | split(',')) | last", `last(split(.s!, ","))!`},
		{"a if b else c", "(.a! if .b! else .c!)"},
		{"a if b", "(.a! if .b! else missing!)"},
		{"(a if b) or c", "((.a if .b! else missing) or .c!)"},
		{"a[1:]", "part(.a!, 1, null, null)"},
		{"a[:n:-1] ~ ''", `(part(.a!, null, .n!, -1) ~ "")`},
		{"a is eq(1) and a is not in [b]", "((.a! == 1) and (not (.a! in [.b!])))"},
		{"a | sort(attribute='x')", `sort(.a!, false, false, "x")`},
		{"a | join(attribute='x')", `join(.a!, "", "x")`},
		{"a | map(attribute='x', default=0)", `map_attribute(.a!, "x", 0)`},
		{"a | map('upper')", "map(.a!, upper(_))"},
		{"a | map('replace', 'a', b)", `map(.a!, replace(_, "a", .b!))`},
		{"a | select", "select(.a!, _)"},
		{"a | reject('<', 3)", "reject(.a!, lt(_, 3))"},
		{"a | selectattr('x', 'defined')", `selectattr(.a!, "x", is_defined(_))`},
		{"a | attr('x')", `.a!["x"]!`},
		{"a | e", "escape(.a!)"},
		{"range(3)", "range(3)"},
		{"a | sha256", "sha256(.a!)"},
		{"a | hmac_sha256('k', encoding='base64')", `hmac_sha256(.a!, "k", "base64")`},
		{"a | base64_encode(url=true)", "base64_encode(.a!, true)"},
		{"parse_time(a, 'rfc2822')", `parse_time(.a!, "rfc2822")`},
		{"format_time(now(), '%F', zone=z)", `format_time_in(now(), "%F", .z!)`},
		{"uuid_v4() ~ uuid_v7(t)", "(uuid_v4() ~ uuid_v7(.t!))"},
		{"1 < a < 10", "((1 < .a!) and (.a! < 10))"},
		{"1 < a in [b] not in [c]", "(((1 < .a!) and (.a! in [.b!])) and (not ([.b!] in [.c!])))"},
		{"a not in ['x', 'y']", `(not (.a! in ["x", "y"]))`},
		{"{'a': b, 'c': [1, none, true]}", `{"a": .b!, "c": [1, null, true]}`},
		{"[1] + [2]", "([1] + [2])"},
		{"2 ** 3 // 2 % 5", "(((2 ** 3) // 2) % 5)"},
		{"(qty | decimal) * 1.10", "(decimal(.qty!) * 1.10)"},
		{"var('rate') + x", "(decimal(var(rate)) + .x!)"},
		{"divide(x, y | decimal(0), 2, rounding='down')", `divide(.x!, decimal(.y!, 0), 2, "down")`},
		{"x is decimal", "is_decimal(.x)"},
		{"'x' in this", `("x" in this)`},
	} {
		if got, _ := lower(t, yaml(c.expression), (*Compiler).Value); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.expression, got, c.want)
		}
	}
}

func TestConditionsAreBool(t *testing.T) {
	for expression, want := range map[string]string{
		"a": "bool(.a!)", "a > 1": "(.a! > 1)", "a or b": "bool((.a or .b!))", "not a": "(not .a!)",
	} {
		if got, _ := lower(t, yaml(expression), (*Compiler).Condition); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{"(x | decimal) * (1 / 2)", "f:1:5: error: `*` doesn't take a decimal and a float that was computed; convert the float by `| decimal`, or better what it was computed from [W0304]"},
		{"(x | float) >= var('rate')", "f:1:6: error: `>=` doesn't take a decimal and a float that was computed; convert the float by `| decimal`, or better what it was computed from [W0304]"},
		{"'a' < var('rate')", "f:1:5: error: `<` doesn't take text and a number; convert one side: `| int`, `| float` or `| string` [W0304]"},
		{"parse_time(x, 'DD.MM.YYYY')", `f:1:19: error: function "parse_time" can't use this: there is no format "DD.MM.YYYY": it is rfc3339, rfc2822, iso_datetime, iso_date, unix, unix_ms, unix_us, unix_ns, or a pattern such as %d.%m.%Y [W0303]`},
		{"format_time(now(), '%H:%M', 'Europe/Viena')", `f:1:33: error: function "format_time" can't use this: there is no time zone "Europe/Viena"; did you mean "Europe/Vienna"? [W0303]`},
		{"'x' * 3", "f:1:5: error: `*` doesn't take text and a number; convert one side: `| int`, `| float` or `| string` [W0304]"},
		{"a and '9' > 10", "f:1:11: error: `>` doesn't take text and a number; convert one side: `| int`, `| float` or `| string` [W0304]"},
		{"true + 1", "f:1:5: error: `+` doesn't take true or false and a number [W0304]"},
		{"none > 0", "f:1:5: error: `>` doesn't take null and a number [W0304]"},
		{"1 in 'a'", "f:1:5: error: `in` doesn't take a number and text; convert one side: `| int`, `| float` or `| string` [W0304]"},
		{"-'x'", "f:1:5: error: `-` takes a number, not text [W0304]"},
		{"(1).a", "f:1:6: error: a number has no items [W0304]"},
		{"a > var('treshold')", `f:1:13: error: unknown variable "treshold"; did you mean "threshold"? [W0201]`},
		{"var('other')", "f:1:9: error: unknown variable \"other\"; declare it under `vars:` of the flow [W0201]"},
		{"var(a)", "f:1:9: error: var() takes a text in quotes: what a flow needs is listed before it runs [W0303]"},
		{"a | uper", `f:1:9: error: unknown filter "uper"; did you mean "upper"? [W0201]`},
		{"a is defnied", `f:1:10: error: unknown test "defnied"; did you mean "defined"? [W0201]`},
		{"nwo()", `f:1:5: error: unknown function "nwo"; did you mean "now"? [W0201]`},
		{"a is null", "f:1:10: error: unknown test \"null\"; write `x is none` [W0201]"},
		{"upperr(a)", "f:1:5: error: unknown function \"upperr\"; did you mean the filter \"upper\"? Write `x | upper` [W0201]"},
		{"upper(a)", "f:1:5: error: unknown function \"upper\"; it is a filter: write `x | upper` [W0201]"},
		{"a.upper()", "f:1:7: error: the expressions of a flow have no methods; write `x | upper` [W0302]"},
		{"a | dictsort", "f:1:9: error: the expressions of a flow have no filter `dictsort`, though MiniJinja has it; it gives tuples, which JSON lacks; loop in a `template:` [W0302]"},
		{"a | chain(b)", "f:1:9: error: the expressions of a flow have no filter `chain`, though MiniJinja has it; write `a + b` for lists [W0302]"},
		{"a | tojson | e", "f:1:18: error: the expressions of a flow have no `escape` of what `escape` or `tojson` made; MiniJinja leaves it as it is: do so too [W0302]"},
		{"a | replace(*b)", "f:1:18: error: the expressions of a flow have no arguments of a list; write them one by one [W0302]"},
		{"5[1:]", "f:1:5: error: a number can't be sliced [W0304]"},
		{"a['x':]", "f:1:7: error: a slice's bounds are integers, not text [W0304]"},
		{"a | md5('base46')", `f:1:13: error: filter "md5" has no encoding "base46"; did you mean "base64"? [W0303]`},
		{"to_unix(a, 'year')", `f:1:16: error: function "to_unix" has no unit "year"; it is one of d, h, m, s, ms, us, ns [W0303]`},
		{"a | url_encod", `f:1:9: error: unknown filter "url_encod"; did you mean "url_encode"? [W0201]`},
		{"sha256(a)", "f:1:5: error: unknown function \"sha256\"; it is a filter: write `x | sha256` [W0201]"},
		{"parse_time(a, 'rfc3338')", `f:1:19: error: function "parse_time" can't use this: there is no format "rfc3338"; did you mean "rfc3339"? [W0303]`},
		{"parse_time(a, 'unix_ms')", `f:1:19: error: function "parse_time" can't use this: numbers since 1970 are read by from_unix(number, unit) [W0303]`},
		{"format_time(a, '%K', 'Europe/Viena')", `f:1:20: error: function "format_time" can't use this: the directive %K is unknown [W0303]` + "\n" +
			`f:1:26: error: function "format_time" can't use this: there is no time zone "Europe/Viena"; did you mean "Europe/Vienna"? [W0303]`},
		{"parse_time(a)", `f:1:5: error: function "parse_time" needs its argument "format" [W0303]`},
		{"a | sort(true)", "f:1:14: error: filter \"sort\" takes its argument \"reverse\" by name; write `reverse=` [W0303]"},
		{"a | map(upper)", "f:1:13: error: map takes the name of a filter in quotes [W0303]"},
		{"a | map('uper')", `f:1:13: error: unknown filter "uper"; did you mean "upper"? [W0201]`},
		{"a | map('map')", "f:1:13: error: the expressions of a flow have no `map` inside of `map` [W0302]"},
		{"a | map('upper', 1)", `f:1:22: error: filter "upper" takes no arguments [W0303]`},
		{"a | select('oddd')", `f:1:16: error: unknown test "oddd"; did you mean "odd"? [W0201]`},
		{"a | selectattr()", `f:1:9: error: filter "selectattr" needs its argument "attribute" [W0303]`},
		{"'x' is lt 1", "f:1:12: error: `<` doesn't take text and a number; convert one side: `| int`, `| float` or `| string` [W0304]"},
		{"(1, 2)", "f:1:5: error: the expressions of a flow have no tuples; write [a, b] for a list [W0302]"},
		{"5 | upper", "f:1:5: error: filter \"upper\" takes text, not a number; convert it by `| string` [W0303]"},
		{"a | replace('x')", `f:1:9: error: filter "replace" needs its argument "to" [W0303]`},
		{"a | upper(1)", `f:1:15: error: filter "upper" takes no arguments [W0303]`},
		{"a | round(digits=1)", `f:1:22: error: filter "round" has no argument named "digits" [W0303]`},
		{"99999999999999999999", "f:1:5: error: the number 99999999999999999999 is outside 64-bit integers [W0302]"},
		{"{1: 2}", "f:1:6: error: a key has to be text, not a number [W0304]"},
		{"len(a)", "f:1:5: error: unknown function \"len\"; it is a filter: write `x | length` [W0201]"},
		{"str(a) ~ b", "f:1:5: error: unknown function \"str\"; it is a filter: write `x | string` [W0201]"},
	} {
		got, _ := lower(t, yaml(c.expression), (*Compiler).Value)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s\n%s", c.expression, diff)
		}
	}
}

// One mistake is one error, and two are two.
func TestMistakesDoNotHideOrBreedOthers(t *testing.T) {
	got, _ := lower(t, yaml("(a | uper) * (b | lenght) + var('nope')"), (*Compiler).Value)
	if strings.Count(got, "error") != 3 || strings.Count(got, "W0201") != 3 {
		t.Errorf("got\n%s", got)
	}
}

func TestPatternsThatAreTooManyAreToldOnce(t *testing.T) {
	var diags source.Diagnostics
	c := NewCompiler(context.Background(), engine, &diags)
	c.patternBytes = maxPatterns - 1
	root := syntax.Parse(source.NewFile("f", []byte("a: a is matching('^a$')\nb: a is matching('^b$')\nc: a is matching('^a$') or a is matching('^(c$')\n")), &diags)
	for _, e := range root.Entries {
		c.Condition(e.Value)
	}
	if list := diags.Sorted(); len(list) != 2 || list[0].Code != source.TooLarge || list[1].Code != source.TooLarge {
		t.Errorf("got %v, want an error for the pattern ^a$ at each of its places alone", list)
	}
}

func TestPlacesInsideScalars(t *testing.T) {
	for yaml, place := range map[string]string{
		"x: a +\n    uper(b)\n":         "f:2:5:",
		"x: 'a ~ ''b'' ~ nope()'\n":     "f:1:17:",
		"x: \"a ~ \\\"b\\\" ~ nope()\"": "f:1:17:",
		"x: >-\n  a +\n  nope()\n":      "f:3:3:",
		"x: a + # b\n":                  "f:1:6:",
		"x: a == == b\n":                "f:1:9:",
		"x: {a: b}\n":                   "f:1:4:",
		"x:\n":                          "f:1:3:",
	} {
		got, _ := lower(t, yaml, (*Compiler).Value)
		if !strings.HasPrefix(got, place+" error") {
			t.Errorf("%q: got %s; want %s", yaml, got, place)
		}
	}
	got, _ := lower(t, "x: a ==  # b\n", (*Compiler).Value)
	if !strings.Contains(got, "YAML takes ` #` for the start of a comment") {
		t.Errorf("no hint at the comment: %s", got)
	}
}

// What other languages write is answered with what is written here.
func TestOtherLanguagesOperators(t *testing.T) {
	for expression, want := range map[string]string{
		"a && b":         "write `and`",
		"a || b":         "write `or`",
		"a and !b":       "write `not`",
		"a = 3":          "write `==`",
		"a <> 3":         "write `!=`",
		"a === 3":        "write `==`",
		"a ? 1 : 2":      "write `x if test else y`",
		"{{ a > 0 }}":    "an expression stands without `{{ }}`",
		"  {{a}} ":       "an expression stands without `{{ }}`",
		"{% if a %}":     "an expression stands without `{% %}`; `x if test else y` is one",
		"a + 'x = ' = 2": "write `==`",
		"a > = 2":        "",
		"a +":            "",
		"'a":             "",
	} {
		got, _ := lower(t, yaml(expression), (*Compiler).Value)
		_, hint, _ := strings.Cut(strings.TrimSuffix(got, " [W0301]"), "; ")
		if !strings.Contains(got, "this expression can't be read") || hint != want {
			t.Errorf("%s: got %s; want the hint %q", expression, got, want)
		}
	}
}

func TestAQuotedFieldIsSuspicious(t *testing.T) {
	got, _ := lower(t, "x: \"paid\"\n", (*Compiler).Value)
	want := "f:1:4: warning: \"paid\" is an expression, here the field \"paid\", in spite of YAML's quotes; for the text itself write \"'paid'\", or leave the quotes out [W0403]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, _ := lower(t, "x: \"(paid)\"\n", (*Compiler).Value); strings.Contains(got, "warning") {
		t.Errorf("nobody means this as a text: %s", got)
	}
}

func TestTemplates(t *testing.T) {
	for _, c := range []struct{ template, want string }{
		{"{{ name | upper }} - {{ qty }}", `concat(upper(.name!), " - ", .qty!)`},
		{"plain \"text\"", `concat("plain \"text\"")`},
		{"{# no #}{{ a or 'x' }}", `concat((.a or "x"))`},
		{"{% if a %}b{% endif %}", `jinja("{% if a %}b{% endif %}")`},
		{"{{ a | sort | join }}", `concat(join(sort(.a!)))`},
		{"{{ a | dictsort | join }}", `jinja("{{ a | dictsort | join }}")`},
		{"{% for x in xs %}{{ x }} {{ var('name') }}{% endfor %}", `jinja("{% for x in xs %}{{ x }} {{ var('name') }}{% endfor %}")`},
		{"{{ nme | uper }}", `f:1:14: error: unknown filter "uper"; did you mean "upper"? [W0201]`},
		{"{% if a | uper %}{% endif %}", `f:1:15: error: unknown filter "uper"; did you mean "upper"? [W0201]`},
		{"{% if var('nam') %}{% endif %}", `f:1:15: error: unknown variable "nam"; did you mean "name"? [W0201]`},
		{"{% if 1 %}{{ a.nope(b)[c:d] }}{% endif %}", `jinja("{% if 1 %}{{ a.nope(b)[c:d] }}{% endif %}")`},
		{"{% set f = 1 %}{{ f() }}{{ g() }}", `f:1:32: error: unknown function "g" [W0201]`},
		{"{% if a is decimal %}{% endif %}", "f:1:16: error: a template with statements has no decimals: they are text in it; test the value in a step before it [W0302]"},
		{"{% include 'x' %}", "f:1:8: error: a flow's template has no `include` [W0302]"},
		{"{{ a ", "f:1:8: error: this template can't be read: unexpected end of input, expected end of variable block [W0305]"},
	} {
		got, _ := lower(t, yaml(c.template), (*Compiler).Template)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s\n%s", c.template, diff)
		}
	}
}

func TestWhatAFlowNeedsIsNoted(t *testing.T) {
	_, c := lower(t, yaml("{% if meta('topic') %}{{ meta('key') }}{{ var('name') }}{% endif %}"), (*Compiler).Template)
	if diff := cmp.Diff([]string{"topic", "key"}, c.Meta); diff != "" {
		t.Error(diff)
	}
	if !c.UsedVars[1] || c.UsedVars[0] {
		t.Errorf("used variables: %v", c.UsedVars)
	}
}

// A template that MiniJinja renders is given the built-ins of ours that it
// calls, and no others.
func TestATemplatesBuiltins(t *testing.T) {
	n := syntax.Parse(source.NewFile("f", []byte(yaml("{% for i in range(3) %}{{ a | sha256 ~ (b | sha256('hex')) | upper }}{{ uuid_v4() }}{{ now() }}{% endfor %}"))), &source.Diagnostics{}).Get("x")
	c := NewCompiler(context.Background(), engine, &source.Diagnostics{})
	e, ok := c.Template(n).(ir.Jinja)
	want := ir.Jinja{Source: n.Text, Own: []ir.Own{
		{Form: "filter", Name: "sha256", Call: "sha256", Params: []string{"value", "encoding"}},
		{Form: "function", Name: "uuid_v4", Call: "uuid_v4"},
	}, Reads: ir.Reads{Fields: []ir.Path{{"a"}, {"b"}}}}
	if diff := cmp.Diff(want, e); diff != "" || !ok || !c.Identity {
		t.Error(diff)
	}
}

// A template that MiniJinja renders is looked through for everything that has
// to be known before it runs, wherever in an expression that stands.
func TestNothingHidesInATemplate(t *testing.T) {
	for _, hidden := range []string{
		"not %s", "a + %s", "a < b < %s", "(x if %s else y)", "(x if y else %s)", "(%s) | upper", "a | default(%s)", "a is divisibleby(%s)", "%s is defined",
		"(%s).b", "a[%s]", "a[1:%s]", "f.m(%s)", "(%s).m()", "[%s]", "(1, %s)", "{'a': %s}", "{%s: 1}", "range(%s)",
	} {
		text := "{% if " + strings.ReplaceAll(hidden, "%s", "meta('hidden')") + " %}{% endif %}"
		got, c := lower(t, yaml(text), (*Compiler).Template)
		if diff := cmp.Diff([]string{"hidden"}, c.Meta); diff != "" {
			t.Errorf("%s: %s\n%s", text, got, diff)
		}
	}
}

func TestATemplatesOwnNamesAreNoFields(t *testing.T) {
	var fields []string
	lower(t, yaml("{% for x, y in xs %}{{ x.a }}{{ loop.index }}{{ z }}{% endfor %}{% macro m(p) %}{{ p }}{% endmacro %}{{ m(q) }}"), func(c *Compiler, n *syntax.Node) ir.Expr {
		c.OnRead = func(r Read) { fields = append(fields, r.Path.String()) }
		return c.Template(n)
	})
	if diff := cmp.Diff([]string{"xs", "z", "q"}, fields); diff != "" {
		t.Error(diff)
	}
}

func TestReads(t *testing.T) {
	var got []string
	lower(t, yaml("(a.b[0] + this.c > 1) or d is defined"), func(c *Compiler, n *syntax.Node) ir.Expr {
		c.OnRead = func(r Read) {
			got = append(got, fmt.Sprint(r.Path, r.File.Slice(r.Span), r.Sure, r.Lenient))
		}
		return c.Value(n)
	})
	want := []string{"a.b[0]a.b[0]false true", "cthis.ctrue true", "ddfalse true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A negative index counts from the end, which only a look at the list can do:
// it is no part of a path.
func TestIndexesFromTheEnd(t *testing.T) {
	var diags source.Diagnostics
	root := syntax.Parse(source.NewFile("f", []byte("x: items[-1]\n")), &diags)
	x := NewCompiler(context.Background(), engine, &diags).Value(root.Get("x"))
	want := ir.Require{X: ir.Item{X: ir.Field{Path: ir.Path{"items"}}, Key: ir.Const{Text: "-1", Of: ir.Int}}}
	if diff := cmp.Diff(ir.Expr(want), x); diff != "" {
		t.Error(diff)
	}
}

// FuzzExpression holds the compiler to it that an expression is lowered or
// refused, and that an error lies in the scalar.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"a.b[0] | upper", "'x' * 3", "{a: 1}", "a if b else c", "1 < 2 < 3", "x is in [1]", "a[::2]", "\"\\u{41}\"", "é ~ 'ü' | nope"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var diags source.Diagnostics
		file := source.NewFile("f", []byte(yaml(text)))
		root := syntax.Parse(file, &diags)
		if diags.Failed() {
			return // YAML refuses some characters
		}
		c := NewCompiler(context.Background(), engine, &diags)
		n := root.Get("x")
		for _, lower := range []func(*syntax.Node) ir.Expr{c.Value, c.Condition, c.Template} {
			diags = source.Diagnostics{}
			if x := lower(n); diags.Failed() != (x == nil) {
				t.Fatalf("%v beside %v", x, diags.Err())
			}
			for _, one := range diags.Sorted() {
				if one.Span.Start < n.Span.Start || one.Span.End > n.Span.End {
					t.Fatalf("%v lies outside of the scalar, %v", one.Span, n.Span)
				}
			}
		}
		if c.Broken != nil {
			t.Fatal(c.Broken)
		}
	})
}

func TestTheTableIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Builtins {
		for _, name := range append(b.Aliases, b.Name) {
			key := b.Form.String() + name
			if seen[key] {
				t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
		if last := len(b.Params) - 1; b.Zoned && b.Params[last].Name != "zone" {
			t.Errorf("the last argument of %s is no zone", b.Name)
		}
		if b.Doc == "" || b.Result == 0 || b.Form != Function && len(b.Params) == 0 {
			t.Errorf("%s %s lacks something", b.Form, b.Name)
		}
	}
}
