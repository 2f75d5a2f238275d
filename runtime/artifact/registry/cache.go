package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CacheBytes is how much a cache keeps when it is trimmed.
const CacheBytes = 4 << 30

// A Cache is a folder of blobs named by their digests. Whoever reads one has
// it checked: what was changed on disk is as good as missing. Processes may
// share it, since a blob appears whole or not at all.
type Cache struct{ folder string }

// CacheFolder is where the user's artifacts are kept.
func CacheFolder() (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no folder for a cache of artifacts: %w", err)
	}
	return filepath.Join(folder, "weavster", "artifacts"), nil
}

// OpenCache makes the folder, which only the user may enter, if it isn't there.
func OpenCache(folder string) (*Cache, error) {
	c := &Cache{folder: folder}
	if err := os.MkdirAll(c.blobs(), 0o700); err != nil {
		return nil, fmt.Errorf("cache of artifacts: %w", err)
	}
	return c, nil
}

func (c *Cache) blobs() string { return filepath.Join(c.folder, "sha256") }

func (c *Cache) path(digest v1.Hash) string { return filepath.Join(c.blobs(), digest.Hex) }

// Has says whether a blob is there and is what its name says. One that isn't
// is removed.
func (c *Cache) Has(digest v1.Hash, size int64) bool {
	in, err := c.Open(digest, size)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, in)
	if err = errors.Join(err, in.Close()); err != nil {
		os.Remove(c.path(digest))
		return false
	}
	// What was used last is trimmed last.
	now := time.Now()
	return os.Chtimes(c.path(digest), now, now) == nil
}

// Open reads a blob. The reader ends with an error, and not with io.EOF, where
// the bytes aren't those of the digest.
func (c *Cache) Open(digest v1.Hash, size int64) (io.ReadCloser, error) {
	if err := checkHash(digest); err != nil {
		return nil, err
	}
	file, err := os.Open(c.path(digest))
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{newVerifier(file, digest, size), file}, nil
}

// read is a whole blob, checked.
func (c *Cache) read(digest v1.Hash, size int64) ([]byte, error) {
	in, err := c.Open(digest, size)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

// Put writes a blob, and refuses one whose bytes aren't those of the digest.
func (c *Cache) Put(digest v1.Hash, size int64, in io.Reader) (err error) {
	if err := checkHash(digest); err != nil {
		return err
	}
	file, err := os.CreateTemp(c.folder, "arriving-*")
	if err != nil {
		return fmt.Errorf("cache of artifacts: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	_, err = io.Copy(file, newVerifier(in, digest, size))
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), c.path(digest))
}

// Trim removes what was used longest ago, until at most so many bytes are
// left. What may be in use, since it is not an hour old, stays.
func (c *Cache) Trim(keep int64) error {
	type blob struct {
		path string
		used time.Time
		size int64
	}
	var blobs []blob
	var total int64
	recent := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(c.folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process was faster
		} else if err != nil {
			return err
		}
		abandoned := strings.HasPrefix(d.Name(), "arriving-") && info.ModTime().Before(recent)
		if abandoned {
			return os.Remove(path)
		}
		total += info.Size()
		blobs = append(blobs, blob{path, info.ModTime(), info.Size()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("cache of artifacts: %w", err)
	}
	slices.SortFunc(blobs, func(a, b blob) int { return a.used.Compare(b.used) })
	for _, b := range blobs {
		if total <= keep || b.used.After(recent) {
			return nil
		}
		if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cache of artifacts: %w", err)
		}
		total -= b.size
	}
	return nil
}

// checkHash leaves no way out of the folder, and no weaker hash than SHA-256.
func checkHash(digest v1.Hash) error {
	if digest.Algorithm != "sha256" || !ending.MatchString("x@"+digest.String()) {
		return fmt.Errorf("%.100q isn't a digest of SHA-256", digest.String())
	}
	return nil
}

// A verifier passes bytes on and holds them against a size and a digest.
type verifier struct {
	in   io.Reader
	hash hash.Hash
	want v1.Hash
	size int64
	read int64
}

func newVerifier(in io.Reader, want v1.Hash, size int64) *verifier {
	return &verifier{in: in, hash: sha256.New(), want: want, size: size}
}

// Read gives io.EOF only once all is as it should be.
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.in.Read(p)
	v.hash.Write(p[:n])
	v.read += int64(n)
	switch {
	case v.read > v.size:
		return 0, fmt.Errorf("%w: %s goes on after the %d bytes that it was announced with", ErrWrongContent, v.want, v.size)
	case err == io.EOF && v.read < v.size:
		return n, fmt.Errorf("%w: %s ends after %d bytes of the %d that it was announced with", ErrWrongContent, v.want, v.read, v.size)
	case err == io.EOF && hex.EncodeToString(v.hash.Sum(nil)) != v.want.Hex:
		return n, fmt.Errorf("%w: what came as %s has the digest sha256:%x", ErrWrongContent, v.want, v.hash.Sum(nil))
	}
	return n, err
}
