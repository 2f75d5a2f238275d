package rust_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A writer writes expressions at random, over everything that the dialect has
// and some that it hasn't.
type writer struct{ *rand.Rand }

var leaves = []string{
	"a", "b.c", "items[0]", "items[-1].n", "this['x y']", "1", "0", "-7", "1.5", "1e300", "9223372036854775807", "'text'", `'q"\''`, "''", "'é☃'",
	"true", "none", "[]", "{}", "now()", "meta('topic')", "var('limit')", "uuid_v4()", "99999999999999999999", "loop", "'a text that is longer than what stands in a line'",
}

var binaries = []string{"+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "is"}

func (w writer) one(list []string) string { return list[w.IntN(len(list))] }

func (w writer) expr(depth int) string {
	if depth == 0 {
		return w.one(leaves)
	}
	sub := func() string { return w.expr(w.IntN(depth)) }
	switch w.IntN(12) {
	case 0, 1, 2:
		return "(" + sub() + " " + w.one(binaries) + " " + sub() + ")"
	case 3:
		return "(" + w.one([]string{"not ", "-"}) + sub() + ")"
	case 4:
		return "(" + sub() + " if " + sub() + w.one([]string{"", " else " + sub()}) + ")"
	case 5:
		return "[" + sub() + ", " + sub() + "]"
	case 6:
		return "{'k': " + sub() + ", " + sub() + ": 1}"
	case 7:
		return "(" + sub() + ")[" + w.one([]string{sub(), sub() + ":", ":" + sub(), "::" + sub(), sub() + ":" + sub() + ":-1"}) + "]"
	case 8:
		return "(" + sub() + " < " + sub() + " <= " + sub() + ")"
	}
	return w.call(&expr.Builtins[w.IntN(len(expr.Builtins))], sub)
}

// call calls a built-in, mostly with as many arguments as it takes.
func (w writer) call(b *expr.Builtin, sub func() string) string {
	params := b.Params
	if b.Form != expr.Function {
		params = params[1:]
	}
	var args []string
	for _, p := range params {
		if p.Optional && w.IntN(2) == 0 {
			continue
		}
		arg := sub()
		if p.OneOf != nil && w.IntN(4) > 0 {
			arg = "'" + w.one(p.OneOf) + "'"
		}
		if p.Named || p.Keyword && w.IntN(3) == 0 {
			arg = p.Name + "=" + arg
		}
		args = append(args, arg)
	}
	if slices.Contains([]string{"map", "select", "reject"}, b.Name) {
		inner := expr.Builtins[w.IntN(len(expr.Builtins))]
		args = []string{"'" + inner.Name + "'", sub()}[:1+w.IntN(2)]
	}
	list := "(" + strings.Join(args, ", ") + ")"
	switch b.Form {
	case expr.Filter:
		return "(" + sub() + " | " + b.Name + list + ")"
	case expr.Test:
		return "(" + sub() + " is " + b.Name + list + ")"
	}
	return b.Name + list
}

// documented are the codes that a refused expression may have.
var documented = []source.Code{
	source.TooLarge, source.UnknownName, source.BadExpression, source.NotInDialect, source.BadArguments, source.UnlikeKinds,
}

// environment is a number that longer runs give.
func environment(name string, usual uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return usual
}

// Any expression is refused with a code and a place in it, or it becomes Rust
// as rustfmt writes it.
func TestExpressionsAtRandom(t *testing.T) {
	ctx := context.Background()
	engine, err := minijinja.New(ctx, minijinja.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(ctx)
	seed, cases := environment("WEAVSTER_SEED", 1), environment("WEAVSTER_CASES", 3000)
	w := writer{rand.New(rand.NewPCG(seed, 0))}
	var ops []ir.Op
	vars := []ir.Var{{Name: "limit", Kind: ir.Int}}
	accepted := 0
	for i := range int(cases) {
		text := w.expr(1 + w.IntN(4))
		var diags source.Diagnostics
		n := syntax.Parse(source.NewFile("f", []byte("x: "+syntax.Quote(text))), &diags).Get("x")
		c := expr.NewCompiler(ctx, engine, &diags)
		c.Vars = vars
		x := c.Value(n)
		if c.Broken != nil {
			t.Fatalf("%s: %v", text, c.Broken)
		}
		for _, one := range diags.Sorted() {
			known := slices.Contains(documented, one.Code) || strings.HasPrefix(string(one.Code), "W04") // warnings
			if !known || one.Span.Start < n.Span.Start || one.Span.End > n.Span.End {
				t.Errorf("seed %d: %s: %v", seed, text, one)
			}
		}
		if diags.Failed() != (x == nil) {
			t.Errorf("seed %d: %s: %v beside %v", seed, text, x, diags.Err())
		}
		if x == nil || len(c.Patterns) > 0 {
			continue
		}
		accepted++
		ops = append(ops, ir.Set{Path: ir.Path{fmt.Sprint("x", i)}, Value: x})
		if len(ops) == 500 || i+1 == int(cases) {
			p := flow(ops...)
			p.Vars = vars
			checkFormat(t, printed(t, p))
			ops = nil
		}
	}
	if accepted*10 < int(cases) {
		t.Errorf("only %d of %d were accepted", accepted, cases)
	}
}
