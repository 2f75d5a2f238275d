package registry

import (
	"context"
	"io"
	"net/http"
	"path"
	"sync"
	"sync/atomic"
)

// A Status is how far a transfer is. Blobs that needn't be moved count as moved.
type Status struct {
	Blobs, Done  int64
	Bytes, Moved int64
}

// A transfer counts what moves, and tells.
type transfer struct {
	report                    func(Status)
	blobs, done, total, moved atomic.Int64
}

func (t *transfer) status() Status {
	return Status{Blobs: t.blobs.Load(), Done: t.done.Load(), Bytes: t.total.Load(), Moved: t.moved.Load()}
}

func (t *transfer) move(n int64) {
	t.moved.Add(n)
	t.report(t.status())
}

func (t *transfer) finish() {
	t.done.Add(1)
	t.report(t.status())
}

// skip is for a blob that is where it should be.
func (t *transfer) skip(size int64) {
	t.moved.Add(size)
	t.finish()
}

// A counter tells how much of a reader was read.
type counter struct {
	io.Reader
	tell func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.tell(int64(n))
	return n, err
}

// A tally is what became of the blobs of one repository. It is read off the
// registry's answers, since the library does what is needed and says nothing.
type tally struct {
	mu   sync.Mutex
	fate map[string]fate // by digest
}

type fate int

const (
	present fate = iota + 1
	mounted
	uploaded
)

type tallyKey struct{}

func withTally(ctx context.Context, t *tally) context.Context {
	return context.WithValue(ctx, tallyKey{}, t)
}

// note reads an answer of the distribution protocol.
func note(req *http.Request, resp *http.Response) {
	t, ok := req.Context().Value(tallyKey{}).(*tally)
	if !ok {
		return
	}
	query := req.URL.Query()
	switch {
	case req.Method == http.MethodHead && isBlob(req.URL) && resp.StatusCode == http.StatusOK:
		t.set(path.Base(first(req).URL.Path), present)
	case req.Method == http.MethodPost && query.Get("mount") != "" && resp.StatusCode == http.StatusCreated:
		t.set(query.Get("mount"), mounted)
	case req.Method == http.MethodPut && query.Get("digest") != "" && resp.StatusCode == http.StatusCreated:
		t.set(query.Get("digest"), uploaded)
	}
}

// set keeps the first that was heard: what was uploaded is present afterwards.
func (t *tally) set(digest string, f fate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fate[digest] == 0 {
		t.fate[digest] = f
	}
}

func (t *tally) of(digest string) fate {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fate[digest]
}
