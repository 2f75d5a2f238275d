package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/compare"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/runtime/bundle"
)

// An inspection is all that `inspect` shows.
type inspection struct {
	artifact.Info
	Platforms  []string            `json:"platforms"`
	Layers     []inspectedLayer    `json:"layers"`
	Verified   bool                `json:"verified"` // a given key signed it
	Unverified string              `json:"unverified,omitempty"`
	Signatures []signing.Signature `json:"signatures,omitempty"`
	Provenance *statement.Stated   `json:"provenance,omitempty"` // attested by a given key
	SBOM       bool                `json:"sbom_attested,omitempty"`
	Program    *contract.Program   `json:"program,omitempty"` // of an image that is run
	Contents   []inspectedFlow     `json:"contents"`
}

type inspectedLayer struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
	Flows  string `json:"flows,omitempty"` // empty: the index and configuration
}

type inspectedFlow struct {
	Manifest *contract.Manifest `json:"manifest"`
	Module   int64              `json:"module_bytes"`
	Build    *contract.Build    `json:"build,omitempty"`
	Lineage  *contract.Lineage  `json:"lineage,omitempty"`
}

func inspect(ctx context.Context, index v1.ImageIndex, opened *openedArtifact, flows []*bundle.Flow, e *endorsements) (*inspection, error) {
	out := &inspection{Info: *opened.info}
	if err := out.image(index); err != nil {
		return nil, err
	}
	if err := out.endorsed(ctx, e); err != nil {
		return nil, err
	}
	for _, f := range flows {
		flow, err := inspectFlow(f)
		if err != nil {
			return nil, err
		}
		out.Contents = append(out.Contents, *flow)
	}
	return out, nil
}

// image reads the manifests: Unpack has checked that all of them name the same
// layers.
func (i *inspection) image(index v1.ImageIndex) error {
	list, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for n, d := range list.Manifests {
		i.Platforms = append(i.Platforms, d.Platform.String())
		if n > 0 {
			continue
		}
		image, err := index.Image(d.Digest)
		if err != nil {
			return err
		}
		manifest, err := image.Manifest()
		if err != nil {
			return err
		}
		for _, layer := range manifest.Layers {
			i.Layers = append(i.Layers, inspectedLayer{layer.Digest.String(), layer.Size, layer.Annotations[artifact.AnnotationFlows]})
		}
	}
	return nil
}

// endorsed says who signed. What no given key has signed isn't shown at all:
// anyone can write it there.
func (i *inspection) endorsed(ctx context.Context, e *endorsements) error {
	found, err := signing.Signatures(ctx, e.store, e.digest, e.verifiers)
	var failure *signing.Failure
	switch {
	case err == nil:
		i.Verified, i.Signatures = true, found
	case !errors.As(err, &failure):
		return err
	case errors.Is(err, signing.ErrUnsigned):
		i.Unverified = "there is no signature"
	case len(e.verifiers) == 0:
		i.Unverified = "there are signatures, and by whom wasn't looked at: add --key, or ask weavster verify"
	default:
		i.Unverified = failure.Error()
	}
	if !i.Verified {
		return nil
	}
	if provenance, err := e.attested(ctx, statement.PredicateSLSA); err == nil {
		if i.Provenance, err = statement.ParseProvenance(provenance.Predicate); err != nil {
			return err
		}
	} else if !errors.As(err, &failure) {
		return err
	}
	_, err = e.attested(ctx, statement.PredicateSPDX)
	i.SBOM = err == nil
	if err != nil && !errors.As(err, &failure) {
		return err
	}
	return nil
}

func inspectFlow(f *bundle.Flow) (*inspectedFlow, error) {
	info, err := os.Stat(f.Module)
	if err != nil {
		return nil, err
	}
	out := &inspectedFlow{Manifest: f.Manifest, Module: info.Size()}
	if out.Build, err = readBuild(f); err != nil {
		return nil, err
	}
	if f.Lineage == "" {
		return out, nil
	}
	if out.Lineage, err = compare.ReadLineage(f.Lineage); err != nil {
		return nil, fmt.Errorf("flow %s: %w", f.Name, err)
	}
	return out, nil
}

// from is where a field comes from, in short: names of fields, each once.
func from(sources []contract.LineageSource) (names []string) {
	for _, s := range sources {
		name := s.Name
		switch s.Kind {
		case contract.FromField:
			if name == "" {
				name = "the message"
			}
		case contract.FromTable:
			name = s.Kind + " " + s.Name
		case contract.FromConstant:
			name = "a constant"
		case contract.FromTime, contract.FromIdentity:
			name = s.Kind
		default:
			name = s.Kind + " " + s.Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
