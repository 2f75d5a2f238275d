package transform

import (
	"slices"
	"strconv"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var regexOptions = syntax.Options{
	{Name: "field", Type: syntax.Text, Required: true, Doc: "The path of the field that holds the text. A missing field and null are passed over."},
	{Name: "pattern", Type: syntax.Text, Doc: "The regular expression, of the regex crate's syntax. It matches anywhere in the text, unless it begins with `^` and ends with `$`."},
	{Name: "patterns", Type: syntax.Texts, Doc: "Several of them in place of one: the first that matches gives the groups."},
	{Name: "into", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Text},
		Doc: "The fields to set, each with the name or number of the group that it takes. Default: each named group goes into the field of its name. The field of a group that took no part in the match is taken away."},
	{Name: "no_match", Type: syntax.Enum, Values: []string{"error", "skip"}, Default: "error", Doc: "What a text does that no pattern matches: it is an error of the message, or changes nothing."},
}

func (catalog) Regex() Kind {
	return Kind{
		Doc: "Puts what the groups of a regular expression match in a text into fields, as text.",
		Body: syntax.Option{Name: "regex", Type: syntax.Record, Fields: regexOptions,
			Doc: "The text's field, the pattern, the fields to set."},
		lower: lowerRegex,
	}
}

func lowerRegex(f *Flow, body *syntax.Node) []ir.Op {
	var reported source.Diagnostics // by Check
	fields := regexOptions.Decode(body, "regex", &reported)
	from := fields.Get("field")
	if from == nil {
		return nil
	}
	path := f.path(from)
	if path != nil {
		f.Fields.take(path, from)
	}
	patterns := f.patterns(body, fields)
	groups := f.groups(fields.Get("into"), patterns)
	if path == nil || len(patterns) == 0 || len(groups) == 0 {
		return nil
	}
	var failed []ir.Op
	if fields.Text("no_match") == "error" {
		failed = f.fail(path, contract.ErrNoMatch, "no pattern matches the text")
	}
	return f.onText(path, func(text ir.Expr) []ir.Op {
		found := f.local()
		captures := ir.Captures{X: text, Choices: make([]ir.Choice, len(patterns))}
		for i, p := range patterns {
			captures.Choices[i].Pattern = p.Index
			for _, g := range groups {
				captures.Choices[i].Groups = append(captures.Choices[i].Groups, g.numbers[i])
			}
		}
		return []ir.Op{
			ir.Let{Local: found, Value: captures},
			ir.If{Cond: defined(ir.Local{Index: found, Of: captures.Kind()}), Then: takeGroups(groups, found), Else: failed},
		}
	})
}

// patterns are those of the step; none where one of them had an error.
func (f *Flow) patterns(body *syntax.Node, fields *syntax.Fields) (patterns []*expr.Pattern) {
	one, several := fields.Get("pattern"), fields.Get("patterns")
	nodes := []*syntax.Node{one}
	switch {
	case one != nil && several != nil:
		several.Errorf(f.Diags, source.BadValue, "regex has `pattern` or `patterns`, not both")
		return nil
	case several != nil && len(several.Items) > 0:
		nodes = several.Items
	case one == nil:
		body.Errorf(f.Diags, source.MissingKey, "regex has no `pattern`").Hintf(`write pattern: '^(?P<name>\w+)$', or several as a list under patterns`)
		return nil
	}
	whole := true
	for _, n := range nodes {
		if p := f.Exprs.Pattern(n, true); p != nil {
			patterns = append(patterns, p)
		} else {
			whole = false
		}
	}
	if !whole {
		return nil
	}
	if fields.Get("into") == nil && len(named(patterns)) == 0 {
		nodes[0].Errorf(f.Diags, source.BadValue, "the pattern has no group with a name, so there is no field to set").
			Hintf("name a group, (?P<name>…), or say under `into` which field takes which group")
	}
	return patterns
}

// named are the names of the patterns' groups, each once.
func named(patterns []*expr.Pattern) []string {
	var names []string
	for _, p := range patterns {
		for _, name := range p.Named() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// A capture is a group that goes into a field: its number in each pattern, and
// whether it takes part in every match.
type capture struct {
	to      ir.Path
	numbers []int
	always  bool
}

// groups are those that the step takes. Those of them that no pattern has are
// reported and left out, and their fields known all the same.
func (f *Flow) groups(into *syntax.Node, patterns []*expr.Pattern) (groups []capture) {
	if into == nil {
		for _, name := range named(patterns) {
			groups = append(groups, newGroup(ir.Path{name}, name, patterns))
		}
	} else {
		for _, e := range into.Entries {
			path := f.path(e.Key)
			if path == nil || e.Value.Broken {
				continue
			}
			g := newGroup(path, e.Value.Text, patterns)
			if len(patterns) > 0 && !slices.ContainsFunc(g.numbers, func(n int) bool { return n != ir.NoGroup }) {
				f.unknownGroup(e.Value, patterns)
			}
			groups = append(groups, g)
		}
	}
	for _, g := range groups {
		f.Fields.create(g.to)
	}
	return groups
}

func newGroup(to ir.Path, name string, patterns []*expr.Pattern) capture {
	g := capture{to: to, always: true}
	for _, p := range patterns {
		number := p.GroupOf(name)
		g.numbers = append(g.numbers, number)
		g.always = g.always && (number == 0 || number > 0 && p.All)
	}
	return g
}

func (f *Flow) unknownGroup(n *syntax.Node, patterns []*expr.Pattern) {
	if len(patterns) == 1 {
		patterns[0].UnknownGroup(f.Diags, n.File, n.Span, n.Text)
		return
	}
	one := n.Errorf(f.Diags, source.UnknownName, "no pattern has a group %q", n.Text)
	one.DidYouMean(n.Text, named(patterns))
}

// takeGroups puts the groups that were found into their fields.
func takeGroups(groups []capture, found int) (ops []ir.Op) {
	for i, g := range groups {
		set := ir.Set{Path: g.to, Value: ir.Capture{Local: found, Index: i, Of: ir.String}}
		if g.always {
			ops = append(ops, set)
			continue
		}
		there := defined(ir.Capture{Local: found, Index: i, Of: ir.String | ir.Missing})
		ops = append(ops, ir.If{Cond: there, Then: []ir.Op{set}, Else: []ir.Op{ir.Remove{Path: g.to}}})
	}
	return ops
}

// onText does something with a field where it is text. A missing field and
// null are passed over; anything else is an error of the message.
func (f *Flow) onText(path ir.Path, do func(text ir.Expr) []ir.Op) []ir.Op {
	value := ir.Local{Index: f.local(), Of: ir.Any}
	is := func(test string) ir.Expr { return ir.Call{Name: test, Args: []ir.Expr{value}, Of: ir.Bool} }
	given := ir.Binary{Op: ir.And, X: is("is_defined"), Y: ir.Unary{Op: ir.Not, X: is("is_none"), Of: ir.Bool}, Of: ir.Bool}
	text := value
	text.Of = ir.String
	return []ir.Op{
		ir.Let{Local: value.Index, Value: ir.Field{Path: path}},
		ir.If{Cond: is("is_string"), Then: do(text), Else: []ir.Op{
			ir.If{Cond: given, Then: f.fail(path, contract.ErrBadArgument, "the field is no text; convert it to a string first")},
		}},
	}
}

// fail is an error of the message about a field.
func (f *Flow) fail(path ir.Path, code contract.ErrorCode, why string) []ir.Op {
	return []ir.Op{ir.Set{Path: path, Value: ir.Fail{Code: uint16(code), Field: path.String(), Detail: why}}}
}

// local is a new local.
func (f *Flow) local() int {
	f.Locals++
	return f.Locals - 1
}

func defined(x ir.Expr) ir.Expr {
	return ir.Call{Name: "is_defined", Args: []ir.Expr{x}, Of: ir.Bool}
}

// count is how many matches are replaced; 0 stands for all.
func (f *Flow) count(n *syntax.Node) int {
	if n == nil {
		return 0
	}
	count, err := strconv.ParseInt(n.Text, 10, 31)
	if err != nil || count < 1 {
		n.Errorf(f.Diags, source.BadValue, "%q is no number of replacements; it is 1 or more", n.Text)
	}
	return int(count)
}
