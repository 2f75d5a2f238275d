package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/tests/registry"
)

// A published shop is one whose artifacts are in a real registry: the project
// at shop:1.0.0, its flow at shop/orders:1.0.0, both signed.
type published struct {
	*shop
	server *registry.Server
	signer *signing.Signer
	public string // the key's file
}

func publish(t *testing.T) *published {
	t.Helper()
	p := &published{shop: newShop(t), server: registry.Start(t, registry.Options{})}
	// Artifacts run where the user is, and not in the folder of their build.
	p.workspace = filepath.Join(p.workspace, "examples/shop")
	t.Setenv("BUILD_WORKSPACE_DIRECTORY", "")
	t.Setenv("BUILD_WORKING_DIRECTORY", "")
	t.Chdir(p.workspace)
	t.Setenv(signing.PasswordVariable, "secret")
	key := filepath.Join(t.TempDir(), "release")
	if a := weavster(t, "key", "generate", "--output", key); a.code != 0 {
		t.Fatal(a.err)
	}
	var err error
	if p.signer, err = signing.LoadSigner(t.Context(), key+".key", signing.Keys{}); err != nil {
		t.Fatal(err)
	}
	p.public = key + ".pub"
	p.push(t, "shop", p.contents, map[string]string{"project": "shop", "version": "1.0.0"})
	p.push(t, "shop/orders", bundle.Contents{Flows: p.contents.Flows}, map[string]string{"flow": "orders", "version": "1.0.0"})
	return p
}

func (p *published) push(t *testing.T, repository string, c bundle.Contents, annotations map[string]string) v1.Hash {
	t.Helper()
	index, err := artifact.Pack(c)
	if err != nil {
		t.Fatal(err)
	}
	repo, err := name.NewRepository(p.server.Host+"/"+repository, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(repo.Tag("1.0.0"), index); err != nil {
		t.Fatal(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := signing.Sign(t.Context(), signing.Repository(repo), digest, p.signer, annotations); err != nil {
		t.Fatal(err)
	}
	return digest
}

func (p *published) reference(repository string) string {
	return "oci://" + p.server.Host + "/" + repository + ":1.0.0"
}

// runs runs artifacts, and expects one flow to have run.
func (p *published) runs(t *testing.T, args ...string) {
	t.Helper()
	a := weavster(t, append([]string{"run", "--json", "--insecure-registry", "--key", p.public}, args...)...)
	var summary struct {
		Flows []struct{ Delivered int } `json:"flows"`
	}
	if a.code != 0 {
		t.Fatalf("exit code %d: %s", a.code, a.err)
	}
	if err := json.Unmarshal([]byte(a.out), &summary); err != nil || len(summary.Flows) != 1 {
		t.Errorf("%v, %s%s", err, a.out, a.err)
	}
}

func TestAProjectsArtifactRuns(t *testing.T) {
	p := publish(t)
	t.Setenv("TMPDIR", t.TempDir())
	p.runs(t, p.reference("shop"))
	if got := p.sqlOf(t, "select count(*) from sales.orders"); got != "count\n1\n" {
		t.Error(got)
	}
	if _, err := os.Stat(filepath.Join(p.workspace, "out/dead.jsonl")); err != nil {
		t.Errorf("paths don't start where the user is: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "weavster-run-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("what was unpacked is left: %v %v", left, err)
	}
}

func (p *published) sqlOf(t *testing.T, query string) string {
	t.Helper()
	a := weavster(t, "sql", "--bundle", p.bundle, "--project", p.workspace, "--csv", query)
	if a.code != 0 {
		t.Fatal(a.err)
	}
	return a.out
}

// One flow is deployed without the rest, with the operator's configuration.
func TestAFlowsArtifactRunsWithTheOperatorsConfiguration(t *testing.T) {
	p := publish(t)
	a := weavster(t, "run", "--insecure-registry", "--key", p.public, p.reference("shop/orders"))
	if a.code != 1 || !strings.Contains(a.err, "it is one flow: connectors say where its data comes from and goes") {
		t.Errorf("%d %s", a.code, a.err)
	}
	for name, path := range p.contents.Config {
		writeFile(t, filepath.Join(p.workspace, name), readFile(t, path))
	}
	p.runs(t, p.reference("shop/orders"), "--project", p.workspace)
	if got := p.sqlOf(t, "select count(*) from sales.orders"); got != "count\n1\n" {
		t.Error(got)
	}
}

// What is said to look at next asks the database of this run, or isn't said.
func TestAnArtifactsHintsLeadToItsRows(t *testing.T) {
	p := publish(t)
	run := []string{"run", "--insecure-registry", "--key", p.public, p.reference("shop")}
	if a := weavster(t, run...); a.code != 0 || !strings.Contains(a.out, "dead letters        3") || strings.Contains(a.out, "weavster sql") || strings.Contains(a.out, "dead-letter list") {
		t.Errorf("in a folder that isn't the project's: %+v", a)
	}
	writeFile(t, "weavster.yaml", "name: shop\nversion: 1.0.0\n")
	if a := weavster(t, run...); a.code != 0 || !strings.Contains(a.out, "weavster sql") {
		t.Errorf("in the project's: %+v", a)
	}
}

// Beside a project, a flow that is given by itself stands for the project's.
func TestAFlowStandsInForTheProjects(t *testing.T) {
	p := publish(t)
	p.runs(t, p.reference("shop"), p.reference("shop/orders"))
	for want, args := range map[string][]string{
		"is a second project: one run has one": {p.reference("shop"), p.reference("shop")},
		"flow orders is given twice":           {p.reference("shop/orders"), p.reference("shop/orders")},
		"--bundle names what was built":        {p.reference("shop"), "--bundle", p.bundle},
		"there is no folder \"orders.oci\"":    {"orders.oci"},
	} {
		a := weavster(t, append([]string{"run", "--insecure-registry", "--key", p.public}, args...)...)
		if a.code != 2 || !strings.Contains(a.err, want) {
			t.Errorf("%d %s, want %s", a.code, a.err, want)
		}
	}
}

// Nothing runs, and nothing is unpacked, before the artifact is trusted.
func TestWhatIsntTrustedDoesntRun(t *testing.T) {
	p := publish(t)
	other := filepath.Join(t.TempDir(), "other")
	if a := weavster(t, "key", "generate", "--output", other); a.code != 0 {
		t.Fatal(a.err)
	}
	for want, args := range map[string][]string{
		"nothing says whom to trust: name the operator's policy with --trust-policy FILE": nil,
		"it is signed, but by nobody who is trusted":                                      {"--key", other + ".pub"},
	} {
		a := weavster(t, append([]string{"run", "--insecure-registry", p.reference("shop")}, args...)...)
		if a.code != 1 || !strings.Contains(a.err, want) || a.out != "" {
			t.Errorf("%d %s, want %s", a.code, a.err, want)
		}
	}
	if fetchedLayers(p.server.Log.String()) {
		t.Error("layers were fetched")
	}
	if _, err := os.Stat(filepath.Join(p.workspace, "out")); err == nil {
		t.Error("it ran")
	}
}

// fetchedLayers says whether a project's layers were asked for, and not only
// its signatures, of which there is one layer.
func fetchedLayers(log string) bool {
	count := 0
	for _, line := range strings.Split(log, "\n") {
		if strings.Contains(line, "http.request.method=GET") && strings.Contains(line, "/v2/shop/blobs/") {
			count++
		}
	}
	return count > 1
}

// The policy pins which configuration an artifact may run with.
func TestTheConfigurationIsPinned(t *testing.T) {
	p := publish(t)
	reference := p.reference("shop")
	a := weavster(t, "config", "digest", "--insecure-registry", "--key", p.public, reference)
	digest := strings.TrimSpace(a.out)
	if a.code != 0 || !strings.HasPrefix(digest, "sha256:") {
		t.Fatalf("%d %s%s", a.code, a.out, a.err)
	}
	shown := weavster(t, "config", "digest", "--text", "--insecure-registry", "--key", p.public, reference)
	if !strings.Contains(shown.out, `"file.orders":{"path":"data/orders.jsonl","type":"file"}`) || strings.Contains(shown.out, "***@") && strings.Contains(shown.out, "secret") {
		t.Error(shown.out)
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	writeFile(t, policy, "artifacts:\n  - keys: ["+p.public+"]\n    configuration: "+digest+"\n")
	other := weavster(t, "run", "--insecure-registry", "--trust-policy", policy, "--vars", "tier=silver", reference)
	if other.code != 1 || !strings.Contains(other.err, "the trust policy lets it run with the configuration "+digest) {
		t.Errorf("%d %s", other.code, other.err)
	}
	if a := weavster(t, "run", "--insecure-registry", "--trust-policy", policy, reference); a.code != 0 {
		t.Errorf("%d %s", a.code, a.err)
	}
}

func TestVerify(t *testing.T) {
	p := publish(t)
	a := weavster(t, "verify", "--insecure-registry", "--key", p.public, p.reference("shop/orders"))
	for _, want := range []string{"trusted       " + p.reference("shop/orders") + "\n", "digest        sha256:", "flow          orders\n", "signed by     " + p.public + " (sha256:", "              version=1.0.0\n"} {
		if a.code != 0 || !strings.Contains(a.out, want) {
			t.Errorf("%d %s%s lacks %q", a.code, a.out, a.err, want)
		}
	}
	// A layer that is changed where the registry keeps it.
	changed := 0
	err := filepath.WalkDir(p.server.Folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "data" || !strings.Contains(path, "blobs/sha256") {
			return err
		}
		text := readFile(t, path)
		if !strings.HasPrefix(text, "\x1f\x8b") {
			return nil
		}
		changed++
		return os.WriteFile(path, []byte(text[:len(text)-1]+"?"), 0o600)
	})
	if err != nil || changed == 0 {
		t.Fatalf("%d layers: %v", changed, err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if a := weavster(t, "verify", "--insecure-registry", "--key", p.public, p.reference("shop/orders")); a.code != 1 || !strings.Contains(a.err, "wrong content") {
		t.Errorf("a changed layer: %d %s", a.code, a.err)
	}
	if a := weavster(t, "verify", "--json", "--insecure-registry", "--key", p.public, p.reference("shop/orders")); a.code != 1 || !strings.Contains(a.out, `"reason": "damaged"`) || a.err != "" {
		t.Errorf("a changed layer: %d %s%s", a.code, a.out, a.err)
	}
	j := weavster(t, "verify", "--json", "--insecure-registry", "--key", p.public, p.reference("shop")+"@sha256:"+strings.Repeat("0", 64))
	if j.code != 1 {
		t.Errorf("%d %s%s", j.code, j.out, j.err)
	}
}

// diff runs the modules of images that are trusted, and of no others.
func TestDiffRunsWhatIsTrusted(t *testing.T) {
	p := publish(t)
	writeFile(t, "samples.jsonl", "v\n")
	args := []string{"diff", "--insecure-registry", "--messages", "samples.jsonl", p.reference("shop"), p.bundle}
	if a := weavster(t, args...); a.code != 2 || !strings.Contains(a.err, "nothing says whom to trust") {
		t.Errorf("%d %s%s", a.code, a.out, a.err)
	}
	if a := weavster(t, append(args, "--key", p.public)...); a.code != 0 || !strings.Contains(a.out, "no difference") {
		t.Errorf("%d %s%s", a.code, a.out, a.err)
	}
}
