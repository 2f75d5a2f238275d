package contract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// BuildSchema is the version of build.json's form. It changes when an older
// reader could misread it; a key more doesn't change it.
const BuildSchema = 1

// MaxBuildBytes is how long a build.json may be.
const MaxBuildBytes = 1 << 20

// A Build tells how a flow was built, and of what. A build action writes it
// beside the module, as JSON, and it travels with it: the bill of materials
// and the provenance are made from it. It holds no time, no user and no path
// of a machine, and is the same whoever builds the flow, at its own root or as
// a dependency.
type Build struct {
	Schema   int    `json:"schema"`
	Weavster string `json:"weavster"` // its version
	Flow     string `json:"flow"`
	Target   string `json:"target"` // its label in its own workspace: //flows:orders

	Compilers []Compiler `json:"compilers"` // by name
	Crates    []Crate    `json:"crates"`    // by name and version
	Sources   []Source   `json:"sources"`   // by role and path
}

// The names of compilers that a Build lists.
const (
	CompilerFlowc = "flowc"         // the flow, to Rust
	CompilerRustc = "rustc"         // Rust, to wasm
	CompilerLLVM  = "llvm"          // what optimises in rustc
	CompilerLLD   = "lld"           // the linker that rustc calls
	CompilerLink  = "weavster-link" // the linked module, to a sandboxed one
)

// A Compiler is a program that made something of the module.
type Compiler struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"` // of its source, where it states one
}

// A Crate is a Rust library that rustc was given to link and that the flow's
// code refers to, at once or through others. How much of it is left in the
// module is for the optimiser to say.
type Crate struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Registry is where it comes from, as Cargo.lock names it; empty: it is a
	// part of Weavster itself.
	Registry string `json:"registry,omitempty"`
	SHA256   string `json:"sha256,omitempty"`  // of the archive in the registry, from Cargo.lock
	License  string `json:"license,omitempty"` // an SPDX expression, as the crate states it
}

// The roles of sources.
const (
	SourceFlow    = "flow"
	SourceTable   = "table"
	SourceMacro   = "macro"
	SourceLibrary = "library"
	SourceSchema  = "schema"
)

var sourceRoles = []string{SourceFlow, SourceTable, SourceMacro, SourceLibrary, SourceSchema}

// A Source is a file that a flow was compiled from. One that was at hand and
// of no use to the flow is none.
type Source struct {
	Role   string `json:"role"`
	Path   string `json:"path"` // in its workspace, with slashes
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Rows   int    `json:"rows,omitempty"` // a table's
}

// JSON is a build as build.json has it: lists in order, the same bytes for the
// same facts. What ReadBuild would refuse is an error.
func (b *Build) JSON() ([]byte, error) {
	sorted := *b
	sorted.Compilers = slices.SortedFunc(slices.Values(b.Compilers), compareCompilers)
	sorted.Crates = slices.SortedFunc(slices.Values(b.Crates), compareCrates)
	sorted.Sources = slices.SortedFunc(slices.Values(b.Sources), compareSources)
	if err := sorted.check(); err != nil {
		return nil, err
	}
	return encodeFacts(&sorted)
}

// encodeFacts is how build.json is written, of whatever it tells.
func encodeFacts(facts any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(facts); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ReadBuild reads a build.json, which may come from anybody: its texts are
// short and fit to be shown, its paths lead nowhere out.
func ReadBuild(text []byte) (*Build, error) {
	var b Build
	if err := decodeFacts(text, &b); err != nil {
		return nil, err
	}
	if b.Schema != BuildSchema {
		return nil, fmt.Errorf("it has schema %d, and this weavster reads schema %d", b.Schema, BuildSchema)
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	return &b, nil
}

// decodeFacts reads a build.json of a sane size, with each key once.
func decodeFacts(text []byte, facts any) error {
	if len(text) > MaxBuildBytes {
		return fmt.Errorf("it has %d bytes; at most %d are read", len(text), MaxBuildBytes)
	}
	if err := json.Unmarshal(text, facts); err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	if err := checkKeys(text); err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	return nil
}

// Compiler is the compiler of a name, or the zero value.
func (b *Build) Compiler(name string) Compiler {
	if i := slices.IndexFunc(b.Compilers, func(c Compiler) bool { return c.Name == name }); i >= 0 {
		return b.Compilers[i]
	}
	return Compiler{}
}

func compareCompilers(a, b Compiler) int { return cmp.Compare(a.Name, b.Name) }

func compareCrates(a, b Crate) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
}

// The flow is the first of the sources.
func compareSources(a, b Source) int {
	return cmp.Or(cmp.Compare(slices.Index(sourceRoles, a.Role), slices.Index(sourceRoles, b.Role)), cmp.Compare(a.Path, b.Path))
}

var (
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commitForm = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
)

func (b *Build) check() error {
	if !plain(b.Weavster) || !plain(b.Target) || !flowForm.MatchString(b.Flow) {
		return fmt.Errorf("its weavster, flow and target are %.60q, %.60q and %.60q", b.Weavster, b.Flow, b.Target)
	}
	for _, c := range b.Compilers {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, c := range b.Crates {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, s := range b.Sources {
		if err := s.check(); err != nil {
			return err
		}
	}
	return b.checkOrder()
}

func (c Compiler) check() error {
	if !plain(c.Name) || !plain(c.Version) || c.Commit != "" && !commitForm.MatchString(c.Commit) {
		return fmt.Errorf("its compiler %.60q has version %.60q and commit %.60q", c.Name, c.Version, c.Commit)
	}
	return nil
}

func (c Crate) check() error {
	switch {
	case !plain(c.Name) || !plain(c.Version):
		return fmt.Errorf("its crate %.60q has version %.60q", c.Name, c.Version)
	case c.SHA256 != "" && !sha256Form.MatchString(c.SHA256):
		return fmt.Errorf("its crate %s has the SHA-256 %.60q", c.Name, c.SHA256)
	case c.Registry != "" && !plain(c.Registry), c.License != "" && !plain(c.License):
		return fmt.Errorf("its crate %s has registry %.60q and license %.60q", c.Name, c.Registry, c.License)
	}
	return nil
}

func (s Source) check() error {
	switch {
	case !plain(s.Path) || !fs.ValidPath(s.Path) || s.Path == "." || strings.Contains(s.Path, `\`):
		return fmt.Errorf("its source %.60q has no path in a workspace", s.Path)
	case !slices.Contains(sourceRoles, s.Role):
		return fmt.Errorf("its source %s has the role %.60q", s.Path, s.Role)
	case !sha256Form.MatchString(s.SHA256):
		return fmt.Errorf("its source %s has the SHA-256 %.80q", s.Path, s.SHA256)
	case s.Bytes < 0 || s.Rows < 0:
		return fmt.Errorf("its source %s has %d bytes and %d rows", s.Path, s.Bytes, s.Rows)
	}
	return nil
}

// checkOrder refuses lists that are out of order or name something twice.
func (b *Build) checkOrder() error {
	rising := slices.IsSortedFunc(b.Compilers, strictly(compareCompilers)) &&
		slices.IsSortedFunc(b.Crates, strictly(compareCrates)) &&
		slices.IsSortedFunc(b.Sources, strictly(compareSources))
	if !rising {
		return fmt.Errorf("its compilers, crates or sources are out of order, or one is there twice")
	}
	return nil
}

// strictly takes equals for out of order.
func strictly[T any](compare func(a, b T) int) func(a, b T) int {
	return func(a, b T) int { return cmp.Or(compare(a, b), -1) }
}

// plain says whether a text fits on a line and into a terminal.
func plain(text string) bool {
	return text != "" && len(text) <= 1024 && utf8.ValidString(text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
