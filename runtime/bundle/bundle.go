// Package bundle is a project's compiled flows and its configuration as one
// folder: what a build makes, an artifact carries and a runtime opens.
//
//	bundle.json                    what is in it
//	weavster.yaml profiles.yaml connectors/ macros/
//	data/PATH                      files that were given as data, by their path from the project's folder
//	flows/NAME/flow.wasm           a flow's module
//	flows/NAME/manifest.json       what it needs
//	flows/NAME/flow.yaml           what it was compiled from, if it was given
//	flows/NAME/ir.txt              what the compiler understood, if it was given
//	flows/NAME/lineage.json        which field comes from which, if it was given
//	flows/NAME/build.json          what built it, if it was given
//	flows/NAME/sources/PATH        what else it was compiled from, by its path in the workspace
//
// A bundle of one flow alone has no configuration and no data.
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/project"
)

// Format is the version of the folder's form. It changes when an older
// runtime could misread a bundle.
const Format = 1

// index is what bundle.json says.
type index struct {
	Format  int      `json:"format"`
	Kind    kind     `json:"kind"`
	Package string   `json:"package"` // the project's folder in its workspace, with slashes; "" is the root
	Flows   []string `json:"flows"`
}

// A kind says whether a bundle has a project.
type kind string

const (
	kindProject kind = "project"
	kindFlow    kind = "flow"
)

// A Bundle is one that was opened.
type Bundle struct {
	Folder  string
	Package string  // the project's folder in its workspace, with slashes; "" is the root
	Flows   []*Flow // by name

	kind kind
}

// HasProject says whether the bundle carries the configuration of a project,
// and not one flow alone.
func (b *Bundle) HasProject() bool { return b.kind == kindProject }

// A Flow is one of a bundle's.
type Flow struct {
	Name     string
	Module   string // the path of its wasm
	Manifest *contract.Manifest
	Source   *source.File // nil where the bundle doesn't carry it

	// The paths of what is there to be looked at, "" where the bundle doesn't
	// carry it: nothing of it is needed to run the flow.
	IR, Lineage, Build string
	Sources            map[string]string // what else it was compiled from, by the path in its workspace
}

// ErrNoBundle says that a folder isn't a bundle at all.
var ErrNoBundle = errors.New("this isn't a bundle")

// Open reads a bundle and checks that all of it is there and meant for this
// runtime. The error names everything that is wrong.
func Open(folder string) (*Bundle, error) {
	text, err := os.ReadFile(filepath.Join(folder, IndexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: it has no %s", folder, ErrNoBundle, IndexFile)
	} else if err != nil {
		return nil, fmt.Errorf("the bundle can't be read: %w", err)
	}
	var in index
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; build the project again", filepath.Join(folder, IndexFile), err)
	}
	if in.Format != Format {
		return nil, fmt.Errorf("the bundle %s has format %d, and this weavster reads format %d: build the project and run it with one version", folder, in.Format, Format)
	}
	b := &Bundle{Folder: folder, Package: in.Package, kind: in.Kind}
	var wrong []error
	wrong = append(wrong, b.checkKind(in))
	for _, name := range in.Flows {
		flow, err := b.open(name)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		b.Flows = append(b.Flows, flow)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return b, nil
}

// checkKind holds the files against what bundle.json says they are.
func (b *Bundle) checkKind(in index) error {
	_, err := os.Stat(filepath.Join(b.Folder, project.MainFile))
	switch {
	case in.Kind == kindProject && err != nil:
		return fmt.Errorf("the bundle %s has no %s", b.Folder, project.MainFile)
	case in.Kind == kindFlow && (err == nil || len(in.Flows) != 1):
		return fmt.Errorf("the bundle %s says that it is one flow, and it isn't: build it again", b.Folder)
	case in.Kind != kindProject && in.Kind != kindFlow:
		return fmt.Errorf("the bundle %s is of the kind %q, which is neither %s nor %s", b.Folder, in.Kind, kindProject, kindFlow)
	}
	return nil
}

func (b *Bundle) open(name string) (*Flow, error) {
	if !flowName.MatchString(name) {
		return nil, fmt.Errorf("%q can't be a flow's name", name)
	}
	folder := filepath.Join(b.Folder, flowsFolder, name)
	f := &Flow{Name: name, Module: filepath.Join(folder, moduleFile)}
	if info, err := os.Stat(f.Module); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("flow %s has no module: there is no %s", name, f.Module)
	}
	text, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if err != nil {
		return nil, fmt.Errorf("flow %s has no manifest: %w", name, err)
	}
	if f.Manifest, err = readManifest(name, text); err != nil {
		return nil, err
	}
	yaml, err := os.ReadFile(filepath.Join(folder, sourceFile))
	if err == nil {
		f.Source = source.NewFile(f.Manifest.File, yaml)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	for file, path := range map[string]*string{irFile: &f.IR, lineageFile: &f.Lineage, buildFile: &f.Build} {
		if _, err := os.Stat(filepath.Join(folder, file)); err == nil {
			*path = filepath.Join(folder, file)
		}
	}
	if f.Sources, err = sourcesBelow(filepath.Join(folder, sourcesFolder)); err != nil {
		return nil, fmt.Errorf("flow %s: %w", name, err)
	}
	return f, nil
}

// sourcesBelow are the files of a folder, by their paths from there.
func sourcesBelow(folder string) (map[string]string, error) {
	sources := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it carries none
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		sources[filepath.ToSlash(name)] = path
		return err
	})
	return sources, err
}

func readManifest(name string, text []byte) (*contract.Manifest, error) {
	m, err := contract.ReadManifest(text)
	if err != nil {
		return nil, fmt.Errorf("flow %s can't be run: %w", name, err)
	}
	if m.Flow != name {
		return nil, fmt.Errorf("flow %s: its manifest is that of flow %q", name, m.Flow)
	}
	return m, nil
}

// Settings are what the bundle's project is read with. The workspace is the
// folder that relative paths of data start in, before the project's own.
func (b *Bundle) Settings(workspace string) project.Settings {
	return project.Settings{
		Files:  os.DirFS(b.Folder),
		Prefix: b.Package,
		Folder: filepath.Join(workspace, filepath.FromSlash(b.Package)),
		Data:   filepath.Join(b.Folder, dataFolder),
		Flows:  b.Requirements(),
	}
}

// Flow is the one of that name, or nil.
func (b *Bundle) Flow(name string) *Flow {
	i := slices.IndexFunc(b.Flows, func(f *Flow) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return b.Flows[i]
}

// Requirements are the flows as a project is held against them.
func (b *Bundle) Requirements() []*project.Flow {
	flows := make([]*project.Flow, len(b.Flows))
	for i, f := range b.Flows {
		flows[i] = f.Requirements()
	}
	return flows
}

// Requirements are the flow as a project is held against it.
func (f *Flow) Requirements() *project.Flow {
	return &project.Flow{Manifest: f.Manifest, Source: f.Source}
}
