package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/module"
	"github.com/weavster/weavster/runtime/observe"
	"github.com/weavster/weavster/runtime/project"
)

// pageBytes is the unit in which modules count memory.
const pageBytes = 64 << 10

// A runningFlow is one flow with everything that it holds open.
type runningFlow struct {
	runner   *runner
	flow     *bundle.Flow
	resolved *project.Resolved
	meter    *observe.Meter
	steps    *stepLog // nil: nobody asks

	module    *module.Module
	instances *module.Flow
	ledger    *delivery.Ledger
	source    connectors.Source
	sinks     map[string]connectors.Sink // by connector
	closers   []io.Closer
}

// compile checks and compiles the module, and hands it variables and tables.
func (f *runningFlow) compile(ctx context.Context) error {
	var err error
	f.module, f.instances, err = load(ctx, f.flow, f.runner.project, f.resolved)
	return err
}

// load compiles a flow's module under the project's limits, and configures it.
// The module is the caller's to close, also after an error where there is one.
func load(ctx context.Context, flow *bundle.Flow, p *project.Project, resolved *project.Resolved) (*module.Module, *module.Flow, error) {
	wasm, err := os.ReadFile(flow.Module)
	if err != nil {
		return nil, nil, fmt.Errorf("flow %s: %w", flow.Name, err)
	}
	limits := &p.Runtime
	options := module.Options{
		CacheDir:    cacheFolder(),
		MemoryPages: uint32(limits.Memory / pageBytes), Limit: limits.Time, MessageBytes: int(limits.Message),
	}
	m, err := module.Compile(ctx, wasm, flow.Manifest, options)
	if err != nil {
		return nil, nil, err
	}
	instances, err := m.Configure(ctx, varBytes(resolved), resolved.Tables)
	if err != nil {
		return m, nil, fmt.Errorf("flow %s: %w", flow.Name, err)
	}
	return m, instances, nil
}

func varBytes(resolved *project.Resolved) [][]byte {
	vars := make([][]byte, len(resolved.Vars))
	for i, v := range resolved.Vars {
		vars[i] = v
	}
	return vars
}

// cacheFolder keeps machine code from run to run, flows' and the parser's; ""
// where it can't be kept: there is no home, or it is read-only, as in an image.
func cacheFolder() string {
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder = filepath.Join(folder, "weavster", "modules")
	if os.MkdirAll(folder, 0o700) != nil {
		return ""
	}
	return folder
}

// take makes this process the flow's owner, and opens its input where the
// last one ended.
func (f *runningFlow) take(ctx context.Context) error {
	ledger, err := delivery.Open(ctx, f.runner.process, f.flow.Name, f.runner.options.wait)
	if err != nil {
		return err
	}
	f.ledger = ledger
	if f.source, err = f.resolved.Input.Spec.OpenSource(ctx, f.config(f.resolved.Input)); err != nil {
		return err
	}
	f.closers = append(f.closers, f.source)
	return engine.Seek(ctx, ledger, f.source)
}

func (f *runningFlow) config(c *project.Connector) connectors.Config {
	return connectors.Config{
		Name: c.Name, Project: f.runner.store.Project, Flow: f.flow.Name, Options: c.Options, Folder: c.Folder, Database: f.runner.store.URL(), Schema: f.runner.store.Schema.String(),
		Meta: len(f.flow.Manifest.Meta) > 0, MaxMessage: int(f.runner.project.Runtime.Message),
	}
}

// openSinks opens each output's connector once, the dead letters' too.
func (f *runningFlow) openSinks(ctx context.Context) error {
	f.sinks = map[string]connectors.Sink{}
	for _, c := range append(slices.Clone(f.resolved.Outputs), f.resolved.DeadLetter) {
		if c == nil || f.sinks[c.Name] != nil {
			continue
		}
		sink, err := c.Spec.OpenSink(ctx, f.config(c))
		if err != nil {
			return err
		}
		f.sinks[c.Name] = sink
		f.closers = append(f.closers, sink)
	}
	return nil
}

func (f *runningFlow) outputNames() []string {
	var names []string
	for _, o := range f.flow.Manifest.Outputs {
		names = append(names, o.Name)
	}
	return names
}

// run runs the flow until its input ends or stop is done.
func (f *runningFlow) run(ctx, stop context.Context) error {
	defer f.meter.End()
	log := f.runner.log
	e := engine.Flow{
		Manifest: f.flow.Manifest, Source: f.source,
		Processor: f.acquire,
		Done:      f.release,
		Workers:   f.runner.project.Runtime.Workers,
		Ledger:    f.ledger, Meter: f.meter, Log: log,
		Redact: f.runner.project.Redact,
	}
	if e.Workers == 0 {
		e.Workers = runtime.GOMAXPROCS(0)
	}
	for _, o := range f.resolved.Outputs {
		e.Outputs = append(e.Outputs, f.sinks[o.Name])
	}
	if dead := f.resolved.DeadLetter; dead != nil {
		e.Dead = f.sinks[dead.Name]
	}
	log.Info("flow started", "flow", f.flow.Name, "workers", e.Workers)
	err := f.runner.project.RedactError(engine.Run(ctx, stop, e))
	t := f.meter.Totals()
	event := []any{"flow", f.flow.Name, "read", t.Read, "dead_letters", t.DeadLetters}
	switch {
	case errors.Is(err, engine.ErrInterrupted):
		log.Info("flow stopped", event...)
	case err != nil:
		log.Error("flow failed", append(event, "error", err.Error())...)
	default:
		log.Info("flow finished", event...)
	}
	return err
}

func (f *runningFlow) acquire(ctx context.Context) (engine.Processor, error) {
	instance, err := f.instances.Acquire(ctx)
	if err != nil || f.steps == nil {
		return instance, err
	}
	return debugging{instance, f.steps}, nil
}

func (f *runningFlow) release(p engine.Processor) {
	if d, ok := p.(debugging); ok {
		p = d.Processor
	}
	if instance, ok := p.(*module.Instance); ok {
		f.instances.Release(instance)
	}
}

func (f *runningFlow) close(ctx context.Context) error {
	var all []error
	for _, c := range f.closers {
		all = append(all, c.Close())
	}
	if f.ledger != nil {
		all = append(all, f.ledger.Close())
	}
	if f.instances != nil {
		all = append(all, f.instances.Close(ctx))
	}
	if f.module != nil {
		all = append(all, f.module.Close(ctx))
	}
	return errors.Join(all...)
}
