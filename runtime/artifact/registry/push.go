package registry

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// An Upload is an artifact and where it goes: a repository, and tags in it.
type Upload struct {
	Index v1.ImageIndex
	To    Reference
	Tags  []string
}

// A Pushed is what became of an upload. Blobs are layers and configurations.
type Pushed struct {
	Reference Reference // with the digest, without a tag
	Tags      []string
	Uploaded  int   // blobs that were sent
	Mounted   int   // blobs that the registry took from another repository
	Present   int   // blobs that were there
	Bytes     int64 // of what was sent
}

// Push puts artifacts into a registry. Each blob is sent once, to the first
// repository that wants it, and only if it isn't there; the others take it
// from that one, where the registry can. So the upload that holds most should
// come first. Its tags are set last, once all else is in place.
func (c *Client) Push(ctx context.Context, uploads ...Upload) ([]Pushed, error) {
	pusher, err := remote.NewPusher(c.options...)
	if err != nil {
		return nil, err
	}
	p := &push{client: c, pusher: pusher, status: &transfer{report: c.report}, homes: map[v1.Hash]*target{}}
	for _, u := range uploads {
		if err := p.add(ctx, u); err != nil {
			return nil, err
		}
	}
	if err := p.run(ctx); err != nil {
		return nil, err
	}
	pushed := make([]Pushed, len(p.targets))
	for i, t := range p.targets {
		pushed[i] = t.pushed()
	}
	return pushed, nil
}

// A push is one call of Push.
type push struct {
	client  *Client
	pusher  *remote.Pusher
	status  *transfer
	targets []*target
	homes   map[v1.Hash]*target // where a blob is sent to
}

// A target is one of the repositories.
type target struct {
	Upload
	repository name.Repository
	digest     v1.Hash
	images     map[v1.Hash]v1.Image
	blobs      map[v1.Hash]v1.Layer
	tally      *tally
	there      bool // the whole index is in the repository already
}

func (p *push) add(ctx context.Context, u Upload) error {
	t := &target{Upload: u, tally: &tally{fate: map[string]fate{}}}
	var err error
	if t.repository, err = p.client.repository(u.To); err != nil {
		return err
	}
	for _, tag := range u.Tags {
		if err := CheckTag(tag); err != nil {
			return err
		}
	}
	if t.digest, err = u.Index.Digest(); err != nil {
		return err
	}
	if t.images, t.blobs, err = blobsOf(u.Index); err != nil {
		return err
	}
	for digest := range t.blobs {
		if p.homes[digest] == nil {
			p.homes[digest] = t
		}
	}
	p.targets = append(p.targets, t)
	return ctx.Err()
}

func (p *push) run(ctx context.Context) error {
	if len(p.targets) == 0 {
		return nil
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error { return p.each(ctx, p.targets, p.find) },
		p.send,
		func(ctx context.Context) error { return p.each(ctx, p.targets[1:], p.finish) },
		func(ctx context.Context) error { return p.each(ctx, p.targets[:1], p.finish) },
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each does something for several targets at once.
func (p *push) each(ctx context.Context, targets []*target, do func(context.Context, *target) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for _, t := range targets {
		group.Go(func() error {
			return p.client.explain(ctx, t.To, do(withTally(ctx, t.tally), t))
		})
	}
	return group.Wait()
}

// find asks whether a target has the artifact already. A registry takes no
// manifest whose blobs it doesn't have.
func (p *push) find(ctx context.Context, t *target) error {
	_, err := p.client.puller.Head(ctx, t.repository.Digest(t.digest.String()))
	var answer *transport.Error
	if errors.As(err, &answer) && (answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusForbidden) {
		return nil // 403: some say so of what isn't there; sending shows which it is
	}
	t.there = err == nil
	return err
}

// send brings each blob to its home.
func (p *push) send(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for digest, home := range p.homes {
		size, err := home.blobs[digest].Size()
		if err != nil {
			return err
		}
		p.status.blobs.Add(1)
		p.status.total.Add(size)
		group.Go(func() error {
			layer := &sent{Layer: home.blobs[digest], status: p.status}
			if !home.there {
				err := p.pusher.Upload(withTally(ctx, home.tally), home.repository, layer)
				if err != nil {
					return p.client.explain(ctx, home.To, err)
				}
			}
			layer.settle(size)
			return nil
		})
	}
	return group.Wait()
}

// finish has a target take the blobs that lie elsewhere, and writes manifests
// and tags.
func (p *push) finish(ctx context.Context, t *target) error {
	index := &mounting{inner: t.Index, target: t, homes: p.homes}
	if !t.there {
		if err := p.pusher.Push(ctx, t.repository.Digest(t.digest.String()), index); err != nil {
			return err
		}
	}
	for _, tag := range t.Tags {
		if err := p.pusher.Push(ctx, t.repository.Tag(tag), index); err != nil {
			return err
		}
	}
	return nil
}

func (t *target) pushed() Pushed {
	p := Pushed{Reference: Reference{Host: t.To.Host, Repository: t.To.Repository, Digest: t.digest.String()}, Tags: t.Tags}
	for digest, blob := range t.blobs {
		switch t.tally.of(digest.String()) {
		case uploaded:
			p.Uploaded++
			if size, err := blob.Size(); err == nil {
				p.Bytes += size
			}
		case mounted:
			p.Mounted++
		default:
			p.Present++
		}
	}
	return p
}
