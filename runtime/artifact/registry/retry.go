package registry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// backoff waits about 0.3, 0.9 and 2.7 seconds: a registry that restarts is
// back by then, and one that is down is soon said to be.
var backoff = remote.Backoff{Duration: 300 * time.Millisecond, Factor: 3, Jitter: 0.2, Steps: 4}

// passing says whether it is worth while to try again: the registry is
// overloaded, or the connection broke. A refusal, ours or the registry's, isn't
// taken back, and what nobody listens on is known at once.
func passing(err error) bool {
	var answer *transport.Error
	if errors.As(err, &answer) {
		return answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented || answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout
	}
	for _, broken := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, broken) {
			return true
		}
	}
	return false
}

// again repeats what failed for a passing reason, with go-containerregistry's
// own pauses, but ends as soon as the context does.
func again(ctx context.Context, attempt func() error) error {
	pause := backoff
	for {
		err := attempt()
		if err == nil || !passing(err) || pause.Steps <= 1 {
			return err
		}
		select {
		case <-time.After(pause.Step()):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
