package reference

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
)

// transformPages adds the page of all transforms and one for each. A
// transform's behaviour is shown by its own fixtures, NAME.yaml and
// NAME_test.yaml in testdata, which run through the real module.
func transformPages(pages map[string]string, testdata fs.FS) error {
	index := newPage("Transforms", "Transforms run in order; the entries of one in written order. A target that exists is overwritten.")
	index.heading("Every transform")
	index.options(transform.StepOptions)
	index.heading("Kinds")
	index.WriteString("| | |\n|---|---|\n")
	for _, kind := range transform.Kinds() {
		name := kind.Name()
		fmt.Fprintf(index, "| [`%s`](transforms/%s.md) | %s |\n", name, name, cell(kind.Doc))
		text, err := transformPage(&kind, testdata)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		pages["transforms/"+name+".md"] = text
	}
	pages["transforms.md"] = index.String()
	return nil
}

func transformPage(kind *transform.Kind, testdata fs.FS) (string, error) {
	p := newPage("`"+kind.Name()+"`", kind.Doc)
	body := "Takes " + kind.Body.Type.String() + "."
	if kind.Expression {
		body = "Takes an [expression](../expressions.md)."
	}
	fmt.Fprintf(p, "\n%s %s Beside it stand `name`, `when` and `on_error`, as for [every transform](../transforms.md).\n", body, kind.Body.Doc)
	if len(kind.Body.Fields) > 0 {
		p.WriteString("\n")
		p.options(kind.Body.Fields)
	}
	flow, err := readYAML(testdata, kind.Name()+".yaml")
	if err != nil {
		return "", err
	}
	p.heading("What it does")
	fmt.Fprintf(p, "With\n\n```yaml\n%s```\n\n", excerpt(flow))
	if err := p.libraries(flow, testdata); err != nil {
		return "", err
	}
	fixtures, err := readYAML(testdata, kind.Name()+"_test.yaml")
	if err != nil {
		return "", err
	}
	if err := p.behaviour(fixtures); err != nil {
		return "", err
	}
	return p.String(), nil
}

// readYAML is a file's tree.
func readYAML(folder fs.FS, name string) (*syntax.Node, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, err
	}
	var diags source.Diagnostics
	root := syntax.Parse(source.NewFile(name, text), &diags)
	if root == nil || diags.Failed() {
		return nil, fmt.Errorf("%s: %s", name, diags.Sorted()[0].String())
	}
	return root, nil
}

// libraries shows those that a flow uses.
func (p *page) libraries(flow *syntax.Node, testdata fs.FS) error {
	const ending = "_library.yaml"
	files, err := fs.Glob(testdata, "*"+ending)
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ending)
		if !strings.Contains(string(flow.File.Text), "library: "+name) {
			continue
		}
		library, err := readYAML(testdata, file)
		if err != nil {
			return err
		}
		fmt.Fprintf(p, "and the library `transforms/%s.yaml`\n\n```yaml\n%s```\n\n", name, library.File.Text)
	}
	return nil
}

// excerpt is a flow's text without what is around its transforms.
func excerpt(flow *syntax.Node) string {
	var out strings.Builder
	shown := false
	for line := range strings.Lines(string(flow.File.Text)) {
		if line[0] != ' ' && line[0] != '\n' { // a key of the flow's own
			shown = !strings.HasPrefix(line, "input:") && !strings.HasPrefix(line, "outputs:")
		}
		if shown {
			out.WriteString(line)
		}
	}
	return out.String()
}

// standard are the questions that a reader has of every transform. Names of
// cases begin with them.
var standard = []string{"missing", "null", "wrong type", "existing target", "array"}

// behaviour writes a row for each case of a fixture file.
func (p *page) behaviour(fixtures *syntax.Node) error {
	var answered []string
	p.WriteString("| | message | becomes |\n|---|---|---|\n")
	for _, item := range fixtures.Get("cases").Items {
		name := item.Get("name").Text
		input := item.Get("input")
		if input == nil {
			input = item.Get("inputs")
		}
		becomes := outcome(item.Get("expect"))
		fmt.Fprintf(p, "| %s | %s | %s |\n", cell(sentence(name)), code(text(input)), becomes)
		answered = append(answered, name)
	}
	for _, question := range standard {
		if !slices.ContainsFunc(answered, func(name string) bool { return strings.HasPrefix(name, question+":") }) {
			return fmt.Errorf("%s has no case whose name begins with %q", fixtures.File.Name, question+":")
		}
	}
	return nil
}

// outcome says what a case expects.
func outcome(expect *syntax.Node) string {
	var parts []string
	for _, e := range expect.Entries {
		switch e.Key.Text {
		case "outputs":
			for _, output := range e.Value.Entries {
				list := output.Value
				if rows := list.Get("rows"); rows != nil {
					list = rows
				}
				for _, row := range list.Items {
					parts = append(parts, code(text(row)))
				}
			}
		case "error":
			list := e.Value.Items
			if e.Value.Kind != syntax.List {
				list = []*syntax.Node{e.Value}
			}
			for _, one := range list {
				parts = append(parts, failure(one))
			}
		case "unmatched":
			parts = append(parts, "no output takes it")
		default: // filtered, discarded
			parts = append(parts, e.Key.Text)
		}
	}
	return strings.Join(parts, "<br>")
}

func failure(n *syntax.Node) string {
	said := "error"
	if code := n.Get("code"); code != nil {
		said += " " + code.Text
	}
	if field := n.Get("field"); field != nil {
		said += " at `" + field.Text + "`"
	}
	return said
}

// text is a scalar's text, or another value's JSON.
func text(n *syntax.Node) string {
	if n.Kind == syntax.Scalar {
		return strings.TrimSpace(n.Text)
	}
	return n.JSON()
}

// code is text as code in a table's cell.
func code(text string) string {
	text = strings.Join(strings.Fields(cell(text)), " ")
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
