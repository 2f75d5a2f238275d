package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weavster/weavster/runtime/project"
)

// Contents are what a bundle is made of: the paths of files, by where they go.
type Contents struct {
	Package string            // the project's folder in its workspace, with slashes
	Config  map[string]string // by the path from the project's folder: `connectors/kafka.yaml`
	Data    map[string]string // by the path from the project's folder: `data/orders.jsonl`
	Flows   map[string]FlowFiles
}

// FlowFiles are the paths of a flow's files. Source may be "".
type FlowFiles struct{ Module, Manifest, Source string }

// Write makes a bundle in a folder that is empty or isn't there yet. The same
// contents give the same bytes.
func Write(folder string, c Contents) error {
	if err := c.check(); err != nil {
		return err
	}
	w := writer{folder: folder}
	for name, from := range c.Config {
		w.copy(name, from)
	}
	for name, from := range c.Data {
		w.copy(path.Join(dataFolder, name), from)
	}
	in := index{Format: Format, Package: c.Package, Flows: []string{}}
	for name, files := range c.Flows {
		in.Flows = append(in.Flows, name)
		w.flow(name, files)
	}
	slices.Sort(in.Flows)
	text, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		return err
	}
	w.put(indexFile, append(text, '\n'))
	return errors.Join(w.wrong...)
}

// check refuses what Open wouldn't find again, or what lies outside.
func (c *Contents) check() error {
	var wrong []error
	for _, name := range sorted(c.Config) {
		if !isConfig(name) {
			wrong = append(wrong, fmt.Errorf("%s isn't configuration of a project: that is %s, %s, %s/*.yaml and %s/*.jinja",
				name, project.MainFile, project.ProfilesFile, project.ConnectorsFolder, project.MacrosFolder))
		}
	}
	if c.Config[project.MainFile] == "" {
		wrong = append(wrong, fmt.Errorf("the project has no %s", project.MainFile))
	}
	for _, name := range sorted(c.Data) {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			wrong = append(wrong, fmt.Errorf("%s can't be data: it lies outside of the project's folder", name))
		}
	}
	for _, name := range sorted(c.Flows) {
		if !flowName.MatchString(name) {
			wrong = append(wrong, fmt.Errorf("%q can't be a flow's name", name))
		}
	}
	return errors.Join(wrong...)
}

func isConfig(name string) bool {
	folder, base := path.Split(name)
	switch folder {
	case "":
		return base == project.MainFile || base == project.ProfilesFile
	case project.ConnectorsFolder + "/":
		return strings.HasSuffix(base, ".yaml")
	case project.MacrosFolder + "/":
		return strings.HasSuffix(base, ".jinja")
	}
	return false
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A writer puts files below a folder and collects what goes wrong.
type writer struct {
	folder string
	wrong  []error
}

func (w *writer) fail(err error) {
	if err != nil {
		w.wrong = append(w.wrong, err)
	}
}

func (w *writer) flow(name string, files FlowFiles) {
	folder := path.Join(flowsFolder, name)
	w.copy(path.Join(folder, moduleFile), files.Module)
	manifest, err := os.ReadFile(files.Manifest)
	if err == nil {
		_, err = readManifest(name, manifest)
	}
	w.fail(err)
	w.put(path.Join(folder, manifestFile), manifest)
	if files.Source != "" {
		w.copy(path.Join(folder, sourceFile), files.Source)
	}
}

func (w *writer) copy(name, from string) {
	in, err := os.Open(from)
	if err != nil {
		w.fail(err)
		return
	}
	defer in.Close()
	w.write(name, in)
}

func (w *writer) put(name string, text []byte) { w.write(name, bytes.NewReader(text)) }

// write never goes over a file: two contents with one place are a mistake.
func (w *writer) write(name string, in io.Reader) {
	to := filepath.Join(w.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		w.fail(err)
		return
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		w.fail(err)
		return
	}
	_, err = io.Copy(out, in)
	w.fail(errors.Join(err, out.Close()))
}
