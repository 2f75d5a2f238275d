package transform

import (
	"strconv"

	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var replaceOptions = syntax.Options{
	{Name: "text", Type: syntax.Text, Doc: "What is replaced, character by character."},
	{Name: "pattern", Type: syntax.Text, Doc: "In place of a text: a regular expression, of the regex crate's syntax. What it matches is replaced."},
	{Name: "with", Type: syntax.Text, Required: true, Doc: "What stands in for it. With a pattern, `$name` or `${name}` is what a group matched, by its name or number, and `$$` a dollar sign."},
	{Name: "count", Type: syntax.Integer, Doc: "How many are replaced, from the start of the text on. Default: all."},
}

func (catalog) Replace() Kind {
	return Kind{
		Doc: "Replaces parts of texts. A missing field and null are passed over, and a text without such a part keeps its bytes.",
		Body: syntax.Option{Name: "replace", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Record, Fields: replaceOptions}, Fields: replaceOptions,
			Doc: "The field's path, and for each what is replaced and by what: a mapping as below."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, e := range body.Entries {
				path := f.path(e.Key)
				if path != nil {
					f.Fields.take(path, e.Key)
				}
				replaced := f.replacement(e.Value)
				if path == nil || replaced == nil {
					continue
				}
				ops = append(ops, f.onText(path, func(text ir.Expr) []ir.Op {
					return []ir.Op{ir.Set{Path: path, Value: replaced(text)}}
				})...)
			}
			return ops
		},
	}
}

// replacement makes of a text the same with its parts replaced. It is nil after
// an error.
func (f *Flow) replacement(n *syntax.Node) func(text ir.Expr) ir.Expr {
	var reported source.Diagnostics // by Check
	fields := replaceOptions.Decode(n, "replace", &reported)
	text, pattern, with := fields.Get("text"), fields.Get("pattern"), fields.Get("with")
	count := f.count(fields.Get("count"))
	switch {
	case with == nil || n.Broken:
		return nil
	case (text == nil) == (pattern == nil):
		n.Errorf(f.Diags, source.BadValue, "replace needs `text` or `pattern`, one of the two")
		return nil
	case pattern != nil:
		return f.replacedPattern(pattern, with, count)
	case text.Text == "":
		text.Errorf(f.Diags, source.BadValue, "there is nothing to replace in an empty text")
		return nil
	}
	args := []ir.Expr{constantText(text.Text), constantText(with.Text)}
	if count > 0 {
		args = append(args, ir.Const{Text: strconv.Itoa(count), Of: ir.Int})
	}
	return func(x ir.Expr) ir.Expr {
		return ir.Call{Name: "replace", Args: append([]ir.Expr{x}, args...), Of: ir.String}
	}
}

func (f *Flow) replacedPattern(pattern, with *syntax.Node, count int) func(text ir.Expr) ir.Expr {
	p := f.Exprs.Pattern(pattern, false)
	if p == nil {
		return nil
	}
	parts, whole := f.Exprs.Replacement(p, with)
	if !whole {
		return nil
	}
	return func(x ir.Expr) ir.Expr {
		return ir.Regex{Op: ir.RegexReplace, X: x, Pattern: p.Index, With: parts, Count: count}
	}
}

func constantText(text string) ir.Expr { return ir.Const{Text: syntax.Quote(text), Of: ir.String} }
