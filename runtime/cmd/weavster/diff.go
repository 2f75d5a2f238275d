package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/artifact/compare"
	"github.com/weavster/weavster/runtime/bundle"
	"github.com/weavster/weavster/runtime/module"
	"github.com/weavster/weavster/runtime/project"
)

// errDifferent is no failure, but the exit code that diff tools have for it.
var errDifferent = fmt.Errorf("%w: the artifacts differ", errReported)

// diffOptions are the flags of `diff`.
type diffOptions struct {
	flows               []string
	messages, meta, now string
	json                bool
	artifacts           artifactFlags
}

func newDiff(w *workspace) *cobra.Command {
	var d diffOptions
	command := &cobra.Command{
		Use:   "diff FROM TO",
		Short: "Show what changed between two artifacts",
		Long: "Shows what changed between two artifacts: flows, their text, lineage, needs, tables and builds, sizes, configuration.\n" +
			"Each is a reference (oci://…), the folder of an OCI layout, or a built bundle. Nothing of them is run, unless\n" +
			"messages are given: they are put through both versions of a flow, and what comes out otherwise is shown.\n\n" +
			"The exit code is 0 where nothing differs, 1 where something does, 2 where they can't be compared.",
		Example: "  weavster diff oci://registry.example/shop:1.4.0 oci://registry.example/shop:1.5.0\n" +
			"  weavster diff shop-1.4/ bazel-bin/shop.bundle --flow orders --messages samples.jsonl",
		Args: twoArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			same, err := d.run(cmd, w, args)
			if err != nil {
				return usageError{err} // 1 says that they differ
			}
			if !same {
				return errDifferent
			}
			return nil
		},
	}
	flags := command.Flags()
	flags.StringArrayVar(&d.flows, "flow", nil, "compare this `flow` alone; may be given several times")
	flags.StringVar(&d.messages, "messages", "", "a `file` of messages, one a line, to put through both; - is the standard input")
	flags.StringVar(&d.meta, "meta", "{}", "the messages' metadata, a `JSON` object")
	flags.StringVar(&d.now, "now", "", "what now() answers, a `time` such as 2026-01-01T00:00:00Z; default: the present")
	flags.BoolVar(&d.json, "json", false, "print JSON")
	d.artifacts.add(command)
	return command
}

func (d *diffOptions) run(cmd *cobra.Command, w *workspace, args []string) (same bool, err error) {
	ctx := cmd.Context()
	var sides [2]*openedArtifact
	for i, reference := range args {
		// What is run has to be trusted.
		if sides[i], err = d.artifacts.openArtifact(ctx, w, reference, d.messages != ""); err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, sides[i].close()) }()
		if sides[i].info != nil && d.messages != "" && d.artifacts.trusted.unsigned {
			fmt.Fprintf(cmd.ErrOrStderr(), "weavster: NOBODY HAS VOUCHED FOR %s: --insecure-unsigned runs whatever lies there\n", reference)
		}
	}
	if err := known(d.flows, sides); err != nil {
		return false, err
	}
	report, err := compare.Bundles(sides[0].bundle, sides[1].bundle, d.flows)
	if err != nil {
		return false, err
	}
	report.From, report.To = args[0], args[1]
	if sides[0].info != nil && sides[1].info != nil {
		report.Size = &compare.Numbers{From: sides[0].info.Size, To: sides[1].info.Size}
	}
	redact := func(text string) string { return text }
	if d.messages != "" {
		r := &sampling{diffOptions: d, workspace: w, sides: sides}
		messages, err := r.run(ctx, cmd.InOrStdin())
		if err != nil {
			return false, r.redactError(err)
		}
		report.Messages, redact = append(report.Messages, messages), r.redact
	}
	return report.Same(), d.print(cmd.OutOrStdout(), report, redact)
}

// known reports a flow that neither side has.
func known(flows []string, sides [2]*openedArtifact) error {
	for _, name := range flows {
		if sides[0].bundle.Flow(name) != nil || sides[1].bundle.Flow(name) != nil {
			continue
		}
		var names []string
		for _, f := range slices.Concat(sides[0].bundle.Flows, sides[1].bundle.Flows) {
			names = append(names, f.Name)
		}
		if near, ok := source.Nearest(name, names); ok {
			return fmt.Errorf("neither artifact has a flow %q; did you mean %q?", name, near)
		}
		return fmt.Errorf("neither artifact has a flow %q; they have %s", name, strings.Join(unique(names), ", "))
	}
	return nil
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func (d *diffOptions) print(out io.Writer, report *compare.Report, redact func(string) string) error {
	return printReport(out, report, d.json, redact)
}

// A sampling puts messages through both versions of a flow.
type sampling struct {
	*diffOptions
	workspace *workspace
	sides     [2]*openedArtifact
	projects  []*project.Project
}

func (s *sampling) redact(text string) string {
	for _, p := range s.projects {
		text = p.Redact(text)
	}
	return text
}

func (s *sampling) redactError(err error) error {
	for _, p := range s.projects {
		err = p.RedactError(err)
	}
	return err
}

func (s *sampling) run(ctx context.Context, in io.Reader) (report *compare.Messages, err error) {
	name, err := s.name()
	if err != nil {
		return nil, err
	}
	samples := &compare.Samples{Flow: name, Meta: []byte(s.meta), Now: time.Now()}
	if s.now != "" {
		if samples.Now, err = time.Parse(time.RFC3339Nano, s.now); err != nil {
			return nil, fmt.Errorf("--now %q isn't a time such as 2026-01-01T00:00:00Z", s.now)
		}
	}
	if object := map[string]any{}; json.Unmarshal(samples.Meta, &object) != nil {
		return nil, fmt.Errorf("--meta %q isn't a JSON object", s.meta)
	}
	if samples.Messages, err = s.read(in); err != nil {
		return nil, err
	}
	var both [2]*compare.Side
	for i, side := range s.sides {
		m, instances, err := s.load(ctx, side, side.bundle.Flow(name))
		if m != nil {
			defer func() { err = errors.Join(err, m.Close(context.WithoutCancel(ctx))) }()
		}
		if err != nil {
			return nil, err
		}
		both[i] = &compare.Side{Manifest: side.bundle.Flow(name).Manifest, Instances: instances}
	}
	return compare.Run(ctx, both[0], both[1], samples)
}

// name is the flow that the messages are for: the one that both sides have.
func (s *sampling) name() (string, error) {
	var common []string
	for _, f := range s.sides[0].bundle.Flows {
		if s.sides[1].bundle.Flow(f.Name) != nil && (len(s.flows) == 0 || slices.Contains(s.flows, f.Name)) {
			common = append(common, f.Name)
		}
	}
	switch len(common) {
	case 0:
		return "", errors.New("messages go through a flow that both artifacts have, and they have none in common")
	case 1:
		return common[0], nil
	}
	return "", fmt.Errorf("--messages are for one flow: say which with --flow: %s", strings.Join(common, ", "))
}

// maxSamples is how much is read of messages to compare by.
const maxSamples = 256 << 20

// read are the messages, one a line.
func (s *sampling) read(in io.Reader) (messages [][]byte, err error) {
	if s.messages != "-" {
		file, err := os.Open(s.messages)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewScanner(io.LimitReader(in, maxSamples))
	lines.Buffer(nil, maxSamples)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) > 0 {
			messages = append(messages, bytes.Clone(lines.Bytes()))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("--messages %s has no messages: they stand one a line", s.messages)
	}
	return messages, nil
}

// load makes a side's flow ready, with the variables and tables of its project.
func (s *sampling) load(ctx context.Context, side *openedArtifact, flow *bundle.Flow) (m *module.Module, instances *module.Flow, err error) {
	w := *s.workspace
	if w.bundle = side.bundle.Folder; !side.bundle.HasProject() {
		w.bundle = ""
		remove, err := w.stand()
		if err != nil {
			return nil, nil, err
		}
		defer func() { err = errors.Join(err, remove()) }()
	}
	o, err := w.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	p, err := o.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	s.projects = append(s.projects, p)
	var diags source.Diagnostics
	if err := side.admit(ctx, o, flow); err != nil {
		return nil, nil, err
	}
	resolved := p.Settle(ctx, flow.Requirements(), &diags)
	if err := diags.Err(); err != nil {
		return nil, nil, err
	}
	return load(ctx, flow, p, resolved)
}

// stand has the workspace mean a project without anything, unless the user is
// in one: a flow that came alone takes variables and tables from there.
func (w *workspace) stand() (remove func() error, err error) {
	folder, err := w.folder()
	if err != nil || isProject(folder) {
		return func() error { return nil }, err
	}
	if w.project, err = os.MkdirTemp("", "weavster-diff-"); err != nil {
		return nil, err
	}
	err = os.WriteFile(filepath.Join(w.project, project.MainFile), []byte("name: diff\nversion: 0.0.0\n"), 0o600)
	return func() error { return os.RemoveAll(w.project) }, err
}
