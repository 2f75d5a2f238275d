package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/artifact/statement"
)

// runProgram shows an image that is run: Weavster's own, or one with a project.
func (o *inspectOptions) runProgram(ctx context.Context, cmd *cobra.Command, client *registry.Client, found *obtained) error {
	if o.source || o.flow != "" {
		return usageError{errors.New("this image is there to be run: --source and --flow are about the image of a project, or of a flow")}
	}
	endorsed, err := o.endorsements(ctx, client, found)
	if err != nil {
		return err
	}
	program, builds, err := programFacts(found.info.Name, found.index)
	if err != nil && !errors.Is(err, errNoFacts) {
		return err
	}
	if o.sbom || o.provenance {
		return o.printStatement(ctx, cmd, endorsed, func() ([]byte, error) {
			subject := subjectOf(found.info, found.info.Version)
			subject.Program = program
			if err != nil {
				return nil, err
			}
			return statement.SPDX(subject, builds...)
		})
	}
	seen := &inspection{Info: found.info, Program: program, Contents: []inspectedFlow{}}
	for _, b := range builds {
		seen.Flows = append(seen.Flows, b.Flow)
	}
	if err := seen.image(found.index); err != nil {
		return err
	}
	if err := seen.endorsed(ctx, endorsed); err != nil {
		return err
	}
	return o.print(cmd, seen)
}

func (i *inspection) printProgram(s *sheet) {
	if i.Kind == artifact.Application {
		s.heading("%s %s, an image that runs flows", i.Name, i.Version)
	} else {
		s.heading("%s %s, an image that runs flows, without any", i.Name, i.Version)
	}
	s.line("digest", i.Digest.String())
	s.line("platforms", strings.Join(i.Platforms, ", "))
	s.line("size", bytesText(i.Size))
	if len(i.Flows) > 0 {
		s.line("flows", strings.Join(i.Flows, ", "))
	}
	i.printEndorsements(s)
	p := i.Program
	if p == nil {
		s.line("built", "the image doesn't say how")
		return
	}
	s.line("built as", p.Target)
	s.line("built by", compilersText(p.Compilers))
	s.line("linked", fmt.Sprintf("%d Go modules and %d crates; --sbom lists them", len(p.Modules), len(p.Crates)))
}

func compilersText(compilers []contract.Compiler) string {
	var names []string
	for _, c := range compilers {
		names = append(names, c.Name+" "+c.Version)
	}
	return strings.Join(names, ", ")
}
