// Package artifact makes OCI images of bundles, and bundles of OCI images.
// docs/artifacts.md is the form of both.
package artifact

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Format is the version of the image's form. It changes when an older
// weavster could misread an image.
const Format = 1

// Annotations of the index and of each manifest.
const (
	AnnotationKind     = "io.weavster.artifact" // flow or project
	AnnotationFormat   = "io.weavster.format"
	AnnotationABI      = "io.weavster.abi"
	AnnotationCompiler = "io.weavster.compiler"

	AnnotationTitle       = "org.opencontainers.image.title"       // the name
	AnnotationDescription = "org.opencontainers.image.description" // a flow's
	AnnotationVersion     = "org.opencontainers.image.version"     // a project's
)

// AnnotationFlows says, on a layer, which flows are in it: names with commas
// between them. The first layer, the bundle's index and configuration, has none.
const AnnotationFlows = "io.weavster.flows"

// A Kind is what an artifact is of.
type Kind string

// The kinds of artifacts.
const (
	Flow    Kind = "flow"
	Project Kind = "project"
)

// Info is what an artifact says of itself, and what its manifests say of it.
type Info struct {
	Kind        Kind     `json:"kind"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Version     string   `json:"version,omitempty"` // a project's
	ABI         int      `json:"abi"`
	Compiler    string   `json:"compiler"`
	Flows       []string `json:"flows"` // sorted
	// Digest is the index's: what a signature is about, and what a reference
	// pins.
	Digest v1.Hash `json:"digest"`
	// Size is that of everything to transfer, in bytes; what platforms share
	// counts once.
	Size int64 `json:"size"`
}

// A Refusal says what is wrong with an artifact itself. Other errors are
// about the way to it: a file, a registry.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// platforms are those that an image is for. A module is the same everywhere;
// container runtimes want to hear theirs.
var platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"}}
