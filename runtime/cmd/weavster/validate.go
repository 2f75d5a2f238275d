package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/project"
	"github.com/weavster/weavster/runtime/validate"
)

func newValidate(w *workspace) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "validate",
		Short: "Check a project without building it",
		Long: "Check a project without building it: under all its profiles, as far as that can be said without\n" +
			"the environment; or with --profile, under that one, in this environment.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var diags source.Diagnostics
			checked, err := w.validate(cmd.Context(), &diags)
			if err != nil {
				return err
			}
			if asJSON {
				text, err := diags.MarshalJSON()
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n", text)
			} else if err := diags.Print(cmd.ErrOrStderr(), isTerminal(cmd.ErrOrStderr())); err != nil {
				return err
			}
			if diags.Failed() {
				return errReported
			}
			if !asJSON {
				fmt.Fprintln(cmd.OutOrStdout(), checked)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print what is wrong as JSON")
	return command
}

// validate says what it checked; what is wrong goes to diags.
func (w *workspace) validate(ctx context.Context, diags *source.Diagnostics) (checked string, err error) {
	o, err := w.open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	known := o.settings
	// The variables of production aren't set where a project is written.
	o.settings.Env = nil
	if o.bundle != nil {
		flows := o.bundle.Requirements()
		o.hold(ctx, known, flows, diags)
		return fmt.Sprintf("nothing wrong with %s", count(len(flows), "flow")), nil
	}
	s, err := validate.Flows(ctx, o.settings, diags)
	if err != nil {
		return "", err
	}
	o.hold(ctx, known, s.Flows, diags)
	return fmt.Sprintf("nothing wrong with %s and %s", count(len(s.Flows), "flow"), count(s.Cases, "test case")), nil
}

// hold holds the project against its flows: under the profile that was asked
// for, in the environment as it is; or under all of them, without it.
func (o *opened) hold(ctx context.Context, known project.Settings, flows []*project.Flow, diags *source.Diagnostics) {
	if known.Profile == "" {
		validate.Project(ctx, o.settings, flows, diags)
	} else if p := project.Load(ctx, known, diags); p != nil {
		p.Check(ctx, flows, diags)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
