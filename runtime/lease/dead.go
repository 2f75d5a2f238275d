package lease

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// A database is a session or a pool of them.
type database interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Dead declares those processes of the project dead that are, and gives the
// ids of all that are dead: what they were at may be taken over. It lists them
// for a day, again and again, so that taking over needs no memory of its own.
// A process on the list may turn out to live. So whatever is taken over is
// taken by an epoch or a claim, which fences it.
func (p *Process) Dead(ctx context.Context) (ids []string, err error) {
	s := p.Store
	err = again(ctx, func() error {
		if _, err := p.look(ctx, s.Pool()); err != nil {
			return err
		}
		rows, err := s.Pool().Query(ctx, s.SQL("select id from weavster.process where project = $1 and dead is not null order by id"), s.Project)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return ids, err
}

// look declares dead what was suspect before, and still is: it wasn't seen for
// long, or its session's lock is free. Unsure says that there are suspects
// whose time isn't up.
func (p *Process) look(ctx context.Context, db database) (unsure bool, err error) {
	found, err := p.doubtful(ctx, db)
	if err != nil {
		return false, err
	}
	dead, unsure := p.judge(found, time.Now())
	if len(dead) == 0 {
		return unsure, nil
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return p.declare(ctx, tx, dead, found) })
	if err == nil {
		p.wake()
	}
	return unsure, err
}

// doubtful are the processes that may be dead, with when they were seen last.
func (p *Process) doubtful(ctx context.Context, db database) (map[string]time.Time, error) {
	s := p.Store
	// Shared, so that those who look don't take each other for the owner. The
	// lock is given back with the statement.
	rows, err := db.Query(ctx, s.SQL(`
		select id, seen from weavster.process
		where project = $3 and id <> $4 and dead is null
			and (seen < now() - make_interval(secs => $2) or pg_try_advisory_xact_lock_shared(hashtextextended($1::text || id, 0)))`),
		p.prefix(), unseen.Seconds(), s.Project, p.ID)
	if err != nil {
		return nil, err
	}
	found := map[string]time.Time{}
	var id string
	var seen time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &seen}, func() error {
		found[id] = seen
		return nil
	})
	return found, err
}

// judge gives those that have been suspect for the time of grace, unseen in
// it. The clock is this process's: after a restart of the server everybody
// was silent for long, and is back at once.
func (p *Process) judge(found map[string]time.Time, now time.Time) (dead []string, unsure bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.suspects {
		if _, still := found[id]; !still {
			delete(p.suspects, id)
		}
	}
	for id, seen := range found {
		before, known := p.suspects[id]
		switch {
		case !known || !before.seen.Equal(seen):
			p.suspects[id] = suspect{seen: seen, since: now}
			unsure = true
		case now.Sub(before.since) < grace:
			unsure = true
		default:
			dead = append(dead, id)
			delete(p.suspects, id)
		}
	}
	return dead, unsure
}

// declare marks the dead, unless they were seen since.
func (p *Process) declare(ctx context.Context, tx pgx.Tx, dead []string, found map[string]time.Time) error {
	s := p.Store
	for _, id := range dead {
		_, err := tx.Exec(ctx, s.SQL("update weavster.process set dead = now() where id = $1 and seen = $2 and dead is null"), id, found[id])
		if err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, s.SQL("delete from weavster.process where dead < now() - $1::interval"), remembered); err != nil {
		return err
	}
	return notify(ctx, tx, s)
}
