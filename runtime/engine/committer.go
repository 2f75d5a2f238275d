package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
	"github.com/weavster/weavster/runtime/failpoint"
	"github.com/weavster/weavster/runtime/observe"
)

// maxGroup is how many batches are committed at once, at most: what is ready
// while one commit syncs goes into the next.
const maxGroup = 16

// A committer settles batches in the order in which they were read.
type committer struct {
	flow    *Flow
	stop    context.Context
	backoff backoff
	targets []*target // the sinks, each once
	outputs []*target // by output
	dead    *target   // or nil
	doubt   bool      // a connection was lost: nobody knows whether the commit took place
	next    *job      // taken from the queue, and not ready when its group was closed
}

// A target is a sink with what is committed of it.
type target struct {
	sink      connectors.Sink
	tx        connectors.TxSink // not nil: rows go into the commit's transaction
	committed connectors.Mark
	pending   connectors.Mark // of the commit that is being made
}

// newCommitter brings the sinks to where the last run ended.
func newCommitter(ctx, stop context.Context, f *Flow) (*committer, error) {
	c := &committer{flow: f, stop: stop}
	var err error
	if c.backoff, err = newBackoff(f.Manifest.Errors.Unavailable); err != nil {
		return nil, fmt.Errorf("flow %s: %w", f.Manifest.Flow, err)
	}
	for _, sink := range f.Outputs {
		c.outputs = append(c.outputs, c.target(sink))
	}
	if f.Dead != nil {
		c.dead = c.target(f.Dead)
	}
	return c, c.start(ctx)
}

func (c *committer) target(sink connectors.Sink) *target {
	i := slices.IndexFunc(c.targets, func(t *target) bool { return t.sink == sink })
	if i >= 0 {
		return c.targets[i]
	}
	t := &target{sink: sink}
	c.targets = append(c.targets, t)
	return t
}

// start resets the sinks, and commits the marks of those that are new: what
// is written before the first checkpoint is beyond them. (rule 4)
func (c *committer) start(ctx context.Context) error {
	for _, t := range c.targets {
		if resource := t.sink.Resource(); resource != "" {
			mark, err := c.flow.Ledger.Mark(ctx, resource)
			if err != nil {
				return err
			}
			t.committed = mark
		}
	}
	commit, err := c.flow.Ledger.Begin(ctx)
	if err != nil {
		return err
	}
	defer commit.Rollback(ctx)
	for _, t := range c.targets {
		if tx, ok := t.sink.(connectors.TxSink); ok {
			joins, err := tx.Joins(ctx, commit.Tx)
			if err != nil {
				return err
			}
			if joins {
				t.tx = tx
			}
		}
		if t.committed, err = t.sink.Reset(ctx, t.committed); err != nil {
			return err
		}
		if t.committed != nil {
			if err := commit.SetMark(ctx, t.sink.Resource(), t.committed); err != nil {
				return err
			}
		}
	}
	return commit.Commit(ctx)
}

// run commits until the queue ends. Its error comes after everything before
// it is settled.
func (c *committer) run(ctx context.Context, queue <-chan *job) error {
	for {
		group, failed := c.collect(ctx, queue)
		if len(group) > 0 {
			if err := c.settle(ctx, group); err != nil {
				return err
			}
		}
		switch {
		case failed != nil:
			return failed
		case len(group) == 0:
			return ctx.Err()
		}
	}
}

// collect waits for a batch, and takes those after it that are ready too. An
// empty group is the end.
func (c *committer) collect(ctx context.Context, queue <-chan *job) (group []*job, failed error) {
	for len(group) < maxGroup {
		j := c.take(ctx, queue, len(group) == 0)
		if j == nil {
			return group, nil
		}
		select {
		case <-j.done:
		default:
			if len(group) > 0 {
				c.next = j
				return group, nil
			}
			select {
			case <-j.done:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if j.err != nil {
			return group, j.err
		}
		group = append(group, j)
	}
	return group, nil
}

func (c *committer) take(ctx context.Context, queue <-chan *job, wait bool) *job {
	if j := c.next; j != nil {
		c.next = nil
		return j
	}
	if wait {
		select {
		case j := <-queue:
			return j
		case <-ctx.Done():
			return nil
		}
	}
	select {
	case j := <-queue:
		return j
	default:
		return nil
	}
}

// settle commits a group, waiting for what is away. (rule 7)
func (c *committer) settle(ctx context.Context, group []*job) error {
	counts, err := c.try(ctx, group)
	for tries := 0; err != nil; tries++ {
		c.doubt = c.doubt || c.flow.Ledger.Lost()
		if err := c.wait(ctx, tries, err); err != nil {
			return err
		}
		var settled bool
		if settled, err = c.goBack(ctx, group); err != nil {
			continue
		}
		if settled {
			break
		}
		counts, err = c.try(ctx, group)
	}
	c.flow.Meter.Wait("")
	c.flow.Meter.Settled(counts)
	for _, t := range c.targets {
		t.committed = t.pending
	}
	for _, j := range group {
		j.batch.Release()
	}
	return nil
}

// try makes one transaction of a group. (rules 2 and 3)
func (c *committer) try(ctx context.Context, group []*job) (*observe.Counts, error) {
	commit, err := c.flow.Ledger.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer commit.Rollback(ctx)
	counts := &observe.Counts{Rows: make([]int64, len(c.outputs))}
	var letters []delivery.DeadLetter
	var refused []refusal
	for _, j := range group {
		counts.Add(&j.counts)
		letters = append(letters, j.letters...)
		for o := range j.result.Outputs {
			rows := &j.result.Outputs[o]
			rejections, err := c.write(ctx, commit, c.outputs[o], rows)
			if err != nil {
				return nil, err
			}
			counts.Rows[o] += int64(rows.Len())
			for _, r := range rejections {
				refused = append(refused, refusal{j, o, r.Row, r})
			}
		}
	}
	if refused, err = c.again(ctx, commit, refused); err != nil {
		return nil, err
	}
	for i := range refused {
		counts.Rows[refused[i].output]--
		if i > 0 && refused[i].sameWay(&refused[i-1]) {
			continue // a message that was split: one letter for all of its rows
		}
		counts.Dead++
		letters = append(letters, c.flow.refusedLetter(&refused[i]))
	}
	if err := c.bury(ctx, commit, letters); err != nil {
		return nil, err
	}
	if err := c.flush(ctx, commit); err != nil {
		return nil, err
	}
	if err := advance(ctx, commit, group); err != nil {
		return nil, err
	}
	if err := failpoint.Hit("engine/commit/before"); err != nil {
		return nil, err
	}
	// The counts hold even if the answer to the commit is lost: see goBack.
	if err := commit.Commit(ctx); err != nil {
		return counts, err
	}
	return counts, failpoint.Hit("engine/commit/after")
}

func (c *committer) write(ctx context.Context, commit *delivery.Commit, t *target, rows *contract.Rows) ([]connectors.Rejection, error) {
	if rows.Len() == 0 {
		return nil, nil
	}
	if err := failpoint.Hit("engine/write/before"); err != nil {
		return nil, err
	}
	var refused []connectors.Rejection
	var err error
	if t.tx != nil {
		refused, err = t.tx.WriteTx(ctx, commit.Tx, rows)
	} else {
		refused, err = t.sink.Write(ctx, rows)
	}
	if err != nil {
		return nil, err
	}
	return refused, failpoint.Hit("engine/write/after")
}

// bury writes dead letters to the table, and to the flow's connector for
// them. A letter that the connector refuses stays in the table. (rule 8)
func (c *committer) bury(ctx context.Context, commit *delivery.Commit, letters []delivery.DeadLetter) error {
	if err := commit.Bury(ctx, letters); err != nil || c.dead == nil || len(letters) == 0 {
		return err
	}
	var rows contract.Rows
	var text []byte
	for i := range letters {
		text = letters[i].AppendJSON(text[:0])
		rows.Append(text, uint32(i))
		if identifies(c.dead.sink) {
			rows.IDs = append(rows.IDs, c.flow.letterID(&letters[i]))
		}
	}
	refused, err := c.write(ctx, commit, c.dead, &rows)
	if len(refused) > 0 {
		c.flow.Log.Warn("dead letters are in the table alone", "flow", c.flow.Manifest.Flow, "refused", len(refused), "why", c.flow.Redact(refused[0].Detail))
	}
	return err
}

// flush makes the rows durable that aren't part of the transaction, and
// records how far they go.
func (c *committer) flush(ctx context.Context, commit *delivery.Commit) error {
	for _, t := range c.targets {
		t.pending = nil
		if t.tx != nil {
			continue
		}
		if err := failpoint.Hit("engine/flush/before"); err != nil {
			return err
		}
		mark, err := t.sink.Flush(ctx)
		if err != nil {
			return err
		}
		if err := failpoint.Hit("engine/flush/after"); err != nil {
			return err
		}
		if t.pending = mark; mark == nil || bytes.Equal(mark, t.committed) {
			continue
		}
		if err := commit.SetMark(ctx, t.sink.Resource(), mark); err != nil {
			return err
		}
	}
	return nil
}

// goBack undoes what a failed commit wrote outside of its transaction. It
// says if the commit took place after all: its answer may have been lost with
// the connection.
func (c *committer) goBack(ctx context.Context, group []*job) (settled bool, err error) {
	if err := c.flow.Ledger.Recover(ctx); err != nil {
		return false, err
	}
	if c.doubt {
		if settled, err = c.settled(ctx, group); err != nil {
			return false, err
		}
		c.doubt = false
		if settled {
			return true, nil
		}
	}
	for _, t := range c.targets {
		if _, err := t.sink.Reset(ctx, t.committed); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *committer) settled(ctx context.Context, group []*job) (bool, error) {
	for _, s := range stretches(group) {
		here, err := c.flow.Ledger.Settled(ctx, s.partition, s.to)
		if err != nil || !here {
			return false, err
		}
	}
	return true, nil
}
