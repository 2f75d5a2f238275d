package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/connectors"
)

// uniqueIndex says whether `on conflict` can go by these columns: whether a
// unique index has them, in whatever order, and no others, and whether it
// holds for all rows and at once. A view has no indexes; its table is asked
// when rows come.
// https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
const uniqueIndex = `
	select c.relkind not in ('r', 'p') or exists (
		select from pg_index i
		where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null and i.indexprs is null
		and (select array_agg(a.attname::text order by a.attname::text)
			from unnest(i.indkey) with ordinality k(number, place) join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
			where k.place <= i.indnkeyatts)
			= (select array_agg(distinct name order by name) from unnest($2::text[]) name))
	from pg_class c where c.oid = $1`

// checkIndex holds the key of an upsert against the table, so that a wrong
// one stops the run before anything is written.
func checkIndex(ctx context.Context, conn *pgx.Conn, f *syntax.Fields, table uint32, all []column) error {
	key := f.Get("key")
	if key == nil {
		return nil
	}
	for _, item := range key.Items {
		if _, err := find(f, all, item.Text, item); err != nil {
			return err
		}
	}
	var fits bool
	if err := conn.QueryRow(ctx, uniqueIndex, table, f.Texts("key")).Scan(&fits); err != nil {
		return sentence(err)
	}
	if !fits {
		return connectors.OptionError(f, "key", source.BadValue,
			"table %s has no primary key or unique index on %s; upsert needs one, as it is how Postgres finds the row to update",
			f.Text("table"), strings.Join(f.Texts("key"), ", "))
	}
	return nil
}
