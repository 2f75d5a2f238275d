// Command bundle makes a project's bundle, holds the project in one against
// its flows, and packs what is in one as an OCI image:
//
//	bundle write --out FOLDER --package shop --config weavster.yaml=PATH --flow orders/flow.wasm=PATH --flow orders/manifest.json=PATH
//	bundle check --bundle FOLDER --stamp FILE
//	bundle pack --out LAYOUT --flow orders/flow.wasm=PATH …
//
// All are actions of a build: `@FILE` stands for arguments, one a line. What
// is wrong with the project goes to the standard error, and the exit code is 1;
// it is 2 where the command line is at fault, or the machine.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/validate"
)

// Exit codes.
const (
	exitFine = iota
	exitWrong
	exitBroken
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stderr)) }

func run(ctx context.Context, args []string, out io.Writer) int {
	args, err := expand(args)
	verb := ""
	if err == nil && len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	wrong := false
	switch {
	case err != nil:
	case verb == "write":
		err = write(args, out)
	case verb == "pack":
		wrong, err = pack(args, out)
	case verb == "check":
		wrong, err = check(ctx, args, out)
	default:
		err = fmt.Errorf("usage: bundle write|check|pack FLAGS, not %q", verb)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitFine
	case err != nil:
		fmt.Fprintln(out, err)
		return exitBroken
	case wrong:
		return exitWrong
	}
	return exitFine
}

// expand puts a file's lines in the place of `@FILE`.
func expand(args []string) ([]string, error) {
	var expanded []string
	for _, arg := range args {
		name, isFile := strings.CutPrefix(arg, "@")
		if !isFile {
			expanded = append(expanded, arg)
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			expanded = append(expanded, lines.Text())
		}
	}
	return expanded, nil
}

func parse(flags *flag.FlagSet, args []string, out io.Writer, required ...string) error {
	flags.SetOutput(out)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: what is %q?", flags.Name(), flags.Arg(0))
	}
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("%s needs --%s", flags.Name(), name)
		}
	}
	return nil
}

func write(args []string, out io.Writer) error {
	folder, contents, err := parseContents("bundle write", args, out)
	if err != nil {
		return err
	}
	return bundle.Write(folder, contents)
}

// pack says whether something is wrong with the project; err is about
// anything else.
func pack(args []string, out io.Writer) (wrong bool, err error) {
	folder, contents, err := parseContents("bundle pack", args, out)
	if err != nil {
		return false, err
	}
	var diags source.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(contents.Config)) {
		text, err := os.ReadFile(contents.Config[name])
		if err != nil {
			return false, err
		}
		project.CheckSecrets(source.NewFile(path.Join(contents.Package, name), text), &diags)
	}
	if diags.Failed() {
		return true, diags.Print(out, false)
	}
	index, err := artifact.Pack(contents)
	var failure *source.Failure
	if errors.As(err, &failure) {
		return true, failure.Print(out, false)
	} else if err != nil {
		return false, err
	}
	return false, artifact.WriteLayout(folder, index)
}

// check says whether something is wrong with the project; err is about
// anything else.
func check(ctx context.Context, args []string, out io.Writer) (wrong bool, err error) {
	flags := flag.NewFlagSet("bundle check", flag.ContinueOnError)
	folder := flags.String("bundle", "", "the `folder` of the bundle")
	stamp := flags.String("stamp", "", "the `file` to write when nothing is wrong")
	if err := parse(flags, args, out, "bundle", "stamp"); err != nil {
		return false, err
	}
	b, err := bundle.Open(*folder)
	if err != nil {
		return false, err
	}
	engine, err := minijinja.New(ctx, minijinja.Options{})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, engine.Close(ctx)) }()

	// The environment isn't known, and the workspace isn't to be looked at:
	// what a build finds may only hang on its inputs.
	settings := b.Settings("")
	settings.Folder, settings.Engine, settings.Kinds = settings.Data, engine, all.Specs()
	var diags source.Diagnostics
	validate.Project(ctx, settings, b.Requirements(), &diags)
	if err := diags.Print(out, false); err != nil || diags.Failed() {
		return true, err
	}
	return false, os.WriteFile(*stamp, []byte("checked\n"), 0o666)
}
