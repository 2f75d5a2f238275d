package compile

import (
	"regexp"
	"strconv"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
)

var (
	nameForm      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	connectorForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}\.[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	varKinds      = map[string]ir.Kind{"string": ir.String, "int": ir.Int, "float": ir.Float, "decimal": ir.Decimal, "bool": ir.Bool}
)

func place(n *syntax.Node) contract.Position {
	at := n.Position()
	return contract.Position{Line: at.Line, Column: at.Column}
}

// connector reads a reference such as `kafka.orders`. Whether there is one,
// the project knows.
func (c *compiler) connector(n *syntax.Node) contract.Connector {
	if !connectorForm.MatchString(n.Text) {
		n.Errorf(c.diags, source.BadValue, "%q is no connector", n.Text).
			Hintf("write file.orders for the key `orders` of connectors/file.yaml")
	}
	return contract.Connector{Name: n.Text, At: place(n)}
}

func (c *compiler) name(key *syntax.Node, what string) {
	if !nameForm.MatchString(key.Text) {
		key.Errorf(c.diags, source.BadValue, "the name of a %s is made of letters, digits and `_`, at most 63, and begins with no digit; %q isn't", what, key.Text)
	}
}

func (c *compiler) vars(n *syntax.Node) {
	if n == nil {
		return
	}
	for _, e := range n.Entries {
		c.name(e.Key, "variable")
		var reported source.Diagnostics // when the flow was decoded
		f := VarOptions.Decode(e.Value, "variable", &reported)
		kind := varKinds[f.Text("type")]
		if kind == 0 {
			kind = ir.Any &^ ir.Missing // reported; whatever uses it shall not fail for it
		}
		v := contract.Var{Name: e.Key.Text, Type: f.Text("type"), At: place(e.Key)}
		if given := f.Get("default"); given != nil && f.Get("type") != nil {
			v.Default = c.varDefault(given, v.Type)
		}
		c.varNodes = append(c.varNodes, e.Key)
		c.manifest.Vars = append(c.manifest.Vars, v)
		c.program.Vars = append(c.program.Vars, ir.Var{Name: v.Name, Kind: kind})
	}
	c.exprs.Vars = c.program.Vars
}

// varDefault is the default as JSON, or nil after an error.
func (c *compiler) varDefault(n *syntax.Node, kind string) *string {
	option := syntax.Option{Name: "default", Type: map[string]syntax.Type{"string": syntax.Text, "int": syntax.Integer, "float": syntax.Number, "decimal": syntax.Number, "bool": syntax.Bool}[kind]}
	if !option.Check(n, nil, c.diags) {
		return nil
	}
	text := n.JSON()
	switch kind {
	case "string":
		text = syntax.Quote(n.Text)
	case "decimal":
		if text = contract.DecimalJSON(n.Text); !contract.IsDecimal(n.Text) {
			n.Errorf(c.diags, source.BadValue, "%s needs more digits than a decimal has, %d", n.Text, contract.DecimalDigits)
		}
	}
	return &text
}

func (c *compiler) sensitive(n *syntax.Node) {
	if n == nil {
		return
	}
	for _, item := range n.Items {
		path, err := transform.ParsePath(item.Text)
		if err != nil {
			item.Errorf(c.diags, source.BadPath, "%q is no path of a field: %v", item.Text, err)
			continue
		}
		c.sensitivePaths = append(c.sensitivePaths, path)
		c.manifest.Sensitive = append(c.manifest.Sensitive, transform.FieldOf(path))
	}
}

// order reads which messages keep their order. Whether the input gives them
// keys of its own, the project knows.
func (c *compiler) order(f *syntax.Fields) {
	c.manifest.Order = f.Text("order")
	n := f.Get("key")
	switch {
	case n == nil:
		return
	case f.Node.Get("order") == nil:
		n.Errorf(c.diags, source.MissingKey, "a key is what `order: key` goes by, and this flow keeps no order").Hintf("order: key")
		return
	case f.Get("order") != nil && c.manifest.Order != "key":
		n.Errorf(c.diags, source.BadValue, "a key belongs to `order: key`, not to `order: %s`", c.manifest.Order)
		return
	}
	c.manifest.Key = c.flow.Optional(n)
}

func (c *compiler) errors(f *syntax.Fields) {
	away, refused := f.Record("unavailable"), f.Record("rejected")
	backoff := away.Record("backoff")
	rules := &c.manifest.Errors
	rules.Unavailable = contract.UnavailableRule{Retry: -1, MinBackoff: backoff.Text("min"), MaxBackoff: backoff.Text("max")}
	if backoff.Duration("min") > backoff.Duration("max") {
		backoff.Node.Errorf(c.diags, source.BadValue, "the longest wait, %s, is shorter than the first, %s", backoff.Text("max"), backoff.Text("min"))
	}
	if n := away.Get("retry"); n != nil && n.Text != forever {
		rules.Unavailable.Retry = c.count(n)
	}
	if n := refused.Get("retry"); n != nil {
		rules.Rejected.Retry = c.count(n)
	}
	if n := refused.Get("dead_letter"); n != nil {
		to := c.connector(n)
		rules.Rejected.DeadLetter = &to
	}
}

func (c *compiler) count(n *syntax.Node) int {
	count, err := strconv.ParseUint(n.Text, 10, 31)
	if err != nil {
		n.Errorf(c.diags, source.BadValue, "%q is no number of tries", n.Text)
	}
	return int(count)
}
