// Package conformance holds connectors to what the engine counts on.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"

	"github.com/weavster/weavster/connectors"
)

// A SourceCase is a source that has something to read, in more than one batch.
type SourceCase struct {
	// Open gives a new source on the same messages.
	Open func(t *testing.T) connectors.Source
	// Messages are all that it has to give, each partition's in order.
	Messages map[string][]string

	// numbered are the messages by partition and number.
	numbered map[string]string
}

// Source runs the suite.
func Source(t *testing.T, c SourceCase) {
	c.numbered = map[string]string{}
	t.Run("each message once, in order", c.testOrder)
	t.Run("goes on after any batch", c.testResume)
	t.Run("the end stays the end", c.testEnd)
	t.Run("ends with its context", c.testContext)
}

func (c SourceCase) open(t *testing.T, ends map[string]connectors.Position) connectors.Source {
	t.Helper()
	s := c.Open(t)
	t.Cleanup(func() { s.Close() })
	if err := s.Seek(t.Context(), ends); err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads to the end, and tells the messages by partition. After each
// batch it calls then with the places reached.
func (c SourceCase) read(t *testing.T, from map[string]connectors.Position, then func(map[string]connectors.Position, int)) map[string][]string {
	t.Helper()
	s := c.open(t, from)
	places, got, seen, read := map[string]connectors.Position{}, map[string][]string{}, map[string]bool{}, 0
	for partition, place := range from {
		places[partition] = place
	}
	for {
		b, err := s.Read(t.Context())
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		if string(b.From) != string(places[b.Partition]) {
			t.Errorf("a batch of %s begins at %q, and the one before ended at %q", b.Partition, b.From, places[b.Partition])
		}
		if string(b.To) == string(b.From) {
			t.Errorf("a batch of %s doesn't get on from %s", b.Partition, b.From)
		}
		c.number(t, b, seen)
		places[b.Partition] = b.To
		for i := range b.Len() {
			got[b.Partition] = append(got[b.Partition], string(b.Message(i)))
		}
		read += b.Read()
		b.Release()
		if then != nil {
			then(places, read)
		}
	}
}

// number holds a batch to it that a message has a number of its own, in this
// run and in any other.
func (c SourceCase) number(t *testing.T, b *connectors.Batch, seen map[string]bool) {
	t.Helper()
	if len(b.Lines) != b.Len() {
		t.Fatalf("%d messages have %d numbers", b.Len(), len(b.Lines))
	}
	for i, line := range b.Lines {
		who, message := fmt.Sprint(b.Partition, " ", line), string(b.Message(i))
		if seen[who] {
			t.Errorf("two messages are number %s", who)
		}
		seen[who] = true
		if other, known := c.numbered[who]; known && other != message {
			t.Errorf("number %s is %q, and was %q", who, message, other)
		}
		c.numbered[who] = message
	}
}

func (c SourceCase) testOrder(t *testing.T) { equal(t, c.Messages, c.read(t, nil, nil), "") }

func (c SourceCase) testResume(t *testing.T) {
	var stops []map[string]connectors.Position
	var read []int
	c.read(t, nil, func(places map[string]connectors.Position, n int) {
		stops = append(stops, maps.Clone(places))
		read = append(read, n)
	})
	if len(stops) < 2 {
		t.Fatalf("%d batches say nothing about going on; give the suite more messages", len(stops))
	}
	all := 0
	for _, messages := range c.Messages {
		all += len(messages)
	}
	for i, places := range stops {
		want, left := map[string][]string{}, 0
		rest := c.read(t, places, nil)
		for partition, messages := range rest {
			whole := c.Messages[partition]
			want[partition] = whole[max(0, len(whole)-len(messages)):]
			left += len(messages)
		}
		equal(t, want, rest, fmt.Sprintf("after batch %d", i))
		if read[i]+left != all {
			t.Errorf("after batch %d: %d messages were read, %d are left, and there are %d", i, read[i], left, all)
		}
	}
}

func (c SourceCase) testEnd(t *testing.T) {
	s := c.open(t, nil)
	for {
		b, err := s.Read(t.Context())
		if err == nil {
			b.Release()
			continue
		}
		if _, again := s.Read(t.Context()); !errors.Is(err, io.EOF) || !errors.Is(again, io.EOF) {
			t.Errorf("%v, and then %v", err, again)
		}
		return
	}
}

func (c SourceCase) testContext(t *testing.T) {
	s := c.open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("reading without a context: %v", err)
	}
}

func equal(t *testing.T, want, got map[string][]string, when string) {
	t.Helper()
	for partition := range want {
		w, g := want[partition], got[partition]
		if len(w) != len(g) {
			t.Errorf("%s: %d messages, not %d %s", partition, len(g), len(w), when)
			continue
		}
		for i := range w {
			if w[i] != g[i] {
				t.Errorf("%s: message %d is %q, not %q %s", partition, i, g[i], w[i], when)
				break
			}
		}
	}
	for partition := range got {
		if _, ok := want[partition]; !ok {
			t.Errorf("messages of %s, which nobody wrote", partition)
		}
	}
}
