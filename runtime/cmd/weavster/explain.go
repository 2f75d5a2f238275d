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

func newExplain(*workspace) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain the code of an error",
		Long: "Explain the code of an error, such as W0203: what it means, an example that causes it, how to mend\n" +
			"it. Without a code, list them.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return listCodes(cmd.OutOrStdout())
			case codeForm.MatchString(args[0]):
				return explainCode(cmd.OutOrStdout(), strings.ToUpper(args[0]))
			}
			return usageError{fmt.Errorf("%q is no code such as W0203", args[0])}
		},
	}
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
