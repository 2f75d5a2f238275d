package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Print writes the report for people. Colour is for terminals.
func (r *Report) Print(w io.Writer, colour bool) error {
	p := &printer{colour: colour}
	p.line(0, "%s -> %s", r.From, r.To)
	if r.Size != nil {
		p.line(0, "size %s", r.Size)
	}
	for _, name := range r.Removed {
		p.line(0, "%s", p.paint(red, "- flow "+name))
	}
	for _, name := range r.Added {
		p.line(0, "%s", p.paint(green, "+ flow "+name))
	}
	for _, f := range r.Changed {
		p.flow(f)
	}
	for i := range r.Files {
		p.file(0, &r.Files[i])
	}
	for _, m := range r.Messages {
		p.messages(m)
	}
	if len(r.Unchanged) > 0 {
		p.line(0, "the same: %s", strings.Join(r.Unchanged, ", "))
	}
	if r.Same() {
		p.line(0, "no difference")
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

type printer struct {
	b      strings.Builder
	colour bool
}

// A painted text shows all that is in it, and may be in a colour.
type painted string

// paint shows text that may be anybody's, in a colour.
func (p *printer) paint(code, text string) painted {
	if text = visible(text); !p.colour {
		return painted(text)
	}
	return painted("\x1b[" + code + "m" + text + "\x1b[0m")
}

func (p *printer) line(depth int, format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = visible(text)
		}
	}
	p.b.WriteString(strings.Repeat("  ", depth) + fmt.Sprintf(format, args...) + "\n")
}

// String is the two sizes, and by how much they differ.
func (n *Numbers) String() string {
	return fmt.Sprintf("%d -> %d bytes (%+d)", n.From, n.To, n.To-n.From)
}

func (p *printer) flow(f *Flow) {
	p.line(0, "%s", p.paint(bold, "flow "+f.Name))
	if f.Module != nil {
		p.line(1, "module %s", f.Module)
	} else {
		p.line(1, "module the same, byte for byte")
	}
	for _, note := range f.Notes {
		p.line(1, "not compared: %s", note)
	}
	p.changes("needs", f.Needs)
	p.changes("build", f.Build)
	for i := range f.Tables {
		p.table(&f.Tables[i])
	}
	p.lineage(f.Lineage)
	p.diff("text", f.Text)
	for i := range f.Sources {
		p.file(1, &f.Sources[i])
	}
	p.diff("program", f.Program)
}

func (p *printer) changes(title string, list []Change) {
	if len(list) == 0 {
		return
	}
	p.line(1, "%s", title)
	for _, c := range list {
		name := strings.TrimSpace(c.What + " " + c.Name)
		switch {
		case c.From == "" && c.To == "yes":
			p.line(2, "%s", p.paint(green, "+ "+name))
		case c.To == "" && c.From == "yes":
			p.line(2, "%s", p.paint(red, "- "+name))
		case c.From == "":
			p.line(2, "%s", p.paint(green, "+ "+name+": "+c.To))
		case c.To == "":
			p.line(2, "%s", p.paint(red, "- "+name+": "+c.From))
		default:
			p.line(2, "%s", p.paint(yellow, "~ "+name+": "+c.From+" -> "+c.To))
		}
	}
}

func (p *printer) table(t *Table) {
	if t.Note != "" {
		p.line(1, "table %s: %s", t.Path, t.Note)
		return
	}
	by := ""
	if len(t.Key) > 0 {
		by = " by " + strings.Join(t.Key, ", ")
	}
	p.line(1, "table %s%s: %d rows added, %d removed, %d changed", t.Path, by, t.Added, t.Removed, t.Changed)
	for _, c := range t.Columns {
		if c.To != "" {
			p.line(2, "%s", p.paint(green, "+ column "+c.Key))
		} else {
			p.line(2, "%s", p.paint(red, "- column "+c.Key))
		}
	}
	for _, r := range t.Rows {
		switch {
		case r.From == "":
			p.line(2, "%s", p.paint(green, "+ "+r.Key+": "+r.To))
		case r.To == "":
			p.line(2, "%s", p.paint(red, "- "+r.Key+": "+r.From))
		default:
			p.line(2, "%s", p.paint(yellow, "~ "+r.Key+": "+r.From+" -> "+r.To))
		}
	}
	if n := t.Added + t.Removed + t.Changed - len(t.Rows); n > 0 {
		p.line(2, "and %d more", n)
	}
}

var parts = map[string]string{
	"absent": "never there", "control": "comes there by", "errors": "may fail of", "dropped": "dropped", "sensitive": "sensitive",
}

func (p *printer) lineage(list []LineageChange) {
	output := ""
	for _, c := range list {
		if c.Output != output {
			output = c.Output
			p.line(1, "lineage of %s", output)
		}
		name := parts[c.Part]
		if c.Part == "field" {
			name = label(c.Field)
		}
		p.line(2, "%s", name)
		for _, text := range c.Removed {
			p.line(3, "%s", p.paint(red, "- "+text))
		}
		for _, text := range c.Added {
			p.line(3, "%s", p.paint(green, "+ "+text))
		}
	}
}

func (p *printer) file(depth int, f *File) {
	switch {
	case f.Came:
		p.line(depth, "%s", p.paint(green, fmt.Sprintf("+ %s (%d bytes)", f.Path, f.Size.To)))
	case f.Gone:
		p.line(depth, "%s", p.paint(red, fmt.Sprintf("- %s (%d bytes)", f.Path, f.Size.From)))
	default:
		p.line(depth, "%s", p.paint(yellow, fmt.Sprintf("~ %s %s", f.Path, f.Size)))
		p.unified(depth+1, f.Diff)
	}
}

func (p *printer) diff(title, diff string) {
	if diff != "" {
		p.line(1, "%s", title)
		p.unified(2, diff)
	}
}

// colours are those of lines, by their first character.
var colours = map[string]string{"+": green, "-": red, "@": cyan}

func (p *printer) unified(depth int, diff string) {
	for text := range strings.Lines(diff) {
		text = strings.TrimSuffix(text, "\n")
		if code := colours[text[:min(1, len(text))]]; code != "" {
			p.line(depth, "%s", p.paint(code, text))
		} else {
			p.line(depth, "%s", text)
		}
	}
}

func (p *printer) messages(m *Messages) {
	p.line(0, "%s", p.paint(bold, fmt.Sprintf("%d messages through %s: %d come out otherwise", m.Count, m.Flow, m.Different)))
	width := len("output")
	for _, o := range m.Outputs {
		width = max(width, len(o.Output))
	}
	for _, e := range m.Ends {
		width = max(width, len(e.End))
	}
	p.line(1, "%-*s  %8s  %8s  %8s", width, "", "from", "to", "changed")
	for _, o := range m.Outputs {
		p.line(1, "%-*s  %8d  %8d  %8d", width, o.Output, o.From, o.To, o.Changed)
	}
	for _, e := range m.Ends {
		p.line(1, "%-*s  %8d  %8d", width, e.End, e.From, e.To)
	}
	for _, f := range m.Fields {
		p.line(1, "%s: %s differs in %d messages", f.Output, whole(f.Path), f.Count)
	}
	rest := m.Different
	for i := range m.First {
		p.message(&m.First[i])
		rest -= 1 + m.First[i].Alike
	}
	if rest > 0 {
		p.line(1, "and %d messages more", rest)
	}
}

func (p *printer) message(m *Message) {
	alike := ""
	if m.Alike > 0 {
		alike = fmt.Sprintf(", and %d more in which the same differs", m.Alike)
	}
	p.line(1, "message %d%s", m.Number, alike)
	for _, end := range m.Ended {
		p.line(2, "%s", p.paint(red, "- "+end))
	}
	for _, end := range m.Ends {
		p.line(2, "%s", p.paint(green, "+ "+end))
	}
	for _, pair := range m.Rows {
		place := pair.Output
		if pair.Row > 1 {
			place += fmt.Sprintf(", row %d", pair.Row)
		}
		switch {
		case pair.From != nil:
			p.line(2, "%s", p.paint(red, "- "+place+": "+short(pair.From)))
			continue
		case pair.To != nil:
			p.line(2, "%s", p.paint(green, "+ "+place+": "+short(pair.To)))
			continue
		}
		p.line(2, "%s", place)
		for _, c := range pair.Changes {
			p.line(3, "%s", p.paint(yellow, fmt.Sprintf("%s: %s -> %s", whole(c.Path), value(c.Before), value(c.After))))
		}
		if pair.More > 0 {
			p.line(3, "and %d fields more", pair.More)
		}
	}
}

func value(v json.RawMessage) string {
	if v == nil {
		return "nothing"
	}
	return short(v)
}

// maxShown is how much of a value a line shows.
const maxShown = 160

func short(v json.RawMessage) string {
	if text := []rune(string(v)); len(text) > maxShown {
		return string(text[:maxShown]) + "…"
	}
	return string(v)
}
