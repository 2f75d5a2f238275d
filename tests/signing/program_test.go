package signing_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weavster/weavster/runtime/artifact/statement"
	"github.com/weavster/weavster/tests/registry"
)

// layoutFolder is an image that Bazel has built, where its real files are: a
// sandbox has links, which aren't taken for blobs.
func layoutFolder(t *testing.T, variable string) string {
	t.Helper()
	index, err := filepath.EvalSymlinks(filepath.Join(registry.Program(t, variable), "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(index)
}

// weavster runs the command line itself.
func (b *bench) weavster(arguments ...string) string {
	b.t.Helper()
	command := exec.Command(registry.Program(b.t, "WEAVSTER"), arguments...)
	command.Dir = b.folder
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		b.t.Fatalf("weavster %s: %v\n%s", strings.Join(arguments, " "), err, stderr.String())
	}
	return stdout.String()
}

// predicate is what cosign found attested of an image, and by our key.
func (b *bench) predicate(kind, image string) []byte {
	b.t.Helper()
	out := b.must("verify-attestation", "--type", kind, "--key", "weavster.pub", "--insecure-ignore-tlog", "--offline", image)
	var envelope struct{ Payload []byte }
	var stated struct{ Predicate json.RawMessage }
	if err := json.Unmarshal([]byte(out), &envelope); err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(envelope.Payload, &stated); err != nil {
		b.t.Fatal(err)
	}
	return stated.Predicate
}

// packages are the names in a bill of materials that SPDX's schema takes.
func packages(t *testing.T, document []byte) (names []string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(os.Getenv("TEST_SRCDIR"), os.Getenv("SPDX_SCHEMA")))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Error(err)
	}
	var materials struct{ Packages []struct{ Name string } }
	if err := json.Unmarshal(document, &materials); err != nil {
		t.Fatal(err)
	}
	for _, p := range materials.Packages {
		names = append(names, p.Name)
	}
	return names
}

// Weavster's own images are pushed with all that artifacts have.
func TestImagesThatAreRunAreAttested(t *testing.T) {
	linked := []string{
		"github.com/sigstore/cosign/v2", "github.com/tetratelabs/wazero", "github.com/jackc/pgx/v5", "golang.org/x/crypto/x509roots/fallback",
		"stdlib", "minijinja", "weavster",
	}
	for _, c := range []struct {
		image, claim string
		parts        []string
		stated       statement.Stated
	}{
		{"RUNTIME_IMAGE", "runtime=weavster", linked, statement.Stated{Program: "weavster"}},
		{"APPLICATION_IMAGE", "application=shop", append(slices.Clone(linked), "orders", "jiff"), statement.Stated{Program: "weavster", Project: "shop"}},
	} {
		t.Run(c.image, func(t *testing.T) {
			folder := layoutFolder(t, c.image)
			b := newBench(t)
			b.ourKeys()
			var pushed []struct{ Digest, Reference string }
			out := b.weavster("push", folder, "--repository", b.repository.RegistryStr()+"/tools/image", "--insecure-registry", "--sign", "--key", b.private, "--json")
			if err := json.Unmarshal([]byte(out), &pushed); err != nil || len(pushed) != 1 {
				t.Fatalf("%v: %s", err, out)
			}
			image := strings.TrimPrefix(pushed[0].Reference, "oci://")
			b.must("verify", "-a", c.claim, "--key", "weavster.pub", "--insecure-ignore-tlog", "--offline", image)
			names := packages(t, b.predicate("spdxjson", image))
			for _, want := range c.parts {
				if !slices.Contains(names, want) {
					t.Errorf("%s isn't in the bill of materials", want)
				}
			}
			for _, other := range []string{"github.com/google/go-cmp", "cuelabs.dev/go/oci/ociregistry", "golang.org/x/tools", "serde_derive"} {
				if slices.Contains(names, other) {
					t.Errorf("%s is in the bill of materials, and not in the image", other)
				}
			}
			stated, err := statement.ParseProvenance(b.predicate("slsaprovenance1", image))
			if err != nil {
				t.Fatal(err)
			}
			if stated.BuildType != statement.BuildTypeImage || stated.Program != c.stated.Program || stated.Project != c.stated.Project || stated.Materials < 100 {
				t.Errorf("got %+v", stated)
			}
			if out := b.weavster("inspect", folder); !strings.Contains(out, "an image that runs flows") || !strings.Contains(out, "Go modules") {
				t.Errorf("inspect says %s", out)
			}
			if own := packages(t, []byte(b.weavster("inspect", folder, "--sbom"))); !slices.Equal(own, names) {
				t.Errorf("inspect lists %v", own)
			}
		})
	}
}
