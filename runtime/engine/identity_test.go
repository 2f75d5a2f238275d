package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
)

// A namer asks who rows are, and notes it.
type namer struct {
	connectors.Sink
	mutex sync.Mutex
	ids   []contract.ID
}

func (n *namer) Identifies() bool { return true }

func (n *namer) Write(ctx context.Context, rows *contract.Rows) ([]connectors.Rejection, error) {
	n.mutex.Lock()
	n.ids = append(n.ids, rows.IDs...)
	n.mutex.Unlock()
	return n.Sink.Write(ctx, rows)
}

func TestASinkThatAsksIsToldWhoItsRowsAre(t *testing.T) {
	p := newProject(t, message(1, "table")+"\n"+message(2, "drop")+"\n"+message(3, "table")+"\n")
	var asked *namer
	p.wrap = func(sink connectors.Sink) connectors.Sink {
		asked = &namer{Sink: sink}
		return asked
	}
	p.mustRun(t)
	origin := contract.OriginOf("orders", "file.in", "in.jsonl")
	want := []contract.ID{origin.Row(1, "postgres.table", 0), origin.Row(3, "postgres.table", 0)}
	if !slices.Equal(want, asked.ids) {
		t.Errorf("%v, want %v", asked.ids, want)
	}
}
