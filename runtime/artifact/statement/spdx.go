package statement

import (
	"strings"
	"time"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/weavster/weavster/codegen/contract"
)

// unknown is how SPDX says that nothing is said.
const unknown = "NOASSERTION"

// SPDX is an artifact's bill of materials, an SPDX 2.3 document in JSON: the
// crates and Go modules that its flows and its program are linked with, what
// they were compiled from, and what compiled them. The same builds give the same bytes: when it was made is
// for the signature to say, and the document says 1970.
//
// Sources are packages of one file: SPDX has files, too, and asks for a SHA-1
// of each.
func SPDX(s Subject, builds ...*contract.Build) ([]byte, error) {
	if err := s.check(builds); err != nil {
		return nil, err
	}
	d := newDocument(s.Name, s.hex())
	image := d.add("Image", "image:"+s.Name, v2_3.Package{
		PackageName: s.Name, PackageVersion: s.Version, PrimaryPackagePurpose: "CONTAINER",
		PackageChecksums:          []common.Checksum{{Algorithm: common.SHA256, Value: s.hex()}},
		PackageExternalReferences: purl(packageURL("oci", strings.ToLower(s.Name), s.Digest)),
	})
	d.relate("DOCUMENT", common.TypeRelationshipDescribe, image)
	if s.Program != nil {
		d.relate(image, common.TypeRelationshipContains, d.program(s.Program))
	}
	for _, b := range ordered(builds) {
		d.relate(image, common.TypeRelationshipContains, d.flow(b))
	}
	return printed(d.Document)
}

// A document grows by packages, each once, and by how they relate.
type document struct {
	*v2_3.Document
	ids   map[string]common.ElementID // by what a package is
	taken map[common.ElementID]bool
}

func newDocument(name, unique string) *document {
	return &document{
		ids:   map[string]common.ElementID{},
		taken: map[common.ElementID]bool{"DOCUMENT": true},
		Document: &v2_3.Document{
			SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
			DocumentName:      name,
			DocumentNamespace: "https://github.com/weavster/weavster/spdx/" + percent(name) + "-" + unique,
			CreationInfo: &v2_3.CreationInfo{
				Creators: []common.Creator{{CreatorType: "Tool", Creator: "weavster-" + contract.Version}},
				Created:  time.Unix(0, 0).UTC().Format(time.RFC3339),
			},
		},
	}
}

// add adds a package, unless it is there. The key is what it is one of; the ID
// is made of its first word and the package's name.
func (d *document) add(kind, key string, p v2_3.Package) common.ElementID {
	if id, ok := d.ids[key]; ok {
		return id
	}
	id := idOf(kind + "-" + p.PackageName)
	if kind != "Image" && p.PackageVersion != "" {
		id += "-" + idOf(p.PackageVersion)
	}
	for d.taken[id] {
		id += "-2"
	}
	d.ids[key], d.taken[id] = id, true
	p.PackageSPDXIdentifier = id
	p.PackageDownloadLocation, p.PackageLicenseConcluded, p.PackageCopyrightText = unknown, unknown, unknown
	if p.PackageLicenseDeclared == "" {
		p.PackageLicenseDeclared = unknown
	}
	d.Packages = append(d.Packages, &p)
	return id
}

// idOf is a text as an SPDX identifier may be: letters, digits, dots, dashes.
func idOf(text string) common.ElementID {
	return common.ElementID(strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, text))
}

func (d *document) relate(a common.ElementID, relationship string, b common.ElementID) {
	d.Relationships = append(d.Relationships, &v2_3.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: relationship,
	})
}

// flow adds a flow and all that belongs to it.
func (d *document) flow(b *contract.Build) common.ElementID {
	flow := d.add("Flow", "flow:"+b.Flow, v2_3.Package{
		PackageName: b.Flow, PrimaryPackagePurpose: "APPLICATION",
		PackageSourceInfo: "compiled by Weavster " + b.Weavster + " as " + b.Target,
	})
	for _, c := range b.Crates {
		d.relate(flow, common.TypeRelationshipDependsOn, d.crate(c))
	}
	if rustc := b.Compiler(contract.CompilerRustc); rustc.Name != "" {
		d.relate(flow, common.TypeRelationshipDependsOn, d.standardLibrary(rustc))
	}
	for _, c := range b.Compilers {
		d.relate(d.compiler(c), common.TypeRelationshipBuildToolOf, flow)
	}
	for _, s := range b.Sources {
		relationship := common.TypeRelationshipGeneratedFrom
		if s.Role == contract.SourceTable {
			relationship = common.TypeRelationshipContains
		}
		d.relate(flow, relationship, d.source(s))
	}
	return flow
}

func (d *document) crate(c contract.Crate) common.ElementID {
	p := v2_3.Package{PackageName: c.Name, PackageVersion: c.Version, PrimaryPackagePurpose: "LIBRARY", PackageLicenseDeclared: c.License}
	if c.SHA256 != "" {
		p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: c.SHA256}}
	}
	if c.Registry == "" {
		p.PackageSourceInfo = "a part of Weavster"
	} else {
		p.PackageSourceInfo = "from " + c.Registry
	}
	p.PackageExternalReferences = purl(crateURL(c))
	return d.add("Crate", "crate:"+c.Name+"@"+c.Version, p)
}

// standardLibrary is Rust's, which rustc links into every module. It is of the
// compiler's version.
func (d *document) standardLibrary(rustc contract.Compiler) common.ElementID {
	return d.add("Crate", "std:"+rustc.Version, v2_3.Package{
		PackageName: "std", PackageVersion: rustc.Version, PrimaryPackagePurpose: "LIBRARY", PackageLicenseDeclared: "MIT OR Apache-2.0",
		PackageSourceInfo:         "Rust's standard library, as it comes with rustc",
		PackageExternalReferences: purl(packageURL("generic", "rust-std", rustc.Version)),
	})
}

func (d *document) compiler(c contract.Compiler) common.ElementID {
	p := v2_3.Package{
		PackageName: c.Name, PackageVersion: c.Version, PrimaryPackagePurpose: "APPLICATION",
		PackageExternalReferences: purl(packageURL("generic", c.Name, c.Version)),
	}
	if c.Commit != "" {
		p.PackageSourceInfo = "of commit " + c.Commit
	}
	return d.add("Compiler", "compiler:"+c.Name+"@"+c.Version+"@"+c.Commit, p)
}

func (d *document) source(s contract.Source) common.ElementID {
	return d.add("Source", "source:"+s.Path+"@"+s.SHA256, v2_3.Package{
		PackageName: s.Path, PackageFileName: "./" + s.Path, PrimaryPackagePurpose: "FILE", PackageSummary: "a source of the flow: " + s.Role,
		PackageChecksums: []common.Checksum{{Algorithm: common.SHA256, Value: s.SHA256}},
	})
}

func purl(url string) []*v2_3.PackageExternalReference {
	return []*v2_3.PackageExternalReference{{
		Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: url,
	}}
}
