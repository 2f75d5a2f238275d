package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	slsa "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weavster/weavster/codegen/contract"
)

// A Run is what is known of the run of a build that the artifact is from, by
// whoever signs it. All of it may be missing.
type Run struct {
	Builder    string // a URI; empty: UnnamedBuilder
	Invocation string // the run's own name, as the builder has it
	Started    time.Time
	Finished   time.Time
	Source     Source
}

// A Source is the commit that the workspace was at.
type Source struct {
	Repository string // its address, without credentials; "" where it has none
	Commit     string // "" where the workspace is of no repository
	Modified   bool   // files differed from the commit's
}

// Provenance is an artifact's provenance: the predicate of SLSA's v1. It is
// what the signer says. The same arguments give the same bytes.
func Provenance(s Subject, run Run, builds ...*contract.Build) ([]byte, error) {
	if err := s.check(builds); err != nil {
		return nil, err
	}
	builds = ordered(builds)
	parameters, err := structpb.NewStruct(s.parameters(builds))
	if err != nil {
		return nil, err
	}
	internal, err := structpb.NewStruct(map[string]any{"weavster": contract.Version})
	if err != nil {
		return nil, err
	}
	materials, err := run.Source.materials()
	if err != nil {
		return nil, err
	}
	if s.Program != nil {
		of, err := ofProgram(s.Program)
		if err != nil {
			return nil, err
		}
		materials = append(materials, of...)
	}
	for _, b := range builds {
		materials = append(materials, resolved(b)...)
	}
	if run.Builder == "" {
		run.Builder = UnnamedBuilder
	}
	p := &slsa.Provenance{
		BuildDefinition: &slsa.BuildDefinition{
			BuildType: s.buildType(), ExternalParameters: parameters, InternalParameters: internal,
			ResolvedDependencies: once(materials),
		},
		RunDetails: &slsa.RunDetails{Builder: &slsa.Builder{Id: run.Builder}, Metadata: run.metadata()},
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("the provenance: %w", err)
	}
	return compact(p)
}

// compact is the predicate as JSON. protojson puts blanks here and there, so
// that nobody relies on its bytes; ours are to be the same each time.
func compact(p *slsa.Provenance) ([]byte, error) {
	text, err := protojson.Marshal(p)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	return append(out.Bytes(), '\n'), nil
}

// parameters are what whoever asked for the build has chosen: which targets.
func (s Subject) parameters(builds []*contract.Build) map[string]any {
	if s.Program != nil && !s.Project {
		return map[string]any{"program": s.Program.Program, "target": s.Program.Target}
	}
	if !s.Project {
		return map[string]any{"flow": s.Name, "target": builds[0].Target}
	}
	targets := map[string]any{}
	for _, b := range builds {
		targets[b.Flow] = b.Target
	}
	out := map[string]any{"project": s.Name, "flows": targets}
	if s.Program != nil {
		out["program"] = s.Program.Program
	}
	if s.Version != "" {
		out["version"] = s.Version
	}
	return out
}

func (s Source) materials() ([]*intoto.ResourceDescriptor, error) {
	if s.Commit == "" {
		return nil, nil
	}
	d := &intoto.ResourceDescriptor{Name: "source", Digest: map[string]string{"gitCommit": s.Commit}}
	if s.Repository != "" {
		d.Uri = "git+" + strings.TrimPrefix(s.Repository, "git+") + "@" + s.Commit
	}
	if s.Modified {
		annotations, err := structpb.NewStruct(map[string]any{"modified": true})
		if err != nil {
			return nil, err
		}
		d.Annotations = annotations
	}
	return []*intoto.ResourceDescriptor{d}, nil
}

// resolved are what a build hangs on.
func resolved(b *contract.Build) (list []*intoto.ResourceDescriptor) {
	for _, s := range b.Sources {
		list = append(list, &intoto.ResourceDescriptor{Name: s.Path, Digest: map[string]string{"sha256": s.SHA256}})
	}
	return append(list, linked(b.Crates, b.Compilers)...)
}

func linked(crates []contract.Crate, compilers []contract.Compiler) (list []*intoto.ResourceDescriptor) {
	for _, c := range crates {
		d := &intoto.ResourceDescriptor{Name: c.Name, Uri: crateURL(c)}
		if c.SHA256 != "" {
			d.Digest = map[string]string{"sha256": c.SHA256}
		}
		list = append(list, d)
	}
	for _, c := range compilers {
		d := &intoto.ResourceDescriptor{Name: c.Name, Uri: packageURL("generic", c.Name, c.Version)}
		if c.Commit != "" {
			d.Digest = map[string]string{"gitCommit": c.Commit}
		}
		list = append(list, d)
	}
	return list
}

// once leaves out what several flows share.
func once(list []*intoto.ResourceDescriptor) (kept []*intoto.ResourceDescriptor) {
	seen := map[string]bool{}
	for _, d := range list {
		key := d.Name + "\x00" + d.Uri + "\x00" + d.Digest["sha256"]
		if !seen[key] {
			seen[key] = true
			kept = append(kept, d)
		}
	}
	return kept
}

func (r Run) metadata() *slsa.BuildMetadata {
	m := &slsa.BuildMetadata{InvocationId: r.Invocation}
	if !r.Started.IsZero() {
		m.StartedOn = timestamppb.New(r.Started)
	}
	if !r.Finished.IsZero() {
		m.FinishedOn = timestamppb.New(r.Finished)
	}
	if m.InvocationId == "" && m.StartedOn == nil && m.FinishedOn == nil {
		return nil
	}
	return m
}

// A Stated is what a provenance says. Nothing of it is known but by the word
// of whoever has signed it.
type Stated struct {
	BuildType  string            `json:"buildType"`
	Builder    string            `json:"builder"`
	Invocation string            `json:"invocation,omitempty"`
	Targets    map[string]string `json:"targets,omitempty"` // by flow; of builds of our types
	Program    string            `json:"program,omitempty"` // that the image runs
	Project    string            `json:"project,omitempty"`
	Repository string            `json:"repository,omitempty"`
	Commit     string            `json:"commit,omitempty"`
	Modified   bool              `json:"modified,omitempty"`
	Materials  int               `json:"materials"`
}

// MaxProvenance is how long a predicate may be.
const MaxProvenance = 4 << 20

// ParseProvenance reads the predicate of a provenance. Fields that SLSA
// doesn't know are passed over, as it asks; what it requires has to be there.
func ParseProvenance(predicate []byte) (*Stated, error) {
	if len(predicate) > MaxProvenance {
		return nil, fmt.Errorf("the provenance has %d bytes; at most %d are read", len(predicate), MaxProvenance)
	}
	var p slsa.Provenance
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(predicate, &p); err != nil {
		return nil, fmt.Errorf("the provenance can't be read: %w", errors.New(strings.ReplaceAll(err.Error(), "\u00a0", " ")))
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("the provenance is none: %w", err)
	}
	definition, details := p.GetBuildDefinition(), p.GetRunDetails()
	out := &Stated{
		BuildType: definition.GetBuildType(), Builder: details.GetBuilder().GetId(),
		Invocation: details.GetMetadata().GetInvocationId(), Materials: len(definition.GetResolvedDependencies()),
	}
	out.source(definition.GetResolvedDependencies())
	if out.BuildType != BuildType && out.BuildType != BuildTypeImage {
		return out, nil
	}
	return out, out.parameters(definition.GetExternalParameters().AsMap())
}

// parameters are those of our build type, which may not be otherwise.
func (s *Stated) parameters(given map[string]any) error {
	text := func(of map[string]any, key string) string { value, _ := of[key].(string); return value }
	s.Project, s.Program = text(given, "project"), text(given, "program")
	s.Targets = map[string]string{}
	if flow := text(given, "flow"); flow != "" {
		s.Targets[flow] = text(given, "target")
	}
	flows, _ := given["flows"].(map[string]any)
	for flow := range flows {
		s.Targets[flow] = text(flows, flow)
	}
	for flow, target := range s.Targets {
		if target == "" {
			return fmt.Errorf("the provenance names no target for the flow %q", flow)
		}
	}
	if s.BuildType == BuildTypeImage && s.Program == "" {
		return errors.New("the provenance names no program")
	}
	if s.BuildType == BuildType && len(s.Targets) == 0 && s.Project == "" {
		return errors.New("the provenance names neither a flow nor a project")
	}
	return nil
}

// source finds the commit among the materials.
func (s *Stated) source(materials []*intoto.ResourceDescriptor) {
	at := slices.IndexFunc(materials, func(d *intoto.ResourceDescriptor) bool {
		return d.GetName() == "source" && d.GetDigest()["gitCommit"] != ""
	})
	if at < 0 {
		return
	}
	s.Commit = materials[at].GetDigest()["gitCommit"]
	s.Repository = strings.TrimSuffix(strings.TrimPrefix(materials[at].GetUri(), "git+"), "@"+s.Commit)
	s.Modified = materials[at].GetAnnotations().GetFields()["modified"].GetBoolValue()
}
