package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/runtime/store/schema"
)

//go:embed migrations/*.sql
var migrations embed.FS

// A migration is one file of SQL: 0001_state.sql is version 1.
type migration struct {
	version int
	name    string
	sql     string
}

func readMigrations(from fs.FS) ([]migration, error) {
	names, err := fs.Glob(from, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("%s isn't number %d", name, i+1)
		}
		sql, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, name, string(sql)})
	}
	return list, nil
}

// migrate brings the schema to the last version. Processes that start at once
// take turns; all of it is one transaction.
func migrate(ctx context.Context, conn *pgx.Conn, name schema.Name, list []migration) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := prepare(ctx, tx, name); err != nil {
			return err
		}
		var current int
		if err := tx.QueryRow(ctx, name.SQL("select coalesce(max(version), 0) from weavster.migration")).Scan(&current); err != nil {
			return err
		}
		if current > len(list) {
			return fmt.Errorf("the database's state has version %d, and this program knows %d: a newer weavster made it", current, len(list))
		}
		for _, m := range list[current:] {
			if _, err := tx.Exec(ctx, name.SQL(m.sql)); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if _, err := tx.Exec(ctx, name.SQL("insert into weavster.migration (version, name) values ($1, $2)"), m.version, m.name); err != nil {
				return err
			}
		}
		return nil
	})
}

// prepare waits for its turn, and makes the schema where it is missing: who may
// not make schemas can be given one.
func prepare(ctx context.Context, tx pgx.Tx, name schema.Name) error {
	// Programs of any version take this lock.
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtext('weavster migrations'))"); err != nil {
		return err
	}
	var there, plain bool
	err := tx.QueryRow(ctx, "select exists (select from pg_namespace where nspname = $1), quote_ident($1) = $1", name.String()).Scan(&there, &plain)
	switch {
	case err != nil:
		return err
	case !plain: // River writes it without quotes
		return fmt.Errorf("%s is a word of SQL, which can't be the schema's name", name)
	case !there:
		if _, err := tx.Exec(ctx, "create schema "+name.Quoted()); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, name.SQL(`
		create table if not exists weavster.migration (
			version int primary key, name text not null, at timestamptz not null default now())`))
	return err
}
