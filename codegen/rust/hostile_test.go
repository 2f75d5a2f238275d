package rust_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/rust"
)

// checkWidth holds printed code to rustfmt's limit, where the printer doesn't
// tell it to look away.
func checkWidth(t *testing.T, lib string) {
	t.Helper()
	skipped := false
	for i, line := range strings.Split(lib, "\n") {
		data := skipped && line != "];" // the last line of a skipped list of its own
		if strings.HasPrefix(line, "#[rustfmt::skip]") {
			skipped = true
		} else if line == "];" || skipped && strings.HasSuffix(line, ";") {
			skipped = false
		}
		if !data && len(line) > 100 {
			t.Errorf("line %d is %d wide: %s", i+1, len(line), line)
		}
		if strings.TrimRight(line, " \t\r") != line {
			t.Errorf("line %d ends in space: %q", i+1, line)
		}
	}
}

// checkFormat holds printed code to rustfmt itself, where it is installed.
func checkFormat(t *testing.T, lib string) {
	t.Helper()
	checkWidth(t, lib)
	rustfmt := os.Getenv("RUSTFMT")
	if rustfmt == "" {
		var err error
		if rustfmt, err = exec.LookPath("rustfmt"); err != nil {
			t.Log("rustfmt isn't installed: only widths were checked")
			return
		}
	}
	file := filepath.Join(t.TempDir(), "lib.rs")
	if err := os.WriteFile(file, []byte(lib), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(rustfmt, "--edition", "2024", "--check", file).CombinedOutput(); err != nil {
		t.Errorf("rustfmt would change it: %v\n%.3000s", err, out)
	}
}

func field(name string) ir.Expr { return ir.Require{X: ir.Field{Path: ir.Path{name}}} }

func nest(depth int, leaf ir.Expr, wrap func(ir.Expr) ir.Expr) ir.Expr {
	for range depth {
		leaf = wrap(leaf)
	}
	return leaf
}

// nested is one expression for every way to nest, so deep.
func nested(depth int) map[string]ir.Expr {
	a, b := field("a"), field("b")
	long := ir.Const{Text: `"a text that is much longer than what stands where it is used"`, Of: ir.String}
	return map[string]ir.Expr{
		"left":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Binary{Op: ir.Add, X: x, Y: b} }),
		"right": nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Binary{Op: ir.Mul, X: b, Y: x} }),
		"and":   nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Binary{Op: ir.And, X: b, Y: x} }),
		"or":    nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Binary{Op: ir.Or, X: x, Y: b} }),
		"cond":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Cond{Test: x, Then: b, Else: a} }),
		"else":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Cond{Test: a, Then: long, Else: x} }),
		"list":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.List{Items: []ir.Expr{b, x, long}} }),
		"dict":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Dict{Keys: []ir.Expr{long}, Values: []ir.Expr{x}} }),
		"text":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Concat{Parts: []ir.Expr{x, long, b}} }),
		"not":   nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Unary{Op: ir.Not, X: x} }),
		"item":  nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Item{X: b, Key: x} }),
		"apply": nest(depth, a, func(x ir.Expr) ir.Expr {
			return ir.Apply{Name: "selectattr", X: ir.Apply{Name: "map", X: x, Call: "replace", Args: []ir.Expr{long, a}}, Attr: long, Call: "in", Args: []ir.Expr{a}}
		}),
		"truth": nest(depth, a, func(x ir.Expr) ir.Expr { return ir.Apply{Name: "reject", X: x} }),
		"call": nest(depth, a, func(x ir.Expr) ir.Expr {
			return ir.Call{Name: "replace", Args: []ir.Expr{x, long, ir.Cond{Test: b, Then: long, Else: a}}}
		}),
		"meta": nest(depth, ir.MetaRef{Name: strings.Repeat("m", 70)}, func(x ir.Expr) ir.Expr { return ir.Require{X: x} }),
	}
}

func flow(ops ...ir.Op) *ir.Program {
	return &ir.Program{File: "flows/a.yaml", Steps: []ir.Step{{ID: "s", Kind: "set", Ops: ops}}, Outputs: []ir.Output{{}}}
}

// However deep an expression nests, code nests a few blocks deep and stays
// within rustfmt's width.
func TestNesting(t *testing.T) {
	for _, depth := range []int{1, 2, 7, 100, 1000} {
		for name, e := range nested(depth) {
			t.Run(fmt.Sprint(name, depth), func(t *testing.T) {
				p := flow(ir.Set{Path: ir.Path{"x"}, Value: e}, ir.Guard{Cond: e})
				p.Steps[0].When = e
				p.Outputs[0].When = e
				lib := printed(t, p)
				checkWidth(t, lib)
				if depth <= 100 { // more of the same takes rustfmt seconds
					checkFormat(t, lib)
				}
			})
		}
	}
}

func TestNestedIfs(t *testing.T) {
	ops := []ir.Op{ir.Remove{Path: ir.Path{"gone"}}}
	for i := range 1000 {
		ops = []ir.Op{
			ir.Let{Local: i, Value: ir.Lookup{Table: 0, Key: field("k")}},
			ir.If{Cond: ir.Call{Name: "is_defined", Args: []ir.Expr{ir.Local{Index: i}}}, Then: ops, Else: []ir.Op{
				ir.Set{Path: ir.Path{"x"}, Value: ir.Column{Local: i}},
			}},
			ir.If{Cond: ir.Local{Index: i}, Else: []ir.Op{ir.Guard{Cond: ir.Local{Index: i}}}},
			ir.If{Cond: field("empty")},
		}
	}
	checkFormat(t, printed(t, flow(ops...)))
}

func TestTenThousandFields(t *testing.T) {
	var ops []ir.Op
	for i := range 10_000 {
		path := ir.Path{fmt.Sprintf("a field with a long name and the number %d", i), "inner", i}
		ops = append(ops, ir.Set{Path: path, Value: ir.Const{Text: "1.10", Of: ir.Float}}, ir.Move{From: path, To: ir.Path{"moved", path[0]}})
	}
	lib := printed(t, flow(ops...))
	if got := strings.Count(lib, ".set("); got != 10_000 {
		t.Errorf("%d of 10,000 fields are set", got)
	}
	checkFormat(t, lib)
}

// A new message of many fields is made in parts, each of which sees the old.
func TestTenThousandMappedFields(t *testing.T) {
	long := ir.Const{Text: `"a text that is much longer than what stands where it is used"`, Of: ir.String}
	row := ir.Let{Value: ir.Lookup{Key: field("k")}}
	var fields []ir.Set
	var kept []ir.Path
	for i := range 10_000 {
		path := ir.Path{fmt.Sprintf("a field with a long name and the number %d", i), "inner"}
		value := []ir.Expr{field("a"), long, ir.Column{}, ir.Concat{Parts: []ir.Expr{field("a"), long}}}[i%4]
		fields, kept = append(fields, ir.Set{Path: path, Value: value}), append(kept, path)
	}
	lib := printed(t, flow(ir.Keep{Paths: kept}, row, ir.Map{Fields: fields}))
	if got := strings.Count(lib, "new.set("); got != 10_000 {
		t.Errorf("%d of 10,000 fields are mapped", got)
	}
	checkFormat(t, lib)
}

// Lists of steps are functions, however they stand inside of one another.
func TestStepsInsideOfSteps(t *testing.T) {
	inner := []ir.Step{{Index: 1, ID: "s", Kind: "set", Ops: []ir.Op{ir.Remove{Path: ir.Path{"a"}}}}}
	for i := range 100 {
		each := ir.ForEach{Path: ir.Path{"a"}, As: "b", Root: true, Steps: inner}
		inner = []ir.Step{{Index: i + 2, ID: strings.Repeat("e/", i), Kind: "each", When: field("c"), Ops: []ir.Op{each}}}
	}
	for i := range 100 {
		split := ir.Split{Path: ir.Path{"d"}, Into: ir.Path{"a", "b"}, Index: ir.Path{"at"}}
		inner = append([]ir.Step{{Index: i + 102, ID: "s", Kind: "split", Ops: []ir.Op{split}}}, inner...)
	}
	p := flow()
	p.Steps = inner
	p.Outputs[0].Steps = []ir.Step{{Index: 202, ID: "s", Kind: "split", Ops: []ir.Op{ir.Split{Path: ir.Path{"d"}, As: ir.SplitMessage}}}}
	checkFormat(t, printed(t, p))
}

// Whatever a flow says is data: it comes out in literals and comments alone.
func TestNothingIsPasted(t *testing.T) {
	const evil = "\"; } fn x() {} // */ {{ \n\r\u2028\u202e #\\"
	text := ir.Const{Text: `"\"; } fn x() {} // */ {{ \n\r\u2028\u202e #\\"`, Of: ir.String}
	p := &ir.Program{
		Name: evil, File: evil,
		Vars:   []ir.Var{{Name: evil}},
		Tables: []ir.Table{{Name: evil, Key: []string{evil}, Columns: []string{evil}, Blob: []byte(evil)}},
		Steps: []ir.Step{{ID: evil, Kind: evil, Ops: []ir.Op{
			ir.Let{Value: ir.Lookup{Key: text}},
			ir.Set{Path: ir.Path{evil, evil}, Value: text},
			ir.Set{Path: ir.Path{"c"}, Value: ir.Concat{Parts: []ir.Expr{text, ir.MetaRef{Name: evil}, ir.Jinja{Source: evil}}}},
			ir.Set{Path: ir.Path{"f"}, Value: ir.Fail{Code: 1201, Field: evil, Detail: evil}},
		}}},
		Outputs: []ir.Output{{Connector: evil, When: ir.Binary{Op: ir.Eq, X: text, Y: text}}},
	}
	lib := printed(t, p)
	rest := withoutLiterals(t, lib)
	if strings.Contains(rest, "fn x") {
		t.Errorf("a flow's text became code:\n%s", rest)
	}
	for _, r := range lib {
		if r != '\n' && (r < ' ' || r == '\u2028' || r == '\u202e') {
			t.Errorf("a character that can't be seen: %U", r)
		}
	}
	checkFormat(t, lib)
}

// withoutLiterals is code without comments and the insides of string literals.
func withoutLiterals(t *testing.T, lib string) string {
	t.Helper()
	var code strings.Builder
	for line := range strings.SplitSeq(lib, "\n") {
		if strings.HasPrefix(line, "//") {
			continue
		}
		inside := false
		for i := 0; i < len(line); i++ {
			switch {
			case inside && line[i] == '\\':
				i++
			case line[i] == '"':
				inside = !inside
			case !inside:
				code.WriteByte(line[i])
			}
		}
		if inside {
			t.Errorf("a literal reaches over the end of its line: %s", line)
		}
		code.WriteByte('\n')
	}
	return code.String()
}

// IR that doesn't hold together is an error, not Rust that doesn't compile.
func TestMistakes(t *testing.T) {
	set := func(e ir.Expr) *ir.Program { return flow(ir.Set{Path: ir.Path{"a"}, Value: e}) }
	for want, p := range map[string]*ir.Program{
		"local 3 is read where it isn't bound": set(ir.Local{Index: 3}),
		"local 0 is read where it isn't bound": flow(
			ir.If{Cond: ir.This{}, Then: []ir.Op{ir.Let{Value: ir.This{}}}},
			ir.Guard{Cond: ir.Local{}}),
		`the guest has no built-in "backward" of 1 arguments`: set(ir.Call{Name: "backward", Args: []ir.Expr{ir.This{}}}),
		`the guest has no built-in "upper" of 3 arguments`:    set(ir.Apply{Name: "map", X: ir.This{}, Call: "upper", Args: []ir.Expr{ir.This{}, ir.This{}}}),
		`the guest has no built-in "upper" of 2 arguments`:    set(ir.Call{Name: "upper", Args: []ir.Expr{ir.This{}, ir.This{}}}),
		`the constant "nul" isn't JSON`:                       set(ir.Const{Text: "nul"}),
		"a flow can't fail with W9999":                        set(ir.Fail{Code: 9999}),
		"ir.ForEach has to be its step's only operation":      flow(ir.Guard{Cond: ir.This{}}, ir.ForEach{Path: ir.Path{"a"}}),
		"ir.Split has to be its step's only operation":        flow(ir.If{Cond: ir.This{}, Then: []ir.Op{ir.Split{Path: ir.Path{"a"}}}}),
		"step s splits an item": flow(ir.ForEach{Path: ir.Path{"a"}, Steps: []ir.Step{
			{ID: "s", Ops: []ir.Op{ir.Split{Path: ir.Path{"a"}, Into: ir.Path{"a"}}}},
		}}),
		"doesn't begin with a name":       flow(ir.Remove{Path: ir.Path{0, "a"}}),
		"has an index outside of 32 bits": flow(ir.Remove{Path: ir.Path{"a", 1 << 40}}),
	} {
		if _, err := rust.Print(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// The guest has what the dialect offers.
func TestBuiltins(t *testing.T) {
	for _, b := range expr.Builtins {
		if b.Call == "" {
			continue
		}
		args := make([]ir.Expr, len(b.Params))
		for i := range args {
			args[i] = ir.This{}
		}
		if b.Own {
			own := ir.Own{Form: b.Form.String(), Name: b.Name, Call: b.Call, Zoned: b.Zoned}
			for _, p := range b.Params {
				own.Params = append(own.Params, p.Name)
			}
			printed(t, flow(ir.Guard{Cond: ir.Jinja{Own: []ir.Own{own}}}))
		}
		if b.Zoned {
			printed(t, flow(ir.Guard{Cond: ir.Call{Name: b.Call + "_in", Args: args}}))
			args = args[1:]
		}
		printed(t, flow(ir.Guard{Cond: ir.Call{Name: b.Call, Args: args}}))
	}
}
