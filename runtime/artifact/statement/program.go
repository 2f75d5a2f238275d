package statement

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	intoto "github.com/in-toto/attestation/go/v1"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/weavster/weavster/codegen/contract"
)

func (s Subject) buildType() string {
	if s.Program != nil {
		return BuildTypeImage
	}
	return BuildType
}

// program adds a program, and all that is linked into it.
func (d *document) program(p *contract.Program) common.ElementID {
	program := d.add("Program", "program:"+p.Program, v2_3.Package{
		PackageName: p.Program, PackageVersion: p.Weavster, PrimaryPackagePurpose: "APPLICATION", PackageLicenseDeclared: "Apache-2.0",
		PackageSourceInfo: "compiled as a part of " + p.Target,
	})
	for _, m := range p.Modules {
		d.relate(program, common.TypeRelationshipDependsOn, d.module(m))
	}
	if golang := p.Compiler(contract.CompilerGo); golang.Name != "" {
		d.relate(program, common.TypeRelationshipDependsOn, d.goLibrary(golang))
	}
	for _, c := range p.Crates {
		d.relate(program, common.TypeRelationshipDependsOn, d.crate(c))
	}
	if rustc := p.Compiler(contract.CompilerRustc); rustc.Name != "" {
		d.relate(program, common.TypeRelationshipDependsOn, d.standardLibrary(rustc))
	}
	for _, c := range p.Compilers {
		d.relate(d.compiler(c), common.TypeRelationshipBuildToolOf, program)
	}
	return program
}

// module adds a Go module. Its sum is that of a list of its files, which SPDX
// has no name for: as a checksum it would pass for the archive's.
func (d *document) module(m contract.GoModule) common.ElementID {
	p := v2_3.Package{
		PackageName: m.Path, PackageVersion: m.Version, PrimaryPackagePurpose: "LIBRARY", PackageExternalReferences: purl(moduleURL(m)),
	}
	if m.Sum != "" {
		p.PackageSourceInfo = "a Go module with the sum " + m.Sum
	}
	return d.add("Module", "module:"+m.Path+"@"+m.Version, p)
}

// goLibrary is Go's standard library, under the name that scanners look up.
func (d *document) goLibrary(golang contract.Compiler) common.ElementID {
	return d.add("Module", "stdlib:"+golang.Version, v2_3.Package{
		PackageName: "stdlib", PackageVersion: golang.Version, PrimaryPackagePurpose: "LIBRARY", PackageLicenseDeclared: "BSD-3-Clause",
		PackageSourceInfo:         "Go's standard library with its time zones, as it comes with the compiler",
		PackageExternalReferences: purl(packageURL("golang", "stdlib", golang.Version)),
	})
}

// ofProgram are what a program's build hangs on.
func ofProgram(p *contract.Program) (list []*intoto.ResourceDescriptor, err error) {
	for _, m := range p.Modules {
		d := &intoto.ResourceDescriptor{Name: m.Path, Uri: moduleURL(m)}
		if m.Sum != "" {
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
			if err != nil {
				return nil, fmt.Errorf("the sum of the module %s: %w", m.Path, err)
			}
			// in-toto's name for Go's sum of a folder.
			d.Digest = map[string]string{"dirHash": hex.EncodeToString(sum)}
		}
		list = append(list, d)
	}
	return append(list, linked(p.Crates, p.Compilers)...), nil
}
