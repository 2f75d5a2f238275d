package module

import (
	"context"
	"errors"
	"runtime"
)

// errTicks ends a call that goes on beyond what its messages may use
// together. A flow of ours traps by its own count before that.
var errTicks = errors.New("more work was done than all messages of the batch may do")

// A clock counts the ticks of one call. It is the call's context, so that the
// tick, which is shared by all instances, finds it.
type clock struct {
	context.Context
	left int
}

type clockKey struct{}

func (c *clock) Value(key any) any {
	if key == (clockKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// tick is the flow's one import. While a flow runs, Go can stop neither it
// nor the world for a garbage collection; here it can. A panic unwinds the
// flow and comes back as the call's error.
func tick(ctx context.Context, _ []uint64) {
	runtime.Gosched()
	c := ctx.Value(clockKey{}).(*clock)
	if err := c.Err(); err != nil {
		panic(cancelled{context.Cause(c)})
	}
	if c.left--; c.left < 0 {
		panic(errTicks)
	}
}

// cancelled is that the caller's context ended: not the flow's fault.
type cancelled struct{ cause error }

func (c cancelled) Error() string { return c.cause.Error() }
func (c cancelled) Unwrap() error { return c.cause }
