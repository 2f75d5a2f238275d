package oracle

import (
	"fmt"
	"sort"
	"strings"
)

// An End is how the way of a message to one output has to end.
type End uint8

// The ends.
const (
	Nowhere End = iota // it isn't sent there
	Delivered
	Refused // a dead letter of that output
	Settled // delivered or refused, as time will have it
)

// A Promise is how often a message may arrive.
type Promise uint8

// The promises.
const (
	Once        Promise = iota // exactly
	AtLeastOnce                // repeats are counted
)

// An Order is which messages of one input file arrive in their order. What
// comes again doesn't count.
type Order uint8

// The orders.
const (
	AnyOrder Order = iota
	ByKey
	BySource
)

// An Output is where rows are looked for, and what was promised of it.
type Output struct {
	Name    string // of the connector, as dead letters have it
	Ends    func(Fate) End
	Promise Promise
	Order   Order
}

// A Row is what was found of a message in an output.
type Row struct {
	N        int
	Key, Sum string
}

// A Letter is what was found of a message in the dead letters.
type Letter struct {
	N       int // -1: of no message of the plan
	Output  string
	Source  string
	Payload string
}

// Found is everything that a project wrote.
type Found struct {
	Rows    map[string][]Row // by output, in the order in which they arrived
	Letters []Letter         // in the table
	Copies  []Letter         // in the flow's dead letter connector; nil: it has none
}

// A Verdict is what is wrong, and how often what may repeat did.
type Verdict struct {
	Problems []string
	Repeats  int
}

// shown is how many problems of one kind are told.
const shown = 5

// Err is nil if nothing is wrong.
func (v Verdict) Err() error {
	if len(v.Problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(v.Problems, "\n"))
}

// A kind of problem at one place: told once, with the first few messages.
type complaints map[string][]int

func (c complaints) add(n int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c[text] = append(c[text], n)
}

func (c complaints) list(p Plan) []string {
	var all []string
	for text, numbers := range c {
		line := fmt.Sprintf("%s: %d messages:", text, len(numbers))
		for _, n := range numbers[:min(shown, len(numbers))] {
			line += fmt.Sprintf(" %d", n)
			if n >= 0 && n < p.Messages {
				line += fmt.Sprintf(" (%s, %s)", p.Fate(n), p.Source(n))
			}
		}
		all = append(all, line)
	}
	sort.Strings(all)
	return all
}

// Judge holds what was found against what had to be.
func (p Plan) Judge(outputs []Output, found Found) Verdict {
	c, v := complaints{}, Verdict{}
	letters := p.letters(c, "the dead letters", found.Letters)
	if found.Copies != nil {
		copies := p.letters(c, "the dead letter connector", found.Copies)
		compare(c, letters, copies)
	}
	for _, o := range outputs {
		p.judge(c, &v, o, found.Rows[o.Name], letters)
	}
	p.judgeWhole(c, outputs, letters)
	v.Problems = c.list(p)
	return v
}

// A way is a message's to one output; "" is all of the message.
type way struct {
	n      int
	output string
}

// letters counts the letters of each way, and holds their bytes and place
// against the message that they are of. (rule 8)
func (p Plan) letters(c complaints, where string, list []Letter) map[way]int {
	counts := map[way]int{}
	for _, l := range list {
		if l.N < 0 || l.N >= p.Messages {
			c.add(l.N, "%s have one of no message", where)
			continue
		}
		if l.Payload != string(p.AppendMessage(nil, l.N)) {
			c.add(l.N, "%s don't have the bytes that were read", where)
		}
		if l.Source != p.Source(l.N) {
			c.add(l.N, "%s name another place", where)
		}
		counts[way{l.N, l.Output}]++
	}
	return counts
}

func compare(c complaints, table, connector map[way]int) {
	for w, n := range table {
		if connector[w] < n {
			c.add(w.n, "missing in the dead letter connector, for output %q", w.output)
		}
	}
	for w, n := range connector {
		if table[w] < n {
			c.add(w.n, "more often in the dead letter connector than in the table, for output %q", w.output)
		}
	}
}

// judge looks at one output.
func (p Plan) judge(c complaints, v *Verdict, o Output, rows []Row, letters map[way]int) {
	arrived := make([]int, p.Messages)
	for _, r := range rows {
		if r.N < 0 || r.N >= p.Messages {
			c.add(r.N, "%s has a row of no message", o.Name)
			continue
		}
		if r.Sum != p.Sum(r.N) || r.Key != p.Key(r.N) {
			c.add(r.N, "%s has a row that isn't the message's", o.Name)
		}
		arrived[r.N]++
	}
	for n, times := range arrived {
		dead := letters[way{n, o.Name}]
		if times > 1 {
			v.Repeats += times - 1
			if o.Promise == Once {
				c.add(n, "more than once in %s", o.Name)
			}
		}
		p.judgeEnd(c, o, n, times > 0, dead)
	}
	p.judgeOrder(c, o, rows)
}

func (p Plan) judgeEnd(c complaints, o Output, n int, there bool, dead int) {
	end := o.Ends(p.Fate(n))
	switch {
	case dead > 1:
		c.add(n, "%d dead letters for %s", dead, o.Name)
	case there && dead > 0:
		c.add(n, "in %s and dead too", o.Name)
	case there && (end == Nowhere || end == Refused):
		c.add(n, "in %s, where it shouldn't be", o.Name)
	case dead > 0 && (end == Nowhere || end == Delivered):
		c.add(n, "dead for %s, which takes it", o.Name)
	case !there && dead == 0 && end != Nowhere:
		c.add(n, "missing in %s", o.Name)
	}
}

// judgeWhole looks for the messages that failed before any output.
func (p Plan) judgeWhole(c complaints, outputs []Output, letters map[way]int) {
	for n := range p.Messages {
		want := 0
		if fate := p.Fate(n); fate == Fail || fate == Broken {
			want = 1
		}
		if got := letters[way{n, ""}]; got != want {
			c.add(n, "%d dead letters as a whole, not %d", got, want)
		}
	}
	known := map[string]bool{"": true}
	for _, o := range outputs {
		known[o.Name] = true
	}
	for w := range letters {
		if !known[w.output] {
			c.add(w.n, "dead for %s, which the flow doesn't have", w.output)
		}
	}
}

// judgeOrder looks at each message when it came first.
func (p Plan) judgeOrder(c complaints, o Output, rows []Row) {
	if o.Order == AnyOrder {
		return
	}
	last := map[string]int{}
	seen := map[int]bool{}
	for _, r := range rows {
		if r.N < 0 || r.N >= p.Messages || seen[r.N] {
			continue
		}
		seen[r.N] = true
		line := fmt.Sprint(p.File(r.N))
		if o.Order == ByKey {
			line += " " + p.Key(r.N)
		}
		if before, ok := last[line]; ok && before > r.N {
			c.add(r.N, "in %s after one that it comes before", o.Name)
		}
		last[line] = max(last[line], r.N)
	}
}
