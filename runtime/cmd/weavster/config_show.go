package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/runtime/project"
)

func newConfigShow(w *workspace) *cobra.Command {
	var artifacts artifactFlags
	var asJSON, origin bool
	command := &cobra.Command{
		Use:   "show [REFERENCE…]",
		Short: "Print what the project resolves to: the profile, the environment and variables applied, secrets masked",
		Long: "Prints what the project resolves to, as YAML or JSON: weavster.yaml, the profile and connectors, rendered, with the defaults of\n" +
			"whatever isn't given. Secrets are masked and not even read. With --origin it says where each value is from.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			shown, err := w.shown(cmd.Context(), &artifacts, args)
			switch {
			case err != nil:
				return err
			case asJSON:
				return showJSON(cmd.OutOrStdout(), shown, origin)
			}
			return showYAML(cmd.OutOrStdout(), shown, origin)
		},
	}
	artifacts.add(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON; with --origin each value is an object of `value` and `origin`")
	command.Flags().BoolVar(&origin, "origin", false, "say of each value which file, profile, variable, secret or macro it is from, or that it is the default")
	return command
}

// shown needs no flows: a project's folder is enough.
func (w *workspace) shown(ctx context.Context, artifacts *artifactFlags, references []string) (shown []project.Shown, err error) {
	var o *opened
	if len(references) == 0 {
		o, err = w.open(ctx)
	} else {
		o, err = w.openAny(ctx, artifacts, references)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.close(ctx)) }()
	known := o.settings
	known.HideSecrets = true
	known.Flows = nil
	if err := o.readable(ctx); err != nil {
		return nil, err
	}
	return project.Show(ctx, known)
}

// readable reports a project that can't be shown: one that has no such profile,
// or isn't what its files' options say. What only the environment lacks, a
// value's origin says.
func (o *opened) readable(ctx context.Context) error {
	s := *o
	s.settings.Env = nil
	_, err := s.load(ctx)
	return err
}

func showJSON(out io.Writer, shown []project.Shown, origin bool) error {
	var b bytes.Buffer
	writeShown(&b, shown, origin)
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s\n", indented.Bytes())
	return err
}

// writeShown keeps the order of fields, which a map would lose.
func writeShown(b *bytes.Buffer, shown []project.Shown, origin bool) {
	b.WriteByte('{')
	for i := range shown {
		s := &shown[i]
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%s:", syntax.Quote(s.Key))
		value := s.Value
		if value == nil {
			value = json.RawMessage("null")
		}
		switch {
		case s.Mapping():
			writeShown(b, s.Fields, origin)
		case origin:
			fmt.Fprintf(b, `{"value":%s,"origin":%s}`, value, syntax.Quote(s.Origin))
		default:
			b.Write(value)
		}
	}
	b.WriteByte('}')
}

// showYAML writes lines that are YAML, with origins as comments in a column.
func showYAML(out io.Writer, shown []project.Shown, origin bool) error {
	lines := yamlLines(nil, shown, "")
	width := 0
	for _, l := range lines {
		if l.origin != "" {
			width = max(width, min(utf8.RuneCountInString(l.text), 60))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		if origin && l.origin != "" {
			b.WriteString(strings.Repeat(" ", max(0, width-utf8.RuneCountInString(l.text))) + "  # " + oneLine(l.origin))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

type yamlLine struct{ text, origin string }

func yamlLines(lines []yamlLine, shown []project.Shown, indent string) []yamlLine {
	for i := range shown {
		s := &shown[i]
		key := indent + yamlText(syntax.Quote(s.Key)) + ":"
		switch {
		case !s.Mapping():
			value := "null"
			if s.Value != nil {
				value = yamlText(string(s.Value))
			}
			lines = append(lines, yamlLine{key + " " + value, s.Origin})
		case len(s.Fields) == 0:
			lines = append(lines, yamlLine{text: key + " {}"})
		default:
			lines = yamlLines(append(lines, yamlLine{text: key}), s.Fields, indent+"  ")
		}
	}
	return lines
}

// bare are words that YAML takes for text without quotes; all else stays JSON,
// which is YAML too.
var bare = regexp.MustCompile(`^"([A-Za-z/.][A-Za-z0-9_./-]*)"$`)

func yamlText(value string) string {
	m := bare.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	switch strings.ToLower(m[1]) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan":
		return value
	}
	return m[1]
}
