// Package layer makes image layers whose bytes hang on their files alone.
package layer

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
)

// A File is a regular file of a layer, or a folder.
type File struct {
	// Name is the path from the image's root, with slashes; a folder's ends in
	// one. Folders that nobody names are made by whoever unpacks.
	Name string
	// Mode is the permissions, with tar's bits for the sticky one.
	Mode int64
	// Owner is user and group.
	Owner int
	// Open gives a regular file's bytes.
	Open func() (io.ReadCloser, error)
}

// Sticky is the bit of a folder in which everybody makes files.
const Sticky = 0o1000

// New is a layer of files, which are sorted by name. It is held in memory,
// compressed.
func New(files []File) (v1.Layer, error) {
	var compressed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(zip)
	for _, f := range files {
		if err := add(archive, f); err != nil {
			return nil, fmt.Errorf("%s can't be put into the image: %w", f.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(compressed.Bytes())), nil
	}, tarball.WithMediaType(types.OCILayer))
}

// add writes a file with nothing of the machine that it is on: neither its
// owner nor a time.
func add(archive *tar.Writer, f File) error {
	header := &tar.Header{
		Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: f.Name,
		Mode: f.Mode, Uid: f.Owner, Gid: f.Owner, ModTime: time.Unix(0, 0),
	}
	if strings.HasSuffix(f.Name, "/") {
		header.Typeflag = tar.TypeDir
		return archive.WriteHeader(header)
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	header.Size = int64(len(text))
	if err := archive.WriteHeader(header); err != nil {
		// USTAR has no room for a name that is long or isn't ASCII. Nothing was
		// written; PAX puts the name, and it alone, into a record of its own.
		header.Format = tar.FormatPAX
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
	}
	_, err = archive.Write(text)
	return err
}
