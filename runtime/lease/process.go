package lease

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/weavster/weavster/runtime/store"
)

const (
	// beatEvery is how often a process says that it lives.
	beatEvery = 2500 * time.Millisecond
	// unseen is after how much silence it is dead, by the database's clock.
	unseen = 10 * time.Second
	// grace is how long a process may be without its session: one whose
	// session was ended, by somebody or a restart of the server, is back
	// sooner than that.
	grace = 300 * time.Millisecond
	// remembered is how long the dead are listed, so that whoever takes their
	// work over may itself die over it.
	remembered = "1 day"
)

// A Process is this process among those that run flows of a project. It has a
// row that it keeps fresh, and a session with a lock, which the server drops
// with the session when the process is killed.
type Process struct {
	ID    string // of this process alone, for as long as it runs
	Store *store.Store

	stop    context.CancelFunc
	stopped chan struct{}
	session uint32 // the server's process of the session, 0: none yet

	mu       sync.Mutex
	changed  chan struct{} // closed when leases may have become free
	suspects map[string]suspect
}

// A suspect is a process that may be dead: since when, by this process's
// clock, and when it was seen last by then.
type suspect struct {
	seen  time.Time
	since time.Time
}

// Join makes this process known to the others. It lives until Close, or until
// the others haven't heard of it for 10 seconds.
func Join(ctx context.Context, s *store.Store) (*Process, error) {
	p := &Process{
		ID: rand.Text(), Store: s,
		stopped: make(chan struct{}), changed: make(chan struct{}), suspects: map[string]suspect{},
	}
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := p.Dead(ctx); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	ctx, p.stop = context.WithCancel(context.WithoutCancel(ctx))
	go p.run(ctx, conn)
	return p, nil
}

// Close gives up whatever the process holds, for others to take at once.
func (p *Process) Close() error {
	p.stop()
	<-p.stopped
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s := p.Store
	err := p.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, s.SQL("update weavster.lease set process = null where process = $1"), p.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.SQL("delete from weavster.process where id = $1"), p.ID); err != nil {
			return err
		}
		return notify(ctx, tx, s)
	})
	if err != nil {
		// The others find out by themselves.
		return fmt.Errorf("this process couldn't sign off: %w", err)
	}
	return nil
}

// Changed is closed at the next moment at which leases may have become free:
// a process joined, left or gave something back. A wait for it needs a limit,
// as what is told while the session is lost isn't heard.
func (p *Process) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

func (p *Process) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

// run keeps the session, and gets it back when it is lost.
func (p *Process) run(ctx context.Context, conn *pgx.Conn) {
	defer close(p.stopped)
	delay := 20 * time.Millisecond
	for {
		if conn != nil {
			p.beat(ctx, conn)
			delay = 20 * time.Millisecond
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = conn.Close(closing) // it may be what failed
			cancel()
			conn = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
		delay = min(2*delay, time.Second)
		if c, err := p.connect(ctx); err == nil {
			conn = c
			p.wake() // nobody told what happened meanwhile
		}
	}
}

// beat says that the process lives, and looks after the others, until the
// session is lost.
func (p *Process) beat(ctx context.Context, conn *pgx.Conn) {
	for {
		if err := p.seen(ctx, conn); err != nil {
			return
		}
		pause := beatEvery
		if unsure, err := p.look(ctx, conn); err != nil {
			return
		} else if unsure {
			pause = grace
		}
		if !p.listen(ctx, conn, pause) {
			return
		}
	}
}

// listen passes on what the others tell, for a while. It notices at once when
// the session is lost: then it returns false.
func (p *Process) listen(ctx context.Context, conn *pgx.Conn, pause time.Duration) bool {
	waiting, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	for {
		_, err := conn.WaitForNotification(waiting)
		switch {
		case err == nil:
			p.wake()
		case ctx.Err() != nil || conn.IsClosed():
			return false
		default:
			return waiting.Err() != nil
		}
	}
}

// connect opens the session, takes its lock and makes the process's row. A
// session of before that the server still has, because the network forgot to
// tell, is ended first.
func (p *Process) connect(ctx context.Context) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*unseen)
	defer cancel()
	conn, err := p.Store.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.enter(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	p.session = conn.PgConn().PID()
	return conn, nil
}

func (p *Process) enter(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "select set_config('application_name', $1, false)", p.title()); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "select pg_terminate_backend(pid, 1000) from pg_stat_activity where pid = $1 and application_name = $2 and pid <> pg_backend_pid()",
		int32(p.session), p.title()); err != nil {
		return err
	}
	if err := p.seen(ctx, conn); err != nil {
		return err
	}
	// Where another session still has the lock, the row alone says that the
	// process lives.
	if _, err := conn.Exec(ctx, "select pg_try_advisory_lock("+lockKey+")", p.prefix(), p.ID); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, "listen "+pgx.Identifier{channel(p.Store)}.Sanitize())
	return err
}

// title names the session in pg_stat_activity.
func (p *Process) title() string { return "weavster " + p.ID }

// lockKey is the advisory lock of a process, of prefix and its id.
const lockKey = "hashtextextended($1::text || $2::text, 0)"

func (p *Process) prefix() string { return "weavster process " + p.Store.Schema.String() + " " }

func channel(s *store.Store) string { return s.Schema.String() + "_lease" }

func notify(ctx context.Context, tx pgx.Tx, s *store.Store) error {
	_, err := tx.Exec(ctx, "select pg_notify($1, '')", channel(s))
	return err
}

// seen makes the row say now. A process that was declared dead, because it was
// stopped for a while, lives again: what was taken from it meanwhile stays
// taken, as each lease's epoch says. (rule 5)
func (p *Process) seen(ctx context.Context, conn *pgx.Conn) error {
	s := p.Store
	tag, err := conn.Exec(ctx, s.SQL("update weavster.process set seen = now(), dead = null where id = $1"), p.ID)
	if err != nil || tag.RowsAffected() > 0 {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, s.SQL("insert into weavster.process (id, project, name) values ($1, $2, $3)"), p.ID, s.Project, name()); err != nil {
			return err
		}
		return notify(ctx, tx, s)
	})
}

// name names this process to people.
func name() string {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return fmt.Sprintf("process %d on %s", os.Getpid(), host)
}
