package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/statement"
)

// errNoFacts is of an image that was packed without a word on how its flows
// were built.
var errNoFacts = errors.New("has no facts of its build, so neither provenance nor a bill of materials can be attested")

// predicates are what is attested of an image, by their types: made of the
// facts of the builds that are in it, and of what is known of this run.
func (i builtImage) predicates(version string, run statement.Run) (map[string][]byte, error) {
	program, builds, err := i.facts()
	if err != nil {
		return nil, err
	}
	subject := subjectOf(i.Info, version)
	subject.Program = program
	provenance, err := statement.Provenance(subject, run, builds...)
	if err != nil {
		return nil, err
	}
	materials, err := statement.SPDX(subject, builds...)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{statement.PredicateSLSA: provenance, statement.PredicateSPDX: materials}, nil
}

// facts reads them out of the image itself: what is signed says what is in it,
// whatever lies elsewhere. The program is nil where the image runs none.
func (i builtImage) facts() (*contract.Program, []*contract.Build, error) {
	if i.Kind == artifact.Runtime || i.Kind == artifact.Application {
		return programFacts(i.Name, i.index)
	}
	builds, err := i.builds()
	return nil, builds, err
}

// programFacts are those of an image that is run, and of the flows in it.
func programFacts(name string, index v1.ImageIndex) (program *contract.Program, builds []*contract.Build, err error) {
	facts, err := artifact.ReadProgramFacts(index)
	if err != nil {
		return nil, nil, err
	}
	if facts[artifact.ProgramFacts] == nil {
		return nil, nil, fmt.Errorf("the image of %s %w", name, errNoFacts)
	}
	for _, file := range slices.Sorted(maps.Keys(facts)) {
		if facts[file] == nil {
			return nil, nil, fmt.Errorf("the image of %s %w: there is no %s", name, errNoFacts, file)
		}
		if file == artifact.ProgramFacts {
			program, err = contract.ReadProgram(facts[file])
		} else {
			var build *contract.Build
			build, err = contract.ReadBuild(facts[file])
			builds = append(builds, build)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the image of %s: %s: %w", name, file, err)
		}
	}
	return program, builds, nil
}

// builds are those of the flows of an artifact.
func (i builtImage) builds() (builds []*contract.Build, err error) {
	temporary, err := os.MkdirTemp("", "weavster-facts-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	folder := filepath.Join(temporary, "bundle")
	if _, err := artifact.Unpack(i.index, folder); err != nil {
		return nil, err
	}
	for _, flow := range i.Flows {
		text, err := os.ReadFile(filepath.Join(folder, "flows", flow, "build.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the image of %s %w", i.Name, errNoFacts)
		}
		if err != nil {
			return nil, err
		}
		build, err := contract.ReadBuild(text)
		if err != nil {
			return nil, fmt.Errorf("flow %s: build.json: %w", flow, err)
		}
		builds = append(builds, build)
	}
	return builds, nil
}

// thisRun is what is known of the run that builds and signs: the CI's word,
// or the commit that the workspace is at.
func thisRun(ctx context.Context, builder, workspace string) statement.Run {
	run := statement.Environment(os.Getenv)
	if builder != "" {
		run.Builder = builder
	}
	if run.Source == (statement.Source{}) {
		run.Source = statement.Workspace(ctx, workspace)
	}
	return run
}
