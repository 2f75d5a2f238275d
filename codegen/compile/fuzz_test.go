package compile

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
)

// Whatever a flow holds, it is compiled or refused: with a reason, and soon.
func FuzzFlow(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) { compileText(t, text) })
}

func compileText(t *testing.T, text string) *Output {
	t.Helper()
	var diags source.Diagnostics
	out, err := Flow(context.Background(), engine, Input{Name: "x", File: source.NewFile("x.yaml", []byte(text))}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if diags.Failed() != (out == nil) {
		t.Fatalf("a program %v beside the errors %v", out != nil, diags.Err())
	}
	var printed strings.Builder
	if err := diags.Print(&printed, false); err != nil {
		t.Fatal(err)
	}
	if out != nil {
		ir.Print(out.Program)
	}
	return out
}

func flowWith(transforms string) string {
	return "input: file.in\noutputs: [{to: file.out}]\ntransforms:\n" + transforms
}

// Expressions that nest or repeat without end are refused before they cost.
func TestHostileExpressions(t *testing.T) {
	chain := "a"
	for range 40 {
		chain = "(b < " + chain + " < c)"
	}
	for name, expression := range map[string]string{
		"parentheses": strings.Repeat("(", 5000) + "a" + strings.Repeat(")", 5000),
		"minus":       strings.Repeat("-", 5000) + "a",
		"not":         strings.Repeat("not ", 5000) + "a",
		"chain":       chain,
		"sum":         strings.Repeat("a + ", 5000) + "a",
		"long":        strings.Repeat("a", 200_000),
		"lists":       strings.Repeat("[", 3000) + strings.Repeat("]", 3000),
	} {
		start := time.Now()
		if out := compileText(t, flowWith("  - filter: '"+expression+"'\n")); out != nil && name != "long" {
			t.Errorf("%s: accepted", name)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestManySteps(t *testing.T) {
	start := time.Now()
	out := compileText(t, flowWith(strings.Repeat("  - set: {a: 1}\n", 2000)))
	if out == nil || len(out.Program.Steps) != 2000 || out.Program.Steps[1999].ID != "set_2000" {
		t.Error("2000 steps weren't compiled")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestAFlowThatIsTooLong(t *testing.T) {
	if compileText(t, flowWith("# "+strings.Repeat("x", MaxBytes))) != nil {
		t.Error("accepted")
	}
}

func TestTheSameFlowGivesTheSame(t *testing.T) {
	text := flowWith("  - compute: {a: \"meta('b') ~ meta('a')\", c: x | round(method='ceil')}\n")
	first := ir.Print(compileText(t, text).Program)
	for range 5 {
		if again := ir.Print(compileText(t, text).Program); again != first {
			t.Fatalf("got\n%s\nand\n%s", first, again)
		}
	}
}
