package artifact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/project"
)

// describe is what files say of themselves: what annotations are made from,
// and held against. Digest and size aren't known here.
func describe(flows []string, hasProject bool, read func(name string) ([]byte, error)) (Info, error) {
	said := Info{Kind: Flow, Flows: flows}
	var compilers []string
	for _, name := range flows {
		text, err := read(bundle.ManifestPath(name))
		if err != nil {
			return said, err
		}
		m, err := contract.ReadManifest(text)
		if err != nil {
			return said, fmt.Errorf("flow %s: %w", name, err)
		}
		if m.Flow != name {
			return said, fmt.Errorf("flow %s: its manifest is that of flow %q", name, m.Flow)
		}
		compilers = append(compilers, m.Compiler)
		said.Name, said.ABI, said.Description = name, max(said.ABI, m.ABI), m.Description
	}
	slices.Sort(compilers)
	said.Compiler = strings.Join(slices.Compact(compilers), ", ")
	if !hasProject {
		return said, nil
	}
	said.Kind, said.Description = Project, ""
	if len(flows) == 0 {
		said.ABI = contract.ABIVersion
	}
	text, err := read(project.MainFile)
	if err != nil {
		return said, err
	}
	said.Name, said.Version, err = identity(text)
	return said, err
}

// identity reads a project's name and version. Artifacts are known by them, so
// nothing of an environment may be in them.
func identity(text []byte) (name, version string, err error) {
	var diags source.Diagnostics
	root := syntax.Parse(source.NewFile(project.MainFile, text), &diags)
	if diags.Failed() {
		return "", "", diags.Err()
	}
	plain := func(key string) string {
		n := root.Get(key)
		if n == nil {
			return ""
		}
		if n.Kind != syntax.Scalar || strings.Contains(n.Text, "{{") || strings.Contains(n.Text, "{%") {
			n.Errorf(&diags, source.BadValue, "the project's %s has to be plain text: it is the artifact's, in every environment", key)
		}
		return n.Text
	}
	name, version = plain("name"), plain("version")
	if name == "" && !diags.Failed() {
		root.Errorf(&diags, source.MissingKey, "the project has no name, which its artifact is known by").Hintf("name: shop")
	}
	return name, version, diags.Err()
}
