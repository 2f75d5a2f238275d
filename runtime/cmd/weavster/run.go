package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/observe"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/store"
)

// runOptions are the flags of `run`.
type runOptions struct {
	flows      []string
	debug      []string // flows whose steps are logged
	once       bool
	wait, json bool
	artifacts  artifactFlags
}

func newRun(w *workspace, signals *signals) *cobra.Command {
	var o runOptions
	command := &cobra.Command{
		Use:   "run [REFERENCE…]",
		Short: "Run the flows of a bundle or of artifacts until their inputs end",
		Long: "Runs the flows of a bundle, which --bundle names, or of artifacts: oci://host/repository:tag, or the path of a layout folder.\n" +
			"Artifacts are verified before anything of them is unpacked (--trust-policy, --key). A project's artifact brings its configuration;\n" +
			"a flow's takes that of the project in the folder --project, or stands beside, or in place of, a project's own.\n" +
			"State and relative paths start in --project, or else in the current folder.",
		Example: "  weavster run oci://registry.example/shop:1.4.0 --key release.pub --profile prod\n" +
			"  weavster run oci://registry.example/shop/orders@sha256:… --project . --trust-policy /etc/weavster/trust-policy.yaml",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), w, &o, args, cmd.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&o.flows, "flow", nil, "run only this `flow`; may be given several times")
	flags.StringSliceVar(&o.debug, "debug-steps", nil, fmt.Sprintf("log what each step of this `flow` does to its first %d messages; may be given several times", debugged))
	flags.BoolVar(&o.once, "once", false, "end when what is there has been read, as files always do")
	flags.BoolVar(&o.wait, "wait", false, "wait for a flow that another process runs")
	flags.BoolVar(&o.json, "json", false, "print the summary as JSON")
	o.artifacts.add(command)
	return command
}

// run ends when all flows have. Stop is done when the user wants it to end
// before.
func run(stop context.Context, w *workspace, options *runOptions, references []string, out io.Writer) (err error) {
	o, err := w.openAny(stop, &options.artifacts, references)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close(stop)) }()
	p, err := o.load(stop)
	if err != nil {
		return err
	}
	defer func() { err = p.RedactError(err) }()
	flows, err := choose(o.bundle.Flows, options.flows)
	if err != nil {
		return err
	}
	if _, err := choose(flows, options.debug); err != nil {
		return err
	}
	resolved, err := resolve(stop, p, flows)
	if err != nil {
		return err
	}
	r := &runner{options: options, opened: o, project: p, log: observe.NewLog(os.Stderr)}
	defer func() { err = errors.Join(err, r.close(stop)) }()
	var person io.Writer = io.Discard
	if isTerminal(os.Stderr) { // where events aren't logged
		person = os.Stderr
	}
	if err := o.admit(stop, flows, r.log, person); err != nil {
		return err
	}
	if err := r.start(stop, flows, resolved); err != nil {
		return err
	}
	for _, f := range r.flows {
		if slices.Contains(options.debug, f.flow.Name) {
			f.steps = newStepLog(f, os.Stderr)
		}
	}
	return r.run(stop, out)
}

// choose picks the flows that were named, or all.
func choose(flows []*bundle.Flow, names []string) ([]*bundle.Flow, error) {
	if len(flows) == 0 {
		return nil, errors.New("the bundle has no flows")
	}
	if len(names) == 0 {
		return flows, nil
	}
	var chosen []*bundle.Flow
	var all []string
	for _, f := range flows {
		all = append(all, f.Name)
	}
	for _, name := range names {
		i := slices.Index(all, name)
		if i < 0 {
			hint := "there is " + strings.Join(all, ", ")
			if near, ok := source.Nearest(name, all); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, usageError{fmt.Errorf("there is no flow %q; %s", name, hint)}
		}
		if !slices.Contains(chosen, flows[i]) {
			chosen = append(chosen, flows[i])
		}
	}
	return chosen, nil
}

// resolve answers what all flows need, and reports all that is missing.
func resolve(ctx context.Context, p *project.Project, flows []*bundle.Flow) ([]*project.Resolved, error) {
	var diags source.Diagnostics
	var list []*project.Resolved
	for _, f := range flows {
		list = append(list, p.Resolve(ctx, f.Requirements(), &diags))
	}
	return list, diags.Err()
}

// A runner is what a run holds open.
type runner struct {
	options *runOptions
	opened  *opened
	project *project.Project
	log     logger
	store   *store.Store
	process *lease.Process
	flows   []*runningFlow
}

// start opens everything, inputs before outputs: where one thing can't be
// had, nothing has been written.
func (r *runner) start(ctx context.Context, flows []*bundle.Flow, resolved []*project.Resolved) error {
	for i, f := range flows {
		r.flows = append(r.flows, &runningFlow{runner: r, flow: f, resolved: resolved[i]})
	}
	// The database starts while modules are compiled.
	var compiling sync.WaitGroup
	failed := make([]error, len(r.flows))
	for i, f := range r.flows {
		compiling.Go(func() { failed[i] = f.compile(ctx) })
	}
	var err error
	r.store, err = r.opened.store(ctx, r.project)
	compiling.Wait()
	if err := errors.Join(append(failed, err)...); err != nil {
		return err
	}
	if r.process, err = lease.Join(ctx, r.store); err != nil {
		return err
	}
	for _, step := range []func(*runningFlow, context.Context) error{(*runningFlow).take, (*runningFlow).openSinks} {
		for _, f := range r.flows {
			if err := step(f, ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs the flows side by side. One that fails doesn't stop the others.
func (r *runner) run(stop context.Context, out io.Writer) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(stop))
	defer cancel()
	var meters []*observe.Meter
	for _, f := range r.flows {
		f.meter = observe.NewMeter(f.flow.Name, f.outputNames())
		meters = append(meters, f.meter)
	}
	var progress, running sync.WaitGroup
	progress.Go(func() { observe.NewProgress(os.Stderr, r.log, meters).Run(ctx) })
	failed := make([]error, len(r.flows))
	for i, f := range r.flows {
		running.Go(func() { failed[i] = f.run(ctx, stop) })
	}
	running.Wait()
	cancel()
	progress.Wait()
	return errors.Join(r.summarise(failed, out), r.verdict(failed))
}

// verdict is the error that the run ends with: an interrupt only where
// nothing worse happened.
func (r *runner) verdict(failed []error) error {
	var worse []error
	interrupted := false
	for _, err := range failed {
		switch {
		case errors.Is(err, engine.ErrInterrupted):
			interrupted = true
		case err != nil:
			worse = append(worse, err)
		}
	}
	if len(worse) == 0 && interrupted {
		return engine.ErrInterrupted
	}
	return errors.Join(worse...)
}

func (r *runner) summarise(failed []error, out io.Writer) error {
	s := observe.Summary{Project: r.project.Name}
	var wrong []error
	for i, f := range r.flows {
		totals := f.meter.Totals()
		if err := failed[i]; errors.Is(err, engine.ErrInterrupted) {
			s.Interrupted = true
		} else if err != nil {
			totals.Error = err.Error()
		} else if err := totals.Check(); err != nil {
			wrong = append(wrong, err)
		}
		s.Flows = append(s.Flows, totals)
	}
	s.Hints = r.hints(&s)
	write := s.WriteTable
	if r.options.json {
		write = s.WriteJSON
	}
	return errors.Join(append(wrong, write(out))...)
}

func (r *runner) close(ctx context.Context) error {
	var all []error
	for _, f := range r.flows {
		all = append(all, f.close(context.WithoutCancel(ctx)))
	}
	if r.process != nil {
		all = append(all, r.process.Close())
	}
	if r.store != nil {
		all = append(all, r.store.Close())
	}
	return errors.Join(all...)
}
