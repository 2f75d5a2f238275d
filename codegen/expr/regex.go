package expr

import (
	"strings"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
)

// regex lowers a built-in about a pattern, whose arguments were checked to be
// there. Patterns are compiled with the flow, so they have to stand in it.
func (l *lowerer) regex(b *Builtin, first ir.Expr, args []minijinja.Arg) ir.Expr {
	text, ok := l.quoted(b, args[0].Value, "a pattern")
	if !ok {
		return broken
	}
	groups := b.Regex == ir.RegexCapture || b.Regex == ir.RegexReplace && refers(args[1].Value)
	if literal := l.code[text.Span().Start:text.Span().End]; strings.Contains(strings.ReplaceAll(literal, `\\`, ""), `\b`) {
		l.diags.Warnf(l.file(), l.span(text.Span()), source.Suspicious, `\b in quotes is a backspace, as in any text of an expression`).
			Hintf(`for the border of a word write \\b`)
	}
	p := l.pattern(text.Text, groups, l.diags, l.file(), l.inside(text))
	if p == nil {
		l.failed = true
		return broken
	}
	e := ir.Regex{Op: b.Regex, X: first, Pattern: p.Index}
	switch b.Regex {
	case ir.RegexCapture:
		e.Group = l.group(p, args[1].Value)
	case ir.RegexReplace:
		with, ok := l.quoted(b, args[1].Value, "what stands in for a match")
		if !ok {
			return broken
		}
		var bad []badPart
		e.With, bad = p.parts(with.Text)
		for _, part := range bad {
			l.failed = true
			p.UnknownGroup(l.diags, l.file(), l.inside(with)(part.at), part.name)
		}
		if len(args) > 2 {
			e.Count = l.count(b, args[2].Value)
		}
	}
	if l.failed {
		return broken
	}
	return e
}

// refers says whether what stands in for a match asks for groups of it.
func refers(with minijinja.Expr) bool {
	text, ok := with.(*minijinja.Const)
	return ok && strings.Contains(text.Text, "$")
}

// quoted is an argument that has to be a text in quotes.
func (l *lowerer) quoted(b *Builtin, e minijinja.Expr, what string) (*minijinja.Const, bool) {
	text, ok := e.(*minijinja.Const)
	if !ok || text.Kind != minijinja.StringConst {
		l.errorf(e.Span(), source.BadArguments, "%s %q takes %s in quotes: it is compiled with the flow", b.Form, b.Name, what)
		return nil, false
	}
	return text, true
}

// group is the number of a group that is given by name or number.
func (l *lowerer) group(p *Pattern, e minijinja.Expr) int {
	given, ok := e.(*minijinja.Const)
	if !ok || given.Kind != minijinja.StringConst && given.Kind != minijinja.IntConst {
		l.errorf(e.Span(), source.BadArguments, "a group is its name in quotes, or its number")
		return 0
	}
	group := p.GroupOf(given.Text)
	if group < 0 {
		l.failed = true
		p.UnknownGroup(l.diags, l.file(), l.span(given.Span()), given.Text)
	}
	return group
}

// count is how many matches are replaced.
func (l *lowerer) count(b *Builtin, e minijinja.Expr) int {
	given, ok := e.(*minijinja.Const)
	count := 0
	if ok && given.Kind == minijinja.IntConst {
		for _, digit := range given.Text {
			count = min(10*count+int(digit-'0'), maxCount)
		}
	}
	if count < 1 {
		l.errorf(e.Span(), source.BadArguments, "%s %q takes as count a number from 1 on", b.Form, b.Name)
	}
	return count
}

// maxCount is more than a message has places.
const maxCount = 1 << 30

// inside is where parts of a text in quotes stand in the file.
func (l *lowerer) inside(text *minijinja.Const) func(source.Span) source.Span {
	start, end := text.Span().Start, text.Span().End
	offsets := unescaped(l.code[start:end])
	return func(s source.Span) source.Span {
		if s.End >= len(offsets) || len(offsets) != len(text.Text)+1 {
			return l.span(text.Span()) // of several texts, written one after the other
		}
		return l.span(source.Span{Start: start + offsets[s.Start], End: start + offsets[s.End]})
	}
}

// escapes are what may stand behind a backslash in a literal of MiniJinja's.
const escapes = `"\'/bfnrtu`

// unescaped gives for each byte of the text in a quoted literal, and for its
// end, where it stands in the literal. A character by its number gives none.
func unescaped(literal string) []int {
	var offsets []int
	at := 1
	for at < len(literal)-1 {
		offsets = append(offsets, at)
		switch {
		case literal[at] != '\\' || !strings.ContainsRune(escapes, rune(literal[at+1])):
			at++ // MiniJinja keeps the backslash of an escape that it doesn't know
		case literal[at+1] == 'u':
			return nil
		default:
			at += 2
		}
	}
	return append(offsets, at)
}
