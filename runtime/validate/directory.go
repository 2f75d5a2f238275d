package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/project"
)

const (
	flowsFolder   = "flows"
	tablesFolder  = "tables"
	fixtureEnding = "_test.yaml"
)

// A Summary is what was looked at.
type Summary struct {
	Project *project.Project // nil where there is none
	Flows   []*project.Flow  // those without errors
	Cases   int              // of their fixtures
}

// Directory checks a project's folder without building it: every flow is
// compiled as far as its manifest, its fixtures are read, and the project is
// held against all of them. Settings are for project.Load, with the
// environment left unknown. What is wrong goes to diags; the error is for what
// isn't the project's fault.
func Directory(ctx context.Context, s project.Settings, diags *source.Diagnostics) (*Summary, error) {
	summary, err := Flows(ctx, s, diags)
	if err != nil {
		return nil, err
	}
	summary.Project = Project(ctx, s, summary.Flows, diags)
	return summary, nil
}

// Flows is the part of Directory that is about flows and fixtures alone. The
// summary has no project.
func Flows(ctx context.Context, s project.Settings, diags *source.Diagnostics) (*Summary, error) {
	d := &directory{ctx: ctx, settings: s, diags: diags, summary: &Summary{}, named: map[string]string{}}
	if err := errors.Join(d.readTables(), d.readFlows()); err != nil {
		return nil, err
	}
	return d.summary, nil
}

type directory struct {
	ctx      context.Context
	settings project.Settings
	diags    *source.Diagnostics
	summary  *Summary
	tables   []compile.TableFile
	named    map[string]string // flows by name: their file
}

// walk gives the files of a folder that end so, in order of their paths.
func (d *directory) walk(folder, ending string, each func(file *source.File) error) error {
	err := fs.WalkDir(d.settings.Files, folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ending):
			return nil
		}
		file, err := d.read(name)
		if err != nil {
			return err
		}
		return each(file)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d *directory) read(name string) (*source.File, error) {
	text, err := fs.ReadFile(d.settings.Files, name)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", path.Join(d.settings.Prefix, name), err)
	}
	return source.NewFile(path.Join(d.settings.Prefix, name), text), nil
}

// readTables takes every table of the folder: a build gives each flow those
// that it names, and those that it doesn't name change nothing.
func (d *directory) readTables() error {
	return d.walk(tablesFolder, "", func(file *source.File) error {
		if name := compile.TableName(file.Name); name != "" {
			d.tables = append(d.tables, compile.NewTableFile(name, file))
		}
		return nil
	})
}

func (d *directory) readFlows() error {
	return d.walk(flowsFolder, ".yaml", func(file *source.File) error {
		if strings.HasSuffix(file.Name, fixtureEnding) {
			return nil
		}
		return d.flow(file)
	})
}

func (d *directory) flow(file *source.File) error {
	name := stem(file, ".yaml")
	if first, twice := d.named[name]; twice {
		d.diags.Errorf(file, source.At(0), source.DuplicateName, "the flow %q is in %s already", name, first)
		return nil
	}
	d.named[name] = file.Name
	out, err := compile.Flow(d.ctx, d.settings.Engine, compile.Input{Name: name, File: file, Tables: d.tables}, d.diags)
	if err != nil {
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	if out == nil {
		return d.fixtures(file, nil)
	}
	flow := &project.Flow{Manifest: out.Manifest, Source: file}
	d.summary.Flows = append(d.summary.Flows, flow)
	return d.fixtures(file, flow)
}

// fixtures reads a flow's cases, if it has any beside it. The flow is nil
// where it has an error: then the cases are held against their form alone.
func (d *directory) fixtures(of *source.File, flow *project.Flow) error {
	shown := strings.TrimPrefix(strings.TrimPrefix(of.Name, d.settings.Prefix), "/")
	file, err := d.read(strings.TrimSuffix(shown, ".yaml") + fixtureEnding)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if flow == nil {
		fixture.Check(file, d.diags)
		return nil
	}
	d.summary.Cases += len(fixture.Load(file, flow.Manifest, d.diags).Cases)
	return nil
}

func stem(file *source.File, ending string) string {
	return strings.TrimSuffix(path.Base(file.Name), ending)
}
