// Package delivery keeps the promises of README.md: checkpoints, marks and
// dead letters, committed together.
package delivery

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/lease"
)

// ErrFenced says that another process took the flow over.
var ErrFenced = errors.New("another process took the flow over")

// A Ledger is one flow's state, held by its owner: one session with the
// flow's lock, through which all commits go.
type Ledger struct {
	project, flow string
	connect       func(context.Context) (*pgx.Conn, error)
	conn          *pgx.Conn
	epoch         int64
}

// Open takes a flow. Connect opens a session of the state's database.
func Open(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), project, flow string, wait bool) (*Ledger, error) {
	l := &Ledger{project: project, flow: flow, connect: connect}
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	if l.epoch, err = lease.Acquire(ctx, conn, project, flow, wait); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close gives the flow back.
func (l *Ledger) Close() error {
	if l.conn == nil {
		return nil
	}
	conn := l.conn
	l.conn = nil
	return conn.Close(context.Background())
}

// Lost says that the session is gone: what failed with it may be tried again
// after Recover.
func (l *Ledger) Lost() bool { return l.conn == nil || l.conn.IsClosed() }

// Recover gets a lost session back: it takes the flow again, if nobody else
// did in between. (rule 5)
func (l *Ledger) Recover(ctx context.Context) error {
	if !l.Lost() {
		return nil
	}
	conn, err := l.connect(ctx)
	if err != nil {
		return &connectors.Unavailable{What: "the database", Err: err}
	}
	epoch, err := lease.Acquire(ctx, conn, l.project, l.flow, false)
	if err == nil && epoch != l.epoch+1 {
		err = ErrFenced
	}
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	l.conn, l.epoch = conn, epoch
	return nil
}

// passing makes an error of the database one that is waited for, if it tells of
// a shortage, a lock or a shutdown that a session may outlive.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func passing(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code[:2] {
	case "08", "40", "53", "55", "57", "58":
		return &connectors.Unavailable{What: "the database", Err: err}
	}
	return err
}

// Positions are the places up to which each partition is settled.
func (l *Ledger) Positions(ctx context.Context) (map[string]connectors.Position, error) {
	rows, err := l.conn.Query(ctx, "select partition, position from weavster.checkpoint where project = $1 and flow = $2", l.project, l.flow)
	if err != nil {
		return nil, err
	}
	positions := map[string]connectors.Position{}
	var partition string
	var position []byte
	_, err = pgx.ForEachRow(rows, []any{&partition, &position}, func() error {
		positions[partition] = append(connectors.Position(nil), position...)
		return nil
	})
	return positions, err
}

// Mark is the committed mark of a resource, or nil. A resource that another
// flow writes is refused: each would cut off the other's rows.
func (l *Ledger) Mark(ctx context.Context, resource string) (connectors.Mark, error) {
	var owner string
	var mark []byte
	err := l.conn.QueryRow(ctx, "select flow, mark from weavster.output where project = $1 and resource = $2", l.project, resource).Scan(&owner, &mark)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if owner != l.flow {
		return nil, fmt.Errorf("%s is an output of flow %s; two flows can't write one file", resource, owner)
	}
	return mark, nil
}

// Begin opens the transaction of a commit. It holds the flow's row, so that
// whoever takes the flow over waits for the commit, or makes it fail.
func (l *Ledger) Begin(ctx context.Context) (*Commit, error) {
	tx, err := l.conn.Begin(ctx)
	if err != nil {
		return nil, passing(err)
	}
	c := &Commit{ledger: l, Tx: tx}
	var epoch int64
	err = tx.QueryRow(ctx, "select epoch from weavster.lease where project = $1 and flow = $2 and scope = '' for update", l.project, l.flow).Scan(&epoch)
	if err == nil && epoch != l.epoch {
		err = ErrFenced
	}
	if err != nil {
		return nil, errors.Join(passing(err), c.Rollback(ctx))
	}
	return c, nil
}

// Settled says whether a partition's place is exactly this one: after a
// connection that was lost during a commit, whether the commit took place.
func (l *Ledger) Settled(ctx context.Context, partition string, at connectors.Position) (bool, error) {
	var settled bool
	err := l.conn.QueryRow(ctx, `
		select exists (select from weavster.checkpoint
			where project = $1 and flow = $2 and partition = $3 and position = $4::jsonb)`,
		l.project, l.flow, partition, string(at)).Scan(&settled)
	return settled, passing(err)
}
