package observe

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Summary is what a run ends with.
type Summary struct {
	Project     string   `json:"project"`
	Interrupted bool     `json:"interrupted"`
	Flows       []Totals `json:"flows"`
	Hints       []string `json:"-"` // what to look at next, as commands
}

// WriteJSON writes the summary as one JSON object.
func (s *Summary) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(s)
}

// WriteTable writes the summary for people: what became of the messages, flow
// by flow, and where to look next.
func (s *Summary) WriteTable(w io.Writer) error {
	var b strings.Builder
	for i := range s.Flows {
		writeFlow(&b, &s.Flows[i])
	}
	if s.Interrupted {
		b.WriteString("\nStopped before the end of the input; the next run goes on here.\n")
	}
	if len(s.Hints) > 0 {
		b.WriteString("\nWhere to look next:\n  " + strings.Join(s.Hints, "\n  ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A line is one count of a flow.
type line struct{ name, number, note string }

func writeFlow(b *strings.Builder, f *Totals) {
	lines := []line{{"read", Grouped(f.Read), fmt.Sprintf("   in %.1f s, %s messages/s", f.Seconds, Grouped(int64(f.PerSecond)))}}
	add := func(name string, n int64) { lines = append(lines, line{name, Grouped(n), ""}) }
	for _, drop := range []struct {
		name string
		n    int64
	}{{"filtered", f.Filtered}, {"discarded", f.Discarded}, {"unmatched", f.Unmatched}} {
		if drop.n > 0 {
			add(drop.name, drop.n)
		}
	}
	for _, o := range f.Outputs {
		add("to "+o.Output, o.Rows)
	}
	add("dead letters", f.DeadLetters)
	state := ""
	if f.Error != "" {
		state = ", failed"
	}
	names, numbers := 0, 0
	for _, l := range lines {
		names, numbers = max(names, utf8.RuneCountInString(l.name)), max(numbers, len(l.number))
	}
	fmt.Fprintf(b, "flow %s%s\n", f.Flow, state)
	for _, l := range lines {
		fmt.Fprintf(b, "  %-*s  %*s%s\n", names, l.name, numbers, l.number, l.note)
	}
}

// Grouped is a number with its digits in threes: 1,234,567.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(digits) - 3; i > start; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
