package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/module"
)

// A tester is one run of the command.
type tester struct {
	*options
	bazel     bazel
	colour    bool
	out, errs io.Writer
}

func (t *tester) test(ctx context.Context) (code int, err error) {
	manifest, err := readManifest(t.manifest)
	if err != nil {
		return exitBroken, err
	}
	suites, err := t.load(manifest)
	if err != nil || suites == nil {
		return exitBroken, err
	}
	wasm, err := os.ReadFile(t.module)
	if err != nil {
		return exitBroken, err
	}
	m, err := module.Compile(ctx, wasm, manifest, module.Options{Interpreter: true})
	if err != nil {
		return exitBroken, err
	}
	defer func() { err = errors.Join(err, m.Close(context.WithoutCancel(ctx))) }()
	report, err := t.cases(ctx, m, manifest, suites)
	if err != nil {
		return exitBroken, err
	}
	if t.rewrites {
		return t.update(suites, report)
	}
	report.Flow = manifest.Flow
	if err := t.write(report); err != nil {
		return exitBroken, err
	}
	if report.Failed > 0 || report.Short() != "" {
		return exitFailed, nil
	}
	return exitPassed, nil
}

func readManifest(path string) (*contract.Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m contract.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s is not a flow's manifest: %w", path, err)
	}
	return &m, nil
}

// load reads all files before anything is run, and reports all that is wrong
// with them. It gives no suites where something is.
func (t *tester) load(manifest *contract.Manifest) ([]*fixture.Suite, error) {
	var diags source.Diagnostics
	var suites []*fixture.Suite
	for _, path := range t.fixtures {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		suites = append(suites, fixture.Load(source.NewFile(path, text), os.ReadFile, manifest, &diags))
	}
	if err := diags.Print(t.errs, t.colour); err != nil {
		return nil, err
	}
	if diags.Failed() {
		return nil, nil
	}
	return suites, nil
}

func (t *tester) cases(ctx context.Context, m *module.Module, manifest *contract.Manifest, suites []*fixture.Suite) (*fixture.Report, error) {
	shard, err := t.bazel.shard()
	if err != nil {
		return nil, err
	}
	runner, report, fit := fixture.NewRunner(m), &fixture.Report{}, false
	runner.Tracker = fixture.NewTracker(manifest)
	for _, s := range suites {
		for _, c := range s.Cases {
			if !matches(t.filter, c.Name) {
				continue
			}
			fit = true
			if !shard.takes() {
				continue
			}
			outcome, err := runner.Run(ctx, s, c)
			if err != nil {
				return nil, err
			}
			report.Add(outcome)
		}
	}
	if !fit && t.filter != "" {
		// No failure: one filter goes to the tests of many flows.
		fmt.Fprintf(t.errs, "no case's name fits %q\n", t.filter)
	}
	if t.filter == "" && shard.total == 1 { // else what the others cover isn't known
		report.Coverage, report.Least = runner.Tracker.Coverage(), t.leastCoverage
	}
	return report, nil
}

func (t *tester) write(report *fixture.Report) error {
	if err := t.bazel.writeXML(report); err != nil {
		return err
	}
	if t.json {
		return report.PrintJSON(t.out)
	}
	return report.Print(t.out, t.colour)
}
