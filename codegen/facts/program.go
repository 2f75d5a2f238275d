package facts

import (
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// Go is what the build knows of a Go program.
type Go struct {
	Version  string              `json:"version"`  // of the compiler
	Packages []string            `json:"packages"` // import paths of what is linked, but for Weavster's own
	Modules  []contract.GoModule `json:"modules"`  // those that the packages are of, and others
}

// Program puts together what is known of the build of a program of Weavster's
// own. The sums are go.sum's text.
func Program(name, target string, of Go, sums string, linked Linked, crates Crates, compilers []contract.Compiler) (*contract.Program, error) {
	p := &contract.Program{
		Schema: contract.BuildSchema, Weavster: contract.Version, Program: name, Target: target,
		Compilers: append([]contract.Compiler{{Name: contract.CompilerGo, Version: of.Version}}, compilers...),
	}
	var err error
	if p.Modules, err = of.linked(goSums(sums)); err != nil {
		return nil, err
	}
	var libraries []string
	for library := range linked {
		libraries = append(libraries, library)
	}
	for _, key := range linked.of(libraries) {
		crate, err := crates.crate(key)
		if err != nil {
			return nil, err
		}
		p.Crates = append(p.Crates, crate)
	}
	return p, nil
}

// linked are the modules that some package is of, each once.
func (g Go) linked(sums map[string]string) (list []contract.GoModule, err error) {
	versions, used := map[string]string{}, map[string]bool{}
	for _, m := range g.Modules {
		if v, ok := versions[m.Path]; ok && v != m.Version {
			return nil, fmt.Errorf("the module %s is there as %s and as %s", m.Path, v, m.Version)
		}
		versions[m.Path] = m.Version
	}
	for _, importpath := range g.Packages {
		path, ok := moduleOf(importpath, versions)
		if !ok {
			return nil, fmt.Errorf("the package %s is linked, and of no module that is known", importpath)
		}
		if !used[path] {
			used[path] = true
			list = append(list, contract.GoModule{Path: path, Version: versions[path], Sum: sums[path+" "+versions[path]]})
		}
	}
	return list, nil
}

// moduleOf is the module that a package is of: as Go has it, the one whose path
// is the longest beginning of the package's.
func moduleOf(importpath string, modules map[string]string) (string, bool) {
	for path := importpath; ; {
		if _, ok := modules[path]; ok {
			return path, true
		}
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return "", false
		}
		path = path[:slash]
	}
}

// goSums are the sums of modules' files, by path and version. Lines on go.mod
// files alone are left out.
func goSums(text string) map[string]string {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 3 && !strings.HasSuffix(fields[1], "/go.mod") {
			sums[fields[0]+" "+fields[1]] = fields[2]
		}
	}
	return sums
}
