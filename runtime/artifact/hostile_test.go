package artifact

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// small are limits that a test reaches with little.
var small = limits{
	manifests: 3, layers: 4, document: 1 << 16, files: 20, name: 80,
	module: 10_000, text: 5_000, data: 20_000, total: 40_000,
}

// place is where every test unpacks to: a folder with a neighbour that must
// stay as it is.
func place(t testing.TB) (outside, folder string) {
	t.Helper()
	outside = t.TempDir()
	put(t, outside, "neighbour", "untouched")
	return outside, filepath.Join(outside, "unpacked")
}

// names are all files and folders below one.
func names(t testing.TB, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		name, _ := filepath.Rel(folder, path)
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func onFlow(change func([]byte) []byte) func(int, []byte) []byte {
	return func(layer int, text []byte) []byte {
		if layer == 1 {
			return change(text)
		}
		return text
	}
}

func TestWhatIsWrongIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f *forgery)
		want  string
	}{
		// Entries of the archive.
		"symbolic link": {func(f *forgery) {
			f.entry(tar.Header{Typeflag: tar.TypeSymlink, Name: "flows/orders/ir.txt", Linkname: "/etc/passwd"})
		}, `"flows/orders/ir.txt" is a symbolic link, and only regular files are allowed`},
		"hard link": {func(f *forgery) {
			f.entry(tar.Header{Typeflag: tar.TypeLink, Name: "flows/orders/x", Linkname: "../../neighbour"})
		}, `"flows/orders/x" is a hard link`},
		"device":        {func(f *forgery) { f.entry(tar.Header{Typeflag: tar.TypeChar, Name: "flows/orders/x", Devmajor: 1}) }, `is a device`},
		"pipe":          {func(f *forgery) { f.entry(tar.Header{Typeflag: tar.TypeFifo, Name: "flows/orders/x"}) }, `is a pipe`},
		"folder":        {func(f *forgery) { f.entry(tar.Header{Typeflag: tar.TypeDir, Name: "flows/orders/sources/"}) }, `is a folder`},
		"unknown type":  {func(f *forgery) { f.entry(tar.Header{Typeflag: 'Z', Name: "flows/orders/x"}) }, `is of the type 'Z'`},
		"absolute":      {func(f *forgery) { f.add(false, "/flows/orders/ir.txt", "x") }, `"/flows/orders/ir.txt" isn't a file of a bundle`},
		"parent":        {func(f *forgery) { f.add(false, "flows/orders/sources/../../../../neighbour", "x") }, `isn't a file of a bundle`},
		"dot":           {func(f *forgery) { f.add(false, "./flows/orders/build.json", "x") }, `isn't a file of a bundle`},
		"backslash":     {func(f *forgery) { f.add(false, `flows/orders/sources/..\..\x`, "x") }, `isn't a file of a bundle`},
		"control":       {func(f *forgery) { f.add(false, "flows/orders/sources/a\x1b[2Jb", "x") }, `isn't a file of a bundle`},
		"right to left": {func(f *forgery) { f.add(false, "flows/orders/sources/a\u202eb", "x") }, `isn't a file of a bundle`},
		"unknown name":  {func(f *forgery) { f.add(false, "flows/orders/run.sh", "x") }, `"flows/orders/run.sh" isn't a file of a bundle`},
		"hidden":        {func(f *forgery) { f.add(false, "flows/.wh.orders/flow.wasm", "x") }, `isn't a file of a bundle`},
		"long name":     {func(f *forgery) { f.add(false, "flows/orders/sources/"+strings.Repeat("x", 90), "x") }, `a file's name has 111 bytes, and 80 are allowed`},
		"other flow":    {func(f *forgery) { f.add(false, "flows/returns/ir.txt", "x") }, `flows/returns/ir.txt doesn't belong into this layer`},
		"flow in base":  {func(f *forgery) { f.add(true, "flows/orders/sources/b", "x") }, `layer 1 (`},
		"base in flow":  {func(f *forgery) { f.add(false, "weavster.yaml", "name: x") }, `weavster.yaml doesn't belong into this layer`},
		"records": {func(f *forgery) {
			f.flow = append(f.flow, tar.Header{Typeflag: tar.TypeReg, Name: "flows/orders/sources/b", Format: tar.FormatPAX, PAXRecords: map[string]string{"SCHILY.xattr.user.x": "y"}})
		}, `"flows/orders/sources/b" has the record "SCHILY.xattr.user.x"`},

		// Names that are there already.
		"twice":          {func(f *forgery) { f.flow = append(f.flow, f.flow[0]) }, `is there twice`},
		"other case":     {func(f *forgery) { f.add(false, "flows/orders/sources/tables/COUNTRIES.csv", "x") }, `differs from it in case alone`},
		"file as folder": {func(f *forgery) { f.add(false, "flows/orders/sources/tables/countries.csv/x", "x") }, `flows/orders/sources/tables/countries.csv is a file and a folder`},
		"folder as file": {func(f *forgery) { f.add(false, "flows/orders/sources/tables", "x") }, `flows/orders/sources/tables is a file and a folder`},

		// Sizes and counts.
		"large text": {func(f *forgery) {
			f.add(true, "data", "")
			f.base = f.base[:1]
			f.add(false, "flows/orders/sources/b", strings.Repeat("x", 20_001))
		}, `flows/orders/sources/b has 20001 bytes, and 20000 are allowed`},
		"large module": {func(f *forgery) { f.drop("flows/orders/flow.wasm"); f.entry(file("flows/orders/flow.wasm", 10_001)) }, `flows/orders/flow.wasm has 10001 bytes, and 10000 are allowed`},
		"claimed size": {func(f *forgery) { f.entry(file("flows/orders/sources/b", 8<<30-1)) }, `has 8589934591 bytes, and 20000 are allowed`},
		"many files": {func(f *forgery) {
			for i := range 21 {
				f.add(false, fmt.Sprintf("flows/orders/sources/%d", i), "")
			}
		}, `there are more than 20 files`},
		"many folders": {func(f *forgery) {
			f.add(false, "flows/orders/sources/"+strings.Repeat("a/", 25)+"x", "")
		}, `there are more than 20 folders`},
		"total": {func(f *forgery) {
			for i := range 3 {
				f.add(false, fmt.Sprintf("flows/orders/sources/%d", i), strings.Repeat("x", 15_000))
			}
		}, `the files have more than 40000 bytes together`},
		"headers without end": {func(f *forgery) {
			f.archive = onFlow(func(plain []byte) []byte {
				long := tarOf(t, []tar.Header{{Typeflag: tar.TypeReg, Name: strings.Repeat("x", 300), Format: tar.FormatGNU}}, nil)
				return append(bytes.Repeat(long[:1024], 1000), plain...)
			})
		}, `it has more than 80960 bytes when unpacked`},

		// After the end.
		"after the archive": {func(f *forgery) {
			f.archive = onFlow(func(plain []byte) []byte { return append(plain, tarOf(t, []tar.Header{file("x", 0)}, nil)...) })
		}, `something follows after the end of its tar archive`},
		"zeros after the archive": {func(f *forgery) {
			f.archive = onFlow(func(plain []byte) []byte { return append(plain, make([]byte, 8<<20)...) })
		}, `something follows after the end of its tar archive`},
		"after the stream": {func(f *forgery) {
			f.packed = onFlow(func(zip []byte) []byte { return append(zip, "more"...) })
		}, `something follows after the end of its gzip stream`},
		"second stream": {func(f *forgery) {
			f.packed = onFlow(func(zip []byte) []byte { return append(zip, gzipOf(t, nil)...) })
		}, `something follows after the end of its gzip stream`},

		// Damage.
		"truncated stream":  {func(f *forgery) { f.packed = onFlow(func(zip []byte) []byte { return zip[:len(zip)/2] }) }, `it is damaged: unexpected EOF`},
		"truncated archive": {func(f *forgery) { f.archive = onFlow(func(plain []byte) []byte { return plain[:300] }) }, `it is damaged: unexpected EOF`},
		"truncated file": {func(f *forgery) {
			f.archive = onFlow(func(plain []byte) []byte { return plain[:bytes.Index(plain, []byte("\x00asm"))+10] })
		}, `it is damaged: unexpected EOF`},
		"no stream":  {func(f *forgery) { f.packed = onFlow(func([]byte) []byte { return []byte("not a gzip stream at all") }) }, `it is damaged: gzip: invalid header`},
		"empty":      {func(f *forgery) { f.packed = onFlow(func([]byte) []byte { return nil }) }, `it is damaged: EOF`},
		"no archive": {func(f *forgery) { f.archive = onFlow(func([]byte) []byte { return bytes.Repeat([]byte("x"), 2048) }) }, `it is damaged: archive/tar: invalid tar header`},
		"zstd inside": {func(f *forgery) {
			f.packed = onFlow(func([]byte) []byte { return []byte("\x28\xb5\x2f\xfd0123456789") })
		}, `it is damaged: gzip: invalid header`},
		"tampered layer": {func(f *forgery) {
			f.blob = func(_ v1.Hash, text []byte) []byte {
				if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
					text = bytes.Clone(text)
					text[len(text)/2] ^= 1
				}
				return text
			}
		}, `it isn't what its digest says: its sha256 is `},
		"shorter layer": {func(f *forgery) { f.blob = layersAs(func(zip []byte) []byte { return zip[:len(zip)-9] }) }, `bytes, and its descriptor says `},
		"longer layer":  {func(f *forgery) { f.blob = layersAs(func(zip []byte) []byte { return append(zip, 0) }) }, `it has more than the `},
		"claimed layer": {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.Size = 1 << 40 } }, ` has 1099511627776 bytes, and 40000 are allowed`},
		"negative":      {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.Size = -1 } }, ` has -1 bytes`},
		"other diffID": {func(f *forgery) {
			f.config = func(_ string, c *v1.ConfigFile) {
				c.RootFS.DiffIDs = []v1.Hash{c.RootFS.DiffIDs[0], digestOf(nil)}
			}
		}, `unpacked it isn't what the config says`},

		// Descriptors of layers.
		"zstd":               {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.MediaType = types.OCILayerZStd } }, `layer 1 is a "application/vnd.oci.image.layer.v1.tar+zstd", not a gzipped tar archive`},
		"foreign":            {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.MediaType = types.OCIRestrictedLayer } }, `not a gzipped tar archive`},
		"docker":             {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.MediaType = types.DockerLayer } }, `not a gzipped tar archive`},
		"unpacked":           {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.MediaType = types.OCIUncompressedLayer } }, `not a gzipped tar archive`},
		"urls":               {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.URLs = []string{"http://127.0.0.1/"} } }, `is to be fetched from other places ("urls")`},
		"data":               {func(f *forgery) { f.layer = func(_ int, d *v1.Descriptor) { d.Data = []byte("x") } }, `is put into its own descriptor ("data")`},
		"no flows":           {func(f *forgery) { f.layerFlows[1] = "" }, `layer 2 has the flows ""`},
		"flows in the first": {func(f *forgery) { f.layerFlows[0] = "orders" }, `layer 1 has the flows "orders"`},
		"other flows":        {func(f *forgery) { f.layerFlows[1] = "orders,returns" }, `the artifact says that it is flow "orders", and has orders, returns`},
		"flow twice":         {func(f *forgery) { f.annotations[AnnotationKind] = "project"; f.layerFlows[1] = "orders,orders" }, `the artifact has a flow twice`},

		// Manifests.
		"many layers": {func(f *forgery) {
			f.manifest = func(_ string, m *v1.Manifest) { m.Layers = append(m.Layers, m.Layers[1], m.Layers[1], m.Layers[1]) }
		}, ` has 5 layers, and 1 to 4 are allowed`},
		"no layers":      {func(f *forgery) { f.manifest = func(_ string, m *v1.Manifest) { m.Layers = nil } }, ` has 0 layers`},
		"layers and IDs": {func(f *forgery) { f.manifest = func(_ string, m *v1.Manifest) { m.Layers = m.Layers[:1] } }, ` has 1 layers, and its config 2`},
		"many manifests": {func(f *forgery) {
			f.index = func(m *v1.IndexManifest) { m.Manifests = append(m.Manifests, m.Manifests...) }
		}, `the index has 4 manifests, and 1 to 3 are allowed`},
		"no manifests": {func(f *forgery) { f.index = func(m *v1.IndexManifest) { m.Manifests = nil } }, `the index has 0 manifests`},
		"nested": {func(f *forgery) {
			f.index = func(m *v1.IndexManifest) { m.Manifests[1].MediaType = types.OCIImageIndex }
		}, `the index has a "application/vnd.oci.image.index.v1+json", where only images belong`},
		"no platform":    {func(f *forgery) { f.index = func(m *v1.IndexManifest) { m.Manifests[1].Platform = nil } }, `the index has an image for no platform`},
		"platform twice": {func(f *forgery) { f.platforms = []v1.Platform{platforms[0], platforms[0]} }, `the index has two images for linux/amd64`},
		"docker list":    {func(f *forgery) { f.index = func(m *v1.IndexManifest) { m.MediaType = types.DockerManifestList } }, `not an OCI image index`},
		"docker manifest": {func(f *forgery) {
			f.manifest = func(_ string, m *v1.Manifest) { m.MediaType = types.DockerManifestSchema2 }
		}, `says that it is "application/vnd.docker.distribution.manifest.v2+json"`},
		"other config": {func(f *forgery) { f.manifest = func(_ string, m *v1.Manifest) { m.Config.MediaType = "application/x" } }, `has a config of the type "application/x"`},
		"config elsewhere": {func(f *forgery) {
			f.manifest = func(_ string, m *v1.Manifest) { m.Config.URLs = []string{"http://x/"} }
		}, `("urls")`},
		"platforms disagree": {func(f *forgery) {
			f.manifest = func(architecture string, m *v1.Manifest) {
				if architecture == "arm64" {
					m.Layers[1].Digest = digestOf([]byte("other"))
				}
			}
		}, `the image for linux/arm64 has other layers than that for linux/amd64`},
		"annotations disagree": {func(f *forgery) {
			f.manifest = func(architecture string, m *v1.Manifest) { m.Annotations[AnnotationTitle] = architecture }
		}, `the manifest for linux/amd64 has other annotations than the index`},
		"config of another": {func(f *forgery) { f.config = func(_ string, c *v1.ConfigFile) { c.Architecture = "riscv64" } }, `the image for linux/amd64 says that it is for linux/riscv64`},
		"two things":        {func(f *forgery) { f.rawIndex = replace(`"manifests"`, `"layers":[],"manifests"`) }, `unknown field "layers"`},
		"goes on":           {func(f *forgery) { f.rawIndex = func(text []byte) []byte { return append(text, " {}"...) } }, `goes on after its end`},
		"closes again":      {func(f *forgery) { f.rawIndex = func(text []byte) []byte { return append(text, "}"...) } }, `goes on after its end`},
		"no JSON":           {func(f *forgery) { f.rawIndex = func(text []byte) []byte { return text[:20] } }, `is damaged: unexpected EOF`},
		"large index": {func(f *forgery) {
			f.rawIndex = func(text []byte) []byte { return append(text, bytes.Repeat([]byte(" "), 1<<16)...) }
		}, `bytes, and 65536 are allowed`},
		"large manifest": {func(f *forgery) {
			f.rawManifest = func(text []byte) []byte { return append(text, bytes.Repeat([]byte(" "), 1<<16)...) }
		}, `bytes, and 65536 are allowed`},
		"tampered manifest": {func(f *forgery) { f.blob = documents(`"config"`, replace("sha256", "SHA256")) }, `isn't what its digest says`},
		"tampered index":    {func(f *forgery) { f.blob = documents(`"manifests"`, replace("amd64", "arm64")) }, `isn't what its digest says`},
		"tampered config":   {func(f *forgery) { f.blob = documents(`"rootfs"`, replace("linux", "plan9")) }, `isn't what its digest says`},
		"longer config":     {func(f *forgery) { f.blob = documents(`"rootfs"`, replace("linux", "windows")) }, `and its descriptor says`},

		// What it says of itself.
		"no artifact":  {func(f *forgery) { delete(f.annotations, AnnotationFormat) }, `this image isn't an artifact of weavster`},
		"other format": {func(f *forgery) { f.annotations[AnnotationFormat] = "2" }, `the artifact has format 2, and this weavster reads format 1`},
		"other kind":   {func(f *forgery) { f.annotations[AnnotationKind] = "plugin" }, `the artifact is of the kind "plugin"`},
		"no name":      {func(f *forgery) { delete(f.annotations, AnnotationTitle) }, `the artifact has no name`},
		"no ABI":       {func(f *forgery) { f.annotations[AnnotationABI] = "x" }, `the artifact's ABI is "x"`},
		"other name":   {func(f *forgery) { f.annotations[AnnotationTitle] = "returns" }, `the artifact says that it is flow "returns", and has orders`},
		"no project":   {func(f *forgery) { f.annotations[AnnotationKind] = "project" }, `says another thing`},
		"name that leads away": {func(f *forgery) {
			f.annotations[AnnotationTitle], f.layerFlows[1] = "../../home", "../../home"
		}, `"../../home" can't be a flow's name`},
		"empty name":            {func(f *forgery) { f.layerFlows[1] = "orders," }, `"" can't be a flow's name`},
		"more flows than files": {func(f *forgery) { f.layerFlows[1] = "orders" + strings.Repeat(",x", 20) }, `it has 21 flows, and 20 files are allowed`},
		"other compiler":        {func(f *forgery) { f.annotations[AnnotationCompiler] = "weavster 0.1.0" }, `the artifact says that it is `},
		"other ABI":             {func(f *forgery) { f.annotations[AnnotationABI] = "7" }, `the artifact says that it is `},
		"no module":             {func(f *forgery) { f.drop("flows/orders/flow.wasm") }, `flow orders has no module`},
		"no manifest":           {func(f *forgery) { f.drop("flows/orders/manifest.json") }, `flow orders has no manifest`},
		"no bundle":             {func(f *forgery) { f.base = nil }, `this isn't a bundle`},
	} {
		t.Run(name, func(t *testing.T) {
			outside, folder := place(t)
			f := forge(t)
			c.spoil(f)
			_, err := unpack(f.build(t), folder, small)
			var wrong *Refusal
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if diff := cmp.Diff([]string{".", "neighbour"}, names(t, outside)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The corpus is about what was spoiled: the same without is taken.
func TestAForgeryWithNothingWrongIsTaken(t *testing.T) {
	_, folder := place(t)
	info, err := unpack(forge(t).build(t), folder, small)
	if err != nil || info.Name != "orders" {
		t.Errorf("got %+v, %v", info, err)
	}
}

func (f *forgery) drop(name string) {
	for i, h := range f.flow {
		if h.Name == name {
			f.flow = append(f.flow[:i:i], f.flow[i+1:]...)
			return
		}
	}
}

// layersAs serves layers as they weren't sealed.
func layersAs(change func([]byte) []byte) func(v1.Hash, []byte) []byte {
	return func(_ v1.Hash, text []byte) []byte {
		if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
			return change(bytes.Clone(text))
		}
		return text
	}
}

// documents serves those with a key as they weren't sealed.
func documents(key string, change func([]byte) []byte) func(v1.Hash, []byte) []byte {
	return func(_ v1.Hash, text []byte) []byte {
		if bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text, []byte(key)) {
			return change(text)
		}
		return text
	}
}

// A bomb costs what it takes to see that it is one: with the limits that
// artifacts really have, a gigabyte of zeros behind a file isn't unpacked, and
// one in a file isn't held.
func TestBombsCostLittle(t *testing.T) {
	zeros := gzipOf(t, make([]byte, 128<<20))
	for name, spoil := range map[string]func(f *forgery){
		"a file":     func(f *forgery) { f.flow = append(f.flow, file("flows/orders/sources/b", 300<<20)) },
		"no archive": func(f *forgery) { f.packed = onFlow(func([]byte) []byte { return zeros }) },
	} {
		f := forge(t)
		spoil(f)
		index := f.build(t)
		_, folder := place(t)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Unpack(index, folder); err == nil {
			t.Errorf("%s was unpacked", name)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s took %d bytes of memory", name, took)
		}
	}
}

// What is there already stays.
func TestAFolderInUseIsNotReplaced(t *testing.T) {
	outside, folder := place(t)
	put(t, folder, "mine", "x")
	if _, err := Unpack(forge(t).build(t), folder); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{".", "neighbour", "unpacked", "unpacked/mine"}, names(t, outside)); diff != "" {
		t.Error(diff)
	}
}

// A failure of the way isn't a fault of the artifact: it may be tried again.
func TestAReadErrorIsNoRefusal(t *testing.T) {
	outside, folder := place(t)
	f := forge(t)
	index := f.build(t)
	for digest, text := range f.served {
		if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
			delete(f.served, digest)
		}
	}
	_, err := Unpack(index, folder)
	var wrong *Refusal
	if err == nil || errors.As(err, &wrong) || len(names(t, outside)) != 2 {
		t.Errorf("got %v", err)
	}
}

// FuzzUnpack is about archives whose digests are right, as whoever signs one
// can have them: what is written are files of a bundle, or nothing.
func FuzzUnpack(f *testing.F) {
	whole := forge(f)
	f.Add(tarOf(f, whole.flow, whole.texts))
	f.Add(tarOf(f, append(whole.flow, tar.Header{Typeflag: tar.TypeSymlink, Name: "flows/orders/x", Linkname: "/"}), whole.texts))
	f.Add(tarOf(f, []tar.Header{file("../x", 0), file("flows/orders/sources/größe", 0)}, nil))
	f.Add(tarOf(f, []tar.Header{{Typeflag: tar.TypeReg, Name: strings.Repeat("x/", 200) + "x", Format: tar.FormatGNU}}, nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, plain []byte) {
		outside, folder := place(t)
		forged := *whole
		forged.archive = onFlow(func([]byte) []byte { return plain })
		_, err := unpack(forged.build(t), folder, small)
		if err != nil {
			if left := names(t, outside); len(left) != 2 {
				t.Errorf("%v left %q", err, left)
			}
			return
		}
		for name := range tree(t, folder) {
			if _, err := newTally(small).add(name, 0); err != nil {
				t.Error(err)
			}
		}
		if neighbour, err := os.ReadFile(filepath.Join(outside, "neighbour")); err != nil || string(neighbour) != "untouched" {
			t.Errorf("the neighbour is %q, %v", neighbour, err)
		}
	})
}
