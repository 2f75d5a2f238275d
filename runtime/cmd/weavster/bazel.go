package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/bundle"
)

// A build is Bazel, for the flows of one project.
type build struct {
	workspace string // the folder of MODULE.bazel
	project   string // the project's folder from there, with slashes; "." is the workspace's
	bazel     string
	out, errs io.Writer
}

func newCompile(w *workspace) *cobra.Command {
	var flows []string
	var debug bool
	command := &cobra.Command{
		Use:   "compile",
		Short: "Compile flows to modules, with Bazel",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := w.build(cmd)
			if err != nil {
				return err
			}
			return b.compile(cmd.Context(), flows, debug)
		},
	}
	command.Flags().StringSliceVar(&flows, "flow", nil, "only this `flow`; may be given several times")
	command.Flags().BoolVar(&debug, "debug", false, "keep what the compiler makes on the way, Rust and IR to read, and print where it is")
	return command
}

func newTest(w *workspace) *cobra.Command {
	var flows []string
	var filter string
	var update bool
	command := &cobra.Command{
		Use:   "test",
		Short: "Run flows' fixtures, with Bazel",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := w.build(cmd)
			if err != nil {
				return err
			}
			return b.test(cmd.Context(), flows, filter, update)
		},
	}
	command.Flags().StringSliceVar(&flows, "flow", nil, "only the fixtures of this `flow`; may be given several times")
	command.Flags().StringVar(&filter, "filter", "", "only cases whose name has this `text` in it")
	command.Flags().BoolVar(&update, "update", false, "make the cases of one flow that fail expect what came out, in their files")
	return command
}

// build finds the workspace that the project is in, and its Bazel.
func (w *workspace) build(cmd *cobra.Command) (*build, error) {
	folder, err := w.folder()
	if err != nil {
		return nil, err
	}
	if w.bundle != "" {
		built, err := bundle.Open(w.bundle)
		if err != nil {
			return nil, err
		}
		folder = filepath.Join(folder, filepath.FromSlash(built.Package))
	}
	if !isProject(folder) {
		return nil, fmt.Errorf("there is no project in %s; --project names its folder", folder)
	}
	root := folder
	for !isFile(filepath.Join(root, "MODULE.bazel")) {
		if root == filepath.Dir(root) {
			return nil, fmt.Errorf("%s is in no Bazel workspace: no folder around it has a MODULE.bazel", folder)
		}
		root = filepath.Dir(root)
	}
	project, err := filepath.Rel(root, folder)
	if err != nil {
		return nil, err
	}
	b := &build{workspace: root, project: filepath.ToSlash(project), out: cmd.OutOrStdout(), errs: cmd.ErrOrStderr()}
	b.bazel, err = findBazel(root)
	return b, err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// findBazel prefers the workspace's own launcher, as Bazel itself does.
func findBazel(root string) (string, error) {
	if own := filepath.Join(root, "tools", "bazel"); isFile(own) {
		return own, nil
	}
	for _, name := range []string{"bazel", "bazelisk"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", errors.New("there is no bazel to build with: install Bazelisk, and put it into PATH")
}

func (b *build) compile(ctx context.Context, flows []string, debug bool) error {
	labels, err := b.labels(flows, "")
	if err != nil {
		return err
	}
	if !debug {
		return b.run(ctx, b.errs, append([]string{"build"}, labels...)...)
	}
	groups := "--output_groups=default,rust,ir"
	if err := b.run(ctx, b.errs, append([]string{"build", groups}, labels...)...); err != nil {
		return err
	}
	// The paths are the answer; what Bazel says of its progress isn't.
	groups = "--output_groups=rust,ir"
	query := fmt.Sprintf(`kind("_flow rule", %s)`, strings.Join(labels, " + "))
	return b.run(ctx, b.out, "cquery", groups, "--output=files", "--ui_event_filters=-info", "--noshow_progress", query)
}

func (b *build) test(ctx context.Context, flows []string, filter string, update bool) error {
	labels, err := b.labels(flows, "_test")
	switch {
	case err != nil:
		return err
	case update && len(flows) != 1:
		return usageError{errors.New("--update rewrites one flow's fixtures: name it with --flow")}
	case update && filter != "":
		return b.run(ctx, b.out, "run", labels[0], "--", "--update", "--filter="+filter)
	case update:
		return b.run(ctx, b.out, "run", labels[0], "--", "--update")
	}
	args := []string{"test", "--test_output=errors"}
	if filter != "" {
		args = append(args, "--test_filter="+filter)
	}
	return b.run(ctx, b.errs, append(args, labels...)...)
}

// labels are the targets of flows, or a pattern for all of them.
func (b *build) labels(names []string, ending string) ([]string, error) {
	flows, err := b.flows()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return []string{"//" + path.Join(b.project, "flows") + "/..."}, nil
	}
	var labels, all []string
	for name := range flows {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range names {
		folder, ok := flows[name]
		if !ok {
			hint := "there is " + strings.Join(all, ", ")
			if near, ok := source.Nearest(name, all); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return nil, usageError{fmt.Errorf("there is no flow %q; %s", name, hint)}
		}
		labels = append(labels, "//"+folder+":"+name+ending)
	}
	return labels, nil
}

// flows are the project's, each with its folder in the workspace.
func (b *build) flows() (map[string]string, error) {
	flows := map[string]string{}
	top := filepath.Join(b.workspace, filepath.FromSlash(b.project), "flows")
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		name, isYAML := strings.CutSuffix(filepath.Base(file), ".yaml")
		if err != nil || d.IsDir() || !isYAML || strings.HasSuffix(name, "_test") {
			return err
		}
		folder, err := filepath.Rel(b.workspace, filepath.Dir(file))
		flows[name] = filepath.ToSlash(folder)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the project has no folder %s", top)
	}
	return flows, err
}

// run runs Bazel in the workspace. What it fails with, it has said itself.
func (b *build) run(ctx context.Context, out io.Writer, args ...string) error {
	command := exec.CommandContext(ctx, b.bazel, args...)
	command.Dir, command.Stdout, command.Stderr, command.Stdin = b.workspace, out, b.errs, os.Stdin
	// Bazel is to end as it does for an interrupt of its own.
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var exit *exec.ExitError
	if err := command.Run(); errors.As(err, &exit) {
		return errReported
	} else if err != nil {
		return fmt.Errorf("%s: %w", b.bazel, err)
	}
	return nil
}
