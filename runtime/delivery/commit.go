package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/connectors"
)

// A Commit is one transaction of a flow: the rows, dead letters, marks and
// places of one or more batches. (rule 3)
type Commit struct {
	Tx     pgx.Tx // for sinks in the state's database
	ledger *Ledger
}

// Advance moves a partition's place from where a batch began to where it
// ended. (rules 5 and 6)
func (c *Commit) Advance(ctx context.Context, partition string, from, to connectors.Position) error {
	l := c.ledger
	if from == nil {
		tag, err := c.Tx.Exec(ctx, c.ledger.store.SQL(`
			insert into weavster.checkpoint (project, flow, partition, position, epoch)
			values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing`), l.store.Project, l.flow, partition, string(to), l.epoch)
		return l.moved(tag.RowsAffected(), partition, err)
	}
	tag, err := c.Tx.Exec(ctx, c.ledger.store.SQL(`
		update weavster.checkpoint set position = $4::jsonb, at = now()
		where project = $1 and flow = $2 and partition = $3 and epoch = $5 and position = $6::jsonb`),
		l.store.Project, l.flow, partition, string(to), l.epoch, string(from))
	return l.moved(tag.RowsAffected(), partition, err)
}

func (l *Ledger) moved(rows int64, partition string, err error) error {
	if err != nil {
		return passing(err)
	}
	if rows != 1 {
		return fmt.Errorf("flow %s: the checkpoint of %s isn't where the batch began: somebody changed it during the run", l.flow, partition)
	}
	return nil
}

// SetMark records how far a sink's durable output goes. (rule 4)
func (c *Commit) SetMark(ctx context.Context, resource string, mark connectors.Mark) error {
	tag, err := c.Tx.Exec(ctx, c.ledger.store.SQL(`
		insert into weavster.output as o (project, resource, flow, mark) values ($1, $2, $3, $4::jsonb)
		on conflict (project, resource) do update set mark = excluded.mark, at = now() where o.flow = excluded.flow`),
		c.ledger.store.Project, resource, c.ledger.flow, string(mark))
	if err == nil && tag.RowsAffected() != 1 {
		return fmt.Errorf("%s became the output of another flow; two flows can't write one file", resource)
	}
	return passing(err)
}

// Commit makes it so.
func (c *Commit) Commit(ctx context.Context) error { return passing(c.Tx.Commit(ctx)) }

// Rollback undoes it. After Commit it does nothing.
func (c *Commit) Rollback(ctx context.Context) error {
	// The transaction may be what failed with a context that is done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := c.Tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return err
	}
	return nil
}
