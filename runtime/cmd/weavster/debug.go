package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/explain"
)

// debugged is of how many of its messages a flow's steps are logged.
const debugged = 1_000

// A stepLog logs what each step of a flow does to its messages, the first of
// them. It puts a batch through the module once more: what is delivered comes
// of a run like any other.
type stepLog struct {
	flow     *runningFlow
	terminal io.Writer // nil: events go to the log
	log      *slog.Logger

	mutex sync.Mutex
	done  int // messages
}

func newStepLog(f *runningFlow, to *os.File) *stepLog {
	l := &stepLog{flow: f, log: slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if isTerminal(to) {
		l.terminal = to
	}
	return l
}

// A debugging processor tells the log of each batch before it is run.
type debugging struct {
	engine.Processor
	log *stepLog
}

func (d debugging) Process(ctx context.Context, b *contract.Batch) (*contract.Result, error) {
	if err := d.log.trace(ctx, d.Processor, b); err != nil {
		return nil, err
	}
	return d.Processor.Process(ctx, b)
}

func (l *stepLog) trace(ctx context.Context, p engine.Processor, b *contract.Batch) error {
	first, n := l.take(b.Len())
	if n == 0 {
		return nil
	}
	part := *b
	part.Trace = true
	part.Payload, part.Ends = b.Payload[:b.Ends[n-1]], b.Ends[:n]
	if b.Numbers != nil {
		part.Numbers = b.Numbers[:n]
	}
	if b.MetaEnds != nil {
		part.Meta, part.MetaEnds = b.Meta[:b.MetaEnds[n-1]], b.MetaEnds[:n]
	}
	result, err := p.Process(ctx, &part)
	if err != nil {
		return err
	}
	in := &explain.Input{Manifest: l.flow.flow.Manifest, Vars: varBytes(l.flow.resolved), Batch: &part, Result: result}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for i := range n {
		if err := l.write(first+i, explain.Explain(in, i)); err != nil {
			return err
		}
	}
	if first+n == debugged {
		l.log.Info("further messages' steps aren't logged", "flow", l.flow.flow.Name, "logged", debugged)
	}
	return nil
}

// take is how many of so many messages are still to be logged, and the number
// of the first of them.
func (l *stepLog) take(n int) (first, taken int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	first, taken = l.done, min(n, debugged-l.done)
	l.done += taken
	return first, taken
}

// write tells of one message, in words or as an event for it, each step, each
// output and its end.
func (l *stepLog) write(number int, r *explain.Report) error {
	redact := l.flow.runner.project.Redact
	if l.terminal != nil {
		var b strings.Builder
		if err := r.Print(&b, true); err != nil {
			return err
		}
		_, err := fmt.Fprintf(l.terminal, "\r\x1b[K%s\n", redact(b.String()))
		return err
	}
	event := func(what string, value any) error {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		l.log.Debug(what, "flow", r.Flow, "number", number, what, json.RawMessage(redact(string(text))))
		return nil
	}
	if err := event("message", r.Message); err != nil {
		return err
	}
	for _, entry := range r.Way {
		if err := event(entry.Kind, entry); err != nil {
			return err
		}
	}
	return event("ends", r.Ends)
}
