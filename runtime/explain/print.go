package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weavster/weavster/codegen/contract"
)

// maxShown is how much of a value or an expression a line shows.
const maxShown = 120

// Print writes the report for people: line numbers on the left, under each
// step what it read and what it changed. Colour is for terminals.
func (r *Report) Print(w io.Writer, colour bool) error {
	p := printer{colour: colour}
	p.line(0, 0, "%s (%s)", p.paint(bold, r.Flow), r.File)
	if r.Message != nil {
		p.line(0, 0, "message  %s", visible(string(r.Message)))
	}
	p.b.WriteByte('\n')
	for i := range r.Way {
		p.entry(&r.Way[i])
	}
	if len(r.Way) > 0 {
		p.b.WriteByte('\n')
	}
	for i := range r.Ends {
		p.end(&r.Ends[i])
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

type printer struct {
	b      strings.Builder
	colour bool
}

func (p *printer) paint(code, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// line writes a line behind the number of a line of the flow's file, or 0.
func (p *printer) line(number, depth int, format string, args ...any) {
	gutter := ""
	if number > 0 {
		gutter = p.paint(dim, fmt.Sprintf("%4d", number)) + "  "
	} else if depth > 0 {
		gutter = "      "
	}
	p.b.WriteString(strings.TrimRight(gutter+strings.Repeat("  ", depth)+fmt.Sprintf(format, args...), " ") + "\n")
}

func (p *printer) entry(e *Entry) {
	depth := e.Depth
	if e.Output != "" {
		depth++ // under its output
	}
	switch e.Kind {
	case "item", "part":
		p.line(e.Line, depth, "%s %d of %s", e.Kind, e.Number, p.paint(bold, e.Name))
		return
	case "output":
		p.line(e.Line, depth, "→ %s  %s", p.paint(bold, e.Name), p.did(e))
	default:
		name := p.paint(bold, e.Name)
		if e.Name != e.Transform && !strings.HasSuffix(e.Name, "/"+e.Transform) {
			name += " (" + e.Transform + ")"
		}
		if e.Did != "ran" {
			name += "  " + p.did(e)
		} else if e.idle() {
			name += "  " + p.paint(dim, "changed nothing")
		}
		if e.File != "" {
			name += "  " + p.paint(dim, visible(e.File))
		}
		p.line(e.Line, depth, "%s", name)
	}
	if e.When != nil {
		p.line(e.When.Line, depth+1, "when %s", p.expression(e.When))
	}
	p.details(e, depth+1)
}

// did is what a step or output did, in red where that was to fail.
func (p *printer) did(e *Entry) string {
	if e.Error == nil {
		return e.Did
	}
	return p.paint(red, e.Did+": "+e.Error.text())
}

// details are a step's expressions and changes: a field beside the expression
// that made it.
func (p *printer) details(e *Entry, depth int) {
	width := 0
	for _, c := range e.Changes {
		width = max(width, min(utf8.RuneCountInString(c.name()), 40))
	}
	shown := map[string]bool{}
	for i := range e.Expressions {
		x := &e.Expressions[i]
		if c := e.change(x.Into); c != nil {
			shown[c.Path] = true
			p.line(x.Line, depth, "%s%s", p.change(c, width), p.origin(x))
		} else if x.Into != "" && x.Into != x.path() {
			p.line(x.Line, depth, "  %s = %s", visible(x.Into), p.expression(x))
		} else {
			p.line(x.Line, depth, "%s", p.expression(x))
		}
	}
	for i := range e.Changes {
		if c := &e.Changes[i]; !shown[c.Path] {
			p.line(0, depth, "%s", p.change(c, width))
		}
	}
	if e.NotKept {
		p.line(0, depth, "what it changed is more than a trace keeps")
	}
}

// origin is the expression behind a change. The change shows its value, and
// that of a field which is taken alone with it; a field that a step turns into
// something else in its place, as convert does, has no other origin.
func (p *printer) origin(s *Shown) string {
	switch path := s.path(); path {
	case "":
		x := *s
		x.Result = nil
		return "  = " + p.expression(&x)
	case s.Into:
		return ""
	default:
		return "  = " + cut(visible(path))
	}
}

// path is the expression's one field, where it is nothing but that.
func (s *Shown) path() string {
	if len(s.Reads) == 1 && s.Reads[0].Name == s.Source {
		return s.Source
	}
	return ""
}

// idle is whether there is nothing to say of a step but that it ran.
func (e *Entry) idle() bool {
	decided := slices.ContainsFunc(e.Expressions, func(s Shown) bool { return s.form == contract.FormCondition })
	return len(e.Changes) == 0 && !e.NotKept && !e.outer && !decided && e.Transform != "split" // its parts follow
}

// change is the one change of a field itself, not of what is inside of it.
func (e *Entry) change(path string) *Change {
	for i := range e.Changes {
		if path != "" && e.Changes[i].Path == path {
			return &e.Changes[i]
		}
	}
	return nil
}

func (c *Change) name() string {
	if c.From != "" {
		return visible(c.From + " → " + c.Path)
	}
	return visible(c.Path)
}

func (p *printer) change(c *Change, width int) string {
	name := fmt.Sprintf("%-*s", width, c.name())
	switch {
	case c.From != "":
		return p.paint(yellow, "~ "+name) + "  " + short(c.After)
	case c.Before == nil:
		return p.paint(green, "+ "+name) + "  " + short(c.After)
	case c.After == nil:
		return p.paint(red, "- "+name) + "  " + short(c.Before)
	}
	return p.paint(yellow, "~ "+name) + "  " + short(c.Before) + " → " + short(c.After)
}

// expression is an expression with its operands and, where it is known, its
// value.
func (p *printer) expression(s *Shown) string {
	text := cut(visible(strings.Join(strings.Fields(s.Source), " ")))
	var reads []string
	for _, o := range s.Reads {
		if value := short(o.Value); o.Name == text {
			text += " = " + value // a path alone needn't be said twice
		} else {
			reads = append(reads, visible(o.Name)+" = "+value)
		}
	}
	if len(reads) > 0 {
		text += "   " + p.paint(dim, strings.Join(reads, ", "))
	}
	if s.Result != nil {
		text += " → " + short(s.Result)
	}
	return text
}

// place is where the step stands that ended the message.
func (e *End) place() string {
	if e.File != "" {
		return fmt.Sprintf("%s line %d", visible(e.File), e.Line)
	}
	return fmt.Sprintf("line %d", e.Line)
}

func (p *printer) end(e *End) {
	what := e.What
	switch e.What {
	case "row":
		p.line(0, 0, "%s gets", p.paint(bold, e.Output))
		p.line(0, 0, "  %s", visible(string(e.Row)))
		return
	case "filtered", "discarded":
		what += fmt.Sprintf(" by %s (%s)", e.Step, e.place())
	case "unmatched":
		what = "no output takes the message, and it is discarded"
	case "stops":
		what = "failed, and the flow stops"
	}
	if e.Error != nil {
		what += ": " + e.Error.text()
		if e.Step != "" {
			what += fmt.Sprintf(" (%s, %s)", e.Step, e.place())
		}
		what = p.paint(red, what)
	}
	if e.Output != "" {
		what = e.Output + ": " + what
	}
	p.line(0, 0, "%s", what)
	if e.Error != nil {
		code, _, _ := strings.Cut(e.Error.Code, " ")
		p.line(0, 0, "  `weavster explain %s` tells more of it", code)
	}
}

func (e *Error) text() string {
	text := e.Code
	if e.Field != "" {
		text += ", field " + e.Field
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return visible(text)
}

// short is a value on a line, or that there is none.
func short(value json.RawMessage) string {
	if value == nil {
		return "missing"
	}
	return cut(visible(string(value)))
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > maxShown {
		return fmt.Sprintf("%s… (%d characters)", string(runes[:maxShown]), len(runes))
	}
	return text
}

// visible replaces what could move a terminal's cursor: values come from
// messages.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, text)
}
