// Package delivery keeps the promises of README.md: checkpoints, marks and
// dead letters, committed together.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/lease"
	"github.com/weavster/weavster/runtime/store"
)

// ErrFenced says that another process took the flow over.
var ErrFenced = errors.New("another process took the flow over")

// A Ledger is one flow's state, held by its owner. All commits go through a
// session of its own.
type Ledger struct {
	process *lease.Process
	store   *store.Store
	flow    string
	conn    *pgx.Conn
	epoch   int64
}

// Open takes a flow for this process.
func Open(ctx context.Context, p *lease.Process, flow string, wait bool) (*Ledger, error) {
	l := &Ledger{process: p, store: p.Store, flow: flow}
	var err error
	if l.epoch, err = lease.Acquire(ctx, p, flow, wait); err != nil {
		return nil, err
	}
	if l.conn, err = l.store.Connect(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close gives the flow back.
func (l *Ledger) Close() error {
	if l.epoch == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := lease.Release(ctx, l.process, l.flow, l.epoch)
	l.epoch = 0
	if l.conn != nil {
		err = errors.Join(err, l.conn.Close(ctx))
	}
	return err
}

// Lost says that the session is gone: what failed with it may be tried again
// after Recover.
func (l *Ledger) Lost() bool { return l.conn == nil || l.conn.IsClosed() }

// Recover gets a lost session back. What the old one has on its way is waited
// for, unless somebody else took the flow in between. (rule 5)
func (l *Ledger) Recover(ctx context.Context) error {
	if !l.Lost() {
		return nil
	}
	conn, err := l.store.Connect(ctx)
	if err != nil {
		return &connectors.Unavailable{What: "the database", Err: err}
	}
	epoch, err := lease.Renew(ctx, l.process, conn, l.flow, l.epoch)
	if err == nil && epoch == 0 {
		err = ErrFenced
	}
	if err != nil {
		return errors.Join(passing(err), conn.Close(ctx))
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
	rows, err := l.conn.Query(ctx, l.store.SQL("select partition, position from weavster.checkpoint where project = $1 and flow = $2"), l.store.Project, l.flow)
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
	err := l.conn.QueryRow(ctx, l.store.SQL("select flow, mark from weavster.output where project = $1 and resource = $2"), l.store.Project, resource).Scan(&owner, &mark)
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

// Begin opens the transaction of a commit. It shares the lease's row, so
// that whoever takes the flow over waits for the commit, or makes it fail.
func (l *Ledger) Begin(ctx context.Context) (*Commit, error) {
	tx, err := l.conn.Begin(ctx)
	if err != nil {
		return nil, passing(err)
	}
	c := &Commit{ledger: l, Tx: tx}
	var epoch int64
	err = tx.QueryRow(ctx, l.store.SQL("select epoch from weavster.lease where project = $1 and flow = $2 and scope = '' for share"), l.store.Project, l.flow).Scan(&epoch)
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
	err := l.conn.QueryRow(ctx, l.store.SQL(`
		select exists (select from weavster.checkpoint
			where project = $1 and flow = $2 and partition = $3 and position = $4::jsonb)`),
		l.store.Project, l.flow, partition, string(at)).Scan(&settled)
	return settled, passing(err)
}
