// Package reference writes the reference pages from the tables that the
// program itself checks against, so that they can't say anything else.
package reference

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/expr"
	"github.com/weavster/weavster/codegen/ir"
	"github.com/weavster/weavster/codegen/syntax"
	"github.com/weavster/weavster/codegen/transform"
	"github.com/weavster/weavster/connectors"
	"github.com/weavster/weavster/connectors/all"
	"github.com/weavster/weavster/docs/errors"
	"github.com/weavster/weavster/runtime/artifact/trust/policy"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/project"
)

// Pages are the pages of the reference, by their names in docs/reference.
// Behaviour holds the flows and fixtures that show what transforms do.
func Pages(behaviour fs.FS) (map[string]string, error) {
	pages := map[string]string{
		"flow.md":         flowPage(),
		"expressions.md":  expressionsPage(),
		"libraries.md":    librariesPage(),
		"project.md":      projectPage(),
		"connectors.md":   connectorsPage(),
		"fixtures.md":     fixturesPage(),
		"errors.md":       errorsPage(),
		"trust-policy.md": trustPolicyPage(),
	}
	return pages, transformPages(pages, behaviour)
}

// A page is Markdown that is being written.
type page struct{ strings.Builder }

func newPage(title, about string) *page {
	p := &page{}
	fmt.Fprintf(p, "# %s\n\n%s\n", title, about)
	return p
}

func (p *page) heading(text string) { fmt.Fprintf(p, "\n## %s\n\n", text) }

// options writes a table of keys; what stands under a key follows it, its
// path in front.
func (p *page) options(list syntax.Options) {
	p.WriteString("| key | value | default | |\n|---|---|---|---|\n")
	p.rows("", list)
}

func (p *page) rows(prefix string, list syntax.Options) {
	for i := range list {
		o := &list[i]
		fallback := "`" + o.Default + "`"
		switch {
		case o.Required:
			fallback = "required"
		case o.Default == "":
			fallback = ""
		}
		fmt.Fprintf(p, "| `%s%s` | %s | %s | %s |\n", prefix, o.Name, value(o), fallback, cell(sentence(o.Doc)))
		switch {
		case o.Type == syntax.Record:
			p.rows(prefix+o.Name+".", o.Fields)
		case o.Type == syntax.Mapping && o.Of != nil && o.Of.Type == syntax.Record:
			p.rows(prefix+o.Name+".NAME.", o.Of.Fields)
		case o.Type == syntax.Sequence && o.Of != nil && o.Of.Type == syntax.Record:
			p.rows(prefix+o.Name+"[].", o.Of.Fields)
		}
	}
}

func value(o *syntax.Option) string {
	if o.Type == syntax.Enum {
		return "`" + strings.Join(o.Values, "`, `") + "`"
	}
	return o.Type.String()
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if first := text[0]; first >= 'a' && first <= 'z' {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return strings.TrimSuffix(text, ".") + "."
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func flowPage() string {
	p := newPage("Flows", "A flow is one YAML file, `flows/NAME.yaml`. Tables that are compiled in need no mention here: `weavster_flow(tables = …)` names them.")
	p.heading("Keys")
	p.options(compile.FlowOptions)
	p.heading("An output")
	p.options(compile.OutputOptions)
	return p.String()
}

func librariesPage() string {
	p := newPage("Libraries", "A library is a file of transforms that flows share, `transforms/NAME.yaml`. [`use`](transforms/use.md) takes them, with that flow's values for the library's "+
		"parameters; they are compiled where they are used, so that a flow's module holds all that it does. Libraries may use libraries, but not themselves. "+
		"A table that they look up, or a variable that they ask for, is the flow's.")
	p.WriteString("\n```yaml\n# transforms/contact.yaml\nparams:\n  email: {type: field, description: where the address is}\n  max: {type: int, default: 10}\ntransforms:\n" +
		"  - compute: {$email: param('email') | lower | trim}\n  - filter: param('email') | length <= param('max')\n\n" +
		"# flows/orders.yaml\ntransforms:\n  - use: {library: contact, with: {email: customer.email, max: 50}}\n```\n\n" +
		"Steps are named by both: `contact/compute`, `contact/filter`. What is wrong in a library is reported in its file, with the places that use it. " +
		"With Bazel a library is a target, [`weavster_library`](../../rules/README.md), and a flow that does nothing but use it is its test.\n")
	p.heading("Keys")
	p.options(transform.LibraryOptions)
	return p.String()
}

func expressionsPage() string {
	p := newPage("Expressions", "Expressions are a strict dialect of MiniJinja: where the dialect accepts one, the value is MiniJinja's. "+
		"Arithmetic and ordering between unlike kinds, results outside 64-bit integers, numbers that aren't finite and missing operands are errors of the message.")
	for _, form := range []struct {
		title, syntax string
		form          expr.Form
	}{
		{"Filters", "value | %s", expr.Filter},
		{"Tests", "value is %s", expr.Test},
		{"Functions", "%s", expr.Function},
	} {
		p.heading(form.title)
		p.WriteString("| | takes | gives | |\n|---|---|---|---|\n")
		for _, b := range expr.Builtins {
			if b.Form == form.form {
				fmt.Fprintf(p, "| `%s` | %s | %s | %s%s |\n", cell(fmt.Sprintf(form.syntax, call(&b))), operand(&b), kinds(b.Result), cell(b.Doc), example(b.Example))
			}
		}
	}
	return p.String()
}

// call is how a built-in is written, its optional arguments in brackets.
func call(b *expr.Builtin) string {
	params := b.Params
	if b.Form != expr.Function {
		params = params[1:]
	}
	var list []string
	for _, param := range params {
		name := param.Name
		if param.Optional {
			name = "[" + name + "]"
		}
		list = append(list, name)
	}
	if len(list) == 0 && b.Form != expr.Function {
		return b.Name
	}
	return b.Name + "(" + strings.Join(list, ", ") + ")"
}

func example(e expr.Example) string {
	if e.Source == "" {
		return ""
	}
	return fmt.Sprintf(" `%s` is `%s`.", cell(e.Source), cell(e.Gives))
}

func operand(b *expr.Builtin) string {
	if b.Form == expr.Function {
		return ""
	}
	return kinds(b.Params[0].Kind)
}

func kinds(k ir.Kind) string {
	if k|ir.Missing == ir.Any {
		return "any value"
	}
	return strings.ReplaceAll(k.String(), "|", " or ")
}

func projectPage() string {
	p := newPage("Projects", "`weavster.yaml` is the project; `profiles.yaml` holds what differs by environment, a profile a key. In both, and in `connectors/*.yaml`, text may hold "+
		"`{{ env_var('NAME') }}`, `{{ var('name') }}`, `{{ secret('name') }}` and `{{ profile.name }}`, rendered when a flow starts.")
	p.heading("weavster.yaml")
	p.options(project.ProjectOptions)
	p.heading("runtime:")
	p.options(project.RuntimeOptions)
	p.heading("profiles.yaml")
	p.options(project.ProfileOptions)
	return p.String()
}

func connectorsPage() string {
	p := newPage("Connectors", "`file.orders` in a flow is the key `orders` of `connectors/file.yaml`; `type` says of which kind it is.")
	for _, spec := range all.Specs() {
		var roles []string
		for _, role := range []connectors.Role{connectors.Reader, connectors.Writer} {
			if spec.Roles&role != 0 {
				roles = append(roles, role.String())
			}
		}
		p.heading("`type: " + spec.Name + "`")
		fmt.Fprintf(p, "%s Used as %s.\n\n", sentence(spec.Doc), strings.Join(roles, " and "))
		p.options(spec.Options)
	}
	return p.String()
}

func fixturesPage() string {
	p := newPage("Fixtures", "`flows/NAME_test.yaml` holds a flow's fixtures; each goes through the compiled module. Numbers are compared by value, and the order of keys doesn't matter.")
	p.heading("Keys")
	p.options(fixture.FileOptions)
	p.heading("`outputs.NAME:`")
	p.WriteString("A list of rows, or a mapping:\n\n")
	p.options(fixture.RowsOptions)
	p.heading("`error:`")
	p.options(fixture.ErrorOptions)
	p.heading("Coverage")
	p.WriteString("A run ends with how many of the flow's steps and branches its cases have been through, and which they haven't. Branches are: both ways of a step's `when`, of a filter " +
		"and of an output's `when` or `otherwise`; that an output takes a message; that a step with an `on_error` fails. `weavster_flow_test(min_coverage = 80)` fails below 80 %.\n")
	p.heading("Update")
	p.WriteString("`bazel run //flows:NAME_test -- --update` makes the cases that fail expect what came out, here and in files of rows. Comments, and everything that doesn't differ, stay as they are: " +
		"read the diff before it is committed.\n")
	return p.String()
}

func trustPolicyPage() string {
	p := newPage("Trust policies", "A trust policy says whose artifacts are run: the operator's (`--trust-policy FILE`, `WEAVSTER_TRUST_POLICY`), and the project's own, `trust-policy.yaml` beside `weavster.yaml`, "+
		"which can only ask for more. [Trust](../trust.md) says what is checked beside it. Text stands as it is: nothing is rendered.")
	p.heading("Keys")
	p.options(policy.Options)
	return p.String()
}

func errorsPage() string {
	p := newPage("Errors", "Each error and warning ends in a code, which keeps its meaning. `weavster explain W0203` prints a code's page.")
	for _, part := range []struct{ title, first, last string }{
		{"Errors and warnings of files", "W0000", "W0999"},
		{"Errors of messages, as dead letters and fixtures name them", "W1000", "W9999"},
	} {
		p.heading(part.title)
		p.WriteString("| code | |\n|---|---|\n")
		for _, code := range errors.Codes() {
			if code >= part.first && code <= part.last {
				fmt.Fprintf(p, "| [%s](../errors/%s.md) | %s |\n", code, code, cell(sentence(errors.Title(code))))
			}
		}
	}
	return p.String()
}
