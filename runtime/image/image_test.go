package image

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
	"github.com/weavster/weavster/runtime/bundle"
)

func write(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeProgram is the beginning of a program, which is all that is looked at.
func fakeProgram(t *testing.T, machine elf.Machine, segments ...elf.ProgType) string {
	t.Helper()
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1,
		Phoff: 64, Phentsize: 56, Phnum: uint16(len(segments)), Ehsize: 64,
	}
	copy(header.Ident[:], elf.ELFMAG+"\x02\x01\x01")
	var text bytes.Buffer
	for _, part := range append([]any{header}, progs(segments)...) {
		if err := binary.Write(&text, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, text.Bytes())
}

func progs(types []elf.ProgType) []any {
	var list []any
	for _, p := range types {
		list = append(list, elf.Prog64{Type: uint32(p)})
	}
	return list
}

func programs(t *testing.T) map[string]string {
	return map[string]string{
		"amd64": fakeProgram(t, elf.EM_X86_64, elf.PT_LOAD),
		"arm64": fakeProgram(t, elf.EM_AARCH64, elf.PT_LOAD),
	}
}

func runtimeOf(t *testing.T, commit string) v1.ImageIndex {
	t.Helper()
	index, err := New(Options{Programs: programs(t), Commit: commit})
	if err != nil {
		t.Fatal(err)
	}
	return written(t, index)
}

// written is an image as others get it.
func written(t *testing.T, index v1.ImageIndex) v1.ImageIndex {
	t.Helper()
	folder := t.TempDir()
	if err := artifact.WriteLayout(folder, index); err != nil {
		t.Fatal(err)
	}
	read, err := artifact.ReadLayout(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(read); err != nil {
		t.Fatal(err)
	}
	return read
}

func projectOf(t *testing.T) v1.ImageIndex {
	t.Helper()
	manifest, err := json.Marshal(contract.Manifest{ABI: contract.ABIVersion, Compiler: "weavster 1.0.0", Flow: "orders", File: "flows/orders.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	index, err := artifact.Pack(bundle.Contents{
		Config: map[string]string{"weavster.yaml": write(t, []byte("name: shop\nversion: 1.4.0\n"))},
		Flows: map[string]bundle.FlowFiles{"orders": {
			Module: write(t, []byte("\x00asm")), Manifest: write(t, manifest), Source: write(t, []byte("input: file.in\n")),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// images are an index's, by platform.
func images(t *testing.T, index v1.ImageIndex) map[string]v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]v1.Image{}
	for _, d := range manifest.Manifests {
		image, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		all[d.Platform.String()] = image
	}
	return all
}

func configOf(t *testing.T, image v1.Image) v1.Config {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config.Config
}

// entries are all that layers unpack to, with the modes that matter.
func entries(t *testing.T, image v1.Image) (names []string, files map[string]string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, l := range layers {
		unpacked, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		defer unpacked.Close()
		for archive := tar.NewReader(unpacked); ; {
			h, err := archive.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			text, readErr := io.ReadAll(archive)
			if err := errors.Join(err, readErr); err != nil {
				t.Fatal(err)
			}
			names = append(names, fmt.Sprintf("%s %o %d", h.Name, h.Mode, h.Uid))
			files[h.Name] = string(text)
		}
	}
	return names, files
}

func TestTheRuntimeHasWhatItNeedsAndNoMore(t *testing.T) {
	all := images(t, runtimeOf(t, "abc"))
	if len(all) != 2 {
		t.Fatalf("got %v", all)
	}
	for platform, image := range all {
		names, files := entries(t, image)
		want := []string{
			"etc/group 444 0", "etc/passwd 444 0", "etc/ssl/certs/ca-certificates.crt 444 0",
			"home/weavster/ 755 65532", "tmp/ 1777 0", "weavster 555 0",
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: %s", platform, diff)
		}
		if !strings.Contains(files["etc/passwd"], "weavster:x:65532:65532:weavster:/home/weavster:/\n") {
			t.Errorf("/etc/passwd is %s", files["etc/passwd"])
		}
		certificates := files["etc/ssl/certs/ca-certificates.crt"]
		if n := strings.Count(certificates, "BEGIN CERTIFICATE"); n < 100 || !x509.NewCertPool().AppendCertsFromPEM([]byte(certificates)) {
			t.Errorf("%d certificates, of which none can be read", n)
		}
		config := configOf(t, image)
		if config.User != "65532:65532" || config.WorkingDir != "/home/weavster" || !slices.Equal(config.Entrypoint, []string{"/weavster"}) || config.Cmd != nil {
			t.Errorf("%s: got %+v", platform, config)
		}
		if config.Labels["org.opencontainers.image.revision"] != "abc" || config.Labels["org.opencontainers.image.version"] != contract.Version {
			t.Errorf("%s: got %v", platform, config.Labels)
		}
	}
}

func TestADigestIsOfWhatWentIn(t *testing.T) {
	digest := func(commit string) string {
		d, err := runtimeOf(t, commit).Digest()
		if err != nil {
			t.Fatal(err)
		}
		return d.String()
	}
	if a, b := digest("abc"), digest("abc"); a != b {
		t.Errorf("the same twice is %s and %s", a, b)
	}
	if digest("abc") == digest("abd") {
		t.Error("the commit isn't in the digest")
	}
}

// Weavster's own commands push and sign what was built here, and refuse to take
// it for an artifact that somebody gave them to run.
func TestImagesAreKnownForWhatTheyAre(t *testing.T) {
	runtime := runtimeOf(t, "")
	application, err := NewApplication(runtime, projectOf(t))
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range map[v1.ImageIndex]artifact.Info{
		runtime:     {Kind: "runtime", Name: "weavster", Version: contract.Version},
		application: {Kind: "application", Name: "shop", Version: "1.4.0"},
	} {
		got, ok, err := artifact.InspectProgram(index)
		if err != nil || !ok || got.Size == 0 {
			t.Errorf("got %+v, %v, %v", got, ok, err)
		}
		want.Digest, want.Size = got.Digest, got.Size
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		var refusal *artifact.Refusal
		if _, err := artifact.Inspect(index); !errors.As(err, &refusal) || !strings.Contains(err.Error(), "there to be run") {
			t.Errorf("a %s was taken for an artifact: %v", want.Kind, err)
		}
	}
	if _, ok, err := artifact.InspectProgram(projectOf(t)); ok || err != nil {
		t.Errorf("a project was taken for a program: %v", err)
	}
}

func TestWhatCantStartIsRefused(t *testing.T) {
	for want, programs := range map[string]map[string]string{
		"and not for linux/amd64":       {"amd64": fakeProgram(t, elf.EM_AARCH64)},
		"wants a C library":             {"amd64": fakeProgram(t, elf.EM_X86_64, elf.PT_LOAD, elf.PT_INTERP)},
		"isn't a program for":           {"amd64": write(t, []byte("#!/bin/sh\n"))},
		"no image for linux/riscv64":    {"riscv64": fakeProgram(t, elf.EM_RISCV)},
		"is for at least one platform":  {},
		"no such file or directory":     {"amd64": filepath.Join(t.TempDir(), "none")},
		"is a program for EM_X86_64, a": {"arm64": fakeProgram(t, elf.EM_X86_64)},
	} {
		if _, err := New(Options{Programs: programs}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestAnApplicationIsTheLayersOfBoth(t *testing.T) {
	runtime, project := runtimeOf(t, ""), projectOf(t)
	application, err := NewApplication(runtime, project)
	if err != nil {
		t.Fatal(err)
	}
	application = written(t, application)
	all := images(t, application)
	for platform, image := range all {
		want := append(layers(t, images(t, runtime)[platform]), layers(t, images(t, project)[platform])...)
		if diff := cmp.Diff(want, layers(t, image)); diff != "" {
			t.Errorf("%s: %s", platform, diff)
		}
		config := configOf(t, image)
		if !slices.Equal(config.Cmd, []string{"run", "--bundle", "/"}) || !slices.Equal(config.Entrypoint, []string{"/weavster"}) || config.User != "65532:65532" {
			t.Errorf("%s: got %+v", platform, config)
		}
	}
	manifest, err := application.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if a := manifest.Annotations; len(all) != 2 || a["io.weavster.artifact"] != "application" || a["org.opencontainers.image.title"] != "shop" || a["org.opencontainers.image.version"] != "1.4.0" {
		t.Errorf("%d images, %v", len(all), a)
	}
}

func layers(t *testing.T, image v1.Image) []string {
	t.Helper()
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, l := range manifest.Layers {
		digests = append(digests, l.Digest.String())
	}
	return digests
}

// What is in the program travels with it, into images with projects, too.
func TestFactsTravelWithTheProgram(t *testing.T) {
	p := &contract.Program{Schema: contract.BuildSchema, Weavster: contract.Version, Program: "weavster", Target: "//runtime:image"}
	text, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := New(Options{Programs: programs(t), Facts: write(t, text)})
	if err != nil {
		t.Fatal(err)
	}
	application, err := NewApplication(runtime, projectOf(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{"usr/share/weavster/build.json": text}
	for _, index := range []v1.ImageIndex{runtime, application} {
		got, err := artifact.ReadProgramFacts(written(t, index))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		// The project's flow says nothing of its build, which shows.
		want["flows/orders/build.json"] = nil
	}
	if _, err := New(Options{Programs: programs(t), Facts: write(t, []byte("{}"))}); err == nil || !strings.Contains(err.Error(), "schema 0") {
		t.Errorf("got %v", err)
	}
}

func TestAnApplicationIsOfAProject(t *testing.T) {
	if _, err := NewApplication(runtimeOf(t, ""), runtimeOf(t, "")); err == nil || !strings.Contains(err.Error(), `of kind "runtime"`) {
		t.Errorf("got %v", err)
	}
}

// Both lie in one root, so neither may have a name of the other's.
func TestNamesOfTheRuntimeAreNoBundles(t *testing.T) {
	_, files := entries(t, images(t, runtimeOf(t, ""))["linux/amd64"])
	for name := range files {
		if _, ok := bundle.IsFile(strings.TrimSuffix(name, "/")); ok {
			t.Errorf("%s could be a bundle's", name)
		}
	}
}
