package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	pages "github.com/weavster/weavster/docs/errors"
	"github.com/weavster/weavster/runtime/artifact/compare"
	"github.com/weavster/weavster/runtime/bundle"
)

var codeForm = regexp.MustCompile(`^[Ww]\d{4}$`)

func newExplain(w *workspace) *cobra.Command {
	var m messageOptions
	var lineage bool
	command := &cobra.Command{
		Use:   "explain [CODE | FLOW]",
		Short: "Explain the code of an error, or what a flow does to a message",
		Long: "Explain the code of an error, such as W0203: what it means, an example that causes it, how to mend\n" +
			"it. Without a code, list them.\n\n" +
			"With a flow and --lineage, show which fields of each output come from which of the message.\n\n" +
			"With a flow and a message, put the message through the flow's module and show each step: what it read,\n" +
			"what it changed, and where the message went. Nothing is delivered.",
		Example: "  weavster explain W0203\n" +
			"  weavster explain orders --message '{\"qty\": 2}'\n" +
			"  weavster explain --dead-letter 17\n" +
			"  weavster explain orders --lineage",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case lineage:
				return explainLineage(cmd.OutOrStdout(), w, args)
			case m.given():
				return explainMessage(cmd, w, &m, args)
			case len(args) == 0:
				return listCodes(cmd.OutOrStdout())
			case codeForm.MatchString(args[0]):
				return explainCode(cmd.OutOrStdout(), strings.ToUpper(args[0]))
			}
			return usageError{fmt.Errorf("%q is no code such as W0203; a flow needs a message: --message or --message-file", args[0])}
		},
	}
	m.flags(command)
	command.Flags().BoolVar(&lineage, "lineage", false, "show which fields of each output come from which of the message")
	return command
}

// explainLineage shows the lineage of a flow of the bundle.
func explainLineage(out io.Writer, w *workspace, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("--lineage is of a flow: weavster explain FLOW --lineage")}
	}
	if w.bundle == "" {
		return usageError{errors.New("the lineage is of a built flow: `bazel run //:weavster -- explain FLOW --lineage`, or name a bundle with --bundle")}
	}
	b, err := bundle.Open(w.bundle)
	if err != nil {
		return err
	}
	flows, err := choose(b.Flows, args)
	if err != nil {
		return err
	}
	if flows[0].Lineage == "" {
		return fmt.Errorf("the bundle %s doesn't carry the lineage of flow %s; build it with this version", w.bundle, args[0])
	}
	lineage, err := compare.ReadLineage(flows[0].Lineage)
	if err != nil {
		return err
	}
	return compare.PrintLineage(out, lineage)
}

func listCodes(out io.Writer) error {
	for _, code := range pages.Codes() {
		if _, err := fmt.Fprintf(out, "%s  %s\n", code, pages.Title(code)); err != nil {
			return err
		}
	}
	return nil
}

func explainCode(out io.Writer, code string) error {
	page, ok := pages.Page(code)
	if !ok {
		if near, found := source.Nearest(code, pages.Codes()); found {
			return usageError{fmt.Errorf("there is no code %s; did you mean %s, %q?", code, near, pages.Title(near))}
		}
		return usageError{fmt.Errorf("there is no code %s; explain without a code lists them", code)}
	}
	_, err := io.WriteString(out, page)
	return err
}
