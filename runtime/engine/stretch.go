package engine

import (
	"context"
	"slices"

	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/runtime/delivery"
)

// advance moves each partition's place over the group's batches. (rule 6)
func advance(ctx context.Context, commit *delivery.Commit, group []*job) error {
	for _, s := range stretches(group) {
		if err := commit.Advance(ctx, s.partition, s.from, s.to); err != nil {
			return err
		}
	}
	return nil
}

// A stretch is what a group holds of one partition.
type stretch struct {
	partition string
	from, to  connectors.Position
}

func stretches(group []*job) []stretch {
	var list []stretch
	for _, j := range group {
		b := j.batch
		i := slices.IndexFunc(list, func(s stretch) bool { return s.partition == b.Partition })
		if i < 0 {
			list = append(list, stretch{b.Partition, b.From, b.To})
			continue
		}
		list[i].to = b.To
	}
	return list
}
