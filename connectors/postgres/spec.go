// Package postgres writes rows to a table of a Postgres database.
package postgres

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// Spec is the kind of connector: `type: postgres`.
var Spec = connectors.Spec{
	Name:  "postgres",
	Doc:   "A table of a Postgres database: of the project's own, or of another.",
	Roles: connectors.Writer,
	Options: syntax.Options{
		{Name: "url", Type: syntax.Text, Doc: "postgres://user:password@host:port/database. Default: the database that holds the project's state; then each row arrives exactly once"},
		{Name: "table", Type: syntax.Text, Required: true, Doc: "schema.table"},
		{Name: "mode", Type: syntax.Enum, Values: []string{"insert", "upsert"}, Default: "insert",
			Doc: "`upsert` updates the row that has the same key"},
		{Name: "key", Type: syntax.Texts, Doc: "of upsert: the columns of the table's primary key or a unique index"},
		{Name: "columns", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text},
			Doc: "columns and their types; each takes the field of its name. Default: all columns of the table"},
		{Name: "column", Type: syntax.Text, Doc: "one column that takes the whole row, jsonb or json or text, instead of columns"},
		{Name: "create", Type: syntax.Bool, Default: "false", Doc: "make the schema and the table where they are missing"},
	},
	Promises: []connectors.Promise{
		{Role: connectors.Writer, Property: connectors.Joins, With: "without `url`, or with that of the database that holds the state",
			Holds: func(f *syntax.Fields) bool { return f.Get("url") == nil }, Same: "url"},
		{Role: connectors.Writer, Property: connectors.Upserts, With: "`mode: upsert`",
			Holds: func(f *syntax.Fields) bool { return f.Text("mode") == "upsert" }},
	},
	Check:    check,
	OpenSink: func(ctx context.Context, c connectors.Config) (connectors.Sink, error) { return openSink(ctx, c) },
}

var typeName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_ ]*(\([0-9]+(, *[0-9]+)?\))?[A-Za-z ]*(\[\])?$`)

func check(f *syntax.Fields, _ connectors.Role, diags *source.Diagnostics) {
	if n := f.Get("table"); n != nil && identifier(n.Text) == nil {
		n.Errorf(diags, source.BadValue, "%q isn't a table; write it as schema.table", n.Text)
	}
	columns, column := f.Get("columns"), f.Get("column")
	if columns != nil && column != nil {
		column.Errorf(diags, source.BadValue, "give either column or columns")
	}
	if f.Bool("create") && columns == nil && column == nil {
		f.Get("create").Errorf(diags, source.MissingKey, "to create the table, its columns have to be given").
			Hintf("columns: {id: bigint, name: text}")
	}
	if columns != nil {
		for _, e := range columns.Entries {
			if !typeName.MatchString(e.Value.Text) {
				e.Value.Errorf(diags, source.BadValue, "%q isn't a type of Postgres", e.Value.Text)
			}
		}
	}
	checkKey(f, columns, diags)
}

func checkKey(f *syntax.Fields, columns *syntax.Node, diags *source.Diagnostics) {
	key := f.Get("key")
	switch upsert := f.Text("mode") == "upsert"; {
	case upsert && key == nil:
		f.Node.Errorf(diags, source.MissingKey, "upsert needs the key \"key\"").Hintf("key: [id]")
	case upsert && f.Get("column") != nil:
		key.Errorf(diags, source.BadValue, "upsert needs columns, not one column for the whole row")
	case !upsert && key != nil:
		key.Errorf(diags, source.BadValue, "a key belongs to `mode: upsert`")
	case key != nil && columns != nil:
		for _, item := range key.Items {
			if columns.Get(item.Text) == nil {
				item.Errorf(diags, source.UnknownName, "the key's %q isn't among the columns", item.Text).
					DidYouMean(item.Text, columns.Keys())
			}
		}
	}
}

// identifier is a table's name in parts: one or two.
func identifier(table string) pgx.Identifier {
	parts := strings.Split(table, ".")
	if len(parts) > 2 {
		return nil
	}
	for _, part := range parts {
		if part == "" || strings.ContainsRune(part, 0) {
			return nil
		}
	}
	return pgx.Identifier(parts)
}
