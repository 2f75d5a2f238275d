package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weavster/weavster/runtime/project"
)

// Contents are what a bundle is made of: the paths of files, by where they go.
// Without configuration it is the bundle of one flow.
type Contents struct {
	Package string            // the project's folder in its workspace, with slashes
	Config  map[string]string // by the path from the project's folder: `connectors/kafka.yaml`
	Data    map[string]string // by the path from the project's folder: `data/orders.jsonl`
	Flows   map[string]FlowFiles
}

// FlowFiles are the paths of a flow's files. All but the module and the
// manifest may be missing.
type FlowFiles struct {
	Module, Manifest, Source string
	IR, Lineage, Build       string
	Sources                  map[string]string // what else it was compiled from, by the path in its workspace
}

// A File is one that a bundle is to have.
type File struct {
	Name string // its path in the bundle, with slashes
	Flow string // the flow that it is a part of; "" is the project
	From string // the path that it is copied from; "" where Text is all of it
	Text []byte
}

// Open reads the file.
func (f File) Open() (io.ReadCloser, error) {
	if f.From == "" {
		return io.NopCloser(bytes.NewReader(f.Text)), nil
	}
	return os.Open(f.From)
}

// HasProject says whether there is a project, and not one flow alone.
func (c *Contents) HasProject() bool { return len(c.Config) > 0 || len(c.Data) > 0 }

// Files are all that the bundle is to have, sorted by name.
func (c *Contents) Files() ([]File, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	index, err := c.index()
	if err != nil {
		return nil, err
	}
	files := []File{{Name: IndexFile, Text: index}}
	for name, from := range c.Config {
		files = append(files, File{Name: name, From: from})
	}
	for name, from := range c.Data {
		files = append(files, File{Name: path.Join(dataFolder, name), From: from})
	}
	for name, flow := range c.Flows {
		for file, from := range flow.files() {
			files = append(files, File{Name: path.Join(flowsFolder, name, file), Flow: name, From: from})
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, checkNames(files)
}

func (c *Contents) index() ([]byte, error) {
	in := index{Format: Format, Kind: kindFlow, Package: c.Package, Flows: sorted(c.Flows)}
	if c.HasProject() {
		in.Kind = kindProject
	}
	text, err := json.MarshalIndent(in, "", "  ")
	return append(text, '\n'), err
}

// Set gives the flow a file, by where it goes below the flow's folder.
func (f *FlowFiles) Set(name, from string) error {
	if place := f.place(name); place != nil {
		*place = from
		return nil
	}
	below, ok := strings.CutPrefix(name, sourcesFolder+"/")
	if !ok || below == "" {
		return fmt.Errorf("%q isn't a file of a flow", name)
	}
	if f.Sources == nil {
		f.Sources = map[string]string{}
	}
	f.Sources[below] = from
	return nil
}

// place is the field of a file that isn't a further source.
func (f *FlowFiles) place(name string) *string {
	switch name {
	case moduleFile:
		return &f.Module
	case manifestFile:
		return &f.Manifest
	case sourceFile:
		return &f.Source
	case irFile:
		return &f.IR
	case lineageFile:
		return &f.Lineage
	case buildFile:
		return &f.Build
	}
	return nil
}

// flowFiles are the names that place knows.
var flowFiles = []string{moduleFile, manifestFile, sourceFile, irFile, lineageFile, buildFile}

// files are those that are given, by where they go below the flow's folder.
func (f *FlowFiles) files() map[string]string {
	files := map[string]string{}
	for _, name := range flowFiles {
		if from := *f.place(name); from != "" || name == moduleFile || name == manifestFile {
			files[name] = from
		}
	}
	for name, from := range f.Sources {
		files[sourcesFolder+"/"+name] = from
	}
	return files
}

// checkNames refuses what Open wouldn't find again, or what lies outside.
func checkNames(files []File) error {
	var wrong []error
	for _, f := range files {
		if _, ok := IsFile(f.Name); !ok {
			wrong = append(wrong, fmt.Errorf("%s can't be a file's name in a bundle", f.Name))
		}
	}
	return errors.Join(wrong...)
}

func (c *Contents) check() error {
	var wrong []error
	for _, name := range sorted(c.Config) {
		if !isConfig(name) {
			wrong = append(wrong, fmt.Errorf("%s isn't configuration of a project: that is %s, %s, %s/*.yaml and %s/*.jinja",
				name, project.MainFile, project.ProfilesFile, project.ConnectorsFolder, project.MacrosFolder))
		}
	}
	switch {
	case c.HasProject() && c.Config[project.MainFile] == "":
		wrong = append(wrong, fmt.Errorf("the project has no %s", project.MainFile))
	case !c.HasProject() && len(c.Flows) != 1:
		wrong = append(wrong, fmt.Errorf("without a project's %s a bundle has one flow, not %d", project.MainFile, len(c.Flows)))
	}
	for _, name := range sorted(c.Data) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			wrong = append(wrong, fmt.Errorf("%s can't be data: it lies outside of the project's folder", name))
		}
	}
	for _, name := range sorted(c.Flows) {
		if !flowName.MatchString(name) {
			wrong = append(wrong, fmt.Errorf("%q can't be a flow's name", name))
			continue
		}
		wrong = append(wrong, checkFlow(name, c.Flows[name]))
	}
	return errors.Join(wrong...)
}

// checkFlow refuses a manifest that Open would refuse.
func checkFlow(name string, files FlowFiles) error {
	text, err := os.ReadFile(files.Manifest)
	if err != nil {
		return err
	}
	_, err = readManifest(name, text)
	return err
}

func sorted[V any](m map[string]V) []string {
	names := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(names)
	return names
}

// Write makes a bundle in a folder that is empty or isn't there yet. The same
// contents give the same bytes.
func Write(folder string, c Contents) error {
	files, err := c.Files()
	if err != nil {
		return err
	}
	var wrong []error
	for _, f := range files {
		wrong = append(wrong, f.write(folder))
	}
	return errors.Join(wrong...)
}

// write never goes over a file: two contents with one place are a mistake.
func (f File) write(folder string) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	to := filepath.Join(folder, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
