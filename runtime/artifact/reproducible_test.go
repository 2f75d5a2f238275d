package artifact

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func digest(t *testing.T, index v1.ImageIndex) string {
	t.Helper()
	d, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// Known contents have a known digest. Another one is another artifact for
// everybody who builds the same sources: if the tar writer, the compressor or
// a manifest's form changed, that is to be known, and said.
func TestTheDigestOfKnownContents(t *testing.T) {
	for name, c := range map[string]struct {
		index v1.ImageIndex
		want  string
	}{
		"flow":    {pack(t, alone(t, "orders")), "sha256:c7b6ffdbf15f8fa52f48531297a399fd24ef29eedb894d75e15117525bd6d1df"},
		"project": {pack(t, shop(t)), "sha256:08e8d4b7b6a97d4c91767e72740155e9ff16fd401a908cb4e39526210b4835cf"},
	} {
		if got := digest(t, c.index); got != c.want {
			t.Errorf("the %s has %s, and had %s", name, got, c.want)
		}
	}
}

// Nothing of the machine is in a digest: not the folder, the mask, owners,
// modes and times of files, the time zone, nor how many processors there are.
func TestTheDigestHangsOnContentsAlone(t *testing.T) {
	want := digest(t, pack(t, shop(t)))
	zone, mask, processors := time.Local, syscall.Umask(0o077), runtime.GOMAXPROCS(1)
	defer func() {
		time.Local = zone
		syscall.Umask(mask)
		runtime.GOMAXPROCS(processors)
	}()
	time.Local = time.FixedZone("far", 12*3600)
	c := shop(t)
	for _, from := range c.Config {
		disguise(t, from, 0o400)
	}
	for _, flow := range c.Flows {
		disguise(t, flow.Module, 0o755)
		disguise(t, flow.Manifest, 0o600)
	}
	if got := digest(t, pack(t, c)); got != want {
		t.Errorf("got %s, and then %s", want, got)
	}
}

// disguise gives a file another time, mode and, where the test may, owner.
func disguise(t *testing.T, file string, mode os.FileMode) {
	t.Helper()
	long := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	if err := os.Chtimes(file, long, long); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(file, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
}

// Bytes that change give another digest: the test above isn't blind.
func TestTheDigestHangsOnContents(t *testing.T) {
	c := shop(t)
	before := digest(t, pack(t, c))
	put(t, filepath.Dir(c.Config["weavster.yaml"]), "c", "in: {type: file, path: x}\n")
	if after := digest(t, pack(t, c)); after == before {
		t.Errorf("the configuration changed, and the digest is still %s", after)
	}
}

// A project of many flows keeps within what container runtimes unpack.
func TestManyFlowsShareLayers(t *testing.T) {
	c, folder := shop(t), t.TempDir()
	for i := range 250 {
		name := "flow" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		c.Flows[name] = flow(t, folder, name)
	}
	index := pack(t, c)
	if n := len(layers(t, index)); n > 120 {
		t.Errorf("the image has %d layers", n)
	}
	got := filepath.Join(t.TempDir(), "unpacked")
	if info, err := Unpack(index, got); err != nil || len(info.Flows) != 252 {
		t.Errorf("got %d flows, %v", len(info.Flows), err)
	}
}
