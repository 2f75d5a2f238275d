// Buildfacts writes the build.json of a flow, or of a program: see the README.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/facts"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "buildfacts:", err)
		}
		os.Exit(1)
	}
}

type options struct {
	target, flow, linked, crates, out string
	program, golang, goSum            string
	versions, rustc, lld              string
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("buildfacts", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.target, "target", "", "the flow's `label` in its own workspace")
	flags.StringVar(&o.flow, "flow", "", "what flowc knows of the flow, a `file`")
	flags.StringVar(&o.program, "program", "", "instead of a flow: the `name` of a program")
	flags.StringVar(&o.golang, "go", "", "what the build knows of a program, a `file`")
	flags.StringVar(&o.goSum, "go-sum", "", "the sums of a program's modules, a `file`")
	flags.StringVar(&o.linked, "linked", "", "the crates of each library that it may call, a `file`")
	flags.StringVar(&o.crates, "crates", "", "what is known of crates, a `file`")
	flags.StringVar(&o.versions, "versions", "", "what rustc and its linker print as their versions, a `file`")
	flags.StringVar(&o.rustc, "rustc", "", "without --versions: the `program` to ask")
	flags.StringVar(&o.lld, "lld", "", "without --versions: its linker, a `program` to ask")
	flags.StringVar(&o.out, "out", "", "the `file` to write")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if o.versions == "" && (o.rustc == "" || o.lld == "") {
		return nil, errors.New("--versions is needed, or --rustc and --lld")
	}
	return o, nil
}

func run(args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	var linked facts.Linked
	var crates facts.Crates
	if err := errors.Join(read(o.linked, &linked), read(o.crates, &crates)); err != nil {
		return err
	}
	printed, err := o.printed()
	if err != nil {
		return err
	}
	compilers, err := facts.Compilers(printed)
	if err != nil {
		return err
	}
	tell := o.ofFlow
	if o.program != "" {
		tell = o.ofProgram
	}
	text, err := tell(linked, crates, compilers)
	if err != nil {
		return err
	}
	return os.WriteFile(o.out, text, 0o666)
}

func (o *options) ofFlow(linked facts.Linked, crates facts.Crates, compilers []contract.Compiler) ([]byte, error) {
	var flow facts.Flow
	if err := read(o.flow, &flow); err != nil {
		return nil, err
	}
	build, err := facts.Build(o.target, &flow, linked, crates, compilers)
	if err != nil {
		return nil, err
	}
	return build.JSON()
}

func (o *options) ofProgram(linked facts.Linked, crates facts.Crates, compilers []contract.Compiler) ([]byte, error) {
	var golang facts.Go
	if err := read(o.golang, &golang); err != nil {
		return nil, err
	}
	sums, err := os.ReadFile(o.goSum)
	if err != nil {
		return nil, err
	}
	program, err := facts.Program(o.program, o.target, golang, string(sums), linked, crates, compilers)
	if err != nil {
		return nil, err
	}
	return program.JSON()
}

// printed is what the compilers say of themselves. A compiler outside of the
// build's inputs can't be asked: then its toolchain has done so.
func (o *options) printed() (string, error) {
	if o.versions != "" {
		text, err := os.ReadFile(o.versions)
		return string(text), err
	}
	rustc, err := ask(o.rustc, "-vV")
	if err != nil {
		return "", err
	}
	lld, err := ask(o.lld, "-flavor", "wasm", "--version")
	return rustc + lld, err
}

func ask(program string, args ...string) (string, error) {
	out, err := exec.Command(program, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	return string(out), err
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
