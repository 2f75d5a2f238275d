package minijinja

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/source"
)

// engine is one for all tests: to load the module takes most of their time.
var engine *Engine

func TestMain(m *testing.M) {
	ctx := context.Background()
	var err error
	if engine, err = New(ctx, Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := engine.Close(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(code)
}

// outline prints a tree as nested lists: kind, text under the span, children.
func outline(text string, x Expr) string {
	if x == nil {
		return "-"
	}
	own := fmt.Sprintf("%s`%s`", strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", x), "*minijinja.")), text[x.Span().Start:x.Span().End])
	var kids []string
	add := func(xs ...Expr) {
		for _, x := range xs {
			kids = append(kids, outline(text, x))
		}
	}
	args := func(list []Arg) {
		for _, a := range list {
			kids = append(kids, strings.TrimPrefix(a.Name+"="+outline(text, a.Value), "="))
		}
	}
	name := func(at source.Span, want string) {
		if got := text[at.Start:at.End]; got != want {
			own += fmt.Sprintf(" (the span of its name %q is %q)", want, got)
		}
	}
	switch x := x.(type) {
	case *Var:
	case *Const:
		own += ":" + string(x.Kind) + ":" + x.Text
	case *Unary:
		own += x.Op
		add(x.X)
	case *Binary:
		own += x.Op
		add(x.X, x.Y)
	case *Compare:
		own += strings.Join(x.Ops, ",")
		add(append([]Expr{x.X}, x.Y...)...)
	case *Cond:
		add(x.Test, x.Then, x.Else)
	case *Filter:
		name(x.NameAt, x.Name)
		add(x.X)
		args(x.Args)
	case *Test:
		name(x.NameAt, x.Name)
		add(x.X)
		args(x.Args)
	case *Attr:
		name(x.NameAt, x.Name)
		add(x.X)
	case *Item:
		add(x.X, x.Key)
	case *Slice:
		add(x.X, x.From, x.To, x.Step)
	case *Call:
		add(x.Fun)
		args(x.Args)
	case *List:
		add(x.Items...)
	case *Tuple:
		add(x.Items...)
	case *Map:
		add(x.Keys...)
		add(x.Values...)
	}
	if len(kids) == 0 {
		return own
	}
	return own + "[" + strings.Join(kids, " ") + "]"
}

func TestParseExpr(t *testing.T) {
	for text, want := range map[string]string{
		`a.b.c`:             "attr`a.b.c`[attr`a.b`[var`a`]]",
		`items[0].sku`:      "attr`items[0].sku`[item`items[0]`[var`items` const`0`:int:0]]",
		`x.0`:               "item`x.0`[var`x` const`0`:int:0]",
		`-a.b ** 2`:         "binary`-a.b ** 2`**[unary`-a.b`-[attr`a.b`[var`a`]] const`2`:int:2]",
		`(a + 1) * b`:       "binary`(a + 1) * b`*[binary`a + 1`+[var`a` const`1`:int:1] var`b`]",
		`a and b > 1`:       "binary`a and b > 1`and[var`a` binary`b > 1`>[var`b` const`1`:int:1]]",
		`x and y not in z`:  "binary`x and y not in z`and[var`x` unary`y not in z`not[binary`y not in z`in[var`y` var`z`]]]",
		`not a in b`:        "unary`not a in b`not[binary`a in b`in[var`a` var`b`]]",
		`a is not defined`:  "unary`a is not defined`not[test`a is not defined`[var`a`]]",
		`a < b <= c`:        "compare`a < b <= c`<,<=[var`a` var`b` var`c`]",
		`1 if a else 'x'`:   "cond`1 if a else 'x'`[var`a` const`1`:int:1 const`'x'`:string:x]",
		`1 if a`:            "cond`1 if a`[var`a` const`1`:int:1 -]",
		`a|default(1)|int`:  "filter`a|default(1)|int`[filter`a|default(1)`[var`a` const`1`:int:1]]",
		`f(a, *b, k=1,**c)`: "call`f(a, *b, k=1,**c)`[var`f` var`a` *=var`b` k=const`1`:int:1 **=var`c`]",
		`a[1:n]`:            "slice`a[1:n]`[var`a` const`1`:int:1 var`n` -]",
		`[1.0, none, true]`: "list`[1.0, none, true]`[const`1.0`:float:1.0 const`none`:none:none const`true`:bool:true]",
		`(1, 'a' 'b')`:      "tuple`(1, 'a' 'b')`[const`1`:int:1 const`'a' 'b'`:string:ab]",
		`{'a': x, 'b': 2}`:  "map`{'a': x, 'b': 2}`[const`'a'`:string:a const`'b'`:string:b var`x` const`2`:int:2]",
		`'é' == e`:          "binary`'é' == e`==[const`'é'`:string:é var`e`]",
	} {
		x, err := engine.ParseExpr(t.Context(), text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, outline(text, x)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestSyntaxErrorsHavePlaces(t *testing.T) {
	for text, want := range map[string]Error{
		"total > > 0":   {Syntax, "", source.Span{Start: 8, End: 9}, "unexpected `>`"},
		"a +":           {Syntax, "", source.Span{Start: 2, End: 3}, "unexpected end of input, expected expression"},
		"":              {Syntax, "", source.Span{Start: 0, End: 0}, "unexpected end of input, expected expression"},
		"a\n  b":        {Syntax, "", source.Span{Start: 4, End: 5}, "unexpected input after expression"},
		"f(k=1, 2)":     {Syntax, "", source.Span{Start: 7, End: 8}, "non-keyword arg after keyword arg"},
		"x == 'open":    {Syntax, "", source.Span{Start: 10, End: 11}, "unexpected end of string"},
		"a ? b":         {Syntax, "", source.Span{Start: 2, End: 3}, "unexpected character"},
		"a.b.(c)":       {Syntax, "", source.Span{Start: 4, End: 5}, "unexpected `(`, expected identifier or integer"},
		"'é' + 'ü' + )": {Syntax, "", source.Span{Start: 14, End: 15}, "unexpected `)`"},
	} {
		_, err := engine.ParseExpr(t.Context(), text)
		var got *Error
		if !errors.As(err, &got) {
			t.Errorf("%q: %v", text, err)
		} else if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// nested makes sources of any depth, in every way in which MiniJinja nests.
var nested = map[string]func(int) string{
	"parentheses":  func(n int) string { return strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
	"lists":        func(n int) string { return strings.Repeat("[", n) + "1" + strings.Repeat("]", n) },
	"a chain":      func(n int) string { return "1" + strings.Repeat("+1", n) },
	"nots":         func(n int) string { return strings.Repeat("not ", n) + "1" },
	"minuses":      func(n int) string { return strings.Repeat("-", n) + "1" },
	"conditions":   func(n int) string { return strings.Repeat("1 if 1 else ", n) + "1" },
	"fields":       func(n int) string { return "a" + strings.Repeat(".b", n) },
	"filters":      func(n int) string { return "a" + strings.Repeat("|f", n) },
	"calls":        func(n int) string { return strings.Repeat("f(", n) + strings.Repeat(")", n) },
	"subscripts":   func(n int) string { return strings.Repeat("a[", n) + "1" + strings.Repeat("]", n) },
	"concatenated": func(n int) string { return strings.Repeat("a ~ ", n) + "a" },
}

// What nests too deep is an error and no crash, however it nests and however
// the module is run; the engine goes on.
func TestDepth(t *testing.T) {
	compiled, err := New(t.Context(), Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := compiled.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for how, e := range map[string]*Engine{"interpreted": engine, "compiled": compiled} {
		for name, source := range nested {
			if _, err := e.ParseExpr(t.Context(), source(60)); err != nil {
				t.Errorf("%s, %s 60 deep: %v", how, name, err)
			}
			for _, n := range []int{300, 1000, 5000} {
				var bad *Error
				if _, err := e.ParseExpr(t.Context(), source(n)); !errors.As(err, &bad) {
					t.Errorf("%s, %s %d deep: got %v, want an *Error", how, name, n, err)
				}
			}
			if _, err := e.ParseExpr(t.Context(), "a + 1"); err != nil {
				t.Errorf("%s, after %s: %v", how, name, err)
			}
		}
	}
}

// A stack that ran out is never used again, nor memory that has grown.
func TestSpentInstancesAreThrownAway(t *testing.T) {
	for range 8 {
		if _, err := engine.ParseExpr(t.Context(), nested["nots"](5000)); err == nil {
			t.Fatal("5000 nots are parsed")
		}
		if _, err := engine.ParseExpr(t.Context(), nested["parentheses"](60)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := engine.Render(t.Context(), Job{Source: "{{ ('x' * 20000000) | length }}", Fuel: 1 << 40})
	if err != nil || text != "20000000" {
		t.Fatalf("%q, %v", text, err)
	}
	for _, module := range engine.idle {
		if size := module.Memory().Size(); size > memoryPages*65536/4 {
			t.Errorf("an instance of %d MiB is kept", size>>20)
		}
	}
}

func TestSourcesAreBounded(t *testing.T) {
	for name, text := range map[string]string{"length": strings.Repeat(" ", MaxSource) + "1", "encoding": "'\xff'"} {
		var bad *Error
		if _, err := engine.ParseExpr(t.Context(), text); !errors.As(err, &bad) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseTemplate(t *testing.T) {
	text := "Dear {{ name | upper }},\n{% for i in items if i.n %}{{ i }}{% else %}none{% endfor %}{% set total = 1 %}{% call(u) f(x) %}{{ u }}{% endcall %}\n"
	stmts, err := engine.ParseTemplate(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	want := `raw"Dear " emit(filter` + "`name | upper`[var`name`]" + `) raw",\n" ` +
		"for binds[i] reads[var`items` attr`i.n`[var`i`]] {emit(var`i`)} else {raw\"none\"} " +
		"set binds[total] reads[const`1`:int:1] {} " +
		"call_block binds[] reads[var`f` var`x`] {macro binds[u] reads[] {emit(var`u`)}}"
	if diff := cmp.Diff(want, outlineAll(text, stmts)); diff != "" {
		t.Error(diff)
	}
	var bad *Error
	if _, err := engine.ParseTemplate(t.Context(), "a\n{{ b + }}"); !errors.As(err, &bad) || bad.At != (source.Span{Start: 9, End: 11}) {
		t.Errorf("got %+v", err)
	}
}

func outlineAll(text string, stmts []Stmt) string {
	var parts []string
	for _, s := range stmts {
		switch s := s.(type) {
		case *Raw:
			parts = append(parts, fmt.Sprintf("raw%q", s.Text))
		case *Emit:
			parts = append(parts, "emit("+outline(text, s.X)+")")
		case *Block:
			reads := []string{}
			for _, x := range s.Reads {
				reads = append(reads, outline(text, x))
			}
			part := fmt.Sprintf("%s binds%v reads%v {%s}", s.Tag, s.Binds, reads, outlineAll(text, s.Body))
			if s.Else != nil {
				part += " else {" + outlineAll(text, s.Else) + "}"
			}
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func TestConcurrentUse(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				text := fmt.Sprintf("f%d + %d", i, j)
				x, err := engine.ParseExpr(t.Context(), text)
				if err != nil {
					t.Error(err)
				} else if got, want := outline(text, x), fmt.Sprintf("binary`%s`+[var`f%d` const`%d`:int:%d]", text, i, j, j); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	all.Wait()
}
