package transform

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/syntax"
)

// A Library is a file of transforms that flows share.
type Library struct {
	Name string
	File *source.File
}

// What a flow may take of libraries: how many it may use inside of one
// another, and how much text they may come to, counted at each use.
const (
	deepestUse      = 16
	MaxLibraryBytes = 1 << 20
)

// LibraryOptions are the keys of a library's file.
var LibraryOptions = syntax.Options{
	{Name: "description", Type: syntax.Text, Doc: "What the library is for, in a sentence."},
	{Name: "params", Type: syntax.Mapping, Of: &syntax.Option{Type: syntax.Record, Fields: ParamOptions}, Doc: "Parameters, whose values each use of the library gives."},
	{Name: "transforms", Type: syntax.Sequence, Required: true, Doc: "What is done to a message, in order. `$name` stands for a parameter's value where a path or a constant does, `param('name')` in expressions and templates. `$$` is a dollar sign at the start of a text."},
}

// ParamOptions declare one of a library's parameters.
var ParamOptions = syntax.Options{
	{Name: "type", Type: syntax.Enum, Values: []string{fieldParam, "string", "int", "float", "decimal", "bool"}, Required: true, Doc: "`field` is a path of the message; the others are constants."},
	{Name: "default", Type: syntax.Any, Doc: "Its value where a use gives none. Without it, each use has to."},
	{Name: "description", Type: syntax.Text, Doc: "What it is for, in a sentence."},
}

const fieldParam = "field"

// libraries are those that are being lowered, one inside of the other, and how
// much text they were so far.
type libraries struct {
	names []string
	bytes int
	all   map[string]bool
}

// UsedLibraries are the names of the libraries that the flow uses, in order.
func (f *Flow) UsedLibraries() []string { return slices.Sorted(maps.Keys(f.used.all)) }

// CheckLibrary reports what is wrong with a library that nothing uses, as far
// as that can be told without a use.
func CheckLibrary(lib *Library, diags *source.Diagnostics) {
	root := syntax.Parse(lib.File, diags)
	if root == nil {
		return
	}
	fields := LibraryOptions.Decode(root, "a library", diags)
	f := &Flow{Diags: diags}
	params := &expr.Params{Library: lib.Name}
	if declared := fields.Get("params"); declared != nil {
		for _, e := range declared.Entries {
			f.paramName(e.Key)
			var reported source.Diagnostics // with the library
			param := ParamOptions.Decode(e.Value, "parameter", &reported)
			arg := &expr.Arg{Name: e.Key.Text}
			if fallback := param.Get("default"); fallback != nil && param.Get("type") != nil {
				f.value(arg, param.Text("type"), fallback)
			}
			params.List = append(params.List, arg)
		}
	}
	if list := fields.Get("transforms"); list != nil {
		substitute(list, params, diags)
	}
}

// libraryOf is the file's name where a node isn't the flow's own.
func libraryOf(n *syntax.Node) string {
	if n.File.UsedAt == nil {
		return ""
	}
	return n.File.Name
}

// library finds a library by name, or reports and is nil.
func (f *Flow) library(name *syntax.Node) *Library {
	known := make([]string, len(f.Libraries))
	for i, lib := range f.Libraries {
		if lib.Name == name.Text {
			return lib
		}
		known[i] = lib.Name
	}
	name.Errorf(f.Diags, source.UnknownName, "unknown library %q", name.Text).DidYouMean(name.Text, known).
		Hintf("put transforms/%s.yaml into the project, and into `libraries` of the flow's target", name.Text)
	return nil
}

// mayUse says whether a library may be used here, and reports if not.
func (f *Flow) mayUse(lib *Library, name *syntax.Node) bool {
	f.used.bytes += len(lib.File.Text)
	if f.used.all == nil {
		f.used.all = map[string]bool{}
	}
	f.used.all[lib.Name] = true
	switch from := slices.Index(f.used.names, lib.Name); {
	case from >= 0:
		chain := append(slices.Clone(f.used.names[from:]), lib.Name)
		name.Errorf(f.Diags, source.BadValue, "library %q uses itself: %s", lib.Name, strings.Join(chain, " uses "))
	case len(f.used.names) >= deepestUse:
		name.Errorf(f.Diags, source.TooLarge, "libraries use one another more than %d deep", deepestUse)
	case f.used.bytes > MaxLibraryBytes:
		name.Errorf(f.Diags, source.TooLarge, "the libraries that the flow uses come to more than %d bytes, counted at each use", MaxLibraryBytes)
	case len(f.Steps) > maxSteps:
		name.Errorf(f.Diags, source.TooLarge, "the flow and its libraries have more than %d transforms", maxSteps)
	default:
		return true
	}
	return false
}

// maxSteps keeps what libraries come to within the records of a result.
const maxSteps = 30_000

// params are a library's parameters as one use gives them, and where each is
// declared.
func (f *Flow) params(lib *Library, declared, use, with *syntax.Node) (*expr.Params, []*syntax.Node) {
	params := &expr.Params{Library: lib.Name}
	var nodes []*syntax.Node
	if declared != nil {
		for _, e := range declared.Entries {
			f.paramName(e.Key)
			params.List, nodes = append(params.List, f.param(lib, e, declared, use, with)), append(nodes, e.Key)
		}
	}
	if with == nil {
		return params, nodes
	}
	for _, e := range with.Entries {
		if !slices.Contains(params.Names(), e.Key.Text) {
			one := e.Key.Errorf(f.Diags, source.UnknownName, "library %q has no parameter %q", lib.Name, e.Key.Text).DidYouMean(e.Key.Text, params.Names())
			if len(params.List) > 0 {
				one.Hintf("it has %s", strings.Join(params.Names(), ", "))
			} else {
				one.Hintf("it has none")
			}
		}
	}
	return params, nodes
}

var paramForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

func (f *Flow) paramName(key *syntax.Node) {
	if !paramForm.MatchString(key.Text) {
		key.Errorf(f.Diags, source.BadValue, "the name of a parameter is made of letters, digits and `_`, at most 63, and begins with no digit; %q isn't", key.Text)
	}
}

// param is one parameter, with its value from the use or its default.
func (f *Flow) param(lib *Library, e syntax.Entry, declared, use, with *syntax.Node) *expr.Arg {
	var reported source.Diagnostics // with the library
	fields := ParamOptions.Decode(e.Value, "parameter", &reported)
	arg := &expr.Arg{Name: e.Key.Text}
	kind, fallback, given := fields.Text("type"), fields.Get("default"), with.Get(e.Key.Text)
	if fields.Get("type") == nil {
		return arg // reported; whatever uses it shall not fail for it
	}
	if fallback != nil {
		f.value(arg, kind, fallback)
	}
	if given != nil {
		arg.Field, arg.Const = nil, nil
		f.value(arg, kind, given)
	} else if fallback == nil {
		at := use
		if with != nil {
			at = with
		}
		if misspelt(e.Key.Text, declared, with) {
			return arg // which is reported
		}
		one := at.Errorf(f.Diags, source.MissingKey, "library %q needs a value for its parameter %q, %s", lib.Name, arg.Name, articles[kind])
		if about := fields.Text("description"); about != "" {
			one.Hintf("%s: %s", arg.Name, about)
		}
		one.Hintf("with: {%s: %s}", arg.Name, examples[kind])
	}
	return arg
}

// misspelt says whether a use gives a value under a name that is close to a
// parameter's and no other's: the parameter isn't missing, too.
func misspelt(name string, declared, with *syntax.Node) bool {
	var names []string
	for _, e := range declared.Entries {
		names = append(names, e.Key.Text)
	}
	for i := 0; with != nil && i < len(with.Entries); i++ {
		given := with.Entries[i].Key.Text
		if near, ok := source.Nearest(given, names); ok && near == name && !slices.Contains(names, given) {
			return true
		}
	}
	return false
}

var (
	articles = map[string]string{fieldParam: "the path of a field", "string": "text", "int": "an integer", "float": "a number", "decimal": "a number", "bool": "true or false"}
	examples = map[string]string{fieldParam: "customer.id", "string": "text", "int": "5", "float": "1.5", "decimal": "1.50", "bool": "true"}

	paramTypes = map[string]syntax.Type{"string": syntax.Text, "int": syntax.Integer, "float": syntax.Number, "decimal": syntax.Number, "bool": syntax.Bool}
	paramKinds = map[string]ir.Kind{"string": ir.String, "int": ir.Int, "float": ir.Float, "decimal": ir.Decimal, "bool": ir.Bool}
)

// value takes a parameter's value from a scalar. It has none after an error.
func (f *Flow) value(arg *expr.Arg, kind string, n *syntax.Node) {
	if kind == fieldParam {
		arg.Field = f.path(n)
		return
	}
	option := syntax.Option{Name: arg.Name, Type: paramTypes[kind]}
	if !option.Check(n, nil, f.Diags) {
		return
	}
	constant := ir.Const{Text: n.JSON(), Of: paramKinds[kind]}
	switch {
	case kind == "string":
		constant.Text = syntax.Quote(n.Text)
	case kind == "decimal" && !contract.IsDecimal(n.Text):
		n.Errorf(f.Diags, source.BadValue, "%s needs more digits than a decimal has, %d", n.Text, contract.DecimalDigits)
		return
	}
	arg.Const, arg.Text = &constant, n.Text
}

var paramAtStart = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)($|[.\[])`)

// substitute puts the values of parameters where a library's file names them.
func substitute(n *syntax.Node, params *expr.Params, diags *source.Diagnostics) {
	for _, item := range n.Items {
		substitute(item, params, diags)
	}
	for _, e := range n.Entries {
		substitute(e.Key, params, diags)
		substitute(e.Value, params, diags)
	}
	if strings.HasPrefix(n.Text, "$$") && paramAtStart.MatchString(n.Text[1:]) {
		n.Substitute("", n.Text[1:], syntax.DoubleQuoted)
		return
	}
	m := paramAtStart.FindStringSubmatchIndex(n.Text)
	if m == nil {
		return
	}
	name, rest := n.Text[m[2]:m[3]], n.Text[m[3]:]
	arg := params.Find(name)
	switch {
	case arg == nil:
		n.Errorf(diags, source.UnknownName, "library %q has no parameter %q", params.Library, name).DidYouMean(name, params.Names()).
			Hintf("declare it under `params:`; `$%s` itself is written `$%s`", name, n.Text)
		n.Broken = true
	case arg.Field != nil:
		n.Substitute(name, arg.Field.String()+rest, syntax.Plain)
	case arg.Const == nil:
		n.Broken = true
	case rest != "":
		n.Errorf(diags, source.BadPath, "%q is a constant, and no path: nothing may follow after `$%s`", name, name)
		n.Broken = true
	default:
		n.Substitute(name, arg.Text, style(arg.Const))
	}
}

func style(constant *ir.Const) syntax.Style {
	if constant.Of == ir.String {
		return syntax.DoubleQuoted
	}
	return syntax.Plain
}
