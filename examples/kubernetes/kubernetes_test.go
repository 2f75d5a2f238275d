// Package kubernetes holds the manifests to what Kubernetes takes, and to what
// the command line does.
package kubernetes

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

//go:embed *.yaml
var manifests embed.FS

//go:embed testdata/kubernetes.json
var definitions []byte

// documents are all of a manifest, as JSON has them.
func documents(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document map[string]any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, plain.(map[string]any))
	}
}

func each(t *testing.T, check func(t *testing.T, document map[string]any)) {
	t.Helper()
	files, err := manifests.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := manifests.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents(t, text) {
			name := document["kind"].(string) + " " + at(document, "metadata", "name").(string)
			t.Run(file.Name()+" "+name, func(t *testing.T) { check(t, document) })
		}
	}
}

func at(in any, path ...string) any {
	for _, key := range path {
		object, _ := in.(map[string]any)
		in = object[key]
	}
	return in
}

// schema is that of a kind, by Kubernetes' own name for it. Keys that it
// doesn't know are errors, which a cluster drops in silence.
func schema(t *testing.T, kind string) *jsonschema.Schema {
	t.Helper()
	names := map[string]string{"CronJob": "io.k8s.api.batch.v1.CronJob", "ConfigMap": "io.k8s.api.core.v1.ConfigMap"}
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(definitions))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("kubernetes.json", all); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("kubernetes.json#/$defs/" + names[kind])
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestManifestsAreKubernetes(t *testing.T) {
	each(t, func(t *testing.T, document map[string]any) {
		kind := document["kind"].(string)
		if want := map[string]string{"CronJob": "batch/v1", "ConfigMap": "v1"}[kind]; document["apiVersion"] != want {
			t.Errorf("a %s of %v", kind, document["apiVersion"])
		}
		if err := schema(t, kind).Validate(document); err != nil {
			t.Error(err)
		}
	})
}

func TestMisspeltKeysAreFound(t *testing.T) {
	text := "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x}\n" +
		"spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {containers: [{name: x, volumeMount: []}]}}}}}\n"
	if err := schema(t, "CronJob").Validate(any(documents(t, []byte(text))[0])); err == nil || !strings.Contains(err.Error(), "volumeMount") {
		t.Errorf("got %v", err)
	}
}

func podOf(document map[string]any) (map[string]any, bool) {
	pod, ok := at(document, "spec", "jobTemplate", "spec", "template", "spec").(map[string]any)
	return pod, ok
}

func containerOf(pod map[string]any) map[string]any {
	return pod["containers"].([]any)[0].(map[string]any)
}

// Whoever copies a manifest gets a container that can do no more than it has
// to.
func TestContainersAreLockedDown(t *testing.T) {
	each(t, func(t *testing.T, document map[string]any) {
		pod, ok := podOf(document)
		if !ok {
			return
		}
		for _, want := range []struct {
			in    any
			path  []string
			value any
		}{
			{pod, []string{"securityContext", "runAsNonRoot"}, true},
			{pod, []string{"securityContext", "seccompProfile", "type"}, "RuntimeDefault"},
			{pod, []string{"automountServiceAccountToken"}, false},
			{containerOf(pod), []string{"securityContext", "readOnlyRootFilesystem"}, true},
			{containerOf(pod), []string{"securityContext", "allowPrivilegeEscalation"}, false},
		} {
			if got := at(want.in, want.path...); got != want.value {
				t.Errorf("%s is %v", strings.Join(want.path, "."), got)
			}
		}
		if image := containerOf(pod)["image"].(string); !strings.Contains(image, "@sha256:") {
			t.Errorf("%s isn't pinned", image)
		}
		if drop, _ := at(containerOf(pod), "securityContext", "capabilities", "drop").([]any); len(drop) != 1 || drop[0] != "ALL" {
			t.Errorf("drops %v", drop)
		}
	})
}

// The command line takes what the manifests give it: with --help behind it, it
// reads the flags and runs nothing.
func TestArgumentsAreTheCommandLines(t *testing.T) {
	program := os.Getenv("WEAVSTER")
	if program == "" {
		t.Skip("WEAVSTER isn't set: Bazel runs this test")
	}
	program = filepath.Join(os.Getenv("TEST_SRCDIR"), program)
	each(t, func(t *testing.T, document map[string]any) {
		pod, ok := podOf(document)
		if !ok {
			return
		}
		args := []string{}
		for _, arg := range containerOf(pod)["args"].([]any) {
			args = append(args, arg.(string))
		}
		if out, err := exec.Command(program, append(args, "--help")...).CombinedOutput(); err != nil {
			t.Errorf("weavster %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	})
}
