package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/trust"
	"github.com/weavster/weavster/runtime/bundle"
)

// An openedArtifact is the bundle of one, wherever it came from.
type openedArtifact struct {
	bundle *bundle.Bundle
	info   *artifact.Info // nil: it is no image
	folder string         // to remove; "" for none
	// verdict is nil where nobody was asked.
	verdict *trust.Verdict
}

func (o *openedArtifact) close() error {
	if o.folder == "" {
		return nil
	}
	return os.RemoveAll(o.folder)
}

// admit holds a project's configuration against what a policy pins.
func (o *openedArtifact) admit(ctx context.Context, with *opened, flow *bundle.Flow) error {
	if o.verdict == nil || len(o.verdict.Configurations) == 0 {
		return nil
	}
	flows := []*bundle.Flow{flow}
	if o.bundle.HasProject() {
		flows = o.bundle.Flows
	}
	digest, _, err := with.configuration(ctx, flows)
	if err != nil {
		return err
	}
	if !slices.Contains(o.verdict.Configurations, digest) {
		return fmt.Errorf("%s is refused: the trust policy lets it run with the configuration %s, and this one is %s",
			o.verdict.Reference, strings.Join(o.verdict.Configurations, ", "), digest)
	}
	return nil
}

// openArtifact gives the bundle of a reference: of an image, in a folder of its
// own. A bundle that the user has built is as it is. Images aren't run unless
// they are trusted.
func (f *artifactFlags) openArtifact(ctx context.Context, w *workspace, text string, run bool) (o *openedArtifact, err error) {
	text = fromStart(w.started, text)
	if isBundle(text) {
		b, err := bundle.Open(text)
		return &openedArtifact{bundle: b}, err
	}
	source := &artifactSource{}
	if source.client, err = f.connection.client(newTransferLine(os.Stderr).report); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.client.Close()) }()
	if run && !f.trusted.unsigned {
		folder, err := w.folder()
		if err != nil {
			return nil, err
		}
		if source.judge, err = f.trusted.judge(ctx, folder); err != nil {
			return nil, fmt.Errorf("--messages run the modules of %s: %w", text, err)
		}
	}
	found, err := source.obtain(ctx, text)
	if err != nil {
		return nil, err
	}
	return found.opened()
}

// opened is the bundle of an artifact, in a folder of its own.
func (f *obtained) opened() (o *openedArtifact, err error) {
	o = &openedArtifact{info: &f.info, verdict: f.verdict}
	if o.folder, err = os.MkdirTemp("", "weavster-artifact-"); err != nil {
		return nil, err
	}
	folder := filepath.Join(o.folder, "bundle")
	if err = f.unpack(folder); err == nil {
		o.bundle, err = bundle.Open(folder)
		err = about(f.reference, err)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// isBundle says whether a folder is a bundle that the user has built. A layout
// folder that has a bundle's index as well is none: it may be anybody's, who
// would have it run without being asked who signed it.
func isBundle(folder string) bool {
	return isFile(filepath.Join(folder, bundle.IndexFile)) && !exists(filepath.Join(folder, "oci-layout")) && !exists(filepath.Join(folder, "index.json"))
}
