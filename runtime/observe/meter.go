// Package observe tells people and programs how flows are doing.
package observe

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Counts are what became of messages. All but Rows and Rejected count
// messages.
type Counts struct {
	Read      int64   // settled messages, the ones that the source refused included
	Filtered  int64   // drops on purpose, of a message, a part of it or its way to one output
	Discarded int64   //
	Unmatched int64   //
	Dead      int64   // dead letters
	Ended     int64   // messages that ended as a whole: dropped, or dead letters
	Routed    int64   // messages that went to at least one output
	Rows      []int64 // rows delivered, by output
}

// Add adds other to c.
func (c *Counts) Add(other *Counts) {
	c.Read += other.Read
	c.Filtered += other.Filtered
	c.Discarded += other.Discarded
	c.Unmatched += other.Unmatched
	c.Dead += other.Dead
	c.Ended += other.Ended
	c.Routed += other.Routed
	for i := range other.Rows {
		c.Rows[i] += other.Rows[i]
	}
}

// A Meter counts one flow's messages while it runs. It is safe for
// concurrent use.
type Meter struct {
	Flow    string
	Outputs []string

	mutex   sync.Mutex
	counts  Counts
	started time.Time
	ended   time.Time
	waiting atomic.Pointer[string]
}

// NewMeter counts a flow that starts now.
func NewMeter(flow string, outputs []string) *Meter {
	return &Meter{Flow: flow, Outputs: outputs, started: time.Now(), counts: Counts{Rows: make([]int64, len(outputs))}}
}

// Settled adds what was committed.
func (m *Meter) Settled(c *Counts) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.counts.Add(c)
}

// Wait says what the flow waits for; "" that it goes on.
func (m *Meter) Wait(why string) { m.waiting.Store(&why) }

// End stops the clock.
func (m *Meter) End() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.ended = time.Now()
}

// Totals are the counts so far.
func (m *Meter) Totals() Totals {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	end := m.ended
	if end.IsZero() {
		end = time.Now()
	}
	t := Totals{
		Flow: m.Flow, Read: m.counts.Read, Filtered: m.counts.Filtered, Discarded: m.counts.Discarded,
		Unmatched: m.counts.Unmatched, DeadLetters: m.counts.Dead, Seconds: end.Sub(m.started).Seconds(),
		unaccounted: m.counts.Read - m.counts.Ended - m.counts.Routed,
	}
	for i, name := range m.Outputs {
		t.Outputs = append(t.Outputs, Delivered{Output: name, Rows: m.counts.Rows[i]})
	}
	if t.Seconds > 0 {
		t.PerSecond = float64(t.Read) / t.Seconds
	}
	if why := m.waiting.Load(); why != nil {
		t.Waiting = *why
	}
	return t
}

// Totals are a flow's counts, as they are shown.
type Totals struct {
	Flow        string      `json:"flow"`
	Read        int64       `json:"read"`
	Filtered    int64       `json:"filtered"`
	Discarded   int64       `json:"discarded"`
	Unmatched   int64       `json:"unmatched"`
	Outputs     []Delivered `json:"outputs"`
	DeadLetters int64       `json:"dead_letters"`
	Seconds     float64     `json:"seconds"`
	PerSecond   float64     `json:"messages_per_second"`
	Waiting     string      `json:"waiting,omitempty"`
	Error       string      `json:"error,omitempty"`

	unaccounted int64
}

// A Delivered is one output's share.
type Delivered struct {
	Output string `json:"output"`
	Rows   int64  `json:"rows"`
}

// Check says if the counts don't add up: then a message was lost, or came
// twice, and the run failed whatever else it says.
func (t *Totals) Check() error {
	if t.unaccounted != 0 {
		return fmt.Errorf("flow %s: %d of %d messages are unaccounted for", t.Flow, t.unaccounted, t.Read)
	}
	return nil
}
