package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
)

// pairs are a flag that is given again and again: NAME=PATH.
type pairs map[string]string

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	name, path, ok := strings.Cut(text, "=")
	if !ok || name == "" || path == "" {
		return errors.New("it has to be NAME=PATH")
	}
	if _, twice := p[name]; twice {
		return fmt.Errorf("%s is given twice", name)
	}
	p[name] = path
	return nil
}

// parseContents reads a command line that names all that a bundle is made of.
func parseContents(verb string, args []string, out io.Writer) (folder string, contents bundle.Contents, err error) {
	config, data, flows := pairs{}, pairs{}, pairs{}
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.StringVar(&folder, "out", "", "the `folder` to make")
	flags.StringVar(&contents.Package, "package", "", "the project's `folder` in its workspace")
	flags.Var(config, "config", "`NAME=PATH` of a file of configuration, named from the project's folder")
	flags.Var(data, "data", "`NAME=PATH` of a file of data, named from the project's folder")
	flags.Var(flows, "flow", "`FLOW/NAME=PATH` of a file of a compiled flow, as the bundle has it below flows/")
	if err := parse(flags, args, out, "out"); err != nil {
		return "", contents, err
	}
	contents.Config, contents.Data, contents.Flows = config, data, map[string]bundle.FlowFiles{}
	for name, path := range flows {
		flow, file, _ := strings.Cut(name, "/")
		files := contents.Flows[flow]
		if err := files.Set(file, path); err != nil {
			return "", contents, fmt.Errorf("%s: --flow %s: %w", verb, name, err)
		}
		contents.Flows[flow] = files
	}
	for flow, files := range contents.Flows {
		if err := keepUsed(files); err != nil {
			return "", contents, fmt.Errorf("%s: flow %s: %w", verb, flow, err)
		}
	}
	return folder, contents, nil
}

// keepUsed leaves out sources that the compiler was given and had no use for,
// as a flow's build.json tells: what a flow doesn't use must not change its
// image.
func keepUsed(files bundle.FlowFiles) error {
	if files.Build == "" {
		return nil
	}
	text, err := os.ReadFile(files.Build)
	if err != nil {
		return err
	}
	build, err := contract.ReadBuild(text)
	if err != nil {
		return fmt.Errorf("%s: %w", files.Build, err)
	}
	used := map[string]bool{}
	for _, s := range build.Sources {
		used[s.Path] = true
		if s.Role != contract.SourceFlow && files.Sources[s.Path] == "" {
			return fmt.Errorf("%s isn't given, and the flow was compiled from it", s.Path)
		}
	}
	maps.DeleteFunc(files.Sources, func(path, _ string) bool { return !used[path] })
	return nil
}
