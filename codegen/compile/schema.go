package compile

import (
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/schema"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/types"
)

// known is what is known of messages before the first step.
func (c *compiler) known(n *syntax.Node) expr.Known {
	known := expr.Known{Sure: &expr.Scope{Message: types.Message()}}
	if n == nil {
		if t := schema.Infer(c.in.Samples); t != nil {
			known.Seen = &expr.Scope{Message: t}
		}
		return known
	}
	if file := c.schemaFile(n); file != nil {
		if t := schema.Read(file, c.diags); t != nil {
			known.Promised = &expr.Scope{Message: t}
		}
	}
	return known
}

func (c *compiler) schemaFile(n *syntax.Node) *source.File {
	var file *source.File
	var err error
	if c.in.Schema != nil {
		file, err = c.in.Schema(n.Text)
	}
	switch {
	case err != nil:
		n.Errorf(c.diags, source.BadSchema, "the schema %s can't be read: %v", n.Text, err)
	case file == nil:
		n.Errorf(c.diags, source.UnknownName, "there is no schema %q", n.Text).
			Hintf("write its path in the project, such as schemas/orders.json; and in a build, its weavster_flow has to name it: schema = \"//schemas:orders.json\"")
	}
	return file
}
