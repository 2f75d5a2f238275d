package contract

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
)

// CompilerGo is what Go's compiler and linker are called in a Program's list.
// The standard library, time zones included, is of its version.
const CompilerGo = "go"

// A Program tells what a program of Weavster's own, and the image that it lies
// in, was built of and by. It is to such an image what a Build is to a flow's.
type Program struct {
	Schema   int    `json:"schema"`   // BuildSchema
	Weavster string `json:"weavster"` // its version
	Program  string `json:"program"`
	Target   string `json:"target"` // the image's label in Weavster's workspace: //runtime:image

	Compilers []Compiler `json:"compilers"` // by name
	Modules   []GoModule `json:"modules"`   // by path
	Crates    []Crate    `json:"crates"`    // by name and version: of the modules of wasm that the program embeds
}

// A GoModule is a module of Go's some package of which is linked, or lies in
// the image as data.
type GoModule struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"` // of its files, as go.sum has it: h1:…
}

// JSON is a program's facts as build.json has them: lists in order, the same
// bytes for the same facts.
func (p *Program) JSON() ([]byte, error) {
	sorted := *p
	sorted.Compilers = slices.SortedFunc(slices.Values(p.Compilers), compareCompilers)
	sorted.Modules = slices.SortedFunc(slices.Values(p.Modules), compareModules)
	sorted.Crates = slices.SortedFunc(slices.Values(p.Crates), compareCrates)
	if err := sorted.check(); err != nil {
		return nil, err
	}
	return encodeFacts(&sorted)
}

// ReadProgram reads the build.json of a program, which may come from anybody.
func ReadProgram(text []byte) (*Program, error) {
	var p Program
	if err := decodeFacts(text, &p); err != nil {
		return nil, err
	}
	if p.Schema != BuildSchema {
		return nil, fmt.Errorf("it has schema %d, and this weavster reads schema %d", p.Schema, BuildSchema)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return &p, nil
}

// Compiler is the compiler of a name, or the zero value.
func (p *Program) Compiler(name string) Compiler {
	return (&Build{Compilers: p.Compilers}).Compiler(name)
}

func compareModules(a, b GoModule) int { return cmp.Compare(a.Path, b.Path) }

var goSumForm = regexp.MustCompile(`^h1:[A-Za-z0-9+/]{43}=$`)

func (p *Program) check() error {
	if !plain(p.Weavster) || !plain(p.Target) || !plain(p.Program) {
		return fmt.Errorf("its weavster, program and target are %.60q, %.60q and %.60q", p.Weavster, p.Program, p.Target)
	}
	for _, c := range p.Compilers {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, m := range p.Modules {
		if !plain(m.Path) || !plain(m.Version) || m.Sum != "" && !goSumForm.MatchString(m.Sum) {
			return fmt.Errorf("its module %.60q has version %.60q and sum %.60q", m.Path, m.Version, m.Sum)
		}
	}
	for _, c := range p.Crates {
		if err := c.check(); err != nil {
			return err
		}
	}
	rising := slices.IsSortedFunc(p.Compilers, strictly(compareCompilers)) &&
		slices.IsSortedFunc(p.Modules, strictly(compareModules)) &&
		slices.IsSortedFunc(p.Crates, strictly(compareCrates))
	if !rising {
		return fmt.Errorf("its compilers, modules or crates are out of order, or one is there twice")
	}
	return nil
}
