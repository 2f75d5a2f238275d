package module

import (
	"context"
	"errors"
	"fmt"

	"github.com/weavster/weavster/codegen/contract"
)

// Process runs a batch. Each message ends as it would alone: one that makes
// the module trap, run too long or run out of memory is found, and fails with
// W1301, W1302 or W1303; one that is too long fails with W1304; the others go
// through. The error is the context's end, or that the module can't be
// started anew.
//
// The result is the instance's own: it is valid until the instance is used or
// released. What is to be kept longer has to be copied (Result.Clone).
func (in *Instance) Process(ctx context.Context, b *contract.Batch) (*contract.Result, error) {
	m := in.flow.module
	if err := checkBatch(b, m.meta, m.identity); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if in.wasm == nil { // an earlier start failed
		if err := in.renew(ctx); err != nil {
			return nil, err
		}
	}
	if b.Len() == 0 {
		return &contract.Result{Outputs: make([]contract.Rows, m.outputs)}, nil
	}
	whole := span{batch: b, hi: b.Len(), meta: m.meta, identity: m.identity}
	if !whole.tooLong(m.options.MessageBytes) {
		result, err := in.try(ctx, whole)
		if err == nil {
			return result, nil
		}
		out := newMerge(m.outputs)
		if err := in.settle(ctx, whole, err, out); err != nil {
			return nil, err
		}
		return &out.result, nil
	}
	return in.around(ctx, whole)
}

// tooLong is whether a message of the span is longer than the limit.
func (s span) tooLong(limit int) bool {
	if limit == 0 {
		return false
	}
	for i := s.lo; i < s.hi; i++ {
		if len(s.batch.Message(i)) > limit {
			return true
		}
	}
	return false
}

// around runs the messages between those that are too long.
func (in *Instance) around(ctx context.Context, whole span) (*contract.Result, error) {
	limit := in.flow.module.options.MessageBytes
	out := newMerge(in.flow.module.outputs)
	for lo := 0; lo < whole.hi; {
		one := whole.part(lo, lo+1)
		if one.tooLong(limit) {
			detail := fmt.Sprintf("the message is %d bytes long, and the limit is %d", len(whole.batch.Message(lo)), limit)
			out.fail(lo, &fault{contract.ErrTooLong, detail, nobody})
			lo++
			continue
		}
		run := one
		for run.hi < whole.hi && !whole.part(run.hi, run.hi+1).tooLong(limit) {
			run.hi++
		}
		if err := in.attempt(ctx, run, out); err != nil {
			return nil, err
		}
		lo = run.hi
	}
	return &out.result, nil
}

// attempt runs a span, in parts where it fails as a whole.
func (in *Instance) attempt(ctx context.Context, s span, out *merge) error {
	fresh := in.fresh
	result, err := in.try(ctx, s)
	if err == nil {
		out.add(s.lo, result)
		return nil
	}
	if f := (*fault)(nil); s.count() == 1 && fresh && errors.As(err, &f) {
		out.fail(s.lo, f)
		return in.renew(ctx)
	}
	return in.settle(ctx, s, err, out)
}

// settle goes on after a span failed as a whole: a new instance, and its
// parts one after the other, down to the messages that are to blame. Only a
// new instance condemns a message: memory that earlier ones have taken is not
// its fault.
func (in *Instance) settle(ctx context.Context, s span, cause error, out *merge) error {
	var f *fault
	if !errors.As(cause, &f) {
		// The instance was stopped in the middle.
		return errors.Join(cause, in.close(context.WithoutCancel(ctx)))
	}
	if err := in.renew(ctx); err != nil {
		return err
	}
	if s.count() == 1 {
		return in.attempt(ctx, s, out)
	}
	if out.hints && uint64(f.suspect) < uint64(s.count()) {
		done, err := in.suspect(ctx, s, s.lo+int(f.suspect), out)
		if done || err != nil {
			return err
		}
	}
	middle := s.lo + s.count()/2
	return in.parts(ctx, out, s.part(s.lo, middle), s.part(middle, s.hi))
}

func (in *Instance) parts(ctx context.Context, out *merge, parts ...span) error {
	for _, part := range parts {
		if part.count() == 0 {
			continue
		}
		if err := in.attempt(ctx, part, out); err != nil {
			return err
		}
	}
	return nil
}

// suspect tries the message that the module was working on by itself. Where
// it fails, what stands before and after it is run; where it doesn't, the
// module's word is worth nothing.
func (in *Instance) suspect(ctx context.Context, s span, message int, out *merge) (done bool, err error) {
	alone := newMerge(len(out.result.Outputs))
	if err := in.attempt(ctx, s.part(message, message+1), alone); err != nil {
		return false, err
	}
	if !in.fresh {
		out.hints = false
		return false, nil
	}
	if err := in.parts(ctx, out, s.part(s.lo, message)); err != nil {
		return false, err
	}
	out.add(0, &alone.result)
	return true, in.parts(ctx, out, s.part(message+1, s.hi))
}
