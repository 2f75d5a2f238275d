package conformance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/connectors"
)

// A SinkCase is a sink that numbers can be written to.
type SinkCase struct {
	// Open gives a new sink on the same destination. It isn't called while
	// another one is open.
	Open func(t *testing.T) connectors.Sink
	// Row is the row of a number, and Bad one that the sink refuses, or "".
	Row func(n int) string
	Bad string
	// Numbers are what stands at the destination, in order where it has one.
	Numbers func(t *testing.T) []int
}

// Sink runs the suite. Each test goes on with what the one before left.
func Sink(t *testing.T, c SinkCase) {
	r := &sinkRun{SinkCase: c, T: t}
	r.start()
	r.is("nothing was written")

	r.write(1, 2)
	r.write()
	mark := r.flush()
	r.is("what was flushed is there", 1, 2)
	if again := r.flush(); string(again) != string(mark) {
		t.Errorf("a mark moves although nothing was written: %s, %s", mark, again)
	}

	r.write(3)
	r.reset(mark)
	r.write(4)
	mark = r.flush()
	r.is("what wasn't flushed is taken back", 1, 2, 4)

	if mark != nil {
		r.write(5)
		r.flush()
		r.reset(mark)
		r.is("what lies beyond the mark is taken back", 1, 2, 4)
		r.write(6)
		r.flush()
		r.close()
		r.sink = r.Open(t)
		r.reset(mark)
		r.is("after a crash too", 1, 2, 4)
	}

	if c.Bad != "" {
		r.testBad()
		r.is("a refused row takes no others with it", 1, 2, 4, 7, 8)
	}
	r.close()
}

// A sinkRun is the suite on its way.
type sinkRun struct {
	SinkCase
	*testing.T
	sink connectors.Sink
}

func (r *sinkRun) start() {
	r.Helper()
	r.sink = r.Open(r.T)
	first := r.reset(nil)
	if (first != nil) != (r.sink.Resource() != "") {
		r.Errorf("a mark %q of the resource %q", first, r.sink.Resource())
	}
}

func (r *sinkRun) reset(m connectors.Mark) connectors.Mark {
	r.Helper()
	m, err := r.sink.Reset(r.Context(), m)
	if err != nil {
		r.Fatal(err)
	}
	return m
}

func rows(lines ...string) *contract.Rows {
	var r contract.Rows
	for i, line := range lines {
		r.Data = append(r.Data, line...)
		r.Ends = append(r.Ends, uint32(len(r.Data)))
		r.Message = append(r.Message, uint32(i))
		r.Data = append(r.Data, '\n')
	}
	return &r
}

func (r *sinkRun) write(numbers ...int) {
	r.Helper()
	var lines []string
	for _, n := range numbers {
		lines = append(lines, r.Row(n))
	}
	if refused, err := r.sink.Write(r.Context(), rows(lines...)); err != nil || refused != nil {
		r.Fatalf("%d: refused %v, %v", numbers, refused, err)
	}
}

func (r *sinkRun) flush() connectors.Mark {
	r.Helper()
	m, err := r.sink.Flush(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	return m
}

func (r *sinkRun) testBad() {
	r.Helper()
	refused, err := r.sink.Write(r.Context(), rows(r.Row(7), r.Bad, r.Bad, r.Row(8)))
	if err != nil {
		r.Fatal(err)
	}
	var indexes []int
	for _, one := range refused {
		indexes = append(indexes, one.Row)
		if one.Detail == "" {
			r.Error("a refusal without a reason")
		}
	}
	if !slices.Equal(indexes, []int{1, 2}) {
		r.Errorf("refused rows %v, not 1 and 2", indexes)
	}
	r.flush()
}

func (r *sinkRun) is(when string, want ...int) {
	r.Helper()
	got := r.Numbers(r.T)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.Errorf("%s: %v, not %v", when, got, want)
	}
}

func (r *sinkRun) close() {
	r.Helper()
	if err := r.sink.Close(); err != nil {
		r.Fatal(err)
	}
}
