// Flowc compiles one flow: see the README.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/rust"
	"github.com/weavster/weavster/codegen/source"
)

// Exit codes.
const (
	exitWritten = iota
	exitErrors
	exitUsage
)

func main() {
	colour := term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("NO_COLOR") == ""
	os.Exit(run(context.Background(), os.Args[1:], os.Stderr, colour))
}

type options struct {
	flow, name, fileName, out string
	schema                    string
	tables, macros, libraries []string
	json                      bool
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("flowc", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.flow, "flow", "", "the flow's `file`")
	flags.StringVar(&o.name, "name", "", "the flow's `name`")
	flags.StringVar(&o.fileName, "file-name", "", "the `path` that errors and the manifest show; default: that of --flow")
	flags.StringVar(&o.out, "out", "", "the `folder` to write to")
	flags.StringVar(&o.schema, "schema", "", "the JSON Schema that the flow names, as `shown/path.json=file`")
	flags.BoolVar(&o.json, "json", false, "print errors and warnings as JSON")
	flags.Func("table", "a table that may be compiled in, as `name=file.csv` (or .json, .jsonl)"+shownToo, named(&o.tables))
	flags.Func("library", "a library of transforms that the flow may use, as `name=file.yaml`"+shownToo, named(&o.libraries))
	flags.Func("macro", "a file of macros that templates may call, as `name.jinja=file`"+shownToo, named(&o.macros))
	if err := flags.Parse(args); err != nil {
		return nil, err // the flag package has said it
	}
	if o.flow == "" || o.name == "" || o.out == "" || flags.NArg() > 0 {
		flags.Usage()
		return nil, errors.New("--flow, --name and --out are needed, and nothing else but flags")
	}
	if o.schema != "" && !strings.Contains(o.schema, "=") {
		flags.Usage()
		return nil, errors.New("--schema takes shown/path.json=file")
	}
	if o.fileName == "" {
		o.fileName = o.flow
	}
	return o, nil
}

const shownToo = ", and, after a comma, its path in the workspace, which errors show; may be repeated"

// named takes the values of a flag that names files.
func named(list *[]string) func(value string) error {
	return func(value string) error {
		if name, file, ok := strings.Cut(value, "="); !ok || name == "" || file == "" {
			return errors.New("write name=file")
		}
		*list = append(*list, value)
		return nil
	}
}

func run(ctx context.Context, args []string, stderr io.Writer, colour bool) int {
	o, err := parse(args, stderr)
	if err != nil {
		return exitUsage
	}
	var diags source.Diagnostics
	files, err := o.compile(ctx, &diags)
	if err != nil {
		fmt.Fprintf(stderr, "flowc: %v\n", err)
		return exitUsage
	}
	if err := o.report(&diags, stderr, colour); err != nil {
		return exitUsage
	}
	if diags.Failed() {
		return exitErrors
	}
	if err := write(o.out, files); err != nil {
		fmt.Fprintf(stderr, "flowc: %v\n", err)
		return exitUsage
	}
	return exitWritten
}

// compile gives the files to write, by their paths in the output folder.
func (o *options) compile(ctx context.Context, diags *source.Diagnostics) (map[string][]byte, error) {
	shelf := shelf{}
	in, err := o.read(shelf)
	if err != nil {
		return nil, err
	}
	engine, err := minijinja.New(ctx, minijinja.Options{})
	if err != nil {
		return nil, err
	}
	defer engine.Close(ctx) // it holds memory alone
	if in.Macros, err = o.readMacros(ctx, engine, shelf, diags); err != nil {
		return nil, err
	}
	schema, err := o.readSchema(shelf)
	if err != nil {
		return nil, err
	}
	in.Schema = schema.find
	out, err := compile.Flow(ctx, engine, in, diags)
	if err != nil || out == nil {
		return nil, err
	}
	if schema.file != nil && !schema.named {
		diags.Errorf(in.File, source.At(0), source.Unused, "the flow is compiled with the schema %s, and doesn't name it", schema.file.Name).
			Hintf("add schema: %s", schema.file.Name)
		return nil, nil
	}
	manifest, err := json.MarshalIndent(out.Manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	lineage, err := json.MarshalIndent(out.Lineage(), "", "  ")
	if err != nil {
		return nil, err
	}
	files, err := rust.Print(out.Program)
	if err != nil {
		return nil, fmt.Errorf("a mistake of the compiler's own, please report it: %w", err)
	}
	files["manifest.json"] = append(manifest, '\n')
	files["lineage.json"] = append(lineage, '\n')
	files["ir.txt"] = []byte(ir.Print(out.Program))
	files["rustc.args"] = []byte("-Clto=" + lto(out.Program) + "\n")
	files["facts.json"], err = shelf.facts(in, out).JSON()
	return files, err
}

// lto is how rustc optimises across crates. An edit has to be answered within
// seconds: thin takes one less than fat does. All of MiniJinja or of the regex
// crate takes 20 and more to go through, at each edit; without it, it is 2, and
// messages with a pattern are 5 percent slower.
func lto(p *ir.Program) string {
	if rust.UsesJinja(p) || len(p.Patterns) > 0 {
		return "off"
	}
	return "thin"
}

func (o *options) report(diags *source.Diagnostics, stderr io.Writer, colour bool) error {
	if !o.json {
		return diags.Print(stderr, colour)
	}
	return json.NewEncoder(stderr).Encode(diags)
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			return err
		}
	}
	return nil
}
