package policy

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/weavster/weavster/codegen/source"
)

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestParse(t *testing.T) {
	text := `
artifacts:
  - match: registry.example/shop/**
    keys: [release.pub, /etc/keys/security.pub, awskms:///alias/release, env://KEY]
    annotations: {version: 1.10}
    digests: ` + digest + `
    attestations: [sbom]
    builders: [https://ci.example/build]
    configuration: ` + digest + `
  - keys: other.pub
`
	var diags source.Diagnostics
	p := Parse(source.NewFile("/etc/weavster/policy.yaml", []byte(text)), Operator, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	want := []*Entry{
		{
			At: "/etc/weavster/policy.yaml:3", Match: "registry.example/shop/**",
			Keys: []Key{{Reference: "/etc/weavster/release.pub"}, {Reference: "/etc/keys/security.pub"}, {Reference: "awskms:///alias/release"}, {Reference: "env://KEY"}},
			// 1.10 is text, and not a number.
			Annotations: map[string]string{"version": "1.10"}, Digests: []string{digest}, Attestations: []string{SBOM, Provenance},
			Builders: []string{"https://ci.example/build"}, Configuration: digest,
		},
		{At: "/etc/weavster/policy.yaml:10", Match: "**", Keys: []Key{{Reference: "/etc/weavster/other.pub"}}, Annotations: map[string]string{}},
	}
	if diff := cmp.Diff(want, p.Entries, cmpopts.IgnoreUnexported(Key{})); diff != "" {
		t.Error(diff)
	}
}

// A slip in a policy must not become a check that isn't made.
func TestSlipsAreErrors(t *testing.T) {
	for text, want := range map[string]string{
		"artifacts:\n  - keys: [a.pub]\n    annotation: {version: 1}\n":   `policy.yaml:3:5: error: unknown key "annotation" in "artifacts"; did you mean "annotations"?`,
		"artifacts:\n  - keys: [a.pub]\n    keys: [b.pub]\n":              "policy.yaml:3:5: ",
		"artifact:\n  - keys: [a.pub]\n":                                  `did you mean "artifacts"?`,
		"artifacts: []\n":                                                 "policy.yaml:1:12: error: the policy has no entry: nothing would be trusted",
		"artifacts:\n  - match: x/**\n":                                   `policy.yaml:2:5: error: an operator's policy says by its "keys" who is trusted`,
		"artifacts:\n  - keys: []\n":                                      `policy.yaml:2:11: error: "keys" is empty`,
		"artifacts:\n  - keys: [a]\n    digests: []\n":                    `policy.yaml:3:14: error: "digests" is empty`,
		"artifacts:\n  - keys: [a]\n    digests: [sha256:12]\n":           `"sha256:12" isn't a digest`,
		"artifacts:\n  - keys: [a]\n    configuration: 12\n":              `"12" isn't a digest`,
		"artifacts:\n  - keys: [a]\n    attestations: [provenence]\n":     `"provenence" is no type of attestation; did you mean "provenance"?`,
		"artifacts:\n  - keys: [a]\n    match: oci://x/y\n":               "leave the scheme out",
		"artifacts:\n  - keys: [a]\n    match: x:5000/y:1.0\n":            "it is about repositories",
		"artifacts:\n  - keys: [a]\n    match: x/y**\n":                   "** stands alone between slashes",
		"artifacts:\n  - keys: [a]\n    match: x/[y\n":                    "",
		"artifacts:\n  - keys: [a]\n    annotations: {version: [1, 2]}\n": `"version" has to be text, not a list`,
		"- keys: [a]\n": "trust policy has to be a mapping, not a list",
	} {
		var diags source.Diagnostics
		Parse(source.NewFile("policy.yaml", []byte(text)), Operator, &diags)
		if err := diags.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// A project's own policy needn't name keys: it asks for no other than the operator's.
func TestAProjectsPolicyNeedsNoKeys(t *testing.T) {
	var diags source.Diagnostics
	Parse(source.NewFile("policy.yaml", []byte("artifacts:\n  - attestations: [sbom]\n")), Project, &diags)
	if err := diags.Err(); err != nil {
		t.Error(err)
	}
}

func TestTheFirstEntryThatMatchesDecides(t *testing.T) {
	text := "artifacts:\n"
	for _, match := range []string{"registry.example/shop/orders", "registry.example/shop/*", "registry.example/**/returns", "*.example/*/x-*", "localhost:5000/**", "/srv/artifacts/**", "Other.test:443/Shop"} {
		text += "  - {match: '" + match + "', keys: [a]}\n"
	}
	var diags source.Diagnostics
	p := Parse(source.NewFile("p", []byte(text)), Operator, &diags)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]string{
		"registry.example/shop/orders":      "p:2",
		"registry.example/shop/returns":     "p:3",
		"registry.example/shop":             "",
		"REGISTRY.example/shop/orders":      "p:2",
		"registry.example:443/shop/orders":  "p:2",
		"registry.example./shop/orders":     "p:2",
		"registry.example.:80/shop/orders":  "p:2",
		"registry.example:8443/shop/orders": "",
		"registry.example/shop/ORDERS":      "p:3",
		"other.test/Shop":                   "p:8",
		"/SRV/artifacts/shop":               "",
		"registry.example/a/b/returns":      "p:4",
		"registry.example/returns":          "p:4",
		"registry.example/a/returns/b":      "",
		"other.example/a/x-1":               "p:5",
		"other.example/a/b/x-1":             "",
		"localhost:5000/anything/at/all":    "p:6",
		"localhost:5001/anything":           "",
		"/srv/artifacts/shop":               "p:7",
		"/srv/other":                        "",
		"registry.example.evil/shop/orders": "",
		"evil/registry.example/shop/orders": "",
	} {
		got := ""
		if e := p.Find(place); e != nil {
			got = e.At
		}
		if got != want {
			t.Errorf("%s: entry %q, want %q", place, got, want)
		}
	}
}

// A pattern of many stars is no way to keep the program busy.
func TestPatternsAreMatchedFast(t *testing.T) {
	pattern := strings.Repeat("**/a/", 2000) + "b"
	if matches(pattern, strings.Repeat("a/", 2000)+"c") {
		t.Error("it matches")
	}
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), FileName), Operator); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	if _, err := Read(t.TempDir(), Operator); err == nil || !strings.Contains(err.Error(), "isn't a file of at most") {
		t.Error(err)
	}
}
