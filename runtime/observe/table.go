package observe

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
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
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i := range s.Flows {
		writeFlow(t, &s.Flows[i])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(s.Hints) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nWhere to look next:\n  %s\n", strings.Join(s.Hints, "\n  "))
	return err
}

func writeFlow(t io.Writer, f *Totals) {
	row := func(name string, n int64, note string) {
		fmt.Fprintf(t, "  %s\t%s\t  %s\n", name, Grouped(n), note)
	}
	state := ""
	if f.Error != "" {
		state = ", failed"
	}
	fmt.Fprintf(t, "flow %s%s\t\t\n", f.Flow, state)
	row("read", f.Read, fmt.Sprintf("in %.1f s, %s messages/s", f.Seconds, Grouped(int64(f.PerSecond))))
	for _, drop := range []struct {
		name string
		n    int64
	}{{"filtered", f.Filtered}, {"discarded", f.Discarded}, {"unmatched", f.Unmatched}} {
		if drop.n > 0 {
			row(drop.name, drop.n, "")
		}
	}
	for _, o := range f.Outputs {
		row("to "+o.Output, o.Rows, "")
	}
	row("dead letters", f.DeadLetters, "")
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
