// Package compare tells what changed between two artifacts.
package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
)

// A Report is what changed from one artifact to another.
type Report struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Added     []string `json:"added,omitempty"` // flows
	Removed   []string `json:"removed,omitempty"`
	Unchanged []string `json:"unchanged,omitempty"`
	Changed   []*Flow  `json:"changed,omitempty"`
	// Files are those of the configuration and the data, by path.
	Files []File `json:"files,omitempty"`
	// Size is that of the images, where images are compared.
	Size *Numbers `json:"size,omitempty"`
	// Messages are what sample messages come to, by flow.
	Messages []*Messages `json:"messages,omitempty"`
}

// Same says whether there is no difference: none of the artifacts, and none
// that messages have shown.
func (r *Report) Same() bool {
	return len(r.Added)+len(r.Removed)+len(r.Changed)+len(r.Files) == 0 &&
		!slices.ContainsFunc(r.Messages, func(m *Messages) bool { return m.Different > 0 })
}

// A Flow is what changed of one.
type Flow struct {
	Name    string          `json:"name"`
	Text    string          `json:"text,omitempty"`    // of the flow, as a unified diff
	Sources []File          `json:"sources,omitempty"` // libraries, macros and schemas that it is made of
	Tables  []Table         `json:"tables,omitempty"`  // compiled in
	Program string          `json:"program,omitempty"` // the IR's unified diff, lines' numbers aside
	Lineage []LineageChange `json:"lineage,omitempty"`
	Needs   []Change        `json:"needs,omitempty"`
	Build   []Change        `json:"build,omitempty"`
	Module  *Numbers        `json:"module,omitempty"` // its bytes; nil: it is the same
	Notes   []string        `json:"notes,omitempty"`  // what couldn't be compared
}

// A Change is something by its name: what it was and what it is, "" for not
// there.
type Change struct {
	What string `json:"what"`
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Numbers are two sizes in bytes.
type Numbers struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Bundles compares two bundles. Nothing of them is run.
func Bundles(from, to *bundle.Bundle, only []string) (*Report, error) {
	r := &Report{}
	chosen := func(name string) bool { return len(only) == 0 || slices.Contains(only, name) }
	for _, f := range from.Flows {
		if chosen(f.Name) && find(to, f.Name) == nil {
			r.Removed = append(r.Removed, f.Name)
		}
	}
	for _, f := range to.Flows {
		if !chosen(f.Name) {
			continue
		}
		before := find(from, f.Name)
		if before == nil {
			r.Added = append(r.Added, f.Name)
			continue
		}
		change, err := flows(before, f)
		if err != nil {
			return nil, fmt.Errorf("flow %s: %w", f.Name, err)
		}
		if change == nil {
			r.Unchanged = append(r.Unchanged, f.Name)
		} else {
			r.Changed = append(r.Changed, change)
		}
	}
	if len(only) == 0 {
		var err error
		if r.Files, err = configuration(from, to); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func find(b *bundle.Bundle, name string) *bundle.Flow {
	if i := slices.IndexFunc(b.Flows, func(f *bundle.Flow) bool { return f.Name == name }); i >= 0 {
		return b.Flows[i]
	}
	return nil
}

// flows compares two versions of a flow; nil: they are the same.
func flows(from, to *bundle.Flow) (*Flow, error) {
	f := &Flow{Name: to.Name, Text: unified(text(from), text(to)), Needs: needs(from.Manifest, to.Manifest)}
	lineages, err := both(from.Lineage, to.Lineage, readLineage)
	f.note(err)
	f.Lineage = lineage(lineages[0], lineages[1])
	if err := f.files(from, to, lineages); err != nil {
		return nil, err
	}
	builds, err := both(from.Build, to.Build, contract.ReadBuild)
	f.note(err)
	f.Build = facts(builds[0], builds[1])
	if f.Module, err = modules(from.Module, to.Module); err != nil {
		return nil, err
	}
	if f.isSame() {
		return nil, nil
	}
	return f, nil
}

// note says what couldn't be compared: an artifact of another version may well
// have a form of its own.
func (f *Flow) note(err error) {
	if err != nil {
		f.Notes = append(f.Notes, err.Error())
	}
}

func (f *Flow) isSame() bool {
	return f.Text == "" && f.Program == "" && f.Module == nil &&
		len(f.Notes)+len(f.Sources)+len(f.Tables)+len(f.Lineage)+len(f.Needs)+len(f.Build) == 0
}

// files compares the flow's other files: the IR and the sources.
func (f *Flow) files(from, to *bundle.Flow, lineages [2]*contract.Lineage) error {
	programs, err := both(from.IR, to.IR, func(text []byte) (*[]byte, error) { return &text, nil })
	if err != nil {
		return err
	}
	if programs[0] != nil && programs[1] != nil {
		f.Program = unified(unplaced(*programs[0]), unplaced(*programs[1]))
	}
	f.Sources, err = fileSets(from.Sources, to.Sources, func(name string) bool { return !isTable(name) })
	if err != nil {
		return err
	}
	f.Tables, err = tables(from.Sources, to.Sources, lineages)
	return err
}

func text(f *bundle.Flow) []byte {
	if f.Source == nil {
		return nil
	}
	return f.Source.Text
}

// modules are the sizes of two, or nil where they are one and the same.
func modules(from, to string) (*Numbers, error) {
	a, err := sum(from)
	if err != nil {
		return nil, err
	}
	b, err := sum(to)
	if err != nil || a == b {
		return nil, err
	}
	return &Numbers{a.size, b.size}, nil
}

// maxFile is how much of a file is read that isn't run.
const maxFile = 64 << 20

// both reads a file of each side, nil where there is none.
func both[T any](from, to string, read func([]byte) (*T, error)) (values [2]*T, err error) {
	for i, path := range []string{from, to} {
		if path == "" {
			continue
		}
		text, err := readAtMost(path)
		if err != nil {
			return values, err
		}
		if values[i], err = read(text); err != nil {
			values[i] = nil
			return values, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	return values, nil
}

func readAtMost(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s is longer than the %d MiB that are compared", path, maxFile>>20)
	}
	return text, err
}

// ReadLineage reads the lineage of a flow from its file.
func ReadLineage(path string) (*contract.Lineage, error) {
	text, err := readAtMost(path)
	if err != nil {
		return nil, err
	}
	return readLineage(text)
}

// readLineage takes no more than a manifest may have: who reads the lineage
// of an artifact may not have asked yet whose it is.
func readLineage(text []byte) (*contract.Lineage, error) {
	if len(text) > contract.MaxManifestBytes {
		return nil, fmt.Errorf("the lineage has %d bytes; at most %d are read", len(text), contract.MaxManifestBytes)
	}
	var l contract.Lineage
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("the lineage is damaged: %w", err)
	}
	return &l, nil
}
