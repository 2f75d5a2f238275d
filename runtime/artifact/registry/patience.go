package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Patience is how long a registry is waited for. A zero is the default.
type Patience struct {
	Connect time.Duration // to connect, and to agree on TLS: 15 s each
	Answer  time.Duration // for an answer to begin, once a request was sent: 60 s
	Stall   time.Duration // in which at least StallBytes have to move, either way: 30 s
}

// StallBytes are what has to move in the time of Patience.Stall.
const StallBytes = 1 << 10

// ErrSlow says that a registry was waited for long enough.
var ErrSlow = errors.New("too slow")

func (p Patience) orDefault() Patience {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&p.Connect, 15 * time.Second}, {&p.Answer, time.Minute}, {&p.Stall, 30 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return p
}

// roundTrip makes a request whose bodies have to move.
func (p Patience) roundTrip(through http.RoundTripper, req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel, stall: p.Stall, host: clean(req.URL.Host)}
	out := req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		w.start()
		out.Body = &watched{ReadCloser: req.Body, watch: w, end: w.stop}
	}
	resp, err := through.RoundTrip(out)
	if err != nil {
		defer cancel(nil)
		return nil, w.explain(p, err)
	}
	w.start()
	resp.Body = &watched{ReadCloser: resp.Body, watch: w, end: func() { w.stop(); cancel(nil) }}
	// Whoever looks at the answer's request means the one that it made.
	resp.Request = req
	return resp, nil
}

// A watch ends a request whose bytes have ceased to move.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stall  time.Duration
	host   string
	moved  atomic.Int64

	mu    sync.Mutex
	timer *time.Timer
}

func (w *watch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	w.moved.Store(0)
	w.timer = time.AfterFunc(w.stall, w.look)
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.timer == nil:
	case w.moved.Swap(0) < StallBytes:
		w.cancel(fmt.Errorf("%w: %s has moved less than %d bytes in %s", ErrSlow, w.host, StallBytes, w.stall))
	default:
		w.timer.Reset(w.stall)
	}
}

// explain says why a request ended, if it was this watch's doing or a time limit's.
func (w *watch) explain(p Patience, err error) error {
	if cause := context.Cause(w.ctx); errors.Is(cause, ErrSlow) {
		return cause
	}
	var timeout net.Error
	if w.ctx.Err() == nil && errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("%w: %s doesn't answer (%v; waited %s to connect, %s for an answer)", ErrSlow, w.host, err, p.Connect, p.Answer)
	}
	return err
}

// watched is a body that tells its watch what moves.
type watched struct {
	io.ReadCloser
	watch *watch
	end   func()
}

func (b *watched) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.moved.Add(int64(n))
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		err = b.watch.explain(Patience{}, err)
	}
	b.end()
	return n, err
}

func (b *watched) Close() error {
	b.end()
	return b.ReadCloser.Close()
}
