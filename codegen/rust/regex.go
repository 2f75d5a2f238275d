package rust

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// regexCrate is what a flow with patterns calls.
const regexCrate = "weavster_guest_regex"

// regexFunctions are its functions by the IR's names.
var regexFunctions = map[ir.RegexOp]string{
	ir.RegexMatching: "matching", ir.RegexFind: "find", ir.RegexFindAll: "find_all",
	ir.RegexCapture: "capture", ir.RegexSplit: "split", ir.RegexReplace: "replace",
}

// captures is the groups of the first of some patterns that matches.
func (b *body) captures(e ir.Captures) term {
	choices := make([]string, len(e.Choices))
	for i, c := range e.Choices {
		groups := make([]string, len(c.Groups))
		for j, group := range c.Groups {
			groups[j] = strconv.Itoa(group)
			if group == ir.NoGroup {
				groups[j] = regexCrate + "::NONE"
			}
		}
		choices[i] = fmt.Sprintf("(%s, &[%s])", b.pattern(c.Pattern).text, strings.Join(groups, ", "))
	}
	list := b.crate.patternList("CHOICES", "Choice", choices)
	return b.call(regexCrate+"::captures", true, b.cx(), b.expr(e.X), list)
}

// capture is a group that a Captures has found.
func (b *body) capture(e ir.Capture) term {
	b.read(e.Local)
	return b.call("ops::item", true, b.cx(), atom(localName(e.Local)), atom(fmt.Sprintf("Value::Int(%d)", e.Index)))
}

func (b *body) regex(e ir.Regex) term {
	name, ok := regexFunctions[e.Op]
	if !ok {
		b.crate.errorf("the guest has no %q", e.Op)
		return atom("Value::Null")
	}
	args := []term{b.cx(), b.expr(e.X), b.pattern(e.Pattern)}
	switch e.Op {
	case ir.RegexCapture:
		args = append(args, atom(strconv.Itoa(e.Group)))
	case ir.RegexReplace:
		args = append(args, b.with(e.With), atom(strconv.Itoa(e.Count)))
	}
	return b.call(regexCrate+"::"+name, true, args...)
}

// with is the list of the parts that stand in for a match.
func (b *body) with(parts []ir.Part) term {
	list := make([]string, len(parts))
	for i, part := range parts {
		list[i] = fmt.Sprintf("Part::Group(%d)", part.Group)
		if part.Group == ir.NoGroup {
			list[i] = "Part::Text(" + literal(part.Text) + ")"
		}
		list[i] = regexCrate + "::" + list[i]
	}
	return b.crate.patternList("PARTS", "Part", list)
}

// pattern is the static of a pattern.
func (b *body) pattern(index int) term {
	if index < 0 || index >= len(b.crate.program.Patterns) {
		b.crate.errorf("pattern %d of %d", index, len(b.crate.program.Patterns))
	}
	return atom(fmt.Sprintf("&PATTERN_%d", index))
}

// patternList is the static of a list, one for all that are alike.
func (c *crate) patternList(name, kind string, items []string) term {
	text := fmt.Sprintf("&[%s::%s] = &[%s]", regexCrate, kind, strings.Join(items, ", "))
	for _, list := range c.patternLists {
		if list.text == text {
			return atom(list.name)
		}
	}
	name = c.names.take(fmt.Sprintf("%s_%d", name, len(c.patternLists)), "")
	c.patternLists = append(c.patternLists, constant{name, text})
	return atom(name)
}

// patterns prints the statics of patterns, and what is made of them.
func (c *crate) patterns(out *strings.Builder) {
	for i, p := range c.program.Patterns {
		indent(out, 0, "// "+comment(p.Text))
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, fmt.Sprintf("static PATTERN_%d: %s::Pattern = %s::Pattern::new(%s);", i, regexCrate, regexCrate, byteLiteral(p.Code)))
	}
	for _, list := range c.patternLists {
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, "static "+list.name+": "+list.text+";")
	}
}
