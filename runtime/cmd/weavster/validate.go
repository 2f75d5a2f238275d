package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/compile"
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
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			flows, diags, err := w.validate(cmd.Context())
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
				fmt.Fprintf(cmd.OutOrStdout(), "%d flows, and nothing wrong with them\n", flows)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print what is wrong as JSON")
	return command
}

func (w *workspace) validate(ctx context.Context) (flows int, diags *source.Diagnostics, err error) {
	o, err := w.open(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	diags = &source.Diagnostics{}
	var needs []*project.Flow
	if o.bundle != nil {
		needs = o.bundle.Requirements()
	} else if needs, err = o.compileAll(ctx, diags); err != nil {
		return 0, nil, err
	}
	if w.profile == "" {
		// The variables of production aren't set where a project is written.
		o.settings.Env = nil
		validate.Project(ctx, o.settings, needs, diags)
	} else if p := project.Load(ctx, o.settings, diags); p != nil {
		p.Check(ctx, needs, diags)
	}
	return len(needs), diags, nil
}

// compileAll runs the compiler's front end over flows/*.yaml, with the tables
// of tables/*.csv, and gives what the flows need.
func (o *opened) compileAll(ctx context.Context, diags *source.Diagnostics) ([]*project.Flow, error) {
	tables, err := o.tables()
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(o.settings.Files, "flows/*.yaml")
	if err != nil {
		return nil, err
	}
	var flows []*project.Flow
	for _, name := range names {
		stem := strings.TrimSuffix(path.Base(name), ".yaml")
		if strings.HasSuffix(stem, "_test") {
			continue
		}
		file, err := o.read(name)
		if err != nil {
			return nil, err
		}
		out, err := compile.Flow(ctx, o.engine, compile.Input{Name: stem, File: file, Tables: tables}, diags)
		if err != nil {
			return nil, err
		}
		if out != nil {
			flows = append(flows, &project.Flow{Manifest: out.Manifest, Source: file})
		}
	}
	return flows, nil
}

func (o *opened) tables() ([]compile.TableFile, error) {
	names, err := fs.Glob(o.settings.Files, "tables/*.csv")
	if err != nil {
		return nil, err
	}
	var tables []compile.TableFile
	for _, name := range names {
		file, err := o.read(name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, compile.TableFile{Name: strings.TrimSuffix(path.Base(name), ".csv"), File: file})
	}
	return tables, nil
}

func (o *opened) read(name string) (*source.File, error) {
	text, err := fs.ReadFile(o.settings.Files, name)
	if err != nil {
		return nil, fmt.Errorf("%s can't be read: %w", name, err)
	}
	return source.NewFile(name, text), nil
}
