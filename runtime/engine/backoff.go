package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
)

// A backoff is how long to wait for what is away: twice as long each time,
// within bounds, and a little off, so that flows don't come back in step.
type backoff struct {
	min, max time.Duration
	tries    int // after the first; -1: no end
}

func newBackoff(rule contract.UnavailableRule) (backoff, error) {
	b := backoff{min: time.Second, max: 5 * time.Minute, tries: rule.Retry}
	for _, d := range []struct {
		text string
		to   *time.Duration
	}{{rule.MinBackoff, &b.min}, {rule.MaxBackoff, &b.max}} {
		if d.text == "" {
			continue
		}
		value, err := time.ParseDuration(d.text)
		if err != nil || value <= 0 {
			return b, fmt.Errorf("%q isn't a time to wait", d.text)
		}
		*d.to = value
	}
	b.max = max(b.max, b.min)
	return b, nil
}

func (b backoff) delay(try int) time.Duration {
	d := b.max
	if try < 40 && b.min<<try > 0 {
		d = min(b.max, b.min<<try)
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

// wait waits after a try that failed, if waiting may help: then it returns
// nil. It gives up when the flow is told to stop, or the tries are used up.
func (c *committer) wait(ctx context.Context, try int, cause error) error {
	f := c.flow
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// A session that is lost explains any error but that somebody else has
	// the flow: that doesn't pass.
	if errors.Is(cause, delivery.ErrFenced) || !connectors.IsUnavailable(cause) && !f.Ledger.Lost() {
		return cause
	}
	if c.backoff.tries >= 0 && try >= c.backoff.tries {
		return fmt.Errorf("flow %s gave up after %d tries: %w", f.Manifest.Flow, try+1, cause)
	}
	delay := c.backoff.delay(try)
	f.Log.Warn("waiting", "flow", f.Manifest.Flow, "for", f.Redact(cause.Error()), "try", try+1, "seconds", delay.Seconds())
	err := c.pause(ctx, delay, cause.Error())
	if errors.Is(err, ErrInterrupted) {
		return fmt.Errorf("%w, while %w; what isn't settled is read again at the next run", err, cause)
	}
	return err
}

// pause waits, unless the flow is told to stop.
func (c *committer) pause(ctx context.Context, delay time.Duration, why string) error {
	c.flow.Meter.Wait(c.flow.Redact(why))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.stop.Done():
		return ErrInterrupted
	case <-ctx.Done():
		return ctx.Err()
	}
}
