package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/connectors"
)

// A tableSink copies rows into a table: in a transaction of the engine's, or
// in its own, which Flush commits.
type tableSink struct {
	name    string
	config  *pgx.ConnConfig
	own     bool // the project's database was meant: no url was given
	encoder encoder
	insert  inserter

	conn *pgx.Conn // nil while away, and in the engine's transaction
	tx   pgx.Tx    // what was written since the last Flush
}

func openSink(ctx context.Context, c connectors.Config) (connectors.Sink, error) {
	f := c.Options
	s := &tableSink{name: c.Name, own: f.Get("url") == nil}
	url := f.Text("url")
	if s.own {
		url = c.Database
	}
	var err error
	if s.config, err = pgx.ParseConfig(url); err != nil {
		// What is wrong with it may hold its password.
		return nil, connectors.OptionError(f, "url", source.BadValue,
			"that isn't a URL of Postgres; it looks like postgres://user:password@host:5432/database")
	}
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err != nil {
		return nil, wrap(ctx, s.name, err)
	}
	s.conn = conn
	columns, err := prepare(ctx, conn, f)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.encoder = encoder{columns: columns, whole: f.Get("column") != nil}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	s.insert = newInserter(identifier(f.Text("table")), quoteAll(names), quoteAll(f.Texts("key")))
	return s, nil
}

// Resource implements connectors.Sink: any number of flows may add to a table.
func (s *tableSink) Resource() string { return "" }

// Reset implements connectors.Sink.
func (s *tableSink) Reset(ctx context.Context, _ connectors.Mark) (connectors.Mark, error) {
	if s.tx != nil {
		// The connection may be what failed, so its end isn't asked for.
		_ = s.tx.Rollback(ctx)
		s.tx = nil
	}
	return nil, nil
}

// Joins implements connectors.TxSink. A database is the same if its cluster
// and its number in it are, and a row may be written by the same user.
func (s *tableSink) Joins(ctx context.Context, tx pgx.Tx) (bool, error) {
	if s.own {
		return true, s.disconnect(ctx)
	}
	const identity = `select system_identifier::text || ' ' || (select oid from pg_database where datname = current_database())::text || ' ' || current_user from pg_control_system()`
	var ours, theirs string
	if err := tx.QueryRow(ctx, identity).Scan(&theirs); err != nil {
		return false, sentence(err)
	}
	if err := s.conn.QueryRow(ctx, identity).Scan(&ours); err != nil {
		return false, wrap(ctx, s.name, err)
	}
	if ours != theirs {
		return false, nil
	}
	return true, s.disconnect(ctx)
}

func (s *tableSink) disconnect(ctx context.Context) error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close(ctx)
	s.conn = nil
	return err
}

// WriteTx implements connectors.TxSink.
func (s *tableSink) WriteTx(ctx context.Context, tx pgx.Tx, rows *contract.Rows) ([]connectors.Rejection, error) {
	refused := s.encoder.encode(rows)
	c := copier{ctx: ctx, conn: tx.Conn(), encoder: &s.encoder, insert: s.insert, refused: refused}
	if err := c.run(); err != nil {
		return nil, wrap(ctx, s.name, err)
	}
	slices.SortFunc(c.refused, func(a, b connectors.Rejection) int { return a.Row - b.Row })
	return c.refused, nil
}

// Write implements connectors.Sink.
func (s *tableSink) Write(ctx context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	if s.conn == nil || s.conn.IsClosed() {
		conn, err := pgx.ConnectConfig(ctx, s.config)
		if err != nil {
			return nil, wrap(ctx, s.name, err)
		}
		s.conn, s.tx = conn, nil
	}
	if s.tx == nil {
		tx, err := s.conn.Begin(ctx)
		if err != nil {
			return nil, wrap(ctx, s.name, err)
		}
		s.tx = tx
	}
	return s.WriteTx(ctx, s.tx, rows)
}

// Flush implements connectors.Sink. If the connection is lost in the commit,
// nobody knows whether the rows are there: they are written again.
func (s *tableSink) Flush(ctx context.Context) (connectors.Mark, error) {
	if s.tx == nil {
		return nil, nil
	}
	tx := s.tx
	s.tx = nil
	return nil, wrap(ctx, s.name, tx.Commit(ctx))
}

// Close implements connectors.Sink.
func (s *tableSink) Close() error { return s.disconnect(context.Background()) }

// An inserter is the SQL of one table.
type inserter struct {
	copy  string
	stage string // makes the staging table of an upsert; "" for an insert
	merge string
}

func newInserter(table pgx.Identifier, columns, key []string) inserter {
	list := strings.Join(columns, ", ")
	if len(key) == 0 {
		return inserter{copy: fmt.Sprintf("copy %s (%s) from stdin", table.Sanitize(), list)}
	}
	// Of two rows with one key in a batch, the later one counts.
	const stage, number = `pg_temp."weavster stage"`, `"weavster number"`
	var set []string
	for _, c := range columns {
		if !slices.Contains(key, c) {
			set = append(set, c+" = excluded."+c)
		}
	}
	action := "do nothing"
	if len(set) > 0 {
		action = "do update set " + strings.Join(set, ", ")
	}
	keys := strings.Join(key, ", ")
	// Rows whose key has a null are never the same.
	same := fmt.Sprintf("%s, case when %s is null then %s end", keys, strings.Join(key, " is null or "), number)
	return inserter{
		stage: fmt.Sprintf("create temporary table %s on commit drop as select %s from %s with no data; alter table %s add %s bigserial",
			`"weavster stage"`, list, table.Sanitize(), stage, number),
		copy: fmt.Sprintf("copy %s (%s) from stdin", stage, list),
		merge: fmt.Sprintf("insert into %s (%s) select distinct on (%s) %s from %s order by %s, %s desc on conflict (%s) %s; drop table %s",
			table.Sanitize(), list, same, list, stage, same, number, keys, action, stage),
	}
}

// A copier brings encoded lines into the table within a transaction, and
// finds those that Postgres refuses.
type copier struct {
	ctx     context.Context
	conn    *pgx.Conn
	encoder *encoder
	insert  inserter
	refused []connectors.Rejection
}

func (c *copier) run() error { return c.span(0, len(c.encoder.ends)) }

// span copies lines lo up to hi. A refused line splits the rest: at the one
// that Postgres names, or, for errors that come at a statement's end, such as
// a foreign key's, in the middle. Only a line that is refused alone, after
// those before it, is condemned.
func (c *copier) span(lo, hi int) error {
	if lo == hi {
		return nil
	}
	err := c.try(c.encoder.span(lo, hi))
	if err == nil || judge(err) != refusal {
		return err
	}
	at, column := blame(err)
	if hi-lo == 1 {
		c.refused = append(c.refused, connectors.Rejection{Row: c.encoder.rows[lo], Later: changeable(err), Field: column, Detail: reason(err)})
		return nil
	}
	parts := []int{lo, (lo + hi) / 2, hi}
	if at >= 0 && at < hi-lo {
		parts = []int{lo, lo + at, lo + at + 1, hi}
	}
	for i := range len(parts) - 1 {
		if err := c.span(parts[i], parts[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// try copies lines behind a savepoint, as an error would end the transaction.
func (c *copier) try(lines []byte) error {
	pg := c.conn.PgConn()
	exec := func(sql string) error {
		if sql == "" {
			return nil
		}
		return pg.Exec(c.ctx, sql).Close()
	}
	if err := exec("savepoint weavster_rows"); err != nil {
		return err
	}
	err := exec(c.insert.stage)
	if err == nil {
		_, err = pg.CopyFrom(c.ctx, bytes.NewReader(lines), c.insert.copy)
	}
	if err == nil {
		err = exec(c.insert.merge)
	}
	if err != nil {
		if pg.IsClosed() {
			return err
		}
		return errors.Join(err, exec("rollback to savepoint weavster_rows"))
	}
	// What a deferred constraint holds against a row would fail the commit.
	err = exec("set constraints all immediate; release savepoint weavster_rows")
	if err != nil && !pg.IsClosed() {
		err = errors.Join(err, exec("rollback to savepoint weavster_rows"))
	}
	return err
}
