package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/artifact/signing"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/tests/registry"
)

// packed are the images of a project and its two flows, as layout folders.
func packed(t *testing.T, config string) []string {
	t.Helper()
	parts, out := t.TempDir(), t.TempDir()
	file := func(name, text string) string {
		writeFile(t, filepath.Join(parts, name), text)
		return filepath.Join(parts, name)
	}
	project := bundle.Contents{Config: map[string]string{"weavster.yaml": file("weavster.yaml", config)}, Flows: map[string]bundle.FlowFiles{}}
	write := func(folder string, c bundle.Contents) string {
		index, err := artifact.Pack(c)
		if err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(out, folder)
		if err := artifact.WriteLayout(folder, index); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	var folders []string
	for _, name := range []string{"orders", "returns"} {
		manifest, err := json.Marshal(contract.Manifest{ABI: contract.ABIVersion, Compiler: "weavster 1.0.0", Flow: name, File: "flows/" + name + ".yaml"})
		if err != nil {
			t.Fatal(err)
		}
		build, err := (&contract.Build{Schema: contract.BuildSchema, Weavster: contract.Version, Flow: name, Target: "//flows:" + name}).JSON()
		if err != nil {
			t.Fatal(err)
		}
		files := bundle.FlowFiles{
			Module: file(name+".wasm", "\x00asm"+strings.Repeat(name, 1000)), Manifest: file(name+".json", string(manifest)), Build: file(name+".build", string(build)),
		}
		project.Flows[name] = files
		folders = append(folders, write(name, bundle.Contents{Flows: map[string]bundle.FlowFiles{name: files}}))
	}
	return append(folders, write("project", project))
}

const shopConfig = "name: shop\nversion: 1.4.0\n"

// pushes runs the command and gives what it prints as JSON.
func pushes(t *testing.T, args ...string) []pushedImage {
	t.Helper()
	a := weavster(t, append([]string{"push", "--json"}, args...)...)
	if a.code != 0 {
		t.Fatalf("push %v: %s", args, a.err)
	}
	var pushed []pushedImage
	if err := json.Unmarshal([]byte(a.out), &pushed); err != nil {
		t.Fatalf("%v: %s", err, a.out)
	}
	return pushed
}

func TestPush(t *testing.T) {
	s := registry.Start(t, registry.Options{TLS: true, BasicAuth: true})
	s.Login(t, registry.Password)
	folders := packed(t, shopConfig)
	pushed := pushes(t, append(folders, "--ca-file", s.CAFile, "--repository", s.Host+"/team/shop")...)
	var got []string
	for _, p := range pushed {
		got = append(got, p.Name+" "+strings.Join(p.Tags, ",")+" "+strings.TrimPrefix(p.Reference, "oci://"+s.Host))
	}
	want := []string{
		"shop 1.4.0 /team/shop@" + pushed[0].Digest.String(),
		"orders 1.4.0 /team/shop/orders@" + pushed[1].Digest.String(),
		"returns 1.4.0 /team/shop/returns@" + pushed[2].Digest.String(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// The flows' layers came with the project's image.
	if pushed[0].Sent != 5 || pushed[1].Mounted != 1 || pushed[2].Mounted != 1 {
		t.Errorf("got %+v", pushed)
	}
	crane := registry.Program(t, "WEAVSTER_CRANE")
	t.Setenv("SSL_CERT_FILE", s.CAFile)
	for _, name := range []string{"team/shop", "team/shop/orders", "team/shop/returns"} {
		if out, err := exec.Command(crane, "validate", "--remote", s.Host+"/"+name+":1.4.0").CombinedOutput(); err != nil {
			t.Errorf("crane: %v: %s", err, out)
		}
	}
	a := weavster(t, append([]string{"push", "--ca-file", s.CAFile, "--repository", s.Host + "/team/shop", "--tag", "latest"}, folders...)...)
	if lines := strings.Split(a.out, "\n"); a.code != 0 || !strings.HasPrefix(lines[0], "NAME") || !strings.HasPrefix(lines[1], "shop     latest  0     0        5") {
		t.Errorf("the second push: %+v", a)
	}
}

// Flags come before the environment, and that before what BUILD says.
func TestPushesWhere(t *testing.T) {
	s := registry.Start(t, registry.Options{})
	folders := packed(t, shopConfig)
	status := filepath.Join(t.TempDir(), "stable-status.txt")
	writeFile(t, status, "BUILD_HOST here\nSTABLE_GIT_COMMIT 4f2a9c1\n")
	t.Setenv(statusVariable, status+":"+status)
	rule := append(folders, "--rule-repository", s.Host+"/of-build", "--rule-tag", "git-{STABLE_GIT_COMMIT}", "--rule-tag", "main")
	tag := func(args ...string) string {
		p := pushes(t, args...)[0]
		return strings.TrimPrefix(strings.Split(p.Reference, "@")[0], "oci://"+s.Host+"/") + ":" + strings.Join(p.Tags, ",")
	}
	if got := tag(rule...); got != "of-build:git-4f2a9c1,main" {
		t.Errorf("what BUILD says: %s", got)
	}
	t.Setenv(repositoryVariable, s.Host+"/of-environment")
	t.Setenv(tagVariable, "a,b")
	if got := tag(rule...); got != "of-environment:a,b" {
		t.Errorf("what the environment says: %s", got)
	}
	if got := tag(append(rule, "--repository", "oci://"+s.Host+"/of-flags", "--tag", "c")...); got != "of-flags:c" {
		t.Errorf("what flags say: %s", got)
	}
	if got := pushes(t, append(folders, "--flow", "returns")...); len(got) != 1 || got[0].Name != "returns" || !strings.Contains(got[0].Reference, "/of-environment/returns@") {
		t.Errorf("one flow: %+v", got)
	}
}

func TestPushRefuses(t *testing.T) {
	folders := packed(t, shopConfig)
	status := filepath.Join(t.TempDir(), "stable-status.txt")
	writeFile(t, status, "BUILD_HOST here\n")
	t.Setenv(statusVariable, status)
	for name, c := range map[string]struct {
		args []string
		want string
		code int
	}{
		"no repository":        {nil, "push needs a repository, such as registry.example/shop", exitUsage},
		"more than one":        {[]string{"--repository", "registry.example/shop:1"}, "is more than a repository: tags are given by --tag", exitUsage},
		"no host":              {[]string{"--repository", "shop"}, "names no registry", exitUsage},
		"no tag":               {[]string{"--repository", "registry.example/shop", "--tag", "a b"}, `"a b" can't be a tag`, exitUsage},
		"no such flow":         {[]string{"--repository", "registry.example/shop", "--flow", "order"}, `did you mean "orders"?`, exitUsage},
		"a name nobody knows":  {[]string{"--rule-repository", "registry.example/{TEAM}"}, "nothing says what {TEAM} is", exitFailed},
		"no certificates":      {[]string{"--repository", "192.0.2.1:1/shop", "--ca-file", status}, "holds none in PEM", exitFailed},
		"a key, and no --sign": {[]string{"--repository", "registry.example/shop", "--key", "x"}, "add --sign", exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			a := weavster(t, append(append([]string{"push"}, folders...), c.args...)...)
			if a.code != c.code || !strings.Contains(a.err, c.want) {
				t.Errorf("got %+v; want %s", a, c.want)
			}
		})
	}
	noVersion := packed(t, "name: shop\n")
	if a := weavster(t, append([]string{"push", "--repository", "registry.example/shop"}, noVersion...)...); a.code != exitUsage || !strings.Contains(a.err, "push needs a tag") {
		t.Errorf("got %+v", a)
	}
}

// An image is signed before a tag leads to it, and signatures that were made
// beside it go along.
func TestPushSigns(t *testing.T) {
	s := registry.Start(t, registry.Options{})
	folders := packed(t, shopConfig)
	keys := t.TempDir()
	t.Setenv("COSIGN_PASSWORD", "")
	if a := weavster(t, "key", "generate", "--output", filepath.Join(keys, "release")); a.code != 0 {
		t.Fatal(a.err)
	}
	private := filepath.Join(keys, "release.key")
	pushed := pushes(t, append(folders, "--repository", s.Host+"/shop", "--sign", "--key", private)...)
	crane := registry.Program(t, "WEAVSTER_CRANE")
	for _, p := range pushed {
		repository := strings.TrimPrefix(strings.Split(p.Reference, "@")[0], "oci://")
		out, err := exec.Command(crane, "ls", repository).CombinedOutput()
		tag := strings.Replace(p.Digest.String(), ":", "-", 1) + ".sig"
		if err != nil || !strings.Contains(string(out), tag) || !p.Signed {
			t.Errorf("%s: %v: %s", repository, err, out)
		}
	}
	var written []string
	for line := range strings.Lines(s.Log.String()) {
		if m := manifestWritten.FindStringSubmatch(line); m != nil {
			written = append(written, m[1])
		}
	}
	first := slices.Index(written, "1.4.0")
	for _, p := range pushed {
		tag := strings.Replace(p.Digest.String(), ":", "-", 1) + ".sig"
		if at := slices.Index(written, tag); at < 0 || at > first {
			t.Errorf("%s is signed too late: %v", p.Name, written)
		}
	}
	a := weavster(t, "inspect", "oci://"+s.Host+"/shop:1.4.0", "--insecure-registry", "--no-cache", "--key", filepath.Join(keys, "release.pub"))
	for _, want := range []string{"project=shop version=1.4.0", "built by ", "attested; --sbom"} {
		if a.code != 0 || !strings.Contains(a.out, want) {
			t.Errorf("inspect doesn't say %q: %+v", want, a)
		}
	}
}

var manifestWritten = regexp.MustCompile(`response completed.*method=PUT.*/manifests/([^" ]+)`)

// Weavster's own image, and one with a project in it, go where they are told
// to and are signed as what they are.
func TestPushSendsImagesThatAreRun(t *testing.T) {
	s := registry.Start(t, registry.Options{})
	image, err := random.Image(100, 2)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{Add: mutate.MediaType(image, types.OCIManifestSchema1)})
	folder := filepath.Join(t.TempDir(), "layout")
	if err := artifact.WriteLayout(folder, mutate.Annotations(index, map[string]string{
		artifact.AnnotationKind: "runtime", artifact.AnnotationTitle: "weavster", artifact.AnnotationVersion: "0.1.0",
	}).(v1.ImageIndex)); err != nil {
		t.Fatal(err)
	}
	t.Setenv(signing.PasswordVariable, "secret")
	key := filepath.Join(t.TempDir(), "release")
	succeed(t, "key", "generate", "--output", key)
	pushed := pushes(t, folder, "--repository", s.Host+"/tools/weavster", "--sign", "--key", key+".key")
	want := "oci://" + s.Host + "/tools/weavster@" + pushed[0].Digest.String()
	if len(pushed) != 1 || pushed[0].Reference != want || pushed[0].Kind != "runtime" || !pushed[0].Signed || !slices.Equal(pushed[0].Tags, []string{"0.1.0"}) {
		t.Errorf("got %+v", pushed)
	}
}
