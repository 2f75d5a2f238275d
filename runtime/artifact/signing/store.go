package signing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Store is where signatures lie beside an image: a Repository or a Layout.
type Store interface {
	// String is the store as people call it.
	String() string

	// reference is what signatures call the image.
	reference(digest v1.Hash) (string, error)
	// manifest gives the list of what belongs to a digest, unread; nothing if
	// there is none.
	manifest(ctx context.Context, digest v1.Hash, k kind) ([]byte, error)
	blob(ctx context.Context, digest v1.Hash) (io.ReadCloser, error)
	// write puts a list in place of the one that is there.
	write(ctx context.Context, digest v1.Hash, k kind, list v1.Image) error
}

// Repository is a registry's repository, reached as the options say.
func Repository(repository name.Repository, options ...remote.Option) Store {
	return &registryStore{repository: repository, options: options}
}

type registryStore struct {
	repository name.Repository
	options    []remote.Option
}

func (s *registryStore) String() string { return s.repository.Name() }

func (s *registryStore) reference(v1.Hash) (string, error) { return s.repository.Name(), nil }

func (s *registryStore) with(ctx context.Context) []remote.Option {
	return append(s.options[:len(s.options):len(s.options)], remote.WithContext(ctx))
}

func (s *registryStore) manifest(ctx context.Context, digest v1.Hash, k kind) ([]byte, error) {
	found, err := remote.Get(s.repository.Tag(k.tag(digest)), s.with(ctx)...)
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the %ss of %s in %s: %w", k.one, digest, s, err)
	}
	return found.Manifest, nil
}

func (s *registryStore) blob(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	layer, err := remote.Layer(s.repository.Digest(digest.String()), s.with(ctx)...)
	if err != nil {
		return nil, err
	}
	return layer.Compressed()
}

func (s *registryStore) write(ctx context.Context, digest v1.Hash, k kind, list v1.Image) error {
	if err := remote.Write(s.repository.Tag(k.tag(digest)), list, s.with(ctx)...); err != nil {
		return fmt.Errorf("writing the %s of %s to %s: %w", k.one, digest, s, err)
	}
	return nil
}
