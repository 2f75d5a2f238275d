package trust

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/trust/policy"
)

// A Subject is an artifact that somebody wants to run.
type Subject struct {
	Reference string  // as the user wrote it
	Place     string  // where it comes from: host and repository, or the absolute path of a folder
	Tag       string  // "" where the reference has none
	Pinned    string  // the digest that the reference has, or ""
	Digest    v1.Hash // what the reference led to; all that follows is about this digest
	Store     signing.Store
	// Inspect says what the artifact of that digest is. It is asked once the
	// signatures are found right: nothing more is fetched for a stranger's.
	Inspect func(context.Context) (artifact.Info, error)
}

// A Verdict is what was found of an artifact that is trusted.
type Verdict struct {
	Reference    string              `json:"reference"`
	Digest       string              `json:"digest"`
	Info         artifact.Info       `json:"artifact"`
	Signatures   []signing.Signature `json:"signatures"`
	Attestations []Attested          `json:"attestations"`
	Entries      []string            `json:"entries"` // of policies, by file and line, that accepted it
	// Configurations are the digests that entries pin: each has to be that of
	// the resolved configuration.
	Configurations []string `json:"configurations,omitempty"`
}

// Attested is one attestation that a policy asked for.
type Attested struct {
	PredicateType string         `json:"predicateType"`
	Builder       string         `json:"builder,omitempty"`
	Signer        signing.Signed `json:"signer"`
}

// Decide says whether every policy accepts the artifact. Where one doesn't,
// the error is a *Refusal; others are about the way to what is asked.
func (j *Judge) Decide(ctx context.Context, s Subject) (*Verdict, error) {
	v, err := j.decide(ctx, s)
	if r := (*Refusal)(nil); errors.As(err, &r) {
		r.Reference = s.Reference
	}
	return v, err
}

func (j *Judge) decide(ctx context.Context, s Subject) (*Verdict, error) {
	digest := s.Digest.String()
	if s.Pinned != "" && s.Pinned != digest {
		return nil, refuse(OtherDigest, "what lies there has the digest %s", digest)
	}
	demands, err := j.demands(ctx, s.Place)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Reference: s.Reference, Digest: digest, Attestations: []Attested{}}
	for _, d := range demands {
		if err := d.check(ctx, s, v); err != nil {
			if r := (*Refusal)(nil); errors.As(err, &r) {
				r.Entry = d.At
			}
			return nil, err
		}
	}
	if v.Info, err = s.Inspect(ctx); err != nil {
		return nil, err
	}
	if v.Info.Digest != s.Digest {
		return nil, refuse(OtherDigest, "%s was verified, and what was then fetched has the digest %s", digest, v.Info.Digest)
	}
	for _, d := range demands {
		if err := d.checkName(v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// check asks all that can be asked by the digest alone.
func (d *demand) check(ctx context.Context, s Subject, v *Verdict) error {
	if len(d.Digests) > 0 && !slices.Contains(d.Digests, s.Digest.String()) {
		return refuse(DigestNotAllowed, "its digest %s isn't one of those that the policy allows", s.Digest)
	}
	signatures, err := signing.Signatures(ctx, s.Store, s.Digest, d.keys)
	if err != nil {
		return unsigned(err)
	}
	var wrong error
	for _, one := range signatures {
		err := d.checkAnnotations(one.Annotations, s.Tag)
		if err == nil {
			d.accepted = append(d.accepted, one)
		} else if wrong == nil {
			wrong = err
		}
	}
	if len(d.accepted) == 0 {
		return wrong
	}
	for _, kind := range d.Attestations {
		if err := d.checkAttestation(ctx, s, kind, v); err != nil {
			return err
		}
	}
	v.Entries = append(v.Entries, d.At)
	if d.Configuration != "" {
		v.Configurations = append(v.Configurations, d.Configuration)
	}
	return nil
}

// The annotations that weavster signs along.
const (
	AnnotationFlow    = "flow"
	AnnotationProject = "project"
	AnnotationVersion = "version"
)

// checkAnnotations holds what one signature says against the policy and the tag.
func (d *demand) checkAnnotations(signed map[string]string, tag string) error {
	for _, name := range slices.Sorted(maps.Keys(d.Annotations)) {
		want := d.Annotations[name]
		got, ok := signed[name]
		switch {
		case ok && got == want:
		case ok && name == AnnotationVersion:
			return refuse(OtherVersion, "it was signed as version %q, and the policy asks for %q", got, want)
		case ok:
			return refuse(OtherAnnotation, "it was signed with %s=%q, and the policy asks for %q", name, got, want)
		default:
			return refuse(OtherAnnotation, "it was signed without the annotation %s, and the policy asks for %q", name, want)
		}
	}
	if !versionTag.MatchString(tag) {
		return nil
	}
	version, ok := signed[AnnotationVersion]
	switch {
	case !ok:
		return refuse(OtherVersion, "its tag %s looks like a version, and it was signed without one: sign it with the annotation version=%[1]s, or name its digest", tag)
	case !isVersion(tag, version):
		return refuse(OtherVersion, "it was signed as version %q, and is tagged %s: another version was put under the tag", version, tag)
	}
	return nil
}

var (
	// versionTag is a tag that people read as a version: 1.4, v1.4.0, 1.4.0-rc.1, 1.4.0rc1.
	versionTag   = regexp.MustCompile(`^[vV]?[0-9]+\.[0-9]`)
	plainVersion = regexp.MustCompile(`^[0-9]+(\.[0-9]+)+$`)
	smaller      = regexp.MustCompile(`^(\.[0-9]+)*$`)
)

// isVersion says whether a tag is for a version: its own, or 1.4 for 1.4.2.
// Tags have no `+`; an underscore stands for it.
func isVersion(tag, version string) bool {
	tag = strings.TrimPrefix(strings.TrimPrefix(tag, "v"), "V")
	version = strings.ReplaceAll(strings.TrimPrefix(version, "v"), "+", "_")
	rest, ok := strings.CutPrefix(version, tag)
	return ok && (rest == "" || plainVersion.MatchString(tag) && smaller.MatchString(rest))
}

// checkName holds the name that was signed against the one that the artifact
// has. Of one's own flows, too, one must not stand for another.
func (d *demand) checkName(v *Verdict) error {
	kind := string(v.Info.Kind)
	var wrong error
	found := false
	for _, one := range d.accepted {
		name, ok := one.Annotations[kind]
		switch {
		case ok && name == v.Info.Name:
			found = true
			if !slices.ContainsFunc(v.Signatures, func(s signing.Signature) bool { return s.Signer == one.Signer }) {
				v.Signatures = append(v.Signatures, one)
			}
		case ok:
			wrong = refuse(OtherName, "it was signed as %s %q, and is %s %q", kind, name, kind, v.Info.Name)
		case wrong == nil:
			wrong = refuse(OtherName, "it is %s %q, and its signature doesn't say so: sign it with the annotation %s=%s", kind, v.Info.Name, kind, v.Info.Name)
		}
	}
	if found {
		return nil
	}
	if r := (*Refusal)(nil); errors.As(wrong, &r) {
		r.Entry = d.At
	}
	return wrong
}

// checkAttestation asks for one type of attestation.
func (d *demand) checkAttestation(ctx context.Context, s Subject, kind string, v *Verdict) error {
	statements, err := signing.Attestations(ctx, s.Store, s.Digest, d.keys, kind)
	if err != nil {
		return unattested(err, kind)
	}
	var builders []string
	for _, one := range statements {
		attested := Attested{PredicateType: kind, Signer: one.Signer}
		if kind == policy.Provenance {
			attested.Builder = builder(one.Predicate)
			if len(d.Builders) > 0 && !slices.Contains(d.Builders, attested.Builder) {
				builders = append(builders, attested.Builder)
				continue
			}
		}
		if !slices.Contains(v.Attestations, attested) {
			v.Attestations = append(v.Attestations, attested)
		}
		return nil
	}
	return refuse(OtherBuilder, "its provenance names the builder %q, which isn't one of those that the policy allows", builders)
}

// builder is who a provenance says has built.
func builder(predicate json.RawMessage) string {
	var p struct {
		RunDetails struct {
			Builder struct {
				ID string `json:"id"`
			} `json:"builder"`
		} `json:"runDetails"`
	}
	if json.Unmarshal(predicate, &p) != nil {
		return ""
	}
	return p.RunDetails.Builder.ID
}
