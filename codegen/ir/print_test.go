package ir

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func field(name string) Expr { return Field{Path: Path{name}} }

func TestPrint(t *testing.T) {
	p := &Program{
		Name: "orders", File: "flows/orders.yaml",
		Vars:     []Var{{"big", Int}},
		Tables:   []Table{{Name: "c", Key: []string{"id", "part"}, Fold: true, Columns: []string{"name"}, Blob: []byte{1}}, {Name: "d", Key: []string{"id"}, Columns: []string{"x", "y"}}},
		Macros:   []MacroFile{{Name: "net.jinja", Text: "{% macro x() %}{% endmacro %}"}},
		Patterns: []Pattern{{Text: "^(a)(?<n>b)?$"}, {Text: "x\u00a0"}},
		Meta:     []string{"topic"}, Locals: 2, Route: RouteFirst, Unmatched: UnmatchedDiscard,
		Steps: []Step{{Index: 0, ID: "a", Kind: "set", Line: 3, When: Unary{Op: Not, X: field("x"), Of: Bool}, OnError: OnErrorSkip, Ops: []Op{
			Let{0, Lookup{Table: 0, Key: Require{field("k")}}},
			Set{Path{"to", 0, "a.b"}, Column{Local: 0, Column: 0}},
			Move{Path{"x"}, Path{"y"}},
			Remove{Path{"z"}},
			Guard{Binary{Op: Gt, X: VarRef{0, Int}, Y: Const{"1.10", Float}, Of: Bool}},
			Keep{[]Path{{"a", "b"}, {"c"}}},
			Map{[]Set{{Path{"d"}, field("e")}, {Path{"f", "g"}, Const{"1", Int}}}},
			Let{1, Captures{field("k"), []Choice{{0, []int{1, 2}}, {1, []int{NoGroup, 0}}}}},
			Set{Path{"n"}, Capture{1, 1, String}},
			Set{Path{"r"}, Regex{Op: RegexReplace, X: field("k"), Pattern: 0, Count: 2, With: []Part{{Group: 2}, {"-", NoGroup}}}},
			Set{Path{"c"}, Regex{Op: RegexCapture, X: field("k"), Group: 2}},
			Guard{Regex{Op: RegexMatching, X: field("k"), Pattern: 1}},
			Flatten{Flat{Path: Path{"a", "b"}, Separator: ".", Prefix: "b.", Depth: 2, Arrays: true}},
			Unflatten{Flat{Separator: "_"}},
			If{Cond: Const{"true", Bool}, Then: []Op{Remove{Path{"p"}}}, Else: []Op{Set{Path{"q"}, Fail{1201, "k", "no row"}}}},
		}}},
		Outputs: []Output{
			{Connector: "file.a", Line: 9, When: Call{Name: "bool", Args: []Expr{MetaRef{"topic"}}, Of: Bool}},
			{Connector: "file.b", Line: 10, Otherwise: true, Steps: []Step{{Index: 1, ID: "t", Kind: "template", Line: 11, Ops: []Op{
				Set{Path{"t"}, Concat{[]Expr{Const{`"a"`, String}, Local{0, Any}, Item{This{}, Const{"1", Int}}}}},
				Set{Path{"u"}, Jinja{Source: "{% if x %}\n{% endif %}", Macros: []int{0}, Patterns: []JinjaPattern{{Pattern: 1}}}},
				Set{Path{"v"}, Cond{Const{"true", Bool}, List{[]Expr{Const{"1", Int}, Const{"2", Int}}}, Dict{[]Expr{Const{`"k"`, String}}, []Expr{Const{"null", Null}}}}},
			}}}},
		},
	}
	want := `flow orders (flows/orders.yaml)
var big: int
table c: key id part in any case, columns name, compiled in
table d: key id, columns x y, at start
macros 0: net.jinja
pattern 0: ^(a)(?<n>b)?$
pattern 1: x\u00a0
meta topic
route first, unmatched discard, locals 2
step 0 a set on_error skip when (not .x)  # line 3
  %0 = lookup(c, .k!)
  set .to[0]."a.b" = %0[0]
  move .x -> .y
  remove .z
  guard (var(big) > 1.10)
  keep .a.b .c
  map
    set .d = .e
    set .f.g = 1
  %1 = captures(.k, pattern 0[1 2], pattern 1[-1 0])
  set .n = %1[1]
  set .r = regex_replace(.k, pattern 0, $2"-", 2)
  set .c = regex_capture(.k, pattern 0[2])
  guard matching(.k, pattern 1)
  flatten .a.b as "b.", separator ".", depth 2, arrays too
  unflatten the message, separator "_"
  if true
    remove .p
  else
    set .q = fail(W1201 k "no row")
output file.a when bool(meta("topic"))  # line 9
output file.b otherwise  # line 10
  step 1 t template  # line 11
    set .t = concat("a", %0, this[1])
    set .u = jinja("{% if x %}\n{% endif %}", macros 0, pattern 1)
    set .v = ([1, 2] if true else {"k": null})
`
	if diff := cmp.Diff(want, Print(p)); diff != "" {
		t.Error(diff)
	}
}

func TestKindNames(t *testing.T) {
	for k, want := range map[Kind]string{Any: "any", Number: "int|float|decimal", Missing | Object: "missing|object", 0: ""} {
		if got := k.String(); got != want {
			t.Errorf("%d: %q, want %q", k, got, want)
		}
	}
}

func TestChildren(t *testing.T) {
	a, b, c := field("a"), field("b"), field("c")
	for _, e := range []Expr{
		Cond{a, b, c}, List{[]Expr{a, b, c}}, Concat{[]Expr{a, b, c}}, Call{Name: "f", Args: []Expr{a, b, c}},
		List{[]Expr{a, Binary{Op: Add, X: b, Y: c}}}, Dict{[]Expr{a, c}, []Expr{b, c}}, Cond{Require{a}, Lookup{0, b}, Unary{Op: Neg, X: c}},
		Item{X: a, Key: Item{X: b, Key: c}},
		List{[]Expr{a, Captures{X: b}, Regex{X: c}}},
	} {
		names := map[string]bool{}
		var walk func(Expr)
		walk = func(e Expr) {
			if f, ok := e.(Field); ok {
				names[f.Path.String()] = true
			}
			for _, child := range Children(e) {
				walk(child)
			}
		}
		walk(e)
		if len(names) != 3 {
			t.Errorf("%T: found %v", e, names)
		}
	}
}

func TestKinds(t *testing.T) {
	for want, list := range map[Kind][]Expr{
		Any:              {field("a"), MetaRef{"m"}, Column{Local: 0, Column: 0}, Item{This{}, This{}}},
		Any &^ Missing:   {Require{field("a")}, Cond{Const{"1", Int}, Require{field("a")}, Const{"1", Int}}},
		Object:           {This{}, Dict{}},
		Object | Missing: {Lookup{}},
		Array | Missing:  {Captures{}},
		String | Missing: {Regex{Op: RegexFind}, Capture{Of: String | Missing}},
		Bool:             {Regex{Op: RegexMatching}},
		String:           {Concat{}, Jinja{}, Cond{This{}, Const{`""`, String}, Fail{}}},
		Int:              {VarRef{0, Int}, Local{0, Int}, Unary{Of: Int}, Binary{Of: Int}, Call{Of: Int}},
		Array:            {List{}},
	} {
		for _, e := range list {
			if got := e.Kind(); got != want {
				t.Errorf("%T is of kind %s, want %s", e, got, want)
			}
		}
	}
}
