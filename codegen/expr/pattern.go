package expr

import (
	"errors"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Pattern is a regular expression of the flow.
type Pattern struct {
	*minijinja.Pattern
	Index int // among the program's
}

// A parsed pattern is one that was asked for, and what came of it.
type parsed struct {
	pattern Pattern
	err     error
	late    bool // those before it are too many, which was said
}

// maxPatterns is how many bytes the states of all patterns of a flow may take:
// each worker has them in the memory of its module.
const maxPatterns = 16 << 20

// Pattern reads the regular expression in a scalar. Groups says that its
// groups are asked for, not only whether and where it matches. It is nil after
// an error, which was reported.
func (c *Compiler) Pattern(n *syntax.Node, groups bool) *Pattern {
	if !c.scalar(n, "a pattern") {
		return nil
	}
	return c.pattern(n.Text, groups, c.Diags, n.File, func(s source.Span) source.Span { return n.Part(s.Start, s.End) })
}

// pattern reads a pattern whose characters stand where span says.
func (c *Compiler) pattern(text string, groups bool, diags *source.Diagnostics, file *source.File, span func(source.Span) source.Span) *Pattern {
	p := c.parsePattern(text)
	if p.late {
		return nil
	}
	if p.err != nil {
		c.badPattern(p.err, diags, file, span)
		return nil
	}
	whole := span(source.Span{Start: 0, End: len(text)})
	switch {
	case !p.pattern.Matches:
		diags.Warnf(file, whole, source.DeadPattern, "there is no text that this pattern matches")
	case groups && !p.pattern.OnePass:
		diags.Warnf(file, whole, source.SlowPattern, "this pattern is matched by trying, which takes several times as long: at some character it may go on in two ways").
			Hintf("let a repetition hold nothing that may come after it: `[^@]+@`, not `.+@`")
	}
	return &p.pattern
}

// parsePattern reads each pattern of the flow once.
func (c *Compiler) parsePattern(text string) *parsed {
	if known := c.patterns[text]; known != nil {
		return known
	}
	p := &parsed{late: c.patternBytes > maxPatterns}
	if p.late {
		return p // large ones take long to read
	}
	p.pattern.Pattern, p.err = c.engine.ParsePattern(c.ctx, text)
	if p.err == nil {
		if c.patternBytes += p.pattern.Size; c.patternBytes > maxPatterns {
			p.err = &minijinja.Error{Kind: minijinja.TooLarge, At: source.Span{End: len(text)}, Message: "takes, with those before it, more memory than a flow has for patterns, 16 MiB"}
		} else {
			p.pattern.Index = len(c.Patterns)
			c.Patterns = append(c.Patterns, ir.Pattern{Text: text, Code: p.pattern.Code, Size: p.pattern.Size})
		}
	}
	c.patterns[text] = p
	return p
}

func (c *Compiler) badPattern(err error, diags *source.Diagnostics, file *source.File, span func(source.Span) source.Span) {
	var e *minijinja.Error
	switch {
	case !errors.As(err, &e):
		if c.Broken == nil {
			c.Broken = err
		}
	case e.Kind == minijinja.TooDeep || e.Kind == minijinja.TooLarge:
		diags.Errorf(file, span(e.At), source.TooLarge, "this pattern %s", e.Message).
			Hintf(`repeat less, or less of Unicode: (?-u:\w) takes a hundredth of \w`)
	default:
		one := diags.Errorf(file, span(e.At), source.BadPattern, "this pattern can't be read: %s", e.Message)
		if strings.Contains(e.Message, "look-around") {
			one.Hintf("match what stands there too, and take a group of it; or let a condition ask `is matching` of a second pattern")
		} else if strings.Contains(e.Message, "backreference") {
			one.Hintf("take two groups, and compare them by an expression")
		}
	}
}

// A badPart is a group that a replacement asks for and the pattern lacks.
type badPart struct {
	at   source.Span
	name string
}

// parts takes apart what stands in for a match: text, `$name`, `${name}`, `$1`,
// and `$$` for a dollar sign. A name ends where its letters, digits and
// underscores do.
func (p *Pattern) parts(with string) (parts []ir.Part, bad []badPart) {
	add := func(text string) {
		if last := len(parts) - 1; last >= 0 && parts[last].Group == ir.NoGroup {
			parts[last].Text += text
		} else if text != "" {
			parts = append(parts, ir.Part{Text: text, Group: ir.NoGroup})
		}
	}
	for at := 0; at < len(with); {
		sign := strings.IndexByte(with[at:], '$')
		if sign < 0 {
			add(with[at:])
			break
		}
		add(with[at : at+sign])
		at += sign
		name, length := reference(with[at:])
		group := p.GroupOf(name)
		switch {
		case name == "":
			add("$")
		case group < 0:
			bad = append(bad, badPart{source.Span{Start: at, End: at + length}, name})
		default:
			parts = append(parts, ir.Part{Group: group})
		}
		at += length
	}
	return parts, bad
}

// reference is the name at a dollar sign, and how long the whole is. There is
// no name where the sign stands for itself.
func reference(text string) (name string, length int) {
	switch {
	case strings.HasPrefix(text, "$$"):
		return "", 2
	case strings.HasPrefix(text, "${"):
		if end := strings.IndexByte(text, '}'); end > 2 {
			return text[2:end], end + 1
		}
		return "", 1
	}
	end := 1
	for end < len(text) && (text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z') {
		end++
	}
	return text[1:end], end
}

// GroupOf is the number of a group by its name or number, or -1.
func (p *Pattern) GroupOf(name string) int {
	number, digits := 0, name != ""
	for _, r := range name {
		if digits = digits && r >= '0' && r <= '9'; digits && number <= len(p.Groups) {
			number = 10*number + int(r-'0')
		}
	}
	if !digits {
		return p.Group(name)
	}
	if number > len(p.Groups) {
		return -1
	}
	return number
}

// UnknownGroup reports a group that a pattern lacks.
func (p *Pattern) UnknownGroup(diags *source.Diagnostics, file *source.File, at source.Span, name string) {
	one := diags.Errorf(file, at, source.UnknownName, "the pattern has no group %q", name)
	for end := len(name) - 1; end > 0; end-- {
		if p.GroupOf(name[:end]) >= 0 {
			one.Hintf("for the group %s and text after it write ${%s}%s", name[:end], name[:end], name[end:])
		}
	}
	switch list := p.Named(); {
	case len(list) > 0 && len(name) > 1:
		one.DidYouMean(name, list).Hintf("its groups are %s", strings.Join(list, ", "))
	case len(list) > 0:
		one.Hintf("its groups are %s", strings.Join(list, ", "))
	case len(p.Groups) > 0:
		one.Hintf("its groups have numbers up to %d; a group with a name is written (?P<name>…)", len(p.Groups))
	default:
		one.Hintf("it has no groups; one is written (?P<name>…)")
	}
}

// Replacement takes apart the scalar that stands in for a pattern's matches.
// It says whether it is without error.
func (c *Compiler) Replacement(p *Pattern, n *syntax.Node) ([]ir.Part, bool) {
	parts, bad := p.parts(n.Text)
	for _, b := range bad {
		p.UnknownGroup(c.Diags, n.File, n.Part(b.at.Start, b.at.End), b.name)
	}
	return parts, len(bad) == 0
}
