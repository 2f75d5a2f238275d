package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
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
func migrate(ctx context.Context, conn *pgx.Conn, list []migration) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			select pg_advisory_xact_lock(hashtext('weavster migrations'));
			create schema if not exists weavster;
			create table if not exists weavster.migration (
				version int primary key, name text not null, at timestamptz not null default now())`)
		if err != nil {
			return err
		}
		var current int
		if err := tx.QueryRow(ctx, "select coalesce(max(version), 0) from weavster.migration").Scan(&current); err != nil {
			return err
		}
		if current > len(list) {
			return fmt.Errorf("the database's state has version %d, and this program knows %d: a newer weavster made it", current, len(list))
		}
		for _, m := range list[current:] {
			if _, err := tx.Exec(ctx, m.sql); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if _, err := tx.Exec(ctx, "insert into weavster.migration (version, name) values ($1, $2)", m.version, m.name); err != nil {
				return err
			}
		}
		return nil
	})
}
