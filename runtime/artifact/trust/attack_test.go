package trust

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/tests/registry"
)

// A bench is a real registry with the artifacts of a shop in it, and keys.
type bench struct {
	*testing.T
	server *registry.Server
	folder string
	keys   map[string]*signing.Signer // by name; NAME.pub lies in the folder
}

// A pair is a key, ready to sign: to open one takes half a second.
type pair struct {
	public string
	signer *signing.Signer
}

var pairs = sync.OnceValues(func() (map[string]pair, error) {
	folder, err := os.MkdirTemp("", "keys")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	all := map[string]pair{}
	for _, name := range []string{"release", "security", "stranger"} {
		made, err := signing.Generate([]byte("x"))
		if err != nil {
			return nil, err
		}
		private := filepath.Join(folder, name)
		if err := os.WriteFile(private, made.Private, 0o600); err != nil {
			return nil, err
		}
		signer, err := signing.LoadSigner(context.Background(), private, signing.Keys{Password: func() ([]byte, error) { return []byte("x"), nil }})
		if err != nil {
			return nil, err
		}
		all[name] = pair{string(made.Public), signer}
	}
	return all, nil
})

func newBench(t *testing.T) *bench {
	b := &bench{T: t, server: registry.Start(t, registry.Options{}), folder: t.TempDir(), keys: map[string]*signing.Signer{}}
	all, err := pairs()
	b.check(err)
	for name, pair := range all {
		b.write(name+".pub", pair.public)
		b.keys[name] = pair.signer
	}
	return b
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(name, text string) string {
	b.Helper()
	path := filepath.Join(b.folder, name)
	b.check(os.MkdirAll(filepath.Dir(path), 0o700))
	b.check(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// flow packs a flow; two of other text are two artifacts.
func (b *bench) flow(name, text string) v1.ImageIndex {
	b.Helper()
	manifest, err := json.Marshal(contract.Manifest{ABI: contract.ABIVersion, Compiler: "weavster", Flow: name, File: "flows/" + name + ".yaml"})
	b.check(err)
	index, err := artifact.Pack(bundle.Contents{Flows: map[string]bundle.FlowFiles{name: {
		Module: b.write("m", "\x00asm"+text), Manifest: b.write("j", string(manifest)), Source: b.write("y", text),
	}}})
	b.check(err)
	return index
}

func (b *bench) repository(path string) name.Repository {
	b.Helper()
	r, err := name.NewRepository(b.server.Host+"/"+path, name.Insecure)
	b.check(err)
	return r
}

// push puts an artifact under a tag.
func (b *bench) push(index v1.ImageIndex, repository, tag string) v1.Hash {
	b.Helper()
	b.check(remote.WriteIndex(b.repository(repository).Tag(tag), index))
	digest, err := index.Digest()
	b.check(err)
	return digest
}

func (b *bench) sign(repository string, digest v1.Hash, key string, annotations map[string]string) {
	b.Helper()
	b.check(signing.Sign(b.Context(), signing.Repository(b.repository(repository)), digest, b.keys[key], annotations))
}

func (b *bench) attest(repository string, digest v1.Hash, key, kind, predicate string) {
	b.Helper()
	b.check(signing.Attest(b.Context(), signing.Repository(b.repository(repository)), digest, b.keys[key], kind, []byte(predicate)))
}

// copyTag does what `crane copy` does: one tag's content under another.
func (b *bench) copyTag(from, fromTag, to, toTag string) {
	b.Helper()
	found, err := remote.Get(b.repository(from).Tag(fromTag))
	b.check(err)
	if found.MediaType.IsIndex() {
		index, err := found.ImageIndex()
		b.check(err)
		b.check(remote.WriteIndex(b.repository(to).Tag(toTag), index))
		return
	}
	image, err := found.Image()
	b.check(err)
	b.check(remote.Write(b.repository(to).Tag(toTag), image))
}

// decide resolves a tag as a command does, and asks for the verdict.
func (b *bench) decide(o Options, repository, tag, pinned string) (*Verdict, error) {
	b.Helper()
	judge, err := Load(b.Context(), o)
	if err != nil {
		return nil, err
	}
	found, err := remote.Get(b.repository(repository).Tag(tag))
	b.check(err)
	return judge.Decide(b.Context(), Subject{
		Reference: "oci://registry.example/" + repository + ":" + tag, Place: "registry.example/" + repository, Tag: tag, Pinned: pinned,
		Digest: found.Digest, Store: signing.Repository(b.repository(repository)),
		Inspect: func(context.Context) (artifact.Info, error) {
			index, err := found.ImageIndex()
			if err != nil {
				return artifact.Info{}, err
			}
			return artifact.Inspect(index)
		},
	})
}

func (b *bench) policy(text string) Options { return Options{Policy: b.write("policy.yaml", text)} }

const release = "artifacts: [{match: registry.example/shop/*, keys: [release.pub]}]\n"

// refused expects a refusal for one reason, whose sentence has a text in it.
func (b *bench) refused(attack string, o Options, repository, tag, pinned string, reason Reason, want string) {
	b.Helper()
	_, err := b.decide(o, repository, tag, pinned)
	var r *Refusal
	if !errors.As(err, &r) {
		b.Errorf("%s: got %v, want a refusal", attack, err)
		return
	}
	if r.Reason != reason || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "oci://registry.example/"+repository+":"+tag+" is refused: ") {
		b.Errorf("%s: got %s: %v\nwant %s: %s", attack, r.Reason, err, reason, want)
	}
}

func (b *bench) accepted(o Options, repository, tag, pinned string) *Verdict {
	b.Helper()
	v, err := b.decide(o, repository, tag, pinned)
	b.check(err)
	return v
}

func version(name, v string) map[string]string { return map[string]string{"flow": name, "version": v} }

// Each attack is made on a real registry, as somebody could who may write there.
func TestAttacks(t *testing.T) {
	b := newBench(t)
	orders := b.push(b.flow("orders", "1.4.0"), "shop/orders", "1.4.0")
	b.sign("shop/orders", orders, "release", version("orders", "1.4.0"))
	policy := b.policy(release)
	v := b.accepted(policy, "shop/orders", "1.4.0", orders.String())
	if v.Digest != orders.String() || v.Info.Name != "orders" || len(v.Signatures) != 1 || !strings.HasSuffix(v.Signatures[0].Signer.By, "release.pub") ||
		!slices.Equal(v.Entries, []string{filepath.Join(b.folder, "policy.yaml") + ":1"}) {
		t.Errorf("%+v", v)
	}

	// Other bytes under the tag, with nothing beside them.
	forged := b.push(b.flow("orders", "forged"), "shop/orders", "1.4.1")
	b.refused("unsigned", policy, "shop/orders", "1.4.1", "", Unsigned, "it isn't signed")
	b.refused("pinned", policy, "shop/orders", "1.4.1", orders.String(), OtherDigest, "what lies there has the digest "+forged.String())

	// The signatures of the right artifact, copied to the forged one.
	b.copyTag("shop/orders", cosignTag(orders), "shop/orders", cosignTag(forged))
	b.refused("copied signature", policy, "shop/orders", "1.4.1", "", CopiedSignature, "its signature is another image's, and was copied here")

	// A signature of the attacker's own.
	theirs := b.push(b.flow("orders", "theirs"), "shop/orders", "1.4.2")
	b.sign("shop/orders", theirs, "stranger", version("orders", "1.4.2"))
	b.refused("untrusted key", policy, "shop/orders", "1.4.2", "", UntrustedKey, "by nobody who is trusted")

	// Another of our flows in its place, with its own signature.
	returns := b.push(b.flow("returns", "1"), "shop/returns", "2.0.0")
	b.sign("shop/returns", returns, "release", version("orders", "2.0.0"))
	b.refused("another flow's name", policy, "shop/returns", "2.0.0", "", OtherName, `it was signed as flow "orders", and is flow "returns"`)
	unnamed := b.push(b.flow("refunds", "1"), "shop/refunds", "latest")
	b.sign("shop/refunds", unnamed, "release", nil)
	b.refused("no name", policy, "shop/refunds", "latest", "", OtherName, "sign it with the annotation flow=refunds")

	// An older version under a newer tag.
	b.copyTag("shop/orders", "1.4.0", "shop/orders", "1.5.0")
	b.refused("re-tagged", policy, "shop/orders", "1.5.0", "", OtherVersion, `it was signed as version "1.4.0", and is tagged 1.5.0`)
	b.copyTag("shop/orders", "1.4.0", "shop/orders", "1.4")
	b.copyTag("shop/orders", "1.4.0", "shop/orders", "production")
	b.accepted(policy, "shop/orders", "1.4", "")
	b.accepted(policy, "shop/orders", "production", "")
	newer := b.policy("artifacts: [{keys: [release.pub], annotations: {version: 1.5.0}}]\n")
	b.refused("an older version", newer, "shop/orders", "production", "", OtherVersion, `it was signed as version "1.4.0", and the policy asks for "1.5.0"`)
	approved := b.policy("artifacts: [{keys: [release.pub], annotations: {approved: 'yes'}}]\n")
	b.refused("another annotation", approved, "shop/orders", "production", "", OtherAnnotation, "without the annotation approved")

	other := b.policy("artifacts: [{keys: [release.pub], digests: ['" + forged.String() + "']}]\n")
	b.refused("digest", other, "shop/orders", "1.4.0", "", DigestNotAllowed, "isn't one of those that the policy allows")
	elsewhere := b.policy("artifacts: [{match: registry.example/other/**, keys: [release.pub]}]\n")
	b.refused("no entry", elsewhere, "shop/orders", "1.4.0", "", NoEntry, "it comes from registry.example/shop/orders")
}

func cosignTag(digest v1.Hash) string { return digest.Algorithm + "-" + digest.Hex + ".sig" }

func TestAttestationsAreAskedFor(t *testing.T) {
	b := newBench(t)
	const sbom, provenance = "https://spdx.dev/Document", "https://slsa.dev/provenance/v1"
	orders := b.push(b.flow("orders", "1"), "shop/orders", "latest")
	b.sign("shop/orders", orders, "release", map[string]string{"flow": "orders"})
	policy := b.policy("artifacts: [{keys: [release.pub], attestations: [sbom], builders: [https://ci.example/build]}]\n")
	decide := func(attack string, reason Reason, want string) {
		t.Helper()
		b.refused(attack, policy, "shop/orders", "latest", "", reason, want)
	}
	decide("nothing attested", NotAttested, "nothing is attested of it, and "+sbom+" has to be")
	b.attest("shop/orders", orders, "release", "https://example.com/other", `{}`)
	decide("another predicate", WrongPredicate, "what is attested of it isn't "+sbom)
	b.attest("shop/orders", orders, "stranger", sbom, `{}`)
	decide("a stranger's attestation", WrongPredicate, "")
	b.attest("shop/orders", orders, "release", sbom, `{}`)
	decide("no provenance", WrongPredicate, "what is attested of it isn't "+provenance)
	by := func(builder string) string { return `{"runDetails":{"builder":{"id":"` + builder + `"}}}` }
	b.attest("shop/orders", orders, "release", provenance, by("https://laptop.example"))
	decide("another builder", OtherBuilder, `its provenance names the builder ["https://laptop.example"]`)
	b.attest("shop/orders", orders, "release", provenance, by("https://ci.example/build"))
	v := b.accepted(policy, "shop/orders", "latest", "")
	if len(v.Attestations) != 2 || v.Attestations[0].PredicateType != sbom || v.Attestations[1].Builder != "https://ci.example/build" {
		t.Errorf("%+v", v.Attestations)
	}
}

// All policies have to accept, so that a project can ask for more, and can't
// make anything trusted.
func TestPoliciesNarrow(t *testing.T) {
	b := newBench(t)
	orders := b.push(b.flow("orders", "1"), "shop/orders", "latest")
	b.sign("shop/orders", orders, "release", map[string]string{"flow": "orders", "team": "shop"})
	operator := b.policy(release)
	project := func(text string) Options {
		o := operator
		o.Project = b.write("project/trust-policy.yaml", text)
		return o
	}
	b.accepted(project("artifacts: [{annotations: {team: shop}}]\n"), "shop/orders", "latest", "")
	b.refused("the project asks for more", project("artifacts: [{annotations: {team: billing}}]\n"), "shop/orders", "latest", "", OtherAnnotation, "project/trust-policy.yaml:1")
	second := project("artifacts: [{keys: [../security.pub]}]\n")
	b.refused("a second signature is missing", second, "shop/orders", "latest", "", UntrustedKey, "")
	b.sign("shop/orders", orders, "security", map[string]string{"flow": "orders"})
	if v := b.accepted(second, "shop/orders", "latest", ""); len(v.Signatures) != 2 {
		t.Errorf("%+v", v.Signatures)
	}
	b.refused("both keys", Options{Keys: []string{filepath.Join(b.folder, "release.pub"), filepath.Join(b.folder, "stranger.pub")}}, "shop/orders", "latest", "", UntrustedKey, "--key")

	stranger := b.push(b.flow("orders", "2"), "shop/orders", "mine")
	b.sign("shop/orders", stranger, "stranger", map[string]string{"flow": "orders"})
	b.refused("the project trusts a stranger", project("artifacts: [{keys: [../stranger.pub]}]\n"), "shop/orders", "mine", "", UntrustedKey, "policy.yaml:1")
	var r *Refusal
	if _, err := Load(t.Context(), Options{Project: filepath.Join(b.folder, "project/trust-policy.yaml")}); !errors.As(err, &r) || r.Reason != Nobody || !strings.Contains(err.Error(), "--trust-policy") {
		t.Errorf("a project's policy alone: %v", err)
	}
}

// What was verified by its digest is what is used: a registry that answers
// with something else in between is found out.
func TestWhatIsUsedIsWhatWasVerified(t *testing.T) {
	b := newBench(t)
	orders := b.push(b.flow("orders", "1"), "shop/orders", "latest")
	b.sign("shop/orders", orders, "release", map[string]string{"flow": "orders"})
	judge, err := Load(t.Context(), b.policy(release))
	b.check(err)
	_, err = judge.Decide(t.Context(), Subject{
		Reference: "x", Place: "registry.example/shop/orders", Digest: orders, Store: signing.Repository(b.repository("shop/orders")),
		Inspect: func(context.Context) (artifact.Info, error) { return artifact.Inspect(b.flow("orders", "swapped")) },
	})
	var r *Refusal
	if !errors.As(err, &r) || r.Reason != OtherDigest {
		t.Error(err)
	}
}

// Nothing of a stranger's artifact is looked at.
func TestNothingIsFetchedForAStrangers(t *testing.T) {
	b := newBench(t)
	digest := b.push(b.flow("orders", "1"), "shop/orders", "latest")
	judge, err := Load(t.Context(), b.policy(release))
	b.check(err)
	_, err = judge.Decide(t.Context(), Subject{
		Place: "registry.example/shop/orders", Digest: digest, Store: signing.Repository(b.repository("shop/orders")),
		Inspect: func(context.Context) (artifact.Info, error) { t.Error("it is fetched"); return artifact.Info{}, nil },
	})
	if err == nil {
		t.Error("it is trusted")
	}
}

func TestKeysThatArentThere(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "policy.yaml")
	if err := os.WriteFile(path, []byte("artifacts:\n  - keys: [a.pub, awskms:///later]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), Options{Policy: path}); err == nil || !strings.Contains(err.Error(), "policy.yaml:2:12: error: there is no key file") {
		t.Error(err)
	}
	if _, err := Load(t.Context(), Options{Keys: []string{filepath.Join(folder, "b.pub")}}); err == nil || !strings.Contains(err.Error(), "there is no key file") {
		t.Error(err)
	}
}

func TestVersionsOfTags(t *testing.T) {
	for _, c := range []struct {
		tag, version string
		is           bool
	}{
		{"1.4.0", "1.4.0", true}, {"v1.4.0", "1.4.0", true}, {"1.4.0", "v1.4.0", true}, {"1.4", "1.4.2", true}, {"1.4.0-rc.1", "1.4.0-rc.1", true},
		{"1.4.0_b7", "1.4.0+b7", true}, {"1.4.0", "1.4", false}, {"1.4", "1.40.0", false}, {"1.4.0", "1.4.0-rc.1", false}, {"1.4.0-rc", "1.4.0-rc.1", false},
		{"1.4.0", "1.3.9", false}, {"1.4.0", "", false}, {"1.4.0rc1", "1.3.0", false}, {"1.4.0.Final", "1.3.0", false}, {"V1.4.0", "1.3.0", false}, {"V1.4.0", "1.4.0", true},
	} {
		if !versionTag.MatchString(c.tag) || isVersion(c.tag, c.version) != c.is {
			t.Errorf("%s for %s: %v", c.tag, c.version, !c.is)
		}
	}
	for _, tag := range []string{"latest", "main", "production", "2024", "sha-0a1b"} {
		if versionTag.MatchString(tag) {
			t.Errorf("%s isn't a version", tag)
		}
	}
}
