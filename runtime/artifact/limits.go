package artifact

import (
	"bytes"
	"path"
	"strings"

	"github.com/weavster/weavster/runtime/bundle"
)

// limits are what an artifact may be at most. Pack and Unpack hold to the
// same: what is made can be read.
type limits struct {
	manifests int   // of an index: one a platform
	layers    int   // of an image; container runtimes stop at 127
	document  int64 // a manifest or a config, in bytes
	files     int   // and as many folders
	name      int   // a file's name, in bytes
	module    int64 // a flow's module, as the loader has it
	text      int64 // what is read as a whole: manifests, YAML, JSON
	data      int64 // a file of data, or a source
	total     int64 // all files together
}

var standard = limits{
	manifests: 8, layers: 120, document: 4 << 20,
	files: 20_000, name: 512,
	module: 32 << 20, text: 64 << 20, data: 256 << 20, total: 1 << 30,
}

// maxCommas is how many a document may have; one of many flows has thousands.
const maxCommas = 1 << 17

// CheckDocument refuses an index, a manifest or a config that says nothing at
// such length that it would take hundreds of times its own size once decoded.
func CheckDocument(text []byte) error {
	if n := bytes.Count(text, []byte(",")); n > maxCommas {
		return refuse("a manifest has %d commas, and %d are allowed", n, maxCommas)
	}
	return nil
}

// flowLayers is how many layers flows are in. A project with more flows has
// several in a layer.
const flowLayers = 100

// A tally is the files of an artifact so far.
type tally struct {
	limits limits
	total  int64
	// entries are names that are taken, in lower case: two that differ in case
	// alone are one file on some machines. True is a folder.
	entries        map[string]bool
	files, folders int
}

func newTally(l limits) *tally { return &tally{limits: l, entries: map[string]bool{}} }

// add counts a file, or refuses it. It gives the flow that the file is of.
func (t *tally) add(name string, size int64) (flow string, err error) {
	if len(name) > t.limits.name {
		return "", refuse("a file's name has %d bytes, and %d are allowed: %.64q…", len(name), t.limits.name, name)
	}
	flow, ok := bundle.IsFile(name)
	if !ok {
		return "", refuse("%q isn't a file of a bundle", name)
	}
	if limit := t.limits.of(name); size > limit {
		return "", refuse("%s has %d bytes, and %d are allowed", name, size, limit)
	}
	if t.files++; t.files > t.limits.files {
		return "", refuse("there are more than %d files", t.limits.files)
	}
	if t.total += size; t.total > t.limits.total {
		return "", refuse("the files have more than %d bytes together", t.limits.total)
	}
	return flow, t.enter(name)
}

// enter takes a name, and those of the folders around it.
func (t *tally) enter(name string) error {
	key := strings.ToLower(name)
	if isFolder, taken := t.entries[key]; taken && isFolder {
		return refuse("%s is a file and a folder", name)
	} else if taken {
		return refuse("%s is there twice, or another name differs from it in case alone", name)
	}
	t.entries[key] = false
	for folder := path.Dir(key); folder != "."; folder = path.Dir(folder) {
		if isFolder, taken := t.entries[folder]; taken && !isFolder {
			return refuse("%s is a file and a folder", folder)
		} else if taken {
			return nil // and so are those around it
		}
		// A name of some bytes can make hundreds of them.
		if t.folders++; t.folders > t.limits.files {
			return refuse("there are more than %d folders", t.limits.files)
		}
		t.entries[folder] = true
	}
	return nil
}

func (l limits) of(name string) int64 {
	switch {
	case name == bundle.IndexFile:
		return l.document
	case bundle.IsBulk(name):
		return l.data
	case path.Base(name) == path.Base(bundle.ModulePath("x")):
		return l.module
	}
	return l.text
}
