package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spf13/cobra"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/registry"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/trust"
	"github.com/weavster/weavster/runtime/artifact/trust/policy"
	"github.com/weavster/weavster/runtime/bundle"
)

// policyVariable names the operator's policy where no flag does.
const policyVariable = "WEAVSTER_TRUST_POLICY"

// trustFlags say whose artifacts are taken.
type trustFlags struct {
	policy   string
	keys     []string
	plugins  []string
	identity signing.Identity
	root     string
	unsigned bool
}

func (f *trustFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.policy, "trust-policy", os.Getenv(policyVariable), "the operator's policy, a `file` (default: "+policyVariable+")")
	flags.StringArrayVar(&f.keys, "key", nil, "a public `key` that has to have signed: a file, env://VARIABLE, or a KMS URI; may be given several times")
	addPlugins(command, &f.plugins)
	flags.StringVar(&f.identity.Subject, "certificate-identity", "", "whom a keyless signature's certificate has to be made out to: an address or a `URI`")
	flags.StringVar(&f.identity.SubjectPattern, "certificate-identity-regexp", "", "a regular `expression` that has to match all of it")
	flags.StringVar(&f.identity.Issuer, "certificate-oidc-issuer", "", "the `URL` of the identity provider that vouched for them")
	flags.StringVar(&f.root, "trusted-root", "", "a `file` of the authorities and logs that are trusted for certificates, in sigstore's form")
}

// identities are those that the flags name: one, or none.
func (f *trustFlags) identities() ([]*signing.Verifier, error) {
	if f.identity == (signing.Identity{}) && f.root == "" {
		return nil, nil
	}
	if f.root == "" {
		return nil, usageError{errors.New("certificates are checked by --trusted-root: a trusted_root.json of sigstore's, such as cosign trusted-root create makes")}
	}
	verifier, err := signing.LoadIdentity(f.identity, f.root)
	if err != nil {
		return nil, err
	}
	return []*signing.Verifier{verifier}, nil
}

// addUnsigned adds the flag that takes artifacts without asking anybody.
func (f *trustFlags) addUnsigned(command *cobra.Command) {
	command.Flags().BoolVar(&f.unsigned, "insecure-unsigned", false, "take artifacts that nobody has vouched for: whoever can write to where they lie decides what is run")
}

// judge loads the policies: the operator's, and that of the project in a
// folder, if it has one.
func (f *trustFlags) judge(ctx context.Context, folder string) (*trust.Judge, error) {
	identities, err := f.identities()
	if err != nil {
		return nil, err
	}
	return trust.Load(ctx, trust.Options{
		Policy: f.policy, Keys: f.keys, Identities: identities, Project: filepath.Join(folder, policy.FileName), Loading: signing.Keys{Plugins: f.plugins},
	})
}

// A source is where artifacts are taken from, and who says which.
type artifactSource struct {
	client *registry.Client
	judge  *trust.Judge // nil: nobody is asked
	// programs says that a folder may hold an image that is run, too.
	programs bool
}

// source is what the flags say. The folder is that of a project whose policy
// asks for more; the caller closes the client.
func (f *trustFlags) source(ctx context.Context, connection *registryFlags, folder string) (*artifactSource, error) {
	s := &artifactSource{}
	var err error
	if !f.unsigned {
		if s.judge, err = f.judge(ctx, folder); err != nil {
			return nil, err
		}
	}
	s.client, err = connection.client(newTransferLine(os.Stderr).report)
	return s, err
}

// An obtained artifact is one whose layers have come, or lie in a folder. What
// is done with it is done by the digest that was judged.
type obtained struct {
	reference registry.Reference
	info      artifact.Info
	index     v1.ImageIndex
	verdict   *trust.Verdict // nil: nobody was asked
	store     signing.Store  // where its signatures lie
}

// obtain resolves a reference once, and fetches what it led to when that was
// found trusted.
func (s *artifactSource) obtain(ctx context.Context, text string) (*obtained, error) {
	ref, err := parseReference(text)
	if err != nil {
		return nil, err
	}
	subject, fetch, err := s.subject(ctx, ref)
	if err != nil {
		return nil, err
	}
	o := &obtained{reference: ref, store: subject.Store}
	inspect := func(ctx context.Context) (info artifact.Info, err error) {
		if o.index, err = fetch(ctx); err != nil {
			return info, err
		}
		if s.programs && !ref.Remote() {
			if info, ok, err := artifact.InspectProgram(o.index); ok || err != nil {
				o.info = info
				return info, about(ref, err)
			}
		}
		o.info, err = artifact.Inspect(o.index)
		return o.info, about(ref, err)
	}
	if s.judge != nil {
		subject.Inspect = inspect
		o.verdict, err = s.judge.Decide(ctx, *subject)
		return o, err
	}
	if _, err := inspect(ctx); err != nil {
		return nil, err
	}
	if subject.Pinned != "" && subject.Pinned != o.info.Digest.String() {
		return nil, fmt.Errorf("%s is refused: what lies there has the digest %s", text, o.info.Digest)
	}
	return o, nil
}

// about says which artifact an error of the package artifact is about.
func about(ref registry.Reference, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s is refused: %w", ref, err)
}

// subject is what is asked about a reference, and how to fetch what it led to.
func (s *artifactSource) subject(ctx context.Context, ref registry.Reference) (*trust.Subject, func(context.Context) (v1.ImageIndex, error), error) {
	subject := &trust.Subject{Reference: ref.String(), Tag: ref.Tag, Pinned: ref.Digest}
	if !ref.Remote() {
		index, err := readLayout(ref.Folder)
		if err != nil {
			return nil, nil, err // which names the folder
		}
		subject.Store = signing.Layout(ref.Folder)
		if subject.Digest, err = index.Digest(); err != nil {
			return nil, nil, err
		}
		subject.Place, err = filepath.Abs(ref.Folder)
		subject.Place = filepath.ToSlash(subject.Place)
		return subject, func(context.Context) (v1.ImageIndex, error) { return index, nil }, err
	}
	found, err := s.client.Resolve(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	name, err := s.client.Name(ref)
	if err != nil {
		return nil, nil, err
	}
	subject.Digest, subject.Place = found.Digest, ref.Host+"/"+ref.Repository
	subject.Store = signing.Repository(name.Context(), s.client.Remote(ctx)...)
	pinned := ref.Pinned(found.Digest.String())
	return subject, func(ctx context.Context) (v1.ImageIndex, error) { return s.client.Pull(ctx, pinned) }, nil
}

// unpack writes the artifact's bundle into a folder.
func (o *obtained) unpack(folder string) error {
	info, err := artifact.Unpack(o.index, folder)
	if err != nil {
		return about(o.reference, err)
	}
	if info.Digest != o.info.Digest {
		return errors.Join(os.RemoveAll(folder), fmt.Errorf("%s is refused: %s was verified, and %s unpacked", o.reference, o.info.Digest, info.Digest))
	}
	return nil
}

// sound unpacks the artifact to nowhere: every byte of it is held against its
// digest, every name against those that a bundle has, and manifests against
// what this program runs.
func (o *obtained) sound() (err error) {
	folder, err := os.MkdirTemp("", "weavster-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := o.unpack(filepath.Join(folder, "bundle")); err != nil {
		return err
	}
	_, err = bundle.Open(filepath.Join(folder, "bundle"))
	return about(o.reference, err)
}
