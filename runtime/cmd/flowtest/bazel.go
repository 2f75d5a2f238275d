package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/weavster/weavster/runtime/fixture"
)

// bazel is what Bazel asks of a test, through environment variables.
type bazel struct{ getenv func(string) string }

// A shard takes every n-th case.
type shard struct{ index, total, seen int }

func (s *shard) takes() bool {
	s.seen++
	return (s.seen-1)%s.total == s.index
}

// shard is the part of the cases that this process runs. Bazel takes the
// status file for the sign that the test knows about shards.
func (b bazel) shard() (*shard, error) {
	total := b.getenv("TEST_TOTAL_SHARDS")
	if total == "" {
		return &shard{total: 1}, nil
	}
	if file := b.getenv("TEST_SHARD_STATUS_FILE"); file != "" {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			return nil, err
		}
	}
	n, err := strconv.Atoi(total)
	i, err2 := strconv.Atoi(b.getenv("TEST_SHARD_INDEX"))
	if err := errors.Join(err, err2); err != nil || n < 1 || i < 0 || i >= n {
		return nil, fmt.Errorf("shard %q of %q isn't one", b.getenv("TEST_SHARD_INDEX"), total)
	}
	return &shard{index: i, total: n}, nil
}

func (b bazel) writeXML(report *fixture.Report) (err error) {
	file := b.getenv("XML_OUTPUT_FILE")
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return report.PrintXML(f)
}

// matches is whether a filter lets a case through.
func matches(filter, name string) bool {
	if strings.ContainsAny(filter, "*?") {
		ok, err := path.Match(filter, name)
		return ok && err == nil
	}
	return strings.Contains(name, filter)
}
