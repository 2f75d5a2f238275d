// Package lease says which processes run flows of a project, and which of them
// runs a flow, or reads a partition of its input.
package lease

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a flow is asked for again: that the process which ran
// it was killed isn't known at once.
const patience = 2 * time.Second

// A Taken is the error of a flow that another process runs.
type Taken struct {
	Flow, Owner string
	Since       time.Time
}

// Error names the owner.
func (t *Taken) Error() string {
	return fmt.Sprintf("flow %s is run by %s since %s; --wait waits for it", t.Flow, t.Owner, t.Since.Format(time.RFC3339))
}

// Acquire takes a whole flow, and returns its new epoch, larger than that of
// every owner before. With wait set it waits for the flow, else the error is
// *Taken. (rule 5)
func Acquire(ctx context.Context, p *Process, flow string, wait bool) (epoch int64, err error) {
	deadline := time.Now().Add(patience)
	for {
		changed := p.Changed()
		epoch, err = p.acquire(ctx, flow)
		var taken *Taken
		if !errors.As(err, &taken) || !wait && time.Now().After(deadline) {
			return epoch, err
		}
		if err := again(ctx, func() error { _, err := p.look(ctx, p.Store.Pool()); return err }); err != nil {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *Process) acquire(ctx context.Context, flow string) (epoch int64, err error) {
	err = p.inTx(ctx, func(tx pgx.Tx) error {
		if err := p.free(ctx, tx, flow); err != nil {
			return err
		}
		epoch, err = p.grow(ctx, tx, flow)
		return err
	})
	var taken *Taken
	if err != nil && !errors.As(err, &taken) {
		err = fmt.Errorf("flow %s can't be taken: %w", flow, err)
	}
	return epoch, err
}

// free is *Taken where a process that lives has the flow. Those who ask take
// turns.
func (p *Process) free(ctx context.Context, tx pgx.Tx, flow string) error {
	s := p.Store
	_, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", "weavster flow "+s.Schema.String()+" "+s.Project+"/"+flow)
	if err != nil {
		return err
	}
	t := &Taken{Flow: flow}
	err = tx.QueryRow(ctx, s.SQL(`
		select p.name, l.since from weavster.lease l join weavster.process p on p.id = l.process and p.dead is null
		where l.project = $1 and l.flow = $2 and p.id <> $3 limit 1`), s.Project, flow, p.ID).Scan(&t.Owner, &t.Since)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return t
}

// grow begins an epoch. The checkpoints are marked with it, so that a commit
// that an earlier owner still has on its way finds nothing to change.
func (p *Process) grow(ctx context.Context, tx pgx.Tx, flow string) (epoch int64, err error) {
	s := p.Store
	err = tx.QueryRow(ctx, s.SQL(`
		insert into weavster.lease (project, flow, scope, epoch, process) values ($1, $2, '', 1, $3)
		on conflict (project, flow, scope) do update set epoch = lease.epoch + 1, process = excluded.process, since = now()
		returning epoch`), s.Project, flow, p.ID).Scan(&epoch)
	if err != nil {
		return 0, err
	}
	return epoch, p.mark(ctx, tx, flow, epoch)
}

// mark has the flow's checkpoints name an epoch, and no earlier one.
func (p *Process) mark(ctx context.Context, tx pgx.Tx, flow string, epoch int64) error {
	_, err := tx.Exec(ctx, p.Store.SQL("update weavster.checkpoint set epoch = $3 where project = $1 and flow = $2"), p.Store.Project, flow, epoch)
	return err
}

// Renew begins the next epoch of a flow that this process has: what one of its
// own sessions that was lost still has on its way is waited for, or fails. It
// gives 0 where another process took the flow over. (rule 5)
func Renew(ctx context.Context, p *Process, conn *pgx.Conn, flow string, epoch int64) (renewed int64, err error) {
	s := p.Store
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, s.SQL(`
			update weavster.lease set epoch = epoch + 1 where project = $1 and flow = $2 and scope = '' and epoch = $3 and process = $4
			returning epoch`), s.Project, flow, epoch, p.ID).Scan(&renewed)
		if err != nil {
			return err
		}
		return p.mark(ctx, tx, flow, renewed)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return renewed, err
}

// Release gives a flow back.
func Release(ctx context.Context, p *Process, flow string, epoch int64) error {
	s := p.Store
	return p.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.SQL("update weavster.lease set process = null where project = $1 and flow = $2 and scope = '' and epoch = $3 and process = $4"),
			s.Project, flow, epoch, p.ID)
		if err != nil {
			return err
		}
		return notify(ctx, tx, s)
	})
}
