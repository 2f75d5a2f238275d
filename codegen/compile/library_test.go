package compile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/transform"
)

// withLibraries compiles a flow of these transforms, and gives what was said.
func withLibraries(t *testing.T, transforms string, libraries map[string]string) (*Output, string) {
	t.Helper()
	in := Input{Name: "x", File: source.NewFile("x.yaml", []byte(flowWith(transforms)))}
	in.Tables = []TableFile{NewTableFile("countries", source.NewFile("tables/countries.csv", []byte("code,name\nat,Austria\n")))}
	for name, text := range libraries {
		in.Libraries = append(in.Libraries, &transform.Library{Name: name, File: source.NewFile(name+".yaml", []byte(text))})
	}
	var diags source.Diagnostics
	out, err := Flow(context.Background(), engine, in, &diags)
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
	return out, printed.String()
}

// Whatever a library holds, flows that use it are compiled or refused.
func FuzzLibrary(f *testing.F) {
	for _, seed := range []string{
		"params: {a: {type: field}, b: {type: int, default: 3}}\ntransforms:\n  - set: {$a: $b, c: $$d}\n  - compute: {x: param('a') or param('b')}\n",
		"transforms:\n  - use: {library: x, with: {a: $a.b[0]}}\n  - template: {t: \"{% if param('a') %}{{ param('b') }}{% endif %}\"}\n",
		"params: {a: {type: decimal, default: 1.5}}\ntransforms: []\n",
	} {
		f.Add(seed, "customer.id")
	}
	f.Fuzz(func(t *testing.T, library, path string) {
		transforms := "  - use: {library: x, with: {a: " + strings.Trim(fmt.Sprintf("%q", path), "\n") + "}}\n    on_error: skip\n  - use: {library: x}\n"
		if out, _ := withLibraries(t, transforms, map[string]string{"x": library}); out != nil {
			ir.Print(out.Program)
		}
	})
}

// What is small as text may come to very much when it is put in its places.
func TestLibrariesThatMultiply(t *testing.T) {
	multiply := map[string]string{"l0": "transforms: [{set: {a: 1}}]\n"}
	for i := range 12 {
		multiply[fmt.Sprintf("l%d", i+1)] = "transforms:\n" + strings.Repeat(fmt.Sprintf("  - use: {library: l%d}\n", i), 10)
	}
	long := map[string]string{"l": "# " + strings.Repeat("x", 200_000) + "\ntransforms: [{set: {a: 1}}]\n"}
	deep := map[string]string{"l0": "transforms: [{set: {a: 1}}]\n"}
	for i := range 20 {
		deep[fmt.Sprintf("l%d", i+1)] = fmt.Sprintf("transforms: [{use: {library: l%d}}]\n", i)
	}
	for want, c := range map[string]struct {
		first     string
		libraries map[string]string
	}{
		"the flow and its libraries have more than 30000 transforms":       {"l12", multiply},
		"the libraries that the flow uses come to more than 1048576 bytes": {"l", long},
		"libraries use one another more than 16 deep":                      {"l20", deep},
	} {
		start := time.Now()
		out, said := withLibraries(t, strings.Repeat("  - use: {library: "+c.first+"}\n", 10), c.libraries)
		if out != nil || !strings.Contains(said, want) {
			t.Errorf("got %.2000s, want %s", said, want)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", want, took)
		}
	}
}

// What is known in one use of a library isn't known to the library.
func TestConditionsOnParameters(t *testing.T) {
	const library = "params: {strict: {type: bool, default: false}, max: {type: int, default: 3}}\ntransforms:\n" +
		"  - set: {a: 1}\n    when: param('strict')\n  - filter: param('max') > 2 and a is defined\n"
	if out, said := withLibraries(t, "  - set: {a: 2}\n  - use: {library: x}\n  - use: {library: x, with: {strict: true, max: 1}}\n", map[string]string{"x": library}); out == nil || said != "" {
		t.Error(said)
	}
}

// Templates that MiniJinja renders know nothing of parameters: their values
// stand in the text, whatever they hold.
func TestParametersInTemplates(t *testing.T) {
	const library = "params: {f: {type: field}, s: {type: string}, n: {type: int}, d: {type: decimal}, b: {type: bool}}\n" +
		"transforms:\n  - template: {t: \"{% set s = 1 %}{{ param('f') }}{{ param('s') }}{{ param('n') | abs }}{{ param('d') }}{{ param('b') }}\"}\n"
	out, said := withLibraries(t, `  - use: {library: x, with: {f: '"a\"]}}".b[0]', s: "\"}} {% x", n: -5, d: 1.10, b: true}}`+"\n", map[string]string{"x": library})
	if out == nil {
		t.Fatal(said)
	}
	want := `jinja("{% set s = 1 %}{{ this[\"a\\\"]}}\"][\"b\"][0] }}{{ \"\\\"}} {% x\" }}{{ (-5) | abs }}{{ \"1.10\" }}{{ true }}")`
	if got := ir.Print(out.Program); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
