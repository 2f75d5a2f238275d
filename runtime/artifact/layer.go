package artifact

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"github.com/weavster/weavster/runtime/bundle"
)

// newLayer is a layer of files, which are sorted by name. It is held in memory,
// compressed.
func newLayer(files []bundle.File) (v1.Layer, error) {
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

// add writes a file with nothing of the machine that it is on: no owner, no
// time, and the mode of what nobody changes.
func add(archive *tar.Writer, f bundle.File) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	header := &tar.Header{
		Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: f.Name,
		Size: int64(len(text)), Mode: 0o444, ModTime: time.Unix(0, 0),
	}
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
