// Package compile ties the phases of the compiler together: a flow's file in,
// a program of the IR and a manifest out.
package compile

import (
	"context"
	"slices"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/lineage"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
)

// Version is the compiler's, as manifests state it.
const Version = "flowc " + contract.Version

// MaxBytes is how long a flow's file may be: its steps and outputs then fit
// the records of a result, which number them in 16 bits.
const MaxBytes = 256 << 10

// An Input is one flow.
type Input struct {
	// Name is the flow's; for flows/orders.yaml it is orders.
	Name string
	File *source.File
	// Tables are compiled in, where the flow looks them up.
	Tables []TableFile
	// Macros are those that its templates may call; nil: none.
	Macros *minijinja.Macros
	// Libraries are those that the flow may use.
	Libraries []*transform.Library
	// Schema finds the file that the flow's `schema` names; it gives nil where
	// there is no such file. Nil: there are no schemas at all.
	Schema func(path string) (*source.File, error)
	// Samples are messages, as JSON, that show what is usual where there is no
	// schema: what they speak against gets a warning.
	Samples [][]byte
}

// An Output is a compiled flow.
type Output struct {
	Program  *ir.Program
	Manifest *contract.Manifest
	// Libraries are the names of those that the flow uses, in order.
	Libraries []string
	sensitive []ir.Path
}

// Lineage says where the fields of the flow's outputs come from.
func (o *Output) Lineage() *contract.Lineage { return lineage.Of(o.Program, o.sensitive) }

// Macros reads a project's files of macros, by their names, for the flows that
// are compiled with them.
func Macros(ctx context.Context, engine *minijinja.Engine, files map[string]*source.File, diags *source.Diagnostics) (*minijinja.Macros, error) {
	return engine.ReadMacros(ctx, files, expr.Functions(), diags)
}

// Flow compiles one flow. What is wrong with the flow goes to diags, and the
// output is nil if that is an error; the error result is for what isn't the
// flow's fault.
func Flow(ctx context.Context, engine *minijinja.Engine, in Input, diags *source.Diagnostics) (*Output, error) {
	var own source.Diagnostics
	defer func() { diags.Append(&own) }()
	if len(in.File.Text) > MaxBytes {
		own.Errorf(in.File, source.At(0), source.TooLarge, "the flow has %d bytes; at most %d are read", len(in.File.Text), MaxBytes)
		return nil, nil
	}
	root := syntax.Parse(in.File, &own)
	if root == nil {
		return nil, nil
	}
	exprs := expr.NewCompiler(ctx, engine, &own)
	exprs.Macros = in.Macros
	c := &compiler{
		in: in, diags: &own, exprs: exprs,
		flow:     &transform.Flow{Diags: &own, Exprs: exprs, Libraries: in.Libraries},
		program:  &ir.Program{Name: in.Name, File: in.File.Name},
		manifest: &contract.Manifest{ABI: contract.ABIVersion, Compiler: Version, Flow: in.Name, File: in.File.Name},
	}
	exprs.OnUse = c.flow.Uses.See
	c.compile(root)
	if exprs.Broken != nil {
		return nil, exprs.Broken
	}
	if own.Failed() {
		return nil, nil
	}
	return &Output{c.program, c.manifest, c.flow.UsedLibraries(), c.sensitivePaths}, nil
}

type compiler struct {
	in       Input
	diags    *source.Diagnostics
	exprs    *expr.Compiler
	flow     *transform.Flow
	program  *ir.Program
	manifest *contract.Manifest
	// whens are the lines of outputs, by the words of their conditions.
	whens map[string]int
	// varNodes are the declarations, by index.
	varNodes []*syntax.Node
	// sensitivePaths are those of the sensitive fields.
	sensitivePaths []ir.Path
}

func (c *compiler) compile(root *syntax.Node) {
	f := FlowOptions.Decode(root, "a flow", c.diags)
	c.manifest.Description = f.Text("description")
	c.manifest.Tags = f.Texts("tags")
	if input := f.Get("input"); input != nil {
		c.manifest.Input = c.connector(input)
	}
	c.vars(f.Get("vars"))
	c.tables(f.Get("tables"))
	c.flow.Begin(c.known(f.Get("schema")))
	c.sensitive(f.Get("sensitive"))
	c.order(f)
	c.errors(f.Record("errors"))

	c.flow.Reserve(f.Get("transforms"))
	c.reserveOutputs(f.Get("outputs"))
	c.program.Steps = c.flow.Lower(f.Get("transforms"))
	c.route(f)
	c.flow.Fields.Check(c.diags)
	c.finish()
}

func (c *compiler) finish() {
	c.program.Patterns, c.program.Macros = c.exprs.Patterns, c.exprs.MacroFiles
	c.program.Locals = c.flow.Locals
	c.program.Meta = slices.Sorted(slices.Values(c.exprs.Meta))
	c.manifest.Meta = c.program.Meta
	c.manifest.Identity = c.exprs.Identity
	c.manifest.Steps = c.flow.Steps
	for i, n := range c.varNodes {
		// What has an error may be its use.
		if !c.exprs.UsedVars[i] && !c.diags.Failed() {
			n.Warnf(c.diags, source.Unused, "variable %q is never used", n.Text)
		}
	}
	c.views()
}
