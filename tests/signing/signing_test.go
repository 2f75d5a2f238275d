package signing_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/tests/registry"
)

const (
	provenance = statement.PredicateSLSA
	sbom       = statement.PredicateSPDX
	password   = "the same for both"
)

// A bench is an image in a real registry, a key pair in files, and the real
// cosign, which neither asks a transparency log nor the terminal.
type bench struct {
	t               *testing.T
	cosign          string
	folder          string // cosign's working folder
	repository      name.Repository
	digest          v1.Hash
	index           v1.ImageIndex
	private, public string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, cosign: registry.Program(t, "WEAVSTER_COSIGN"), folder: t.TempDir()}
	server := registry.Start(t, registry.Options{})
	registry.UseDockerConfig(t, t.TempDir())
	t.Setenv(signing.PasswordVariable, password)
	var err error
	if b.repository, err = name.NewRepository(server.Host + "/shop/orders"); err != nil {
		t.Fatal(err)
	}
	index, err := random.Index(1000, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	b.index = mutate.Annotations(index, map[string]string{"org.opencontainers.image.title": "orders"}).(v1.ImageIndex)
	if b.digest, err = b.index.Digest(); err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(b.repository.Tag("1.4.0"), b.index); err != nil {
		t.Fatal(err)
	}
	b.private, b.public = filepath.Join(b.folder, "weavster.key"), filepath.Join(b.folder, "weavster.pub")
	return b
}

// run has cosign do something, and gives what it printed.
func (b *bench) run(arguments ...string) (string, error) {
	command := exec.Command(b.cosign, arguments...)
	command.Dir = b.folder
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", errors.New(strings.Join(arguments, " ") + ": " + stderr.String())
	}
	return stdout.String(), nil
}

func (b *bench) must(arguments ...string) string {
	b.t.Helper()
	out, err := b.run(arguments...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) image() string { return b.repository.Digest(b.digest.String()).String() }

// ourKeys makes the key pair with our library, theirKeys with cosign.
func (b *bench) ourKeys() {
	b.t.Helper()
	pair, err := signing.Generate([]byte(password))
	if err == nil {
		err = errors.Join(os.WriteFile(b.private, pair.Private, 0o600), os.WriteFile(b.public, pair.Public, 0o644))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) theirKeys() {
	b.t.Helper()
	b.must("generate-key-pair", "--output-key-prefix", "weavster")
}

func (b *bench) signer() *signing.Signer {
	b.t.Helper()
	signer, err := signing.LoadSigner(b.t.Context(), b.private, signing.Keys{})
	if err != nil {
		b.t.Fatal(err)
	}
	return signer
}

func (b *bench) verifiers() []*signing.Verifier {
	b.t.Helper()
	verifier, err := signing.LoadVerifier(b.t.Context(), b.public, signing.Keys{})
	if err != nil {
		b.t.Fatal(err)
	}
	return []*signing.Verifier{verifier}
}

// sign signs and attests with our library.
func (b *bench) sign(store signing.Store) {
	b.t.Helper()
	ctx, signer := b.t.Context(), b.signer()
	annotations := map[string]string{"flow": "orders", "version": "1.4.0"}
	if err := errors.Join(
		signing.Sign(ctx, store, b.digest, signer, annotations),
		signing.Attest(ctx, store, b.digest, signer, provenance, []byte(b.attested()["slsaprovenance1"])),
		signing.Attest(ctx, store, b.digest, signer, sbom, []byte(b.attested()["spdxjson"])),
	); err != nil {
		b.t.Fatal(err)
	}
}

// attested are the predicates of the image, by the names that cosign has for
// their types: what weavster makes of a build.
func (b *bench) attested() map[string]string {
	b.t.Helper()
	build := &contract.Build{
		Schema: contract.BuildSchema, Weavster: "1.0.0", Flow: "orders", Target: "//flows:orders",
		Compilers: []contract.Compiler{{Name: contract.CompilerRustc, Version: "1.81.0"}},
		Crates:    []contract.Crate{{Name: "base64", Version: "0.22.1", License: "MIT OR Apache-2.0"}},
		Sources:   []contract.Source{{Role: contract.SourceFlow, Path: "flows/orders.yaml", SHA256: strings.Repeat("0", 64), Bytes: 7}},
	}
	subject := statement.Subject{Name: "orders", Digest: b.digest.String()}
	provenance, err := statement.Provenance(subject, statement.Run{Builder: "https://ci.example/tests"}, build)
	if err != nil {
		b.t.Fatal(err)
	}
	materials, err := statement.SPDX(subject, build)
	if err != nil {
		b.t.Fatal(err)
	}
	return map[string]string{"slsaprovenance1": string(provenance), "spdxjson": string(materials)}
}

func TestCosignVerifiesOurs(t *testing.T) {
	for _, keys := range []string{"our keys", "their keys"} {
		t.Run(keys, func(t *testing.T) {
			b := newBench(t)
			if keys == "our keys" {
				b.ourKeys()
			} else {
				b.theirKeys()
			}
			b.sign(signing.Repository(b.repository))
			offline := []string{"--key", "weavster.pub", "--insecure-ignore-tlog", "--offline"}
			b.must(append([]string{"verify", "-a", "flow=orders", "-a", "version=1.4.0", b.image()}, offline...)...)
			if _, err := b.run(append([]string{"verify", "-a", "flow=customers", b.image()}, offline...)...); err == nil {
				t.Error("cosign takes it for the signature of another flow")
			}
			for kind, text := range b.attested() {
				out := b.must(append([]string{"verify-attestation", "--type", kind, b.image()}, offline...)...)
				samePredicate(t, out, text)
			}
			if _, err := b.run(append([]string{"verify-attestation", "--type", "cyclonedx", b.image()}, offline...)...); err == nil {
				t.Error("cosign finds an attestation that wasn't made")
			}
		})
	}
}

// samePredicate holds what cosign printed, an envelope, against the predicate.
func samePredicate(t *testing.T, out, want string) {
	t.Helper()
	var envelope struct{ Payload []byte }
	var statement struct{ Predicate json.RawMessage }
	if err := json.Unmarshal([]byte(out), &envelope); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(envelope.Payload, &statement); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if string(statement.Predicate) != compact.String() {
		t.Errorf("cosign read %s, not %s", statement.Predicate, want)
	}
}

func TestKeysFromElsewhere(t *testing.T) {
	b := newBench(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b.importKey("weavster", rsaKey)
	store := signing.Repository(b.repository)
	b.sign(store)
	b.must("verify", "-a", "flow=orders", "--key", "weavster.pub", "--insecure-ignore-tlog", "--offline", b.image())
	b.verify(store)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b.importKey("ed", edKey)
	if _, err := signing.LoadSigner(t.Context(), filepath.Join(b.folder, "ed.key"), signing.Keys{}); err == nil || !strings.Contains(err.Error(), "is an Ed25519 key") {
		t.Errorf("a key whose signatures cosign doesn't verify: %v", err)
	}
}

// importKey has cosign make a key pair of a key in another program's form.
func (b *bench) importKey(name string, key any) {
	b.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(b.folder, name+".pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.must("import-key-pair", "--key", file, "--output-key-prefix", name)
}

func TestCosignVerifiesOurLayout(t *testing.T) {
	b := newBench(t)
	b.ourKeys()
	folder := b.layout()
	b.sign(signing.Layout(folder))
	for _, command := range [][]string{
		{"verify", "-a", "flow=orders"},
		{"verify-attestation", "--type", "slsaprovenance1"},
		{"verify-attestation", "--type", "spdxjson"},
	} {
		b.must(append(command, "--local-image", folder, "--key", "weavster.pub", "--insecure-ignore-tlog", "--offline")...)
	}
	loaded := b.repository.Registry.Repo("loaded", "orders")
	b.must("load", "--dir", folder, loaded.Tag("1.4.0").String())
	got, err := signing.Signatures(t.Context(), signing.Repository(loaded), b.digest, b.verifiers())
	if err != nil || len(got) != 1 {
		t.Errorf("what cosign loaded from our layout: %v, %v", got, err)
	}
}

// layout is the image alone, in a layout folder.
func (b *bench) layout() string {
	b.t.Helper()
	folder := filepath.Join(b.t.TempDir(), "layout")
	if _, err := layout.Write(folder, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: b.index})); err != nil {
		b.t.Fatal(err)
	}
	return folder
}

func TestWeVerifyWhatCosignSigned(t *testing.T) {
	for _, keys := range []string{"our keys", "their keys"} {
		t.Run(keys, func(t *testing.T) {
			b := newBench(t)
			if keys == "our keys" {
				b.ourKeys()
			} else {
				b.theirKeys()
			}
			b.cosignSigns()
			b.verify(signing.Repository(b.repository))
			saved := filepath.Join(t.TempDir(), "saved")
			b.must("save", "--dir", saved, b.image())
			b.verify(signing.Layout(saved))
		})
	}
}

func (b *bench) cosignSigns() {
	b.t.Helper()
	b.must("sign", "--key", "weavster.key", "--tlog-upload=false", "-a", "flow=orders", "-a", "version=1.4.0", b.image())
	for kind, text := range b.attested() {
		predicate := filepath.Join(b.folder, kind)
		if err := os.WriteFile(predicate, []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
		b.must("attest", "--key", "weavster.key", "--tlog-upload=false", "--type", kind, "--predicate", predicate, b.image())
	}
}

func (b *bench) verifySignature(store signing.Store) {
	b.t.Helper()
	got, err := signing.Signatures(b.t.Context(), store, b.digest, b.verifiers())
	if err != nil || len(got) != 1 || got[0].Annotations["flow"] != "orders" || got[0].Annotations["version"] != "1.4.0" {
		b.t.Fatalf("%s: %+v, %v", store, got, err)
	}
}

func (b *bench) verify(store signing.Store) {
	b.t.Helper()
	b.verifySignature(store)
	for _, kind := range []string{provenance, sbom} {
		if got, err := signing.Attestations(b.t.Context(), store, b.digest, b.verifiers(), kind); err != nil || len(got) != 1 {
			b.t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

// Who signs second keeps the first one's signature, whichever program it is.
func TestSignaturesOfBoth(t *testing.T) {
	b := newBench(t)
	b.theirKeys()
	b.cosignSigns()
	store := signing.Repository(b.repository)
	b.private, b.public = filepath.Join(b.folder, "second.key"), filepath.Join(b.folder, "second.pub")
	b.ourKeys()
	b.sign(store)
	b.must("sign", "--key", "second.key", "--tlog-upload=false", "-a", "by=cosign", b.image())
	for _, key := range []string{"weavster.pub", "second.pub"} {
		b.must("verify", "-a", "flow=orders", "--key", key, "--insecure-ignore-tlog", "--offline", b.image())
	}
	got, err := signing.Signatures(t.Context(), store, b.digest, b.verifiers())
	if err != nil || len(got) != 2 {
		t.Errorf("the second key's signatures: %+v, %v; want our one and cosign's", got, err)
	}
	if err := signing.Copy(t.Context(), store, signing.Layout(b.layout()), b.digest); err != nil {
		t.Errorf("copying them into a layout: %v", err)
	}
}
