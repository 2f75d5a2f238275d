// Package statement turns what is known of a build into what is said of an
// artifact: a bill of materials (SPDX) and a provenance (SLSA). Whoever signs
// artifacts wraps both into in-toto statements about a digest.
package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// The types of predicates, as in-toto statements name them.
const (
	PredicateSLSA = "https://slsa.dev/provenance/v1"
	PredicateSPDX = "https://spdx.dev/Document"
)

// BuildType says how a flow is built and what its provenance means. It is the
// address of the page that tells it.
const BuildType = "https://github.com/weavster/weavster/blob/main/docs/provenance.md#flow-v1"

// BuildTypeImage is that of images which are run: Weavster itself, alone or
// with a project.
const BuildTypeImage = "https://github.com/weavster/weavster/blob/main/docs/provenance.md#image-v1"

// UnnamedBuilder is the builder of a provenance whose signer names none. It
// claims nothing: whoever holds the key may have built it anywhere.
const UnnamedBuilder = "https://github.com/weavster/weavster/blob/main/docs/provenance.md#unnamed-builder"

// A Subject is the artifact that a statement is about.
type Subject struct {
	Name    string // the flow's, the project's or the program's
	Version string // a project's or a program's
	Digest  string // the index's: sha256:…
	// Project says that it is a project, of as many flows as there are builds.
	Project bool
	// Program is what is known of the program that the image runs; nil where
	// it runs none.
	Program *contract.Program
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// check refuses what no artifact is. A flow is one build, its own.
func (s Subject) check(builds []*contract.Build) error {
	switch {
	case s.Name == "":
		return errors.New("a statement is about an artifact with a name")
	case !digestForm.MatchString(s.Digest):
		return fmt.Errorf("%q is no digest of an artifact", s.Digest)
	case !s.Project && s.Program != nil && len(builds) > 0:
		return fmt.Errorf("the image %s is of a program alone, and has the flows %s", s.Name, strings.Join(flows(builds), ", "))
	case !s.Project && s.Program == nil && (len(builds) != 1 || builds[0].Flow != s.Name):
		return fmt.Errorf("the artifact %s is a flow, and what is known of its build is that of %s", s.Name, strings.Join(flows(builds), ", "))
	}
	return nil
}

func (s Subject) hex() string { return strings.TrimPrefix(s.Digest, "sha256:") }

func flows(builds []*contract.Build) []string {
	names := make([]string, len(builds))
	for i, b := range builds {
		names[i] = b.Flow
	}
	slices.Sort(names)
	return names
}

// ordered are the builds by flow, so that statements don't hang on an order.
func ordered(builds []*contract.Build) []*contract.Build {
	return slices.SortedFunc(slices.Values(builds), func(a, b *contract.Build) int { return strings.Compare(a.Flow, b.Flow) })
}

// printed is a document as bytes, the same for the same document.
func printed(document any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// moduleURL is a Go module's purl: its path in parts, in small letters, as the
// specification has it.
func moduleURL(m contract.GoModule) string {
	parts := strings.Split(strings.ToLower(m.Path), "/")
	for i := range parts {
		parts[i] = percent(parts[i])
	}
	return "pkg:golang/" + strings.Join(parts, "/") + "@" + percent(m.Version)
}

// packageURL is a purl of a type. What its name or version could break is
// written in percents, as the specification has it.
func packageURL(kind, name, version string) string {
	return "pkg:" + kind + "/" + percent(name) + "@" + percent(version)
}

func percent(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b == '.' || b == '-' || b == '_' || b == '~' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

// crateURL is a crate's purl. Those of Weavster's own are in no registry.
func crateURL(c contract.Crate) string {
	if c.Registry == "" {
		return packageURL("generic", c.Name, c.Version)
	}
	return packageURL("cargo", c.Name, c.Version)
}
