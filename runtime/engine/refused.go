package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
)

// A refusal is a row that an output didn't take.
type refusal struct {
	job       *job
	output    int
	row       int // of the job's rows for the output
	rejection connectors.Rejection
}

func (r *refusal) rows() *contract.Rows { return &r.job.result.Outputs[r.output] }

// sameWay says whether two rows are of one message and for one output.
func (r *refusal) sameWay(other *refusal) bool {
	return r.job == other.job && r.output == other.output && r.rows().Message[r.row] == other.rows().Message[other.row]
}

func (f *Flow) refusedLetter(r *refusal) delivery.DeadLetter {
	return f.rejected(r.job.batch, r.output, r.rows().Message[r.row], &r.rejection)
}

// again tries refused rows again, if they may be taken later, as often as the
// flow says, and gives those that are refused at the end. All of a group's
// rows share one wait. (rule 7)
func (c *committer) again(ctx context.Context, commit *delivery.Commit, refused []refusal) ([]refusal, error) {
	later := func(r refusal) bool { return r.rejection.Later }
	for try := range c.flow.Manifest.Errors.Rejected.Retry {
		i := slices.IndexFunc(refused, later)
		if i < 0 {
			break
		}
		why := fmt.Sprintf("%s refused a row that is tried again: %s", c.flow.outputName(refused[i].output), refused[i].rejection.Detail)
		if err := c.pause(ctx, c.backoff.delay(try), why); err != nil {
			return nil, err
		}
		for o, t := range c.outputs {
			var err error
			if refused, err = c.rewrite(ctx, commit, o, t, refused); err != nil {
				return nil, err
			}
		}
	}
	return refused, nil
}

// rewrite writes one output's rows again that may be taken later, and takes
// those from the refused that were.
func (c *committer) rewrite(ctx context.Context, commit *delivery.Commit, output int, t *target, refused []refusal) ([]refusal, error) {
	var rows contract.Rows
	var at []int // the refusal of each row
	for i := range refused {
		if r := &refused[i]; r.output == output && r.rejection.Later {
			rows.AppendRow(r.rows(), r.row)
			at = append(at, i)
		}
	}
	rejections, err := c.write(ctx, commit, t, &rows)
	if err != nil {
		return nil, err
	}
	taken := make([]bool, len(refused))
	for _, i := range at {
		taken[i] = true
	}
	for _, rejection := range rejections {
		i := at[rejection.Row]
		taken[i], refused[i].rejection = false, rejection
	}
	var left []refusal
	for i := range refused {
		if !taken[i] {
			left = append(left, refused[i])
		}
	}
	return left, nil
}
