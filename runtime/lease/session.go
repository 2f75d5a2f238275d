package lease

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sessions is how many sessions of the pool may turn out to be gone, one after
// the other, before that is an error: a restart of the server ends them all.
const sessions = 3

// inTx makes a transaction in a session of the pool's, and again in another one
// where that was lost. What is done twice then has to be right twice.
func (p *Process) inTx(ctx context.Context, do func(pgx.Tx) error) error {
	return again(ctx, func() error { return pgx.BeginFunc(ctx, p.Store.Pool(), do) })
}

func again(ctx context.Context, do func() error) error {
	err := do()
	for range sessions {
		if err == nil || ctx.Err() != nil || !lost(err) {
			break
		}
		err = do()
	}
	return err
}

// lost says whether an error tells of a session that ended. What the server
// says of a statement is another matter.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func lost(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code[:2] == "57" || pg.Code[:2] == "08"
	}
	var taken *Taken
	return !errors.As(err, &taken) && !errors.Is(err, pgx.ErrNoRows)
}
