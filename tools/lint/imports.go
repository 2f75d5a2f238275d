// Package lint holds the checks of the source tree that no compiler makes:
// formatting, and who may import whom. Its tests run them on the real tree.
package lint

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const modulePath = "github.com/weavster/weavster/"

// A Rule forbids edges of the import graph. Folders end in "/"; they stand for
// the package and all below it. A name without a slash at its end is one
// package, of ours or another module's.
type Rule struct {
	// From are the folders that the rule is about; empty: all.
	From []string
	// Except are importers that the rule isn't about.
	Except []string
	// To are the imports that are forbidden.
	To []string
	// Allowed are imports among To that are allowed all the same.
	Allowed []string
	// Why is the sentence that an offender reads.
	Why string
}

// Rules are the directions of ARCHITECTURE.md.
var Rules = []Rule{
	{
		From: []string{"codegen/"},
		To:   []string{"runtime/", "connectors/", "examples/", "tests/"},
		Why:  "the compiler knows nothing of what runs its output",
	},
	{
		From: []string{"runtime/", "connectors/"},
		// It compiles flows as far as their manifests, and no further.
		Except:  []string{"runtime/validate/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/contract", "codegen/source", "codegen/syntax", "codegen/minijinja"},
		Why:     "the runtime shares the contract, diagnostics, the YAML reader and MiniJinja with the compiler, and nothing else",
	},
	{
		From:    []string{"connectors/"},
		To:      []string{"connectors/", "runtime/"},
		Allowed: []string{"connectors", "connectors/format", "runtime/failpoint"},
		Except:  []string{"connectors/all/", "connectors/conformance/"},
		Why:     "a connector imports the connectors package, and no other connector or the runtime; the places where tests break it aside",
	},
	{
		From:    []string{"runtime/"},
		Except:  []string{"runtime/cmd/"},
		To:      []string{"connectors/"},
		Allowed: []string{"connectors", "connectors/format"},
		Why:     "the runtime knows connectors by their interfaces; the commands wire them",
	},
	{
		From:    []string{"codegen/syntax/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/source"},
		Why:     "the YAML reader knows source files and nothing of flows",
	},
	{
		From: []string{"codegen/expr/", "codegen/transform/"},
		To:   []string{"codegen/compile/", "codegen/rust/", "codegen/cmd/"},
		Why:  "a phase doesn't know those after it",
	},
	{
		From: []string{"codegen/expr/"},
		To:   []string{"codegen/transform/"},
		Why:  "transforms are made of expressions, not the other way round",
	},
	{
		From: []string{"codegen/source/"},
		To:   []string{"codegen/"},
		Why:  "source is the bottom of the compiler",
	},
	{
		From: []string{"codegen/ir/", "codegen/contract/"},
		To:   []string{"codegen/"},
		Why:  "what the phases share imports none of them",
	},
	{
		From:    []string{"codegen/types/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/ir"},
		Why:     "types are made of the IR's kinds",
	},
	{
		From:    []string{"codegen/schema/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/ir", "codegen/types", "codegen/syntax", "codegen/source"},
		Why:     "a schema is known before any phase looks at the flow",
	},
	{
		From:    []string{"codegen/lineage/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/ir", "codegen/contract"},
		Why:     "lineage is read off the IR alone",
	},
	{
		From:    []string{"codegen/rust/"},
		To:      []string{"codegen/"},
		Allowed: []string{"codegen/ir", "codegen/contract"},
		Why:     "the printer of Rust knows the IR alone",
	},
	{
		Except: []string{"runtime/module/", "codegen/minijinja/"},
		To:     []string{"github.com/tetratelabs/wazero/"},
		Why:    "wazero is behind runtime/module, and behind codegen/minijinja for MiniJinja's own module",
	},
	{
		Except: []string{"runtime/artifact/signing/"},
		To:     []string{"github.com/sigstore/", "github.com/in-toto/in-toto-golang/", "github.com/secure-systems-lab/"},
		Why:    "cosign and sigstore are behind runtime/artifact/signing",
	},
	{
		Except: []string{"runtime/artifact/signing/", "runtime/artifact/statement/"},
		To:     []string{"github.com/in-toto/attestation/", "github.com/spdx/"},
		Why:    "the types of SPDX and SLSA are behind runtime/artifact/statement",
	},
	{
		From: []string{"runtime/artifact/signing/"},
		To:   []string{"runtime/", "codegen/", "connectors/"},
		Why:  "signing knows digests and bytes, not what they are of",
	},
	{
		From:    []string{"runtime/artifact/trust/policy/"},
		To:      []string{"runtime/", "codegen/", "connectors/"},
		Allowed: []string{"codegen/source", "codegen/syntax"},
		Why:     "the form of policies is read, and documented, without what verifies",
	},
	{
		From:    []string{"runtime/artifact/trust/"},
		To:      []string{"runtime/"},
		Allowed: []string{"runtime/artifact", "runtime/artifact/signing", "runtime/artifact/trust/policy"},
		Why:     "trust is decided about digests and signatures, wherever they lie",
	},
	{
		From: []string{"runtime/artifact/", "runtime/cmd/bundle/"},
		Except: []string{
			"runtime/artifact/registry/", "runtime/artifact/signing/", "runtime/artifact/trust/",
		},
		To:  []string{"github.com/google/go-containerregistry/pkg/v1/remote/", "runtime/artifact/registry/", "runtime/artifact/signing/"},
		Why: "what build tools link opens no connection and signs nothing",
	},
	{
		From:    []string{"runtime/artifact/registry/"},
		To:      []string{"runtime/", "codegen/", "connectors/"},
		Allowed: []string{"runtime/artifact"},
		Why:     "the client of registries knows images, not what is in them or who signed them",
	},
	{
		Except: []string{"runtime/queue/"},
		To:     []string{"github.com/riverqueue/river/"},
		Why:    "River is behind runtime/queue",
	},
}

// Offence says what is wrong with a package's import of another, or "". Both
// are paths as Go writes them, ours without the module's.
func (r Rule) Offence(importer, imported string) string {
	about := len(r.From) == 0 || within(importer, r.From)
	if !about || within(importer, r.Except) || importer == imported {
		return ""
	}
	if !within(imported, r.To) || exactly(imported, r.Allowed) {
		return ""
	}
	return fmt.Sprintf("%s imports %s: %s", importer, imported, r.Why)
}

func within(name string, folders []string) bool {
	for _, folder := range folders {
		if strings.HasPrefix(name+"/", folder) {
			return true
		}
	}
	return false
}

func exactly(name string, names []string) bool {
	for _, n := range names {
		if name == n {
			return true
		}
	}
	return false
}

// Imports are the paths that a Go file imports, ours without the module's path.
// The standard library's aren't among them: it has a package named runtime, too.
func Imports(root, file string) ([]string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if host, _, _ := strings.Cut(name, "/"); strings.Contains(host, ".") {
			imports = append(imports, strings.TrimPrefix(name, modulePath))
		}
	}
	return imports, nil
}

// Offences are the forbidden imports of a Go file. A test may import more than
// its package: it may compare with whatever it likes.
func Offences(root, file string, rules []Rule) ([]string, error) {
	if strings.HasSuffix(file, "_test.go") {
		return nil, nil
	}
	imports, err := Imports(root, file)
	if err != nil {
		return nil, err
	}
	var offences []string
	for _, imported := range imports {
		for _, rule := range rules {
			if offence := rule.Offence(path.Dir(file), imported); offence != "" {
				offences = append(offences, file+": "+offence)
			}
		}
	}
	return offences, nil
}
