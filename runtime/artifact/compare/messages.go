package compare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/document"
	"github.com/weavster/weavster/runtime/explain"
	"github.com/weavster/weavster/runtime/module"
)

// How much is told: the first messages, one for all in which the same fields
// and ends differ, and of each the first fields.
const (
	maxMessages = 20
	maxFields   = 20
)

// batchSize is how many messages are run at once.
const batchSize = 200

// A Side is one version of a flow, with its variables and tables.
type Side struct {
	Manifest  *contract.Manifest
	Instances *module.Flow
}

// Samples are messages to compare two versions by.
type Samples struct {
	Flow     string
	Messages [][]byte
	Meta     []byte // a JSON object, that of every message
	Now      time.Time
}

// Messages are what sample messages come to.
type Messages struct {
	Flow      string    `json:"flow"`
	Count     int       `json:"count"`
	Different int       `json:"different"`
	Outputs   []Output  `json:"outputs"`
	Ends      []EndOf   `json:"ends,omitempty"`   // without delivery, of either side
	Fields    []FieldOf `json:"fields,omitempty"` // that differ
	First     []Message `json:"first,omitempty"`  // one of each kind
}

// FieldOf counts the messages in whose rows a field differs.
type FieldOf struct {
	Output string `json:"output"`
	Path   string `json:"path"` // an item of an array is any
	Count  int    `json:"count"`
}

// An Output counts the rows of one.
type Output struct {
	Output  string `json:"output"`
	From    int    `json:"from"` // rows
	To      int    `json:"to"`
	Changed int    `json:"changed"` // messages whose rows for it differ
}

// EndOf counts messages that ended in one way.
type EndOf struct {
	End  string `json:"end"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// A Message is one that comes to something else.
type Message struct {
	Number int    `json:"number"`          // from 1
	Alike  int    `json:"alike,omitempty"` // messages more in which the same differs
	Rows   []Pair `json:"rows,omitempty"`
	// Ended and Ends are how it, or its way to an output, ended otherwise.
	Ended []string `json:"ended,omitempty"` // before, and no more
	Ends  []string `json:"ends,omitempty"`  // now, and not before
}

// A Pair is the row that takes the place of another. One side may be missing.
type Pair struct {
	Output  string           `json:"output"`
	Row     int              `json:"row"` // of the message's for this output, from 1
	From    json.RawMessage  `json:"from,omitempty"`
	To      json.RawMessage  `json:"to,omitempty"`
	Changes []explain.Change `json:"changes,omitempty"` // where both are there
	More    int              `json:"more,omitempty"`    // changes that aren't listed
}

// Run puts sample messages through two versions of a flow.
func Run(ctx context.Context, from, to *Side, s *Samples) (*Messages, error) {
	fields := append(slices.Clone(from.Manifest.Sensitive), to.Manifest.Sensitive...)
	c := &comparison{sides: [2]*Side{from, to}, samples: s, mask: explain.NewMask(fields), ends: map[string][2]int{}, fields: map[FieldOf]int{}, kinds: map[string]int{}, outputs: map[string]*Output{},
		report: &Messages{Flow: s.Flow, Count: len(s.Messages), Outputs: []Output{}}}
	for _, side := range c.sides {
		for _, o := range side.Manifest.Outputs {
			if c.outputs[o.Name] == nil {
				c.outputs[o.Name] = &Output{Output: o.Name}
				c.names = append(c.names, o.Name)
			}
		}
	}
	for first := 0; first < len(s.Messages); first += batchSize {
		if err := c.batch(ctx, first, s.Messages[first:min(first+batchSize, len(s.Messages))]); err != nil {
			return nil, err
		}
	}
	for _, name := range c.names {
		c.report.Outputs = append(c.report.Outputs, *c.outputs[name])
	}
	for _, end := range slices.Sorted(maps.Keys(c.ends)) {
		c.report.Ends = append(c.report.Ends, EndOf{end, c.ends[end][0], c.ends[end][1]})
	}
	for f, n := range c.fields {
		f.Count = n
		c.report.Fields = append(c.report.Fields, f)
	}
	slices.SortFunc(c.report.Fields, func(a, b FieldOf) int {
		return cmp.Or(cmp.Compare(slices.Index(c.names, a.Output), slices.Index(c.names, b.Output)), cmp.Compare(a.Path, b.Path))
	})
	return c.report, nil
}

// A comparison is under way.
type comparison struct {
	sides   [2]*Side
	samples *Samples
	mask    explain.Mask
	report  *Messages
	names   []string // of outputs
	outputs map[string]*Output
	ends    map[string][2]int
	fields  map[FieldOf]int
	kinds   map[string]int // places in report.First
}

// outcome is what one message comes to.
type outcome struct {
	rows map[string][][]byte // by output
	ends []string
}

func (c *comparison) batch(ctx context.Context, first int, messages [][]byte) error {
	b := &contract.Batch{Origin: contract.OriginOf(c.samples.Flow, "", "diff"), Now: c.samples.Now}
	for i, message := range messages {
		b.Payload, b.Ends = frame(b.Payload, b.Ends, message)
		b.Meta, b.MetaEnds = frame(b.Meta, b.MetaEnds, c.samples.Meta)
		b.Numbers = append(b.Numbers, int64(first+i)+1)
	}
	var both [2][]outcome
	for i, side := range c.sides {
		outcomes, err := side.run(ctx, b)
		if err != nil {
			return err
		}
		both[i] = outcomes
	}
	for i, message := range messages {
		c.compare(first+i+1, message, [2]*outcome{&both[0][i], &both[1][i]})
	}
	return nil
}

func frame(text []byte, ends []uint32, one []byte) ([]byte, []uint32) {
	text = append(text, one...)
	return append(text, '\n'), append(ends, uint32(len(text)))
}

// run is what each message of a batch comes to.
func (s *Side) run(ctx context.Context, b *contract.Batch) ([]outcome, error) {
	instance, err := s.Instances.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Instances.Release(instance)
	result, err := instance.Process(ctx, b)
	if err != nil {
		return nil, err
	}
	list := make([]outcome, b.Len())
	for i := range list {
		list[i].rows = map[string][][]byte{}
	}
	for i := range result.Outputs {
		rows := &result.Outputs[i]
		for j := range rows.Len() {
			of := list[rows.Message[j]].rows
			of[s.output(i)] = append(of[s.output(i)], bytes.Clone(rows.Row(j)))
		}
	}
	for _, d := range result.Drops {
		list[d.Message].end(s.ending(dropped[d.Reason], d.Output, d.Step))
	}
	for _, f := range result.Failures {
		what := fmt.Sprintf("dead-lettered with W%04d", f.Code)
		if f.Action == contract.Stop {
			what = fmt.Sprintf("stops the flow with W%04d", f.Code)
		}
		if f.Field != "" {
			what += " of " + f.Field
		}
		list[f.Message].end(s.ending(what, f.Output, f.Step))
	}
	return list, nil
}

var dropped = map[contract.DropReason]string{contract.Filtered: "filtered", contract.Discarded: "discarded", contract.Unmatched: "taken by no output"}

func (s *Side) output(i int) string { return s.Manifest.Outputs[i].Name }

// ending is how a message, or its way to an output, ended.
func (s *Side) ending(what string, output, step int) string {
	if step >= 0 {
		what += " by " + s.Manifest.Steps[step].ID
	}
	if output >= 0 {
		what += " on the way to " + s.output(output)
	}
	return what
}

func (o *outcome) end(text string) {
	if !slices.Contains(o.ends, text) { // parts of a message may end alike
		o.ends = append(o.ends, text)
	}
}

// compare notes what one message comes to on both sides.
func (c *comparison) compare(number int, message []byte, both [2]*outcome) {
	for side, o := range both {
		for _, end := range o.ends {
			count := c.ends[end]
			count[side]++
			c.ends[end] = count
		}
	}
	one := Message{Number: number, Ended: without(both[0].ends, both[1].ends), Ends: without(both[1].ends, both[0].ends)}
	c.learn(message)
	for _, name := range c.names {
		from, to := both[0].rows[name], both[1].rows[name]
		c.outputs[name].From += len(from)
		c.outputs[name].To += len(to)
		if pairs := c.pairs(name, from, to); len(pairs) > 0 {
			c.outputs[name].Changed++
			one.Rows = append(one.Rows, pairs...)
		}
	}
	if len(one.Rows)+len(one.Ended)+len(one.Ends) == 0 {
		return
	}
	c.report.Different++
	kind := c.kind(&one)
	if at, seen := c.kinds[kind]; seen {
		c.report.First[at].Alike++
	} else if len(c.report.First) < maxMessages {
		c.kinds[kind] = len(c.report.First)
		c.report.First = append(c.report.First, one)
	}
}

var place = regexp.MustCompile(`\[\d+\]`)

// kind says what differs of a message, apart from values, and counts fields.
func (c *comparison) kind(m *Message) string {
	seen := map[FieldOf]bool{}
	texts := append(slices.Clone(m.Ended), m.Ends...)
	for _, p := range m.Rows {
		if p.Changes == nil {
			texts = append(texts, fmt.Sprintf("%q %t", p.Output, p.From == nil))
		}
		for _, change := range p.Changes {
			seen[FieldOf{Output: p.Output, Path: place.ReplaceAllString(change.Path, "[]")}] = true
		}
	}
	for f := range seen {
		texts = append(texts, fmt.Sprintf("%q", []string{f.Output, f.Path}))
		c.fields[f]++
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

func (c *comparison) learn(text []byte) {
	if v, err := document.Parse(text); err == nil {
		c.mask.Learn(v)
	}
}

// pairs are the rows of an output that differ, row by row.
func (c *comparison) pairs(name string, from, to [][]byte) (list []Pair) {
	for i := range max(len(from), len(to)) {
		var a, b []byte
		if i < len(from) {
			a = from[i]
		}
		if i < len(to) {
			b = to[i]
		}
		if i < len(from) && i < len(to) && bytes.Equal(a, b) {
			continue
		}
		if pair := c.pair(a, b); pair != nil {
			pair.Output, pair.Row = name, i+1
			list = append(list, *pair)
		}
	}
	return list
}

// pair compares two rows, nil for none; nothing where only the order of keys
// or spaces differ.
func (c *comparison) pair(from, to []byte) *Pair {
	var both [2]*document.Value
	for i, row := range [][]byte{from, to} {
		if row == nil {
			continue
		}
		v, err := document.Parse(row)
		if err != nil { // modules give JSON; a forged one may not
			v = &document.Value{Kind: '"', Text: "what isn't JSON: " + string(row)}
		}
		c.mask.Learn(v)
		both[i] = v
	}
	p := &Pair{}
	switch {
	case both[0] == nil:
		p.To = c.mask.Show(both[1])
	case both[1] == nil:
		p.From = c.mask.Show(both[0])
	default:
		p.Changes = c.mask.Changes(both[0], both[1])
		if len(p.Changes) == 0 {
			return nil
		}
		if n := len(p.Changes); n > maxFields {
			p.Changes, p.More = p.Changes[:maxFields], n-maxFields
		}
	}
	return p
}
