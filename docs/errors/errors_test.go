package errors

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/validate"
)

var update = flag.Bool("update", false, "write into the pages what their examples print")

// Every code of the program has a page, and every page a code.
func TestEveryCodeHasAPage(t *testing.T) {
	codes := declared(t, "../../codegen/source/code.go", "Code")
	for _, number := range declared(t, "../../codegen/contract/errorcode.go", "ErrorCode") {
		codes = append(codes, "W"+number)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(codes)), Codes()); diff != "" {
		t.Errorf("write docs/errors/CODE.md as the others are written (-codes +pages)\n%s", diff)
	}
}

// declared are the values of the constants of a type.
func declared(t *testing.T, file, typ string) []string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ {
			values = append(values, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return false
	})
	if len(values) == 0 {
		t.Fatalf("no constants of type %s in %s", typ, file)
	}
	return values
}

var parts = regexp.MustCompile(`(?s)^# (W\d{4}): [^\n]+\n\n.+\n\n## Example\n\n.+\n\n## How to mend it\n\n.+\n$`)

func TestEveryPageHasTheSameParts(t *testing.T) {
	for _, code := range Codes() {
		text, _ := Page(code)
		if found := parts.FindStringSubmatch(text); found == nil || found[1] != code {
			t.Errorf("%s.md has to have a headline with its code, what it means, ## Example, ## How to mend it", code)
		}
	}
}

// What an example needs and doesn't show.
var given = map[string]string{
	"weavster.yaml":        "name: shop\n",
	"connectors/file.yaml": "in: {type: file, path: in.jsonl}\nout: {type: file, path: out.jsonl}\n",
}

var (
	block   = regexp.MustCompile("(?s)```yaml\n# (\\S+)\n(.*?)```\n")
	printed = regexp.MustCompile("(?s)```text\n(.*?)```")
)

// The example of a diagnostic's page is a project that gives the diagnostic,
// in these words.
func TestExamplesGiveTheirCode(t *testing.T) {
	engine, err := minijinja.New(context.Background(), minijinja.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close(context.Background()) })
	for _, code := range Codes() {
		if code >= "W1" {
			continue
		}
		t.Run(code, func(t *testing.T) {
			text, _ := Page(code)
			got := validated(t, engine, text)
			if !strings.Contains(got, "["+code+"]") {
				t.Errorf("the example doesn't give its code; it prints\n%s", got)
			}
			want := printed.FindStringSubmatchIndex(text)
			if want == nil {
				t.Fatal("the page doesn't show what is printed, in ```text")
			}
			if *update {
				write(t, code, text[:want[2]]+got+text[want[3]:])
				return
			}
			if diff := cmp.Diff(text[want[2]:want[3]], got); diff != "" {
				t.Errorf("the page shows other words than are printed; -update writes them\n%s", diff)
			}
		})
	}
}

// validated is what `weavster validate` prints of a page's example.
func validated(t *testing.T, engine *minijinja.Engine, page string) string {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range given {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, one := range block.FindAllStringSubmatch(page, -1) {
		// A character that a page can't show is written as it is printed.
		folder[one[1]] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(one[2], "<U+0007>", "\a"))}
	}
	diags := source.Diagnostics{}
	s := project.Settings{Files: folder, Folder: t.TempDir(), Engine: engine, Kinds: all.Specs()}
	if strings.Contains(page, "env_var") {
		s.Env = func(string) (string, bool) { return "", false } // none is set
	}
	if _, err := validate.Directory(t.Context(), s, &diags); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := diags.Print(&out, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func write(t *testing.T, code, text string) {
	t.Helper()
	folder := "."
	if workspace := os.Getenv("BUILD_WORKSPACE_DIRECTORY"); workspace != "" { // bazel run
		folder = filepath.Join(workspace, "docs", "errors")
	}
	if err := os.WriteFile(filepath.Join(folder, code+".md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// hosts are the codes that no message of a test case can cause: the runtime's
// own tests do.
var hosts = []string{"W1002", "W1301", "W1302", "W1303", "W1304", "W1401"}

// The example of a message's error is a flow and a case of testdata, which
// run through the flow's module.
func TestExamplesOfMessagesAreTestCases(t *testing.T) {
	for _, code := range Codes() {
		if code < "W1" || slices.Contains(hosts, code) {
			continue
		}
		text, _ := Page(code)
		shown := block.FindStringSubmatch(text)
		if shown == nil {
			t.Errorf("%s.md shows no flow of testdata", code)
			continue
		}
		flow, err := os.ReadFile(filepath.Join("testdata", shown[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(flow), shown[2]); diff != "" {
			t.Errorf("%s.md shows another flow than testdata/%s\n%s", code, shown[1], diff)
		}
		cases, err := os.ReadFile(filepath.Join("testdata", strings.Replace(shown[1], ".yaml", "_test.yaml", 1)))
		if err != nil {
			t.Error(err)
		}
		want := fmt.Sprintf("- name: %q", code+": ")
		at := strings.Index(text, want[:len(want)-1])
		if at < 0 {
			t.Errorf("%s.md shows no case that begins %s", code, want[:len(want)-1])
			continue
		}
		one, _, _ := strings.Cut(text[at:], "\n```")
		if !strings.Contains(string(cases), "  "+strings.ReplaceAll(one, "\n", "\n  ")+"\n") {
			t.Errorf("the case of %s.md isn't among those of testdata", code)
		}
	}
}
