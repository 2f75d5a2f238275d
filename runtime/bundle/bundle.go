// Package bundle is a project's compiled flows and its configuration as one
// folder: what a build makes and a runtime opens.
//
//	bundle.json                    what is in it
//	weavster.yaml profiles.yaml connectors/ macros/
//	data/PATH                      files that were given as data, by their path from the project's folder
//	flows/NAME/flow.wasm           a flow's module
//	flows/NAME/manifest.json       what it needs
//	flows/NAME/flow.yaml           what it was compiled from, if it was given
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/project"
)

// Format is the version of the folder's form. It changes when an older
// runtime could misread a bundle.
const Format = 1

const (
	indexFile    = "bundle.json"
	dataFolder   = "data"
	flowsFolder  = "flows"
	moduleFile   = "flow.wasm"
	manifestFile = "manifest.json"
	sourceFile   = "flow.yaml"
)

// index is what bundle.json says.
type index struct {
	Format  int      `json:"format"`
	Package string   `json:"package"` // the project's folder in its workspace, with slashes; "" is the root
	Flows   []string `json:"flows"`
}

// A Bundle is one that was opened.
type Bundle struct {
	Folder  string
	Package string  // the project's folder in its workspace, with slashes; "" is the root
	Flows   []*Flow // by name
}

// A Flow is one of a bundle's.
type Flow struct {
	Name     string
	Module   string // the path of its wasm
	Manifest *contract.Manifest
	Source   *source.File // nil where the bundle doesn't carry it
}

// ErrNoBundle says that a folder isn't a bundle at all.
var ErrNoBundle = errors.New("this isn't a bundle")

// Open reads a bundle and checks that all of it is there and meant for this
// runtime. The error names everything that is wrong.
func Open(folder string) (*Bundle, error) {
	text, err := os.ReadFile(filepath.Join(folder, indexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: it has no %s", folder, ErrNoBundle, indexFile)
	} else if err != nil {
		return nil, fmt.Errorf("the bundle can't be read: %w", err)
	}
	var in index
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; build the project again", filepath.Join(folder, indexFile), err)
	}
	if in.Format != Format {
		return nil, fmt.Errorf("the bundle %s has format %d, and this weavster reads format %d: build the project and run it with one version", folder, in.Format, Format)
	}
	b := &Bundle{Folder: folder, Package: in.Package}
	var wrong []error
	if _, err := os.Stat(filepath.Join(folder, project.MainFile)); err != nil {
		wrong = append(wrong, fmt.Errorf("the bundle %s has no %s", folder, project.MainFile))
	}
	for _, name := range in.Flows {
		flow, err := b.open(name)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		b.Flows = append(b.Flows, flow)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return b, nil
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
	return f, nil
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

// flowName leaves no way out of the folder.
var flowName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

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
