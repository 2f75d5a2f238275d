// Package file reads messages from files and appends rows to files.
package file

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// Spec is the kind of connector: `type: file`.
var Spec = connectors.Spec{
	Name:  "file",
	Doc:   "Files: as an input, read once from beginning to end; as an output, appended to.",
	Roles: connectors.Reader | connectors.Writer,
	Options: syntax.Options{
		{Name: "path", Type: syntax.Text, Required: true,
			Doc: "the file, from the project's folder; as an input also a glob such as `data/*.jsonl`, whose files are read in sorted order"},
		{Name: "format", Type: syntax.Enum, Values: []string{"json", "csv"},
			Doc: "`json`: one JSON object a line; `csv`: a header, and records that become objects of strings. Default: csv where the path ends in .csv, else json"},
		{Name: "columns", Type: syntax.Texts, Doc: "of a CSV output: the fields to write, in order"},
	},
	Promises: []connectors.Promise{{Role: connectors.Reader, Property: connectors.Replays}, {Role: connectors.Writer, Property: connectors.Marks}},

	Check:      check,
	Feeds:      feeds,
	OpenSource: func(_ context.Context, c connectors.Config) (connectors.Source, error) { return openSource(c) },
	OpenSink:   func(_ context.Context, c connectors.Config) (connectors.Sink, error) { return openSink(c) },
}

func check(f *syntax.Fields, role connectors.Role, diags *source.Diagnostics) {
	path := f.Get("path")
	if path == nil {
		return
	}
	if path.Text == "" {
		path.Errorf(diags, source.BadValue, "the path is empty")
	}
	if _, err := filepath.Match(path.Text, ""); err != nil {
		path.Errorf(diags, source.BadValue, "%q isn't a glob: a bracket doesn't close", path.Text)
	}
	csv := formatOf(f) == "csv"
	columns := f.Get("columns")
	switch {
	case role == connectors.Writer && isGlob(path.Text):
		path.Errorf(diags, source.BadValue, "an output is one file, not the glob %q", path.Text)
	case role == connectors.Writer && csv && len(f.Texts("columns")) == 0:
		f.Node.Errorf(diags, source.MissingKey, "a CSV output needs the key \"columns\"").
			Hintf("columns: [id, name]")
	case columns != nil && !csv:
		columns.Errorf(diags, source.BadValue, "columns belong to CSV, and the format is json")
	}
}

func feeds(folder string, in, out *syntax.Fields) bool {
	from, to := in.Text("path"), out.Text("path")
	if from == "" || to == "" {
		return false
	}
	// An output's path is never a pattern, but may look like one as an input's.
	same, err := filepath.Match(filepath.Clean(resolve(folder, from)), filepath.Clean(resolve(folder, to)))
	return err == nil && same
}

func formatOf(f *syntax.Fields) string {
	if given := f.Text("format"); given != "" {
		return given
	}
	if strings.HasSuffix(f.Text("path"), ".csv") {
		return "csv"
	}
	return "json"
}

func isGlob(path string) bool { return strings.ContainsAny(path, `*?[`) }

// resolve is a path as the system calls take it.
func resolve(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
