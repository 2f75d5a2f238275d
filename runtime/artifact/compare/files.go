package compare

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/bundle"
)

// A File is one that came, went or changed.
type File struct {
	Path string   `json:"path"`
	Size *Numbers `json:"size"`
	// Came and Gone say that it is on one side alone.
	Came bool   `json:"came,omitempty"`
	Gone bool   `json:"gone,omitempty"`
	Diff string `json:"diff,omitempty"` // unified; of a table and of data there is none
}

// A digest is what a file holds, and how much.
type digest struct {
	sum  [sha256.Size]byte
	size int64
}

// sum reads a file; that of "", which isn't there, is zero.
func sum(path string) (d digest, err error) {
	if path == "" {
		return d, nil
	}
	in, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer in.Close()
	hash := sha256.New()
	if d.size, err = io.Copy(hash, in); err != nil {
		return d, err
	}
	hash.Sum(d.sum[:0])
	return d, nil
}

func isTable(name string) bool { return slices.Contains(contract.TableEndings, path.Ext(name)) }

// fileSets compares files by their names.
func fileSets(from, to map[string]string, chosen func(name string) bool) (list []File, err error) {
	names := maps.Clone(from)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, to)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !chosen(name) {
			continue
		}
		file, err := files(name, from[name], to[name])
		if err != nil {
			return nil, err
		}
		if file != nil {
			list = append(list, *file)
		}
	}
	return list, nil
}

// files compares two, of which one may be "": not there.
func files(name, from, to string) (*File, error) {
	a, err := sum(from)
	if err != nil {
		return nil, err
	}
	b, err := sum(to)
	if err != nil || a == b && from != "" && to != "" {
		return nil, err
	}
	f := &File{Path: name, Size: &Numbers{a.size, b.size}, Came: from == "", Gone: to == ""}
	if f.Came || f.Gone || isTable(name) || a.size+b.size > maxCompare {
		return f, nil
	}
	texts, err := both(from, to, func(text []byte) (*[]byte, error) { return &text, nil })
	if err != nil {
		return nil, err
	}
	f.Diff = unified(*texts[0], *texts[1])
	return f, nil
}

// configuration compares what of two bundles is of no flow.
func configuration(from, to *bundle.Bundle) ([]File, error) {
	before, err := own(from)
	if err != nil {
		return nil, err
	}
	after, err := own(to)
	if err != nil {
		return nil, err
	}
	return fileSets(before, after, func(string) bool { return true })
}

// own are the files of a bundle's project, by their names in it.
func own(b *bundle.Bundle) (map[string]string, error) {
	names := map[string]string{}
	if !b.HasProject() {
		return names, nil
	}
	err := filepath.WalkDir(b.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(b.Folder, path)
		if err != nil || d.IsDir() {
			return err
		}
		name = filepath.ToSlash(name)
		if flow, ok := bundle.IsFile(name); ok && flow == "" && name != bundle.IndexFile {
			names[name] = path
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	}
	return names, err
}
