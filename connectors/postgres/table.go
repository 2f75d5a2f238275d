package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// A column takes the field of its name, or the whole row.
type column struct {
	name string
	typ  string // as Postgres names it: "timestamp with time zone"
	kind kind
}

// A kind is how JSON becomes a column's text.
type kind int

const (
	other kind = iota // text in the form that Postgres reads
	integer
	decimal
	boolean
	text
	document
)

// kinds are by the name of the base type in pg_type.
var kinds = map[string]kind{
	"int2": integer, "int4": integer, "int8": integer,
	"numeric": decimal, "float4": decimal, "float8": decimal,
	"bool": boolean,
	"text": text, "varchar": text, "bpchar": text, "name": text, "citext": text,
	"json": document, "jsonb": document,
}

// prepare makes the table if the options say so, and gives its columns.
func prepare(ctx context.Context, conn *pgx.Conn, f *syntax.Fields) ([]column, error) {
	if f.Bool("create") {
		if err := create(ctx, conn, f); err != nil {
			return nil, fmt.Errorf("table %s can't be created: %w", f.Text("table"), sentence(err))
		}
	}
	table := identifier(f.Text("table"))
	var oid *uint32
	if err := conn.QueryRow(ctx, "select to_regclass($1)::oid", table.Sanitize()).Scan(&oid); err != nil {
		return nil, sentence(err)
	}
	if oid == nil {
		return nil, connectors.OptionError(f, "table", source.UnknownName,
			"there is no table %s; `create: true` makes it", f.Text("table"))
	}
	all, err := columnsOf(ctx, conn, *oid)
	if err != nil {
		return nil, sentence(err)
	}
	if err := checkIndex(ctx, conn, f, *oid, all); err != nil {
		return nil, err
	}
	return choose(f, all)
}

func columnsOf(ctx context.Context, conn *pgx.Conn, table uint32) ([]column, error) {
	// Domains stand for their base types; generated columns can't be written.
	rows, err := conn.Query(ctx, `
		select a.attname, format_type(a.atttypid, a.atttypmod), coalesce(base.typname, t.typname)
		from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type base on base.oid = t.typbasetype
		where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
		order by a.attnum`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (column, error) {
		var c column
		var base string
		err := row.Scan(&c.name, &c.typ, &base)
		c.kind = kinds[base]
		return c, err
	})
}

// choose picks the columns that the options name.
func choose(f *syntax.Fields, all []column) ([]column, error) {
	var chosen []column
	pick := func(name string, at *syntax.Node) error {
		c, err := find(f, all, name, at)
		if err == nil {
			chosen = append(chosen, *c)
		}
		return err
	}
	if one := f.Get("column"); one != nil {
		return chosen, pickDocument(pick(one.Text, one), f, &chosen)
	}
	columns := f.Get("columns")
	if columns == nil {
		return all, nil
	}
	for _, e := range columns.Entries {
		if err := pick(e.Key.Text, e.Key); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// find is the column of a name that the options give.
func find(f *syntax.Fields, all []column, name string, at *syntax.Node) (*column, error) {
	var names []string
	for i := range all {
		if all[i].name == name {
			return &all[i], nil
		}
		names = append(names, all[i].name)
	}
	var diags source.Diagnostics
	at.Errorf(&diags, source.UnknownName, "table %s has no column %q", f.Text("table"), name).DidYouMean(name, names)
	return nil, diags.Err()
}

func pickDocument(err error, f *syntax.Fields, chosen *[]column) error {
	if err != nil {
		return err
	}
	if c := (*chosen)[0]; c.kind != document && c.kind != text {
		return connectors.OptionError(f, "column", source.BadValue, "column %q is %s; a whole row fits jsonb, json or text", c.name, c.typ)
	}
	return nil
}

// create makes what is missing. The lock keeps two flows that start at once
// from making it twice, which `if not exists` alone doesn't.
func create(ctx context.Context, conn *pgx.Conn, f *syntax.Fields) error {
	table := identifier(f.Text("table"))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtext('weavster create'))"); err != nil {
			return err
		}
		var exists bool
		if err := tx.QueryRow(ctx, "select to_regclass($1) is not null", table.Sanitize()).Scan(&exists); err != nil || exists {
			return err
		}
		if len(table) == 2 {
			if _, err := tx.Exec(ctx, "create schema if not exists "+pgx.Identifier{table[0]}.Sanitize()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, definition(f, table))
		return err
	})
}

func definition(f *syntax.Fields, table pgx.Identifier) string {
	var parts []string
	if one := f.Get("column"); one != nil {
		parts = append(parts, pgx.Identifier{one.Text}.Sanitize()+" jsonb")
	} else {
		for _, e := range f.Get("columns").Entries {
			parts = append(parts, pgx.Identifier{e.Key.Text}.Sanitize()+" "+e.Value.Text)
		}
	}
	if key := quoteAll(f.Texts("key")); len(key) > 0 {
		parts = append(parts, "primary key ("+strings.Join(key, ", ")+")")
	}
	return "create table " + table.Sanitize() + " (" + strings.Join(parts, ", ") + ")"
}

func quoteAll(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	return quoted
}
