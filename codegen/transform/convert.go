package transform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

var convertOptions = syntax.Options{
	{Name: "to", Type: syntax.Enum, Values: []string{"int", "float", "decimal", "bool", "string", "timestamp", "json"}, Required: true,
		Doc: "The kind that the value becomes. `timestamp` is text of the form `2026-01-02T03:04:05Z`; `json` is the value of a text that holds JSON."},
	{Name: "scale", Type: syntax.Integer, Doc: "Of a decimal: how many places it has then."},
	{Name: "rounding", Type: syntax.Enum, Values: []string{"half_even", "half_up", "down", "ceil", "floor"},
		Doc: "How further places are rounded. Without it they are an error of the message."},
	{Name: "true", Type: syntax.Texts, Doc: "Of a bool: the texts that are true. Default: `true` and `1`."},
	{Name: "false", Type: syntax.Texts, Doc: "The texts that are false. Default: `false` and `0`."},
	{Name: "from", Type: syntax.Any, Doc: "Of a timestamp: the format of the text, or a list of some that are tried in turn: " + timeFormatDocs() +
		", or a pattern of strftime's directives. Default: `rfc3339`."},
	{Name: "zone", Type: syntax.Text, Doc: "The time zone of texts that have no offset, such as `Europe/Vienna`. An hour that its clocks leave out becomes the next one, of one that they show twice it is the first (RFC 5545). Default: `UTC`."},
}

func timeFormatDocs() string {
	docs := make([]string, len(expr.TimeFormats))
	for i, format := range expr.TimeFormats {
		docs[i] = "`" + format.Name + "` (" + format.Doc + ")"
	}
	return strings.Join(docs, ", ")
}

func (catalog) Convert() Kind {
	return Kind{
		Doc: "Makes values of one kind values of another. It is strict: what isn't plainly such a value, or would lose something by becoming one, is an error of the message.",
		Body: syntax.Option{Name: "convert", Type: syntax.Mapping, Fields: convertOptions,
			Doc: "The field's path, and what it becomes: the kind alone, or a mapping as below. What is missing is passed over, null stays null, and `each` does the items of an array."},
		lower: func(f *Flow, body *syntax.Node) (ops []ir.Op) {
			for _, e := range body.Entries {
				path, convert := f.path(e.Key), f.conversion(e.Key, e.Value)
				if path == nil {
					continue
				}
				f.Fields.take(path, e.Key)
				f.Uses.field(e.Key, path)
				f.Uses.into(e.Key, path)
				if convert != nil {
					op := f.convert(path, *convert)
					f.know(op)
					ops = append(ops, op)
				}
			}
			return ops
		},
	}
}

// convert is a call on what is at a path, if there is something.
func (f *Flow) convert(path ir.Path, call ir.Call) ir.Op {
	field := ir.Field{Path: path}
	call.Args = append([]ir.Expr{field}, call.Args...)
	there := ir.Call{Name: "is_defined", Args: []ir.Expr{field}, Of: ir.Bool}
	set := ir.Set{Path: path, Value: ir.About{Path: path, X: call}}
	return ir.If{Cond: there, Then: []ir.Op{set}}
}

// conversion is the call for one entry without its operand, or nil after an
// error.
func (f *Flow) conversion(key, n *syntax.Node) *ir.Call {
	to, record := n, n
	if n.Kind == syntax.Map {
		option := syntax.Option{Name: key.Text, Type: syntax.Record, Fields: convertOptions}
		before := f.Diags.Len()
		option.Check(n, key, f.Diags)
		if f.Diags.Len() > before {
			return nil
		}
		to = n.Get("to")
	} else {
		option := convertOptions[0]
		option.Name = key.Text
		if !option.Check(n, key, f.Diags) {
			return nil
		}
		record = &syntax.Node{Kind: syntax.Map}
	}
	makers := map[string]func(*syntax.Node) *ir.Call{
		"int":       func(*syntax.Node) *ir.Call { return &ir.Call{Name: "convert_int", Of: ir.Int} },
		"float":     func(*syntax.Node) *ir.Call { return &ir.Call{Name: "convert_float", Of: ir.Float} },
		"string":    func(*syntax.Node) *ir.Call { return &ir.Call{Name: "convert_string", Of: ir.String} },
		"json":      func(*syntax.Node) *ir.Call { return &ir.Call{Name: "convert_json", Of: ir.Any &^ ir.Missing} },
		"decimal":   f.toDecimal,
		"bool":      f.toBool,
		"timestamp": f.toTimestamp,
	}
	if to.Broken || !f.only(record, to.Text) { // broken: by a library's parameter, which was reported
		return nil
	}
	return makers[to.Text](record)
}

// convertOnly are the options that go with one kind alone.
var convertOnly = map[string]string{"scale": "decimal", "rounding": "decimal", "true": "bool", "false": "bool", "from": "timestamp", "zone": "timestamp"}

// only reports options that have no meaning for a kind.
func (f *Flow) only(record *syntax.Node, to string) bool {
	good := true
	for _, e := range record.Entries {
		if kind := convertOnly[e.Key.Text]; kind != "" && kind != to {
			e.Key.Errorf(f.Diags, source.BadValue, "%q goes with `to: %s`, not with `to: %s`", e.Key.Text, kind, to)
			good = false
		}
	}
	return good
}

func (f *Flow) toDecimal(record *syntax.Node) *ir.Call {
	call := &ir.Call{Name: "convert_decimal", Of: ir.Decimal}
	scale, rounding := record.Get("scale"), record.Get("rounding")
	if scale == nil && rounding != nil {
		rounding.Errorf(f.Diags, source.BadValue, "a rounding needs the scale to round to").Hintf("add scale: 2")
		return nil
	}
	if scale == nil {
		return call
	}
	if places, err := strconv.Atoi(scale.Text); err != nil || places < 0 || places > contract.DecimalDigits {
		scale.Errorf(f.Diags, source.BadValue, "a decimal has 0 to %d places, not %s", contract.DecimalDigits, scale.Text)
		return nil
	}
	call.Args = []ir.Expr{ir.Const{Text: scale.Text, Of: ir.Int}}
	if rounding != nil {
		call.Args = append(call.Args, ir.Const{Text: syntax.Quote(rounding.Text), Of: ir.String})
	}
	return call
}

func (f *Flow) toBool(record *syntax.Node) *ir.Call {
	call := &ir.Call{Name: "convert_bool", Of: ir.Bool}
	seen := map[string]bool{}
	for _, one := range []struct {
		name  string
		words []string
	}{{"true", []string{"true", "1"}}, {"false", []string{"false", "0"}}} {
		if given := record.Get(one.name); given != nil {
			one.words = nil
			for _, item := range given.Items {
				one.words = append(one.words, item.Text)
			}
		}
		for _, word := range one.words {
			if seen[word] {
				record.Errorf(f.Diags, source.BadValue, "%q stands for true and false, or is listed twice", word)
				return nil
			}
			seen[word] = true
		}
		call.Args = append(call.Args, textList(one.words))
	}
	return call
}

// textList is a list of texts as a constant.
func textList(texts []string) ir.Const {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = syntax.Quote(text)
	}
	return ir.Const{Text: "[" + strings.Join(quoted, ",") + "]", Of: ir.Array}
}

func (f *Flow) toTimestamp(record *syntax.Node) *ir.Call {
	formats := f.timeFormats(record.Get("from"))
	if formats == nil {
		return nil
	}
	call := &ir.Call{Name: "convert_timestamp", Of: ir.String, Args: []ir.Expr{textList(formats)}}
	zone := record.Get("zone")
	if zone == nil {
		return call
	}
	if err := expr.CheckZone(zone.Text); err != nil {
		zone.Errorf(f.Diags, source.BadValue, "%v", err)
		return nil
	}
	if !slices.ContainsFunc(formats, func(format string) bool { return !expr.HasOffset(format) }) {
		zone.Errorf(f.Diags, source.BadValue, "a zone has no say here: %s tells by itself how far from UTC it is", strings.Join(formats, ", "))
		return nil
	}
	if zone.Text == "UTC" {
		return call
	}
	call.Name = "convert_timestamp_in"
	call.Args = append(call.Args, ir.Const{Text: syntax.Quote(zone.Text), Of: ir.String})
	return call
}

// timeFormats are the formats that a text may have, or nil after an error.
func (f *Flow) timeFormats(n *syntax.Node) []string {
	items := []*syntax.Node{n}
	switch {
	case n == nil:
		return []string{"rfc3339"}
	case n.Kind == syntax.List:
		items = n.Items
	}
	if len(items) == 0 {
		n.Errorf(f.Diags, source.BadValue, "`from` has no format")
		return nil
	}
	var formats []string
	option := syntax.Option{Name: "from", Type: syntax.Text}
	for _, item := range items {
		if !option.Check(item, nil, f.Diags) {
			return nil
		}
		if err := expr.CheckTimeFormat(item.Text, expr.ReadsTime); err != nil {
			item.Errorf(f.Diags, source.BadValue, "%q is no format of a time: %v", item.Text, err)
			return nil
		}
		formats = append(formats, item.Text)
	}
	return formats
}
