package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// A fact is something by its kind and name.
type fact struct{ what, name string }

// needs are what changed of what the project has to give, and of how the flow
// delivers.
func needs(from, to *contract.Manifest) []Change { return changes(needed(from), needed(to)) }

func needed(m *contract.Manifest) map[fact]string {
	all := map[fact]string{
		{"input", m.Input.Name}: "yes", {"order", ""}: orderOf(m), {"contract", ""}: fmt.Sprintf("version %d", m.ABI),
		{"errors", "unavailable"}: fmt.Sprintf("retry %d, backoff %s to %s", m.Errors.Unavailable.Retry, m.Errors.Unavailable.MinBackoff, m.Errors.Unavailable.MaxBackoff),
		{"errors", "rejected"}:    fmt.Sprintf("retry %d", m.Errors.Rejected.Retry),
	}
	if dead := m.Errors.Rejected.DeadLetter; dead != nil {
		all[fact{"dead letters", dead.Name}] = "yes"
	}
	for _, o := range m.Outputs {
		when := "always"
		if o.Otherwise {
			when = "otherwise"
		} else if o.When != nil {
			when = "when " + o.When.Source
		}
		all[fact{"output", o.Name}] = when
	}
	for _, v := range m.Vars {
		text := v.Type
		if v.Default != nil {
			text += ", default " + *v.Default
		}
		all[fact{"variable", v.Name}] = text
	}
	for _, t := range m.Tables {
		all[fact{"table", t.Name + " by " + strings.Join(t.Key, ", ")}] = "columns " + strings.Join(t.Columns, ", ")
	}
	for _, name := range m.Meta {
		all[fact{"metadata", name}] = "yes"
	}
	for _, field := range m.Sensitive {
		all[fact{"sensitive", field.Path}] = "yes"
	}
	return all
}

func orderOf(m *contract.Manifest) string {
	if m.Key != nil {
		return m.Order + " " + m.Key.Path
	}
	return m.Order
}

// facts are what changed of how the flow was built. Sources are compared as
// files.
func facts(from, to *contract.Build) []Change { return changes(built(from), built(to)) }

func built(b *contract.Build) map[fact]string {
	all := map[fact]string{}
	if b == nil {
		return all
	}
	all[fact{"weavster", ""}] = b.Weavster
	all[fact{"target", ""}] = b.Target
	for _, c := range b.Compilers {
		text := c.Version
		if c.Commit != "" {
			text += " (" + c.Commit[:min(12, len(c.Commit))] + ")"
		}
		all[fact{"compiler", c.Name}] = text
	}
	versions := map[string][]string{}
	for _, c := range b.Crates {
		text := c.Version
		if c.SHA256 != "" {
			text += " (" + c.SHA256[:min(12, len(c.SHA256))] + ")"
		}
		versions[c.Name] = append(versions[c.Name], text)
	}
	for name, list := range versions {
		all[fact{"crate", name}] = strings.Join(list, ", ")
	}
	return all
}

// changes are the facts that came, went or changed, in order.
func changes(from, to map[fact]string) (list []Change) {
	names := maps.Clone(from)
	maps.Copy(names, to)
	order := func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.what, b.what), cmp.Compare(a.name, b.name))
	}
	for _, f := range slices.SortedFunc(maps.Keys(names), order) {
		if from[f] != to[f] {
			list = append(list, Change{f.what, f.name, from[f], to[f]})
		}
	}
	return list
}
