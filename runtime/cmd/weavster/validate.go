package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/validate"
)

// The forms in which validate says what it found.
const (
	asText   = "text"
	asJSON   = "json"
	asGitHub = "github"
)

func newValidate(w *workspace) *cobra.Command {
	var short bool
	var format string
	command := &cobra.Command{
		Use:   "validate",
		Short: "Check a project without building it, and say what is promised for its flows",
		Long: "Check a project without building it: under all its profiles, as far as that can be said without\n" +
			"the environment; or with --profile, under that one, in this environment. `weavster explain CODE`\n" +
			"explains what an error or a warning ends in. For each flow it says how often a message arrives, and\n" +
			"which keep their order.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case short && cmd.Flags().Changed("format") && format != asJSON:
				return usageError{fmt.Errorf("--json and --format=%s can't both be meant", format)}
			case short:
				format = asJSON
			case format != asText && format != asJSON && format != asGitHub:
				return usageError{fmt.Errorf("--format is %s, %s or %s, not %q", asText, asJSON, asGitHub, format)}
			}
			var diags source.Diagnostics
			found, err := w.validate(cmd.Context(), &diags)
			if err != nil {
				return err
			}
			if err := w.told(cmd, format, found, &diags); err != nil {
				return err
			}
			if diags.Failed() {
				return errReported
			}
			return nil
		},
	}
	command.Flags().BoolVar(&short, "json", false, "the same as --format=json")
	command.Flags().StringVar(&format, "format", asText, "how to print what is wrong: `text`, json, or github, whose workflows then show it at its line")
	return command
}

// told writes what was found. What is wrong with a project is the result of
// the other forms; as text it goes where errors do.
func (w *workspace) told(cmd *cobra.Command, format string, found *validated, diags *source.Diagnostics) error {
	out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
	switch format {
	case asJSON:
		return printJSON(out, struct {
			Problems *source.Diagnostics `json:"problems"`
			Flows    []flowGuarantee     `json:"flows"`
		}{diags, found.flows})
	case asGitHub:
		return diags.Annotate(out, w.below())
	}
	if err := diags.Print(errs, isTerminal(errs)); err != nil {
		return err
	}
	if err := sumUp(out, found.checked, diags); err != nil || diags.Failed() {
		return err
	}
	return printGuarantees(out, found.flows)
}

// validated is what was checked, and what is promised for the flows.
type validated struct {
	checked string
	flows   []flowGuarantee
}

func sumUp(out io.Writer, checked string, diags *source.Diagnostics) error {
	failed, warned := 0, 0
	for _, one := range diags.Sorted() {
		if one.Severity == source.Error {
			failed++
		} else {
			warned++
		}
	}
	found := []string{}
	if failed > 0 {
		found = append(found, count(failed, "error"))
	}
	if warned > 0 {
		found = append(found, count(warned, "warning"))
	}
	if len(found) == 0 {
		found = append(found, "nothing wrong")
	}
	_, err := fmt.Fprintf(out, "%s: %s\n", checked, strings.Join(found, ", "))
	return err
}

// below is where the project lies from the folder in which the program was
// started, "" where that is it, or lies elsewhere.
func (w *workspace) below() string {
	folder, err := w.folder()
	if err != nil || w.bundle != "" { // whose files are named from the workspace
		return ""
	}
	from, err := os.Getwd()
	if err != nil {
		return ""
	}
	below, err := filepath.Rel(from, folder)
	if err != nil || below == "." || !filepath.IsLocal(below) {
		return ""
	}
	return filepath.ToSlash(below)
}

// validate says what it checked; what is wrong goes to diags.
func (w *workspace) validate(ctx context.Context, diags *source.Diagnostics) (found *validated, err error) {
	o, err := w.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	known := o.settings
	// The variables of production aren't set where a project is written.
	o.settings.Env = nil
	if o.bundle != nil {
		flows := o.bundle.Requirements()
		return &validated{count(len(flows), "flow"), o.hold(ctx, known, flows, diags)}, nil
	}
	s, err := validate.Flows(ctx, o.settings, diags)
	if err != nil {
		return nil, err
	}
	return &validated{count(s.Files, "flow") + " and " + count(s.Cases, "test case"), o.hold(ctx, known, s.Flows, diags)}, nil
}

// hold holds the project against its flows: under the profile that was asked
// for, in the environment as it is; or under all of them, without it. What it
// promises for them is that of the profile, or of none.
func (o *opened) hold(ctx context.Context, known project.Settings, flows []*project.Flow, diags *source.Diagnostics) []flowGuarantee {
	var p *project.Project
	var resolved []*project.Resolved
	if known.Profile == "" {
		p, resolved = validate.Project(ctx, o.settings, flows, diags)
	} else if p = project.Load(ctx, known, diags); p != nil {
		resolved = p.Check(ctx, flows, diags)
	}
	return guarantees(p, flows, resolved)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
