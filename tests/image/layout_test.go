package image

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// largest is what an image may be, compressed: it is pulled by each machine
// that runs it.
const largest = 50 << 20

// manifest is what skopeo shows of an index or an image.
type manifest struct {
	MediaType string
	Manifests []struct {
		Digest   string
		Platform struct{ OS, Architecture string }
	}
	Layers      []struct{ Size int64 }
	Annotations map[string]string
}

func inspect(t *testing.T, reference string, args ...string) manifest {
	t.Helper()
	var m manifest
	if err := json.Unmarshal([]byte(tool(t, "SKOPEO", append(args, "inspect", "--raw", reference)...)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSkopeoReadsBothPlatforms(t *testing.T) {
	for _, variable := range []string{"RUNTIME_IMAGE", "APPLICATION_IMAGE"} {
		reference := "oci:" + file(t, variable)
		index := inspect(t, reference)
		var platforms []string
		for _, m := range index.Manifests {
			platforms = append(platforms, m.Platform.OS+"/"+m.Platform.Architecture)
		}
		slices.Sort(platforms)
		if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
			t.Errorf("%s: %s", variable, diff)
		}
		if index.Annotations["org.opencontainers.image.title"] == "" || index.Annotations["org.opencontainers.image.version"] == "" {
			t.Errorf("%s: %v", variable, index.Annotations)
		}
		for _, architecture := range []string{"amd64", "arm64"} {
			folder := filepath.Join(t.TempDir(), "copied")
			tool(t, "SKOPEO", "--override-arch", architecture, "copy", "--quiet", reference, "dir:"+folder)
			var size int64
			for _, l := range inspect(t, "dir:"+folder).Layers {
				size += l.Size
			}
			t.Logf("%s for %s: %d bytes", variable, architecture, size)
			if size > largest {
				t.Errorf("%s for %s has %d bytes, and %d are allowed", variable, architecture, size, largest)
			}
		}
	}
}
