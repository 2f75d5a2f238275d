package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/source"
	pages "github.com/weavster/weavster/docs/errors"
)

var codeForm = regexp.MustCompile(`^[Ww]\d{4}$`)

func newExplain(w *workspace) *cobra.Command {
	var m messageOptions
	command := &cobra.Command{
		Use:   "explain [CODE | FLOW]",
		Short: "Explain the code of an error, or what a flow does to a message",
		Long: "Explain the code of an error, such as W0203: what it means, an example that causes it, how to mend\n" +
			"it. Without a code, list them.\n\n" +
			"With a flow and a message, put the message through the flow's module and show each step: what it read,\n" +
			"what it changed, and where the message went. Nothing is delivered.",
		Example: "  weavster explain W0203\n" +
			"  weavster explain orders --message '{\"qty\": 2}'\n" +
			"  weavster explain --dead-letter 17",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
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
	return command
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
