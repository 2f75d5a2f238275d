package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/transform"
	"github.com/weavster/weavster/runtime/project"
)

const (
	flowsFolder     = "flows"
	tablesFolder    = "tables"
	librariesFolder = "transforms"
	fixtureEnding   = "_test.yaml"
)

// A Summary is what was looked at.
type Summary struct {
	Project *project.Project // nil where there is none
	Files   int              // flows, those with errors too
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
	summary.Project, _ = Project(ctx, s, summary.Flows, diags)
	return summary, nil
}

// Flows is the part of Directory that is about flows and fixtures alone. The
// summary has no project.
func Flows(ctx context.Context, s project.Settings, diags *source.Diagnostics) (*Summary, error) {
	d := &directory{ctx: ctx, settings: s, diags: diags, summary: &Summary{}, names: map[string]string{}}
	if err := errors.Join(d.readTables(), d.readMacros(), d.readLibraries(), d.readFlows()); err != nil {
		return nil, err
	}
	return d.summary, nil
}

type directory struct {
	ctx       context.Context
	settings  project.Settings
	diags     *source.Diagnostics
	summary   *Summary
	tables    []compile.TableFile
	macros    *minijinja.Macros
	libraries []*transform.Library
	names     map[string]string // flows by name: their file
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

// readMacros takes every file of macros, as a build does.
func (d *directory) readMacros() error {
	files := map[string]*source.File{}
	err := d.walk(project.MacrosFolder, ".jinja", func(file *source.File) error {
		files[path.Base(file.Name)] = file
		return nil
	})
	if err == nil {
		d.macros, err = compile.Macros(d.ctx, d.settings.Engine, files, d.diags)
	}
	return err
}

func (d *directory) readLibraries() error {
	return d.walk(librariesFolder, ".yaml", func(file *source.File) error {
		name := stem(file, ".yaml")
		if i := slices.IndexFunc(d.libraries, func(lib *transform.Library) bool { return lib.Name == name }); i >= 0 {
			d.diags.Errorf(file, source.At(0), source.DuplicateName, "the library %q is in %s already", name, d.libraries[i].File.Name)
			return nil
		}
		d.libraries = append(d.libraries, &transform.Library{Name: name, File: file})
		return nil
	})
}

// checkLibraries looks at those that no flow uses: the others were compiled
// where they are used.
func (d *directory) checkLibraries(flows []*flow) {
	for _, lib := range d.libraries {
		if slices.ContainsFunc(flows, func(f *flow) bool { return slices.Contains(f.libraries, lib.Name) }) {
			continue
		}
		transform.CheckLibrary(lib, d.diags)
		// What has an error may be its use.
		if !slices.ContainsFunc(flows, func(f *flow) bool { return f.compiled == nil }) {
			d.diags.Warnf(lib.File, source.At(0), source.Unused, "no flow uses the library %q", lib.Name)
		}
	}
}

// readFlows looks at all flows, as many at once as there are processors: each
// by itself, so that what is said of them comes in the order of their names.
func (d *directory) readFlows() error {
	var flows []*flow
	err := d.walk(flowsFolder, ".yaml", func(file *source.File) error {
		if !strings.HasSuffix(file.Name, fixtureEnding) && d.named(file) {
			flows = append(flows, &flow{directory: d, file: file})
		}
		return nil
	})
	if err != nil {
		return err
	}
	next := make(chan *flow)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(flows)) {
		workers.Go(func() {
			for f := range next {
				f.err = f.check()
			}
		})
	}
	for _, f := range flows {
		next <- f
	}
	close(next)
	workers.Wait()
	d.checkLibraries(flows)
	return d.sum(flows)
}

// named notes a flow's name, and says whether no other has it.
func (d *directory) named(file *source.File) bool {
	name := stem(file, ".yaml")
	if first, twice := d.names[name]; twice {
		d.diags.Errorf(file, source.At(0), source.DuplicateName, "the flow %q is in %s already", name, first)
		return false
	}
	d.names[name] = file.Name
	return true
}

func (d *directory) sum(flows []*flow) error {
	d.summary.Files = len(flows)
	for _, f := range flows {
		if f.err != nil {
			return f.err
		}
		d.diags.Append(&f.diags)
		d.summary.Cases += f.cases
		if f.compiled != nil {
			d.summary.Flows = append(d.summary.Flows, f.compiled)
		}
	}
	return nil
}

func stem(file *source.File, ending string) string {
	return strings.TrimSuffix(path.Base(file.Name), ending)
}
