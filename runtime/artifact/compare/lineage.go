package compare

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/contract"
)

// A LineageChange is what changed of where a field of an output comes from, or
// of what is told of the output as a whole.
type LineageChange struct {
	Output string `json:"output"`
	// Part is field, absent, control, errors, dropped or sensitive.
	Part    string   `json:"part"`
	Field   string   `json:"field,omitempty"` // "": the whole message, or not about one
	Added   []string `json:"added,omitempty"` // sources, or fields
	Removed []string `json:"removed,omitempty"`
}

// lineage compares what two say. Where one says nothing there is nothing to
// compare.
func lineage(from, to *contract.Lineage) (list []LineageChange) {
	if from == nil || to == nil {
		return nil
	}
	for _, out := range to.Outputs {
		if i := slices.IndexFunc(from.Outputs, func(o contract.OutputLineage) bool { return o.Output == out.Output }); i >= 0 {
			list = append(list, outputs(&from.Outputs[i], &out)...)
		}
	}
	return list
}

func outputs(from, to *contract.OutputLineage) (list []LineageChange) {
	note := func(part, field string, before, after []string) {
		added, removed := without(after, before), without(before, after)
		if len(added)+len(removed) > 0 {
			list = append(list, LineageChange{to.Output, part, field, added, removed})
		}
	}
	before, after := fields(from), fields(to)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		note("field", name, before[name], after[name])
	}
	note("absent", "", from.Absent, to.Absent)
	note("control", "", bare(from.Control), bare(to.Control))
	note("errors", "", bare(from.Errors), bare(to.Errors))
	note("dropped", "", from.Dropped, to.Dropped)
	note("sensitive", "", reaches(from), reaches(to))
	return list
}

func without(list, other []string) (left []string) {
	for _, text := range list {
		if !slices.Contains(other, text) {
			left = append(left, text)
		}
	}
	return left
}

func fields(out *contract.OutputLineage) map[string][]string {
	all := map[string][]string{}
	for _, f := range out.Fields {
		all[f.Path] = sources(f.Sources)
		if len(f.Sources) == 0 {
			all[f.Path] = []string{"made by the flow"}
		}
	}
	return all
}

func reaches(out *contract.OutputLineage) (list []string) {
	for _, s := range out.Sensitive {
		for _, r := range s.Reaches {
			list = append(list, fmt.Sprintf("%s as %s, %s", s.Field, whole(r.Path), r.How))
		}
	}
	return list
}

// whole is a path, in words where it is the root.
func whole(path string) string {
	if path == "" {
		return "the message"
	}
	return path
}

// sources are in words, one that is there twice the way that says more.
func sources(list []contract.LineageSource) (texts []string) {
	for i, s := range list {
		copied := func(other contract.LineageSource) bool {
			return other.How == contract.Copied && other.Kind == s.Kind && other.Name == s.Name && other.Column == s.Column
		}
		if s.How == contract.Control && s.Name != "" && slices.ContainsFunc(list[:i], copied) {
			continue
		}
		texts = append(texts, source(s))
	}
	return texts
}

func source(s contract.LineageSource) string {
	text := s.Name
	switch s.Kind {
	case contract.FromField:
		text = whole(s.Name)
	case contract.FromMeta:
		text = fmt.Sprintf("meta(%q)", s.Name)
	case contract.FromVariable:
		text = fmt.Sprintf("var(%q)", s.Name)
	case contract.FromTable:
		text = "table " + s.Name
		if s.Column != "" {
			text += "." + s.Column
		}
	case contract.FromTime:
		text = "now()"
	case contract.FromIdentity:
		text = "who the message is"
	case contract.FromConstant:
		if text == "" {
			text = "a constant"
		}
	}
	if len(s.Except) > 0 {
		text += " except " + strings.Join(s.Except, ", ")
	}
	return text + how[s.How]
}

var how = map[string]string{contract.Derived: " (derived)", contract.Control: " (decides)"}

// PrintLineage writes a lineage for people.
func PrintLineage(w io.Writer, l *contract.Lineage) error {
	var b strings.Builder
	for _, out := range l.Outputs {
		fmt.Fprintf(&b, "%s\n", out.Output)
		width := 0
		for _, f := range out.Fields {
			width = max(width, min(len(label(f.Path)), 32))
		}
		for _, f := range out.Fields {
			texts := sources(f.Sources)
			if len(texts) == 0 {
				texts = []string{"made by the flow of the fields below"}
			}
			fmt.Fprintf(&b, "  %-*s  <- %s\n", width, label(f.Path), strings.Join(texts, ", "))
		}
		list := func(title string, texts []string) {
			if len(texts) > 0 {
				fmt.Fprintf(&b, "  %s: %s\n", title, strings.Join(texts, ", "))
			}
		}
		list("never there", out.Absent)
		list("comes here by", bare(out.Control))
		list("may fail of", bare(out.Errors))
		list("dropped", out.Dropped)
		list("sensitive", reaches(&out))
	}
	for _, t := range l.Tables {
		when := "read at start"
		if t.Compiled {
			when = "compiled in"
		}
		fmt.Fprintf(&b, "table %s by %s, %s\n", t.Name, strings.Join(t.Key, ", "), when)
	}
	_, err := io.WriteString(w, visibleLines(b.String()))
	return err
}

// label is a listed field's.
func label(path string) string {
	if path == "" {
		return "everything else"
	}
	return path
}

// bare are sources of which how is said by where they stand.
func bare(list []contract.LineageSource) (texts []string) {
	for _, s := range list {
		s.How = contract.Copied
		texts = append(texts, source(s))
	}
	return texts
}

func visibleLines(text string) string {
	list := strings.Split(text, "\n")
	for i := range list {
		list[i] = visible(list[i])
	}
	return strings.Join(list, "\n")
}
