package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/engine"
	"github.com/weavster/weavster/runtime/store/storetest"
)

// A hesitant sink refuses every other row of its first write, and all of those
// after it, until it has refused often enough.
type hesitant struct {
	connectors.Sink
	refusals int
	later    bool
	writes   int
}

func (h *hesitant) Write(ctx context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	h.writes++
	if h.writes > h.refusals {
		return h.Sink.Write(ctx, rows)
	}
	var taken contract.Rows
	var refused []connectors.Rejection
	for i := range rows.Len() {
		if h.writes == 1 && i%2 == 1 {
			taken.Append(rows.Row(i), 0)
			continue
		}
		refused = append(refused, connectors.Rejection{Row: i, Later: h.later, Detail: "not yet"})
	}
	_, err := h.Sink.Write(ctx, &taken)
	return refused, err
}

// Rule 7: `errors.rejected.retry` is for rows that may be taken later.
func TestARowThatIsRefusedIsTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		retry, refusals int
		later           bool
		writes, rows    int
	}{
		"not asked for":      {0, 9, true, 1, 3},
		"taken at last":      {3, 2, true, 3, 6},
		"refused to the end": {2, 9, true, 3, 3},
		"refused for good":   {3, 9, false, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, many(6, "table"))
			p.url = storetest.URL(t)
			p.manifest.Errors.Rejected.Retry = c.retry
			sink := &hesitant{refusals: c.refusals, later: c.later}
			p.wrap = func(s connectors.Sink) connectors.Sink { sink.Sink = s; return sink }
			got := p.mustRun(t)
			if rows := p.table(t); len(rows) != c.rows || sink.writes != c.writes {
				t.Errorf("rows %q after %d writes", rows, sink.writes)
			}
			if got.DeadLetters != int64(6-c.rows) || got.Outputs[0].Rows != int64(c.rows) {
				t.Errorf("%+v", got)
			}
			sources := storetest.Query(t, p.database, "select source from weavster.dead_letter order by id")
			if c.rows == 3 && strings.Join(sources, " ") != "in.jsonl:1 in.jsonl:3 in.jsonl:5" {
				t.Errorf("dead letters of %q", sources)
			}
		})
	}
}

// Rule 9: the row is read, and tried, again at the next run.
func TestAFlowThatTriesARowAgainCanBeStopped(t *testing.T) {
	p := newProject(t, many(6, "table"))
	p.url = storetest.URL(t)
	p.manifest.Errors.Rejected.Retry = 3
	p.manifest.Errors.Unavailable.MinBackoff, p.manifest.Errors.Unavailable.MaxBackoff = "1h", "1h"
	stop, interrupt := context.WithCancel(t.Context())
	p.wrap = func(s connectors.Sink) connectors.Sink {
		interrupting := &flaky{Sink: s, away: func(int) error { interrupt(); return nil }}
		return &hesitant{Sink: interrupting, refusals: 9, later: true}
	}
	f, closeAll, err := p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	if err := engine.Run(t.Context(), stop, f); !errors.Is(err, engine.ErrInterrupted) {
		t.Error(err)
	}
	if totals := f.Meter.Totals(); totals.Read != 0 || totals.DeadLetters != 0 {
		t.Errorf("%+v", totals)
	}
	if rows := p.table(t); len(rows) != 0 {
		t.Errorf("rows %q", rows)
	}
}
