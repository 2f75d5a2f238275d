package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/project"
)

// openArtifacts takes artifacts as one project: that of a project's image, or
// of the folder that --project names, with the flows of all the others. They
// are unpacked into a folder of this process alone, which close removes.
func (w *workspace) openArtifacts(ctx context.Context, s *artifactSource, references []string) (_ *opened, err error) {
	if os.Getenv("BUILD_WORKSPACE_DIRECTORY") != "" {
		w.bundle = "" // which `bazel run` gives to every command
	}
	if w.bundle != "" {
		return nil, usageError{errors.New("--bundle names what was built here, and a reference an artifact: give one of them")}
	}
	o := &opened{}
	if o.unpacked, err = os.MkdirTemp("", "weavster-run-"); err != nil {
		return nil, fmt.Errorf("there is no room to unpack an artifact: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(o.unpacked))
		}
	}()
	var bundles []*bundle.Bundle
	for i, reference := range references {
		found, err := s.obtain(ctx, reference)
		if err != nil {
			return nil, err
		}
		if found.verdict == nil && isTerminal(os.Stderr) { // where events aren't logged
			fmt.Fprintf(os.Stderr, "weavster: NOBODY HAS VOUCHED FOR %s: --insecure-unsigned runs whatever lies there\n", found.reference)
		}
		folder := filepath.Join(o.unpacked, fmt.Sprint(i))
		if err := found.unpack(folder); err != nil {
			return nil, err
		}
		b, err := bundle.Open(folder)
		if err != nil {
			return nil, about(found.reference, err)
		}
		bundles = append(bundles, b)
		o.artifacts = append(o.artifacts, found)
	}
	folder, err := w.folder()
	if err != nil {
		return nil, err
	}
	if err := o.combine(bundles, folder); err != nil {
		return nil, err
	}
	return o, w.equip(ctx, o)
}

// combine makes one project of artifacts. Flows that were given by themselves
// stand beside a project's, or in place of one of the same name: whoever gave
// them has said so.
func (o *opened) combine(bundles []*bundle.Bundle, folder string) error {
	var whole *bundle.Bundle
	flows := map[string]*bundle.Flow{}
	given := map[string]string{}
	for i, b := range bundles {
		reference := o.artifacts[i].reference.String()
		if o.artifacts[i].info.Kind == artifact.Project {
			if whole != nil {
				return usageError{fmt.Errorf("%s is a second project: one run has one, and flows beside it", reference)}
			}
			whole = b
			continue
		}
		for _, f := range b.Flows {
			if other, twice := given[f.Name]; twice {
				return usageError{fmt.Errorf("flow %s is given twice, by %s and %s", f.Name, other, reference)}
			}
			flows[f.Name], given[f.Name] = f, reference
		}
	}
	if whole == nil && !isProject(folder) {
		return fmt.Errorf("%s has no configuration, as it is one flow: connectors say where its data comes from and goes. "+
			"There is no %s in %s; name the folder of yours by --project, or give the project's artifact, too",
			strings.Join(references(o.artifacts), ", "), project.MainFile, folder)
	}
	o.bundle = &bundle.Bundle{Folder: folder}
	o.settings = project.Settings{Files: os.DirFS(folder), Folder: folder}
	if whole != nil {
		o.bundle.Folder, o.bundle.Package = whole.Folder, whole.Package
		o.settings = whole.Settings(folder)
		// Where it was built says nothing about where it runs.
		o.settings.Folder = folder
		for _, f := range whole.Flows {
			if flows[f.Name] == nil {
				flows[f.Name] = f
			}
		}
	}
	for _, f := range flows {
		o.bundle.Flows = append(o.bundle.Flows, f)
	}
	slices.SortFunc(o.bundle.Flows, func(a, b *bundle.Flow) int { return strings.Compare(a.Name, b.Name) })
	o.settings.Flows = o.bundle.Requirements()
	return nil
}

func references(artifacts []*obtained) []string {
	var list []string
	for _, a := range artifacts {
		list = append(list, a.reference.String())
	}
	return list
}

// admit logs what is going to run, by whom it is, and with which
// configuration, and holds that against the policies. A person, who sees no
// log, is told the same of artifacts.
func (o *opened) admit(ctx context.Context, flows []*bundle.Flow, log logger, person io.Writer) error {
	for _, a := range o.artifacts {
		event := []any{"artifact", a.reference.String(), "digest", a.info.Digest.String(), string(a.info.Kind), a.info.Name}
		if a.verdict == nil {
			log.Warn("NOBODY HAS VOUCHED FOR THIS ARTIFACT: --insecure-unsigned runs whatever lies there", event...)
			continue
		}
		var signers []string
		for _, s := range a.verdict.Signatures {
			event = append(event, "signed_by", s.Signer.By, "key", s.Signer.Key)
			signers = append(signers, s.Signer.By)
		}
		log.Info("artifact verified", event...)
		fmt.Fprintf(person, "artifact       %s, %s, signed by %s\n", a.reference, a.info.Digest, strings.Join(signers, ", "))
	}
	digest, _, err := o.configuration(ctx, flows)
	if err != nil {
		return err
	}
	log.Info("configuration resolved", "digest", digest)
	if len(o.artifacts) > 0 {
		fmt.Fprintf(person, "configuration  %s\n", digest)
	}
	for _, a := range o.artifacts {
		if a.verdict == nil {
			continue
		}
		for _, pinned := range a.verdict.Configurations {
			if pinned != digest {
				return fmt.Errorf("%s is refused: the trust policy lets it run with the configuration %s, and this one is %s; `weavster config digest --text` prints it", a.reference, pinned, digest)
			}
		}
	}
	return nil
}

// configuration is what flows run with, without secrets, and its digest.
func (o *opened) configuration(ctx context.Context, flows []*bundle.Flow) (digest string, text []byte, err error) {
	var needs []*project.Flow
	for _, f := range flows {
		needs = append(needs, f.Requirements())
	}
	if text, err = project.Configuration(ctx, o.settings, needs); err != nil {
		return "", nil, err
	}
	return project.ConfigurationDigest(text), text, nil
}

// An artifactFlags are those of commands that take artifacts.
type artifactFlags struct {
	connection registryFlags
	trusted    trustFlags
}

func (f *artifactFlags) add(command *cobra.Command) {
	f.connection.add(command)
	f.connection.addCache(command)
	f.trusted.add(command)
	f.trusted.addUnsigned(command)
}

// openAny opens the artifacts that were named, or else the bundle.
func (w *workspace) openAny(ctx context.Context, f *artifactFlags, references []string) (o *opened, err error) {
	if len(references) == 0 {
		if w.bundle == "" {
			return nil, usageError{errors.New("there is nothing to run: name an artifact (oci://host/repository:tag, or a layout folder), `bazel run` the project's :run target, or name a bundle with --bundle")}
		}
		return w.open(ctx)
	}
	for _, text := range references {
		if _, err := parseReference(text); err != nil {
			return nil, err
		}
	}
	folder, err := w.folder()
	if err != nil {
		return nil, err
	}
	source, err := f.trusted.source(ctx, &f.connection, folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.client.Close()) }()
	return w.openArtifacts(ctx, source, references)
}
