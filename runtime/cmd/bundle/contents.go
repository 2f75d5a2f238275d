package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

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
	return folder, contents, nil
}
