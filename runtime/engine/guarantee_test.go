package engine_test

import (
	"context"
	"testing"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/store/storetest"
)

// A severed sink makes its rows durable, and then takes the state's session
// away before the checkpoint is committed.
type severed struct {
	connectors.Sink
	sever func()
}

func (s *severed) Flush(ctx context.Context) (connectors.Mark, error) {
	mark, err := s.Sink.Flush(ctx)
	s.sever()
	return mark, err
}

// A row that another database has committed, and the state hasn't, is written
// again: once more in its own place, where it is found by a key.
func TestRowsOfAnotherDatabaseArriveAtLeastOnce(t *testing.T) {
	for name, c := range map[string]struct{ more, rows string }{
		"insert": {"", "200 100"},
		"upsert": {"\nmode: upsert\nkey: [n]", "100 100"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, many(100, "table"))
			p.url, p.more = storetest.URL(t), c.more
			killer := storetest.Connect(t, p.database)
			severed := &severed{sever: func() {}}
			once := func() {
				severed.sever = func() {}
				// Only the state's sessions are in this database.
				if _, err := killer.Exec(t.Context(), "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"); err != nil {
					t.Error(err)
				}
			}
			p.wrap = func(s connectors.Sink) connectors.Sink { severed.Sink, severed.sever = s, once; return severed }
			if got := p.mustRun(t); got.Read != 100 || got.DeadLetters != 0 {
				t.Errorf("%+v", got)
			}
			if rows := storetest.Query(t, p.url, "select count(*)::text || ' ' || count(distinct n)::text from sales.orders"); rows[0] != c.rows {
				t.Errorf("rows, and different ones: %s, want %s", rows[0], c.rows)
			}
		})
	}
}
