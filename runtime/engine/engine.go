// Package engine runs one flow: read, process, write, settle.
package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/failpoint"
	"github.com/weavster/weavster/runtime/observe"
)

// ErrInterrupted says that a flow was told to stop before its source ended.
// What it had read is settled.
var ErrInterrupted = errors.New("stopped before the end of the input")

// A Processor runs batches through a compiled flow. Its result is valid until
// it runs again. One goroutine uses it.
type Processor interface {
	Process(ctx context.Context, b *contract.Batch) (*contract.Result, error)
}

// A Flow is all that it takes to run one.
type Flow struct {
	Manifest *contract.Manifest
	Source   connectors.Source // after Seek
	// Outputs are in the manifest's order; Dead is nil where dead letters go
	// to the table alone. A sink may be several of these at once.
	Outputs []connectors.Sink
	Dead    connectors.Sink
	// Processor gives each worker one of its own; Done takes it back.
	Processor func(ctx context.Context) (Processor, error)
	Done      func(Processor)
	Workers   int
	Ledger    *delivery.Ledger
	Meter     *observe.Meter
	Log       *slog.Logger
	// Redact takes secrets out of what connectors say; nil: there are none.
	Redact func(text string) string

	sensitive []string // JSON pointers of what is masked where messages are shown
}

// Seek brings a source to where the last run ended. It comes before any
// output is opened: an input that can't be read leaves nothing behind.
func Seek(ctx context.Context, ledger *delivery.Ledger, s connectors.Source) error {
	positions, err := ledger.Positions(ctx)
	if err != nil {
		return err
	}
	return s.Seek(ctx, positions)
}

// A job is a batch on its way.
type job struct {
	batch   *connectors.Batch
	result  *contract.Result
	letters []delivery.DeadLetter
	counts  observe.Counts
	err     error         // the batch can't be committed, and nothing after it
	done    chan struct{} // closed when the worker has finished
}

// Run runs a flow until its source ends, or stop is done: then it settles
// what it has read and returns ErrInterrupted. When ctx is done it returns at
// once; nothing is lost then either, as what isn't settled is read again.
func Run(ctx, stop context.Context, f Flow) error {
	if f.Redact == nil {
		f.Redact = func(text string) string { return text }
	}
	for _, field := range f.Manifest.Sensitive {
		f.sensitive = append(f.sensitive, field.Pointer)
	}
	c, err := newCommitter(ctx, stop, &f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &pipeline{
		flow:  &f,
		work:  make(chan *job),
		order: make(chan *job, 2*f.Workers+maxGroup),
	}
	var running sync.WaitGroup
	defer running.Wait() // after cancel: deferred calls run last to first
	defer cancel()
	running.Go(func() { p.read(ctx, stop) })
	for range f.Workers {
		running.Go(func() { p.process(ctx) })
	}
	return c.run(ctx, p.order)
}

// A pipeline hands batches to workers and, in the order in which they were
// read, to the committer. The capacity of order bounds how many are on the
// way.
type pipeline struct {
	flow  *Flow
	work  chan *job
	order chan *job
}

func (p *pipeline) read(ctx, stop context.Context) {
	defer close(p.order)
	defer close(p.work)
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(stop, cancel)()
	for {
		j := &job{done: make(chan struct{})}
		j.batch, j.err = p.flow.readOne(reading)
		switch {
		case errors.Is(j.err, io.EOF):
			return
		case j.err != nil && stop.Err() != nil:
			j.err = ErrInterrupted
		}
		if j.err != nil {
			close(j.done)
			send(ctx, p.order, j)
			return
		}
		j.batch.Now = time.Now()
		if m := p.flow.Manifest; m.Identity {
			j.batch.Origin, j.batch.Numbers = p.flow.origin(j.batch.Partition), j.batch.Lines
		}
		if !send(ctx, p.order, j) || !send(ctx, p.work, j) {
			return
		}
	}
}

func (f *Flow) readOne(ctx context.Context) (*connectors.Batch, error) {
	if err := failpoint.Hit("engine/read/before"); err != nil {
		return nil, err
	}
	batch, err := f.Source.Read(ctx)
	if err != nil {
		return nil, err
	}
	return batch, failpoint.Hit("engine/read/after")
}

func send(ctx context.Context, to chan<- *job, j *job) bool {
	select {
	case to <- j:
		return true
	case <-ctx.Done():
		return false
	}
}

// process is one worker.
func (p *pipeline) process(ctx context.Context) {
	var accountant delivery.Accountant
	processor, err := p.flow.Processor(ctx)
	if err == nil {
		defer p.flow.Done(processor)
	}
	for j := range p.work {
		if err != nil {
			j.err = err
		} else {
			j.err = p.flow.process(ctx, processor, &accountant, j)
		}
		close(j.done)
	}
}

func (f *Flow) process(ctx context.Context, processor Processor, accountant *delivery.Accountant, j *job) error {
	err := failpoint.Hit("engine/process/before")
	if err != nil {
		return err
	}
	result, err := processor.Process(ctx, &j.batch.Batch)
	if err == nil {
		err = failpoint.Hit("engine/process/after")
	}
	if err != nil {
		return fmt.Errorf("flow %s: %w", f.Manifest.Flow, err)
	}
	if err := accountant.Check(result, j.batch.Len(), len(f.Outputs)); err != nil {
		return fmt.Errorf("flow %s, after %s: %w", f.Manifest.Flow, origin(j.batch, 0), err)
	}
	// The module's memory is used for the next batch while this one waits for
	// its turn.
	j.result = result.Clone()
	f.identify(j)
	return f.judge(j)
}
