// Package registry fetches artifacts from OCI registries and puts them there.
//
// A registry is not trusted: what it says is held against digests, sizes and
// limits before it is kept, it can't lead the client to other places than
// public ones, and it gets credentials over TLS alone. What is pulled lies in
// a cache, by digest, and is checked whenever it is read.
package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// jobs is how many blobs are under way at once.
const jobs = 8

// Options are how registries are spoken to.
type Options struct {
	CAFile    string         // of authorities to trust beside the system's, in PEM
	PlainHTTP bool           // speak plain http to the registries that references name; without credentials
	Keychain  authn.Keychain // nil: Docker's configuration, or Podman's
	Cache     string         // the folder of the cache; "": a temporary one, which Close removes
	UserAgent string         // in front of the library's own
	Report    func(Status)   // hears of transfers as they go on; called from several goroutines
	Limits    Limits         // of what is pulled
	Patience  Patience       // with registries that are slow
}

// A Client speaks to registries. It is safe for several goroutines.
type Client struct {
	cache     *Cache
	temporary string // the cache's folder, where it is to be removed
	guard     *guard
	plain     bool
	limits    Limits
	report    func(Status)
	options   []remote.Option
	puller    *remote.Puller
}

// New prepares a client; it asks nothing of any registry.
func New(o Options) (*Client, error) {
	guard, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	c := &Client{guard: guard, plain: o.PlainHTTP, limits: o.Limits.orDefault(), report: o.Report}
	if c.report == nil {
		c.report = func(Status) {}
	}
	keychain := o.Keychain
	if keychain == nil {
		keychain = authn.DefaultKeychain
	}
	c.options = []remote.Option{
		remote.WithTransport(guard),
		remote.WithAuthFromKeychain(keychain),
		remote.WithJobs(jobs),
		remote.WithRetryBackoff(backoff),
		remote.WithRetryPredicate(passing),
	}
	if o.UserAgent != "" {
		c.options = append(c.options, remote.WithUserAgent(o.UserAgent))
	}
	if c.puller, err = remote.NewPuller(c.options...); err != nil {
		return nil, err
	}
	folder := o.Cache
	if folder == "" {
		if folder, err = os.MkdirTemp("", "weavster-artifacts-"); err != nil {
			return nil, err
		}
		c.temporary = folder
	}
	c.cache, err = OpenCache(folder)
	return c, err
}

// Close ends connections, and removes a temporary cache.
func (c *Client) Close() error {
	c.guard.close()
	if c.temporary == "" {
		return nil
	}
	return os.RemoveAll(c.temporary)
}

// Name is a reference as go-containerregistry has it. What is done with it by
// Remote's options has the client's guard around it.
func (c *Client) Name(ref Reference) (name.Reference, error) {
	repository, err := c.repository(ref)
	switch {
	case err != nil:
		return nil, err
	case ref.Digest != "":
		return repository.Digest(ref.Digest), nil
	case ref.Tag != "":
		return repository.Tag(ref.Tag), nil
	}
	return nil, fmt.Errorf("%s names neither a tag nor a digest: write %s:TAG or %s@sha256:…", ref, ref, ref)
}

func (c *Client) repository(ref Reference) (name.Repository, error) {
	if !ref.Remote() {
		return name.Repository{}, fmt.Errorf("%s is a folder, where a registry is meant: %shost/repository", ref, Scheme)
	}
	var options []name.Option
	if c.plain {
		options = append(options, name.Insecure)
	}
	host, err := name.NewRegistry(ref.Host, options...)
	if err != nil {
		return name.Repository{}, err
	}
	c.guard.name(host.RegistryStr())
	return host.Repo(ref.Repository), nil
}

// Remote are the options with which go-containerregistry, and what is built on
// it, speaks to a registry as this client does.
func (c *Client) Remote(ctx context.Context) []remote.Option {
	return append([]remote.Option{remote.WithContext(ctx)}, c.options...)
}

// Resolve asks what a reference leads to, without fetching it. Where it has a
// digest and the cache has what belongs to that, nobody is asked.
func (c *Client) Resolve(ctx context.Context, ref Reference) (v1.Descriptor, error) {
	from, err := c.Name(ref)
	if err != nil {
		return v1.Descriptor{}, err
	}
	if raw, ok := c.cached(ref); ok {
		digest, size, err := v1.SHA256(bytes.NewReader(raw))
		return v1.Descriptor{MediaType: types.OCIImageIndex, Digest: digest, Size: size}, err
	}
	got, err := c.puller.Get(ctx, from)
	if err != nil {
		return v1.Descriptor{}, c.explain(ctx, ref, err)
	}
	return got.Descriptor, nil
}

// stopped says whether an error is the user's wish to end.
func stopped(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
