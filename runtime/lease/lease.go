// Package lease says which process runs a flow.
package lease

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long a flow is asked for again: the server may not have
// seen yet that the connection of a killed owner is gone.
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

// Acquire takes a flow for the life of the session, and returns its new epoch,
// larger than that of every owner before. With wait set it waits for the flow,
// else the error is *Taken. (rule 5)
func Acquire(ctx context.Context, conn *pgx.Conn, project, flow string, wait bool) (epoch int64, err error) {
	deadline := time.Now().Add(patience)
	for {
		var locked bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock(hashtextextended($1, 0))", key(project, flow)).Scan(&locked); err != nil {
			return 0, fmt.Errorf("flow %s can't be taken: %w", flow, err)
		}
		if locked {
			return grow(ctx, conn, project, flow)
		}
		if !wait && time.Now().After(deadline) {
			return 0, taken(ctx, conn, project, flow)
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func key(project, flow string) string { return "weavster flow " + project + "/" + flow }

// grow begins an epoch. The checkpoints are marked with it, so that a commit
// that an earlier owner still has on its way finds nothing to change.
func grow(ctx context.Context, conn *pgx.Conn, project, flow string) (epoch int64, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			insert into weavster.lease (project, flow, scope, epoch, process) values ($1, $2, '', 1, $3)
			on conflict (project, flow, scope) do update set epoch = lease.epoch + 1, process = excluded.process, since = now()
			returning epoch`, project, flow, owner()).Scan(&epoch)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update weavster.checkpoint set epoch = $3 where project = $1 and flow = $2", project, flow, epoch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("flow %s can't be taken: %w", flow, err)
	}
	return epoch, nil
}

func taken(ctx context.Context, conn *pgx.Conn, project, flow string) error {
	t := &Taken{Flow: flow, Owner: "another process", Since: time.Now()}
	err := conn.QueryRow(ctx, "select process, since from weavster.lease where project = $1 and flow = $2 and scope = ''", project, flow).Scan(&t.Owner, &t.Since)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) { // it is between its lock and its row
		return err
	}
	return t
}

// owner names this process to people.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}
