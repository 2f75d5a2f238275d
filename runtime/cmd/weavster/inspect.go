package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/runtime/bundle"
)

// inspectOptions are the flags of `inspect`.
type inspectOptions struct {
	flow                           string
	keys, plugins                  []string
	json, sbom, provenance, source bool
	connection                     registryFlags
}

func newInspect(w *workspace) *cobra.Command {
	var o inspectOptions
	command := &cobra.Command{
		Use:   "inspect REFERENCE",
		Short: "Show what is in an artifact, without running any of it",
		Long: "Shows what an artifact is: its flows, what they need, what they were built of and by, and who signed it.\n" +
			"REFERENCE is oci://host/repository:tag, or the folder of an OCI layout, that of an image with Weavster in it, too. What the artifact says of itself is shown\n" +
			"whoever made it; signatures and attestations are read with --key alone.",
		Example: "  weavster inspect oci://registry.example/shop:1.4.0 --key release.pub\n" +
			"  weavster inspect dist/flows/orders --sbom",
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, fromStart(w.started, args[0])) },
	}
	flags := command.Flags()
	flags.StringVar(&o.flow, "flow", "", "show this `flow` alone")
	flags.StringArrayVar(&o.keys, "key", nil, "a public `key` whose signatures and attestations count: a file, env://VARIABLE, or a KMS URI; may be given several times")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.sbom, "sbom", false, "print the bill of materials, an SPDX document: with --key the one that was attested")
	flags.BoolVar(&o.provenance, "provenance", false, "print the provenance that was attested; needs --key")
	flags.BoolVar(&o.source, "source", false, "print the text of the flow")
	o.connection.add(command)
	o.connection.addCache(command)
	addPlugins(command, &o.plugins)
	command.MarkFlagsMutuallyExclusive("json", "sbom", "provenance", "source")
	return command
}

func (o *inspectOptions) run(cmd *cobra.Command, text string) (err error) {
	ctx := cmd.Context()
	client, err := o.connection.client(newTransferLine(cmd.ErrOrStderr()).report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	// Nobody is asked whether to trust it: nothing of it is run.
	found, err := (&artifactSource{client: client, programs: true}).obtain(ctx, text)
	if err != nil {
		return err
	}
	if found.info.Kind == artifact.Runtime || found.info.Kind == artifact.Application {
		return o.runProgram(ctx, cmd, client, found)
	}
	opened, err := found.opened()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.close()) }()
	flows, err := o.chosen(opened.bundle)
	if err != nil {
		return usageError{err}
	}
	if o.source {
		return printSource(cmd, flows)
	}
	endorsed, err := o.endorsements(ctx, client, found)
	if err != nil {
		return err
	}
	if o.sbom || o.provenance {
		return o.printStatement(ctx, cmd, endorsed, func() ([]byte, error) {
			builds, err := builds(opened.bundle.Flows)
			if err != nil {
				return nil, err
			}
			return statement.SPDX(subjectOf(*opened.info, opened.info.Version), builds...)
		})
	}
	seen, err := inspect(ctx, found.index, opened, flows, endorsed)
	if err != nil {
		return err
	}
	return o.print(cmd, seen)
}

func (o *inspectOptions) print(cmd *cobra.Command, seen *inspection) error {
	if o.json {
		return printJSON(cmd.OutOrStdout(), seen)
	}
	return seen.print(cmd.OutOrStdout())
}

// chosen are the flows to show.
func (o *inspectOptions) chosen(b *bundle.Bundle) ([]*bundle.Flow, error) {
	if o.flow == "" {
		return b.Flows, nil
	}
	var names []string
	for _, f := range b.Flows {
		if f.Name == o.flow {
			return []*bundle.Flow{f}, nil
		}
		names = append(names, f.Name)
	}
	if near, ok := source.Nearest(o.flow, names); ok {
		return nil, fmt.Errorf("the artifact has no flow %q; did you mean %q?", o.flow, near)
	}
	return nil, fmt.Errorf("the artifact has no flow %q; it has %s", o.flow, strings.Join(names, ", "))
}

func printSource(cmd *cobra.Command, flows []*bundle.Flow) error {
	if len(flows) != 1 {
		return usageError{errors.New("--source is about one flow of several: add --flow")}
	}
	if flows[0].Source == nil {
		return fmt.Errorf("the artifact doesn't carry the text of flow %s", flows[0].Name)
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), printable(string(flows[0].Source.Text), true))
	return err
}

// Endorsements are what lies beside an artifact.
type endorsements struct {
	store     signing.Store
	verifiers []*signing.Verifier // none: nothing is believed
	digest    v1.Hash
}

func (o *inspectOptions) endorsements(ctx context.Context, client *registry.Client, found *obtained) (*endorsements, error) {
	e := &endorsements{digest: found.info.Digest}
	for _, key := range o.keys {
		verifier, err := signing.LoadVerifier(ctx, key, signing.Keys{Plugins: o.plugins})
		if err != nil {
			return nil, err
		}
		e.verifiers = append(e.verifiers, verifier)
	}
	if !found.reference.Remote() {
		e.store = signing.Layout(found.reference.Folder)
		return e, nil
	}
	name, err := client.Name(found.reference)
	if err != nil {
		return nil, err
	}
	e.store = signing.Repository(name.Context(), client.Remote(ctx)...)
	return e, nil
}

// attested is the first attestation of a type that a given key signed.
func (e *endorsements) attested(ctx context.Context, kind string) (*signing.Statement, error) {
	found, err := signing.Attestations(ctx, e.store, e.digest, e.verifiers, kind)
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// printStatement prints one of the two statements as it is.
func (o *inspectOptions) printStatement(ctx context.Context, cmd *cobra.Command, e *endorsements, materials func() ([]byte, error)) error {
	kind := statement.PredicateSPDX
	if o.provenance {
		kind = statement.PredicateSLSA
	}
	if len(e.verifiers) > 0 {
		found, err := e.attested(ctx, kind)
		if err != nil {
			return err
		}
		var lines bytes.Buffer
		if err := json.Indent(&lines, found.Predicate, "", "  "); err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), printable(lines.String(), true))
		return err
	}
	if o.provenance {
		return usageError{errors.New("a provenance is worth what its signature is: add --key, with the public key that has to have signed it")}
	}
	document, err := materials()
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "weavster: the document was made of what the artifact says of itself; add --key for the one that was attested")
	_, err = cmd.OutOrStdout().Write(document)
	return err
}

// builds are the facts of flows' builds.
func builds(flows []*bundle.Flow) ([]*contract.Build, error) {
	var list []*contract.Build
	for _, f := range flows {
		b, err := readBuild(f)
		if err != nil {
			return nil, err
		}
		if b == nil {
			return nil, fmt.Errorf("the artifact doesn't say how flow %s was built: build it with this version", f.Name)
		}
		list = append(list, b)
	}
	return list, nil
}

// readBuild is nil where the bundle doesn't carry it.
func readBuild(f *bundle.Flow) (*contract.Build, error) {
	if f.Build == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.Build)
	if err != nil {
		return nil, err
	}
	b, err := contract.ReadBuild(text)
	if err != nil {
		return nil, fmt.Errorf("the build.json of flow %s: %w", f.Name, err)
	}
	if b.Flow != f.Name {
		return nil, fmt.Errorf("the build.json of flow %s is that of flow %s", f.Name, b.Flow)
	}
	return b, nil
}

// subjectOf is an artifact as statements are about it.
func subjectOf(info artifact.Info, version string) statement.Subject {
	s := statement.Subject{Name: info.Name, Digest: info.Digest.String(), Project: info.Kind == artifact.Project || info.Kind == artifact.Application}
	if info.Kind != artifact.Flow { // a flow's image is the same in every version of its project
		s.Version = version
	}
	return s
}
