package artifact

import (
	"archive/tar"
	"bufio"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/weavster/weavster/runtime/bundle"
)

// Unpack writes an image's bundle into a folder, which is empty or isn't there
// yet, and says what it is. It trusts nothing but the index's digest: every
// byte is held against it, every name against those that a bundle has, and
// what the annotations say against the files. On an error there is no folder.
func Unpack(index v1.ImageIndex, folder string) (Info, error) {
	return unpack(index, folder, standard)
}

func unpack(index v1.ImageIndex, folder string, l limits) (Info, error) {
	image, err := examine(index, l)
	if err != nil {
		return Info{}, err
	}
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return Info{}, fmt.Errorf("%s: %w, and isn't empty", folder, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Info{}, err
	}
	// Beside the folder, so that a rename can put all of it into place.
	private, err := os.MkdirTemp(filepath.Dir(folder), "."+filepath.Base(folder)+".*")
	if err != nil {
		return Info{}, err
	}
	if err := image.extract(private, folder, l); err != nil {
		return Info{}, errors.Join(err, os.RemoveAll(private))
	}
	return image.info, nil
}

func (e *examined) extract(private, folder string, l limits) error {
	root, err := os.OpenRoot(private)
	if err != nil {
		return err
	}
	defer root.Close()
	x := &extractor{root: root, tally: newTally(l)}
	for i, layer := range e.layers {
		if err := x.layer(layer); err != nil {
			var wrong *Refusal
			if errors.As(err, &wrong) {
				return refuse("layer %d (%s): %s", i+1, layer.Digest, wrong.Reason)
			}
			return fmt.Errorf("layer %d (%s): %w", i+1, layer.Digest, err)
		}
	}
	if err := e.matches(root); err != nil {
		return err
	}
	if err := os.Chmod(private, 0o755); err != nil {
		return err
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(private, folder)
}

// matches holds what the annotations say against the files.
func (e *examined) matches(root *os.Root) error {
	opened, err := bundle.Open(root.Name())
	if err != nil {
		return refuse("the artifact's bundle can't be used: %v", err)
	}
	var flows []string
	for _, f := range opened.Flows {
		flows = append(flows, f.Name)
	}
	if opened.HasProject() != (e.info.Kind == Project) || !slices.Equal(flows, e.info.Flows) {
		return refuse("the artifact says that it is a %s of %q, and its %s says another thing", e.info.Kind, e.info.Flows, bundle.IndexFile)
	}
	said, err := describe(e.info.Flows, e.info.Kind == Project, root.ReadFile)
	if err != nil {
		return refuse("the artifact's files are damaged: %v", err)
	}
	said.Digest, said.Size = e.info.Digest, e.info.Size
	if !reflect.DeepEqual(said, e.info) {
		return refuse("the artifact says that it is %+v, and its files are of %+v", e.info, said)
	}
	return nil
}

// An extractor writes files below a folder, and counts them.
type extractor struct {
	root  *os.Root
	tally *tally
}

// layer reads all of a layer, so that its digest is that of every byte.
func (x *extractor) layer(l sealed) error {
	content, err := l.image.LayerByDigest(l.Digest)
	if err != nil {
		return err
	}
	blob, err := content.Compressed()
	if err != nil {
		return err
	}
	defer blob.Close()
	raw := newSum(io.LimitReader(blob, l.Size+1))
	buffered := bufio.NewReader(raw)
	plain, wrong := x.archive(buffered, l)
	// Whatever was wrong in it, the first question is whether these are the
	// bytes at all.
	if _, err := io.Copy(io.Discard, buffered); err != nil {
		return err
	}
	switch {
	case raw.size < l.Size:
		return refuse("it ends after %d bytes, and its descriptor says %d", raw.size, l.Size)
	case raw.size > l.Size:
		return refuse("it has more than the %d bytes that its descriptor says", l.Size)
	case raw.hex() != l.Digest.Hex:
		return refuse("it isn't what its digest says: its sha256 is %s", raw.hex())
	case wrong != nil:
		return wrong
	case plain != l.diffID.Hex:
		return refuse("unpacked it isn't what the config says: its sha256 is %s, not %s", plain, l.diffID.Hex)
	}
	return nil
}

// archive writes the files of one gzipped tar archive with nothing after it.
// It gives the sha256 of what was in the gzip stream.
func (x *extractor) archive(in *bufio.Reader, l sealed) (diffID string, err error) {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return "", damaged(err)
	}
	zip.Multistream(false)
	// Headers that lead to no file are no file's bytes, and cost time all the same.
	most := x.tally.limits.total + int64(x.tally.limits.files)*4*512
	plain := newSum(io.LimitReader(zip, most+1))
	files := tar.NewReader(plain)
	for {
		header, err := files.Next()
		if err == io.EOF {
			break
		}
		if plain.size > most {
			return "", refuse("it has more than %d bytes when unpacked", most)
		}
		if err != nil {
			return "", damaged(err)
		}
		if err := x.file(header, files, l); err != nil {
			return "", err
		}
	}
	if n, err := io.CopyN(io.Discard, plain, 1); n > 0 {
		return "", refuse("something follows after the end of its tar archive")
	} else if err != io.EOF {
		return "", damaged(err)
	}
	if _, err := in.ReadByte(); err == nil {
		return "", refuse("something follows after the end of its gzip stream")
	}
	return plain.hex(), nil
}

// damaged tells what a reader says of bytes apart from what it says of the way to them.
func damaged(err error) error {
	for _, known := range []error{io.ErrUnexpectedEOF, io.EOF, gzip.ErrHeader, gzip.ErrChecksum, tar.ErrHeader, tar.ErrFieldTooLong} {
		if errors.Is(err, known) {
			return refuse("it is damaged: %v", err)
		}
	}
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) {
		return refuse("it is damaged: %v", err)
	}
	return err
}

func (x *extractor) file(header *tar.Header, in io.Reader, l sealed) error {
	if header.Typeflag != tar.TypeReg {
		return refuse("%q is %s, and only regular files are allowed", header.Name, typeName(header.Typeflag))
	}
	for record := range header.PAXRecords {
		if record != "path" {
			return refuse("%q has the record %q, which could change its meaning", header.Name, record)
		}
	}
	flow, err := x.tally.add(header.Name, header.Size)
	if err != nil {
		return err
	}
	if flow == "" != (l.flows == nil) || flow != "" && !slices.Contains(l.flows, flow) {
		return refuse("%s doesn't belong into this layer", header.Name)
	}
	if err := x.root.MkdirAll(path.Dir(header.Name), 0o777); err != nil {
		return err
	}
	out, err := x.root.OpenFile(header.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := out.Close(); err != nil {
		return err
	}
	if err != nil {
		return damaged(err)
	}
	return nil
}

func typeName(flag byte) string {
	switch flag {
	case tar.TypeLink:
		return "a hard link"
	case tar.TypeSymlink:
		return "a symbolic link"
	case tar.TypeChar, tar.TypeBlock:
		return "a device"
	case tar.TypeDir:
		return "a folder"
	case tar.TypeFifo:
		return "a pipe"
	}
	return fmt.Sprintf("of the type %q", flag)
}

// A sum counts and hashes what is read through it.
type sum struct {
	in   io.Reader
	hash hash.Hash
	size int64
}

func newSum(in io.Reader) *sum { return &sum{in: in, hash: sha256.New()} }

func (s *sum) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.hash.Write(p[:n])
	s.size += int64(n)
	return n, err
}

func (s *sum) hex() string { return hex.EncodeToString(s.hash.Sum(nil)) }
