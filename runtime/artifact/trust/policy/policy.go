// Package policy reads trust policies: files that say whose signatures an
// artifact needs before it is run. It knows the form alone; the package trust
// decides by it.
package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// FileName is what a project's own policy is called.
const FileName = "trust-policy.yaml"

// maxBytes is how long a policy may be.
const maxBytes = 1 << 20

// Options declare a trust policy.
var Options = syntax.Options{
	{Name: "artifacts", Type: syntax.Sequence, Required: true, Of: &syntax.Option{Type: syntax.Record, Fields: EntryOptions},
		Doc: "what artifacts need, by where they come from; the first entry that matches decides, and what none matches is refused"},
}

// EntryOptions declare one entry of a policy.
var EntryOptions = syntax.Options{
	{Name: "match", Type: syntax.Text, Default: "**",
		Doc: "where the artifacts come from: host and repository (`registry.example/shop/**`), or the absolute path of a layout folder; `*` stands for anything but a slash, `**` between slashes for anything"},
	{Name: "keys", Type: syntax.TextOrTexts,
		Doc: "public keys, any of which may have signed: a file, from the policy's folder; `env://VARIABLE`; or a key in a KMS (`awskms://…`). An operator's policy needs some; a project's without any asks for no other than the operator's"},
	{Name: "annotations", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text},
		Doc: "what has to be signed along, word for word, such as `version`"},
	{Name: "digests", Type: syntax.TextOrTexts,
		Doc: "the only digests that are allowed, `sha256:…`"},
	{Name: "attestations", Type: syntax.TextOrTexts,
		Doc: "what has to be attested, by one of the keys: `provenance`, `sbom`, or the URI of a predicate type"},
	{Name: "builders", Type: syntax.TextOrTexts,
		Doc: "the builders that provenance may name; provenance is then asked for"},
	{Name: "configuration", Type: syntax.Text,
		Doc: "the digest of the resolved configuration that artifacts may run with, as `weavster config digest` prints it"},
}

// The predicate types that have short names.
var predicates = map[string]string{
	"provenance": Provenance,
	"sbom":       SBOM,
}

// Predicate types.
const (
	Provenance = "https://slsa.dev/provenance/v1"
	SBOM       = "https://spdx.dev/Document"
)

// A Policy is one file's.
type Policy struct {
	Name    string // of the file, as it is shown
	Entries []*Entry
}

// An Entry says what artifacts of some places need.
type Entry struct {
	At            string // file and line, for sentences
	Match         string
	Keys          []Key
	Annotations   map[string]string
	Digests       []string
	Attestations  []string // predicate types
	Builders      []string
	Configuration string
}

// A Key is a reference to one, files by their paths from the program's folder.
type Key struct {
	Reference string
	node      *syntax.Node
}

// InFile says whether a file names the key, and not the command line.
func (k Key) InFile() bool { return k.node != nil }

// Errorf reports what is wrong with the key, where the policy names it.
func (k Key) Errorf(diags *source.Diagnostics, format string, args ...any) {
	k.node.Errorf(diags, source.BadValue, format, args...)
}

// ErrNone says that there is no such file.
var ErrNone = errors.New("there is no trust policy")

// An Owner says whose policy a file is.
type Owner int

// The owners of policies. An operator's makes artifacts trusted; a project's
// can only ask for more.
const (
	Operator Owner = iota
	Project
)

// Read reads a policy. The error is ErrNone, that the file can't be read, or a
// Failure with all that is wrong in it.
func Read(path string, owner Owner) (*Policy, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w %s", ErrNone, path)
	} else if err != nil {
		return nil, fmt.Errorf("the trust policy can't be read: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil, errors.Join(err, fmt.Errorf("the trust policy %s isn't a file of at most %d bytes", path, maxBytes))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the trust policy can't be read: %w", err)
	}
	var diags source.Diagnostics
	p := Parse(source.NewFile(path, text), owner, &diags)
	return p, diags.Err()
}

// Parse reads the text of a policy.
func Parse(file *source.File, owner Owner, diags *source.Diagnostics) *Policy {
	p := &Policy{Name: file.Name}
	root := syntax.Parse(file, diags)
	if root == nil {
		return p
	}
	list := Options.Decode(root, "trust policy", diags).Get("artifacts")
	if list == nil {
		return p
	}
	if len(list.Items) == 0 {
		list.Errorf(diags, source.BadValue, "the policy has no entry: nothing would be trusted").
			Hintf("write - keys: [release.pub]")
	}
	for _, item := range list.Items {
		e := readEntry(item, diags)
		if item.Kind == syntax.Map && item.Get("keys") == nil && owner == Operator {
			item.Errorf(diags, source.MissingKey, "an operator's policy says by its \"keys\" who is trusted, and this entry has none").
				Hintf("write keys: [release.pub]")
		}
		p.Entries = append(p.Entries, e)
	}
	return p
}

func readEntry(n *syntax.Node, diags *source.Diagnostics) *Entry {
	var reported source.Diagnostics // the outer mapping's: its check has said it all
	f := EntryOptions.Decode(n, "artifacts", &reported)
	e := &Entry{
		At:    fmt.Sprintf("%s:%d", n.File.Name, n.Position().Line),
		Match: f.Text("match"), Annotations: map[string]string{},
		Builders: f.Texts("builders"), Configuration: f.Text("configuration"),
	}
	if err := checkPattern(e.Match); err != nil {
		f.Get("match").Errorf(diags, source.BadValue, "%q isn't a pattern of places: %v", e.Match, err)
	}
	for _, name := range []string{"keys", "digests", "attestations", "builders"} {
		if list := f.Get(name); list != nil && list.Kind == syntax.List && len(list.Items) == 0 {
			list.Errorf(diags, source.BadValue, "%q is empty", name).Hintf("leave the key out, or say which")
		}
	}
	for _, key := range f.Get("keys").Each() {
		e.Keys = append(e.Keys, Key{fromFolder(filepath.Dir(n.File.Name), key.Text), key})
	}
	if annotations := f.Get("annotations"); annotations != nil {
		for _, one := range annotations.Entries {
			e.Annotations[one.Key.Text] = one.Value.Text
		}
	}
	for _, digest := range f.Get("digests").Each() {
		checkDigest(digest, diags)
		e.Digests = append(e.Digests, digest.Text)
	}
	if n := f.Get("configuration"); n != nil {
		checkDigest(n, diags)
	}
	e.readAttestations(f.Get("attestations"), diags)
	return e
}

func (e *Entry) readAttestations(n *syntax.Node, diags *source.Diagnostics) {
	for _, one := range n.Each() {
		kind, ok := predicates[one.Text]
		switch {
		case ok:
			e.add(kind)
		case strings.Contains(one.Text, "://"):
			e.add(one.Text)
		default:
			one.Errorf(diags, source.BadValue, "%q is no type of attestation", one.Text).
				DidYouMean(one.Text, []string{"provenance", "sbom"}).
				Hintf("it is provenance, sbom, or the URI of a predicate type")
		}
	}
	if len(e.Builders) > 0 {
		e.add(Provenance)
	}
}

func (e *Entry) add(kind string) {
	for _, one := range e.Attestations {
		if one == kind {
			return
		}
	}
	e.Attestations = append(e.Attestations, kind)
}

// fromFolder is a key's reference, where it is a file the path of it.
func fromFolder(folder, reference string) string {
	if strings.Contains(reference, "://") || filepath.IsAbs(reference) {
		return reference
	}
	return filepath.Join(folder, reference)
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

func checkDigest(n *syntax.Node, diags *source.Diagnostics) {
	if !digestForm.MatchString(n.Text) {
		n.Errorf(diags, source.BadValue, "%q isn't a digest: that is sha256: and 64 hexadecimal digits", n.Text)
	}
}

// OfKey is the policy of a key that was named by itself: it has to have signed,
// wherever an artifact comes from.
func OfKey(reference string) *Policy {
	name := "--key " + reference
	return &Policy{Name: name, Entries: []*Entry{{At: name, Match: anyPath, Keys: []Key{{Reference: reference}}}}}
}

// Find is the entry that decides about an artifact from a place: the first one
// that matches, or nil.
func (p *Policy) Find(place string) *Entry {
	for _, e := range p.Entries {
		if matches(canonical(e.Match), canonical(place)) {
			return e
		}
	}
	return nil
}
