package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/runtime/artifact"
)

// A sheet is lines in two columns: what is said, and of what. Everything on it
// may have been written by anybody.
type sheet struct {
	table *tabwriter.Writer
	last  string
}

func newSheet(w io.Writer) *sheet { return &sheet{table: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

func (s *sheet) heading(format string, args ...any) {
	s.last = ""
	fmt.Fprintln(s.table, printable(fmt.Sprintf(format, args...), false))
}

// line is one of a heading. What it is about is said once.
func (s *sheet) line(what string, cells ...string) {
	if what == s.last {
		what = ""
	} else {
		s.last = what
	}
	for i := range cells {
		cells[i] = printable(cells[i], false)
	}
	fmt.Fprintf(s.table, "  %s\t%s\n", what, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
}

// printable is text without what a terminal would obey, or that turns the
// direction of writing: such is escaped as Go has it.
func printable(text string, lines bool) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case lines && (r == '\n' || r == '\t'), r == ' ', unicode.IsPrint(r) && r != unicode.ReplacementChar:
			out.WriteRune(r)
		default:
			quoted := fmt.Sprintf("%+q", r)
			out.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return out.String()
}

func (i *inspection) print(w io.Writer) error {
	s := newSheet(w)
	if i.Kind == artifact.Runtime || i.Kind == artifact.Application {
		i.printProgram(s)
		return s.table.Flush()
	}
	i.printImage(s)
	for _, f := range i.Contents {
		fmt.Fprintln(s.table)
		f.print(s)
	}
	return s.table.Flush()
}

func (i *inspection) printImage(s *sheet) {
	if i.Kind == artifact.Project {
		s.heading("project %s %s", i.Name, i.Version)
	} else {
		s.heading("flow %s, alone", i.Name)
	}
	s.line("digest", i.Digest.String())
	s.line("platforms", strings.Join(i.Platforms, ", "))
	s.line("size", bytesText(i.Size))
	for _, layer := range i.Layers {
		what := "flow " + strings.ReplaceAll(layer.Flows, ",", ", ")
		if layer.Flows == "" {
			what = "index and configuration"
		}
		s.line("layers", short(layer.Digest), bytesText(layer.Size), what)
	}
	s.line("made by", i.Compiler+fmt.Sprintf(", module contract %d", i.ABI))
	i.printEndorsements(s)
}

func (i *inspection) printEndorsements(s *sheet) {
	if !i.Verified {
		s.line("signatures", "not verified: "+i.Unverified)
		return
	}
	for _, signature := range i.Signatures {
		var claims []string
		for name, value := range signature.Annotations {
			claims = append(claims, name+"="+value)
		}
		slices.Sort(claims)
		s.line("signatures", "by "+signature.Signer.By, strings.Join(claims, " "))
	}
	switch p := i.Provenance; {
	case p == nil:
		s.line("provenance", "none by that key")
	default:
		s.line("provenance", "built by "+p.Builder)
		if p.Commit != "" {
			modified := map[bool]string{true: ", with changes"}[p.Modified]
			from := "from commit "
			if p.Repository != "" {
				from = "from " + p.Repository + " at "
			}
			s.line("provenance", from+p.Commit+modified)
		}
	}
	s.line("sbom", map[bool]string{true: "attested; --sbom prints it", false: "none by that key"}[i.SBOM])
}

// short is enough of a digest to tell layers apart.
func short(digest string) string {
	return digest[:min(len(digest), len("sha256:")+12)]
}

func (f *inspectedFlow) print(s *sheet) {
	m := f.Manifest
	s.heading("flow %s", strings.TrimSuffix(m.Flow+": "+m.Description, ": "))
	s.line("input", m.Input.Name)
	for _, o := range m.Outputs {
		switch {
		case o.Otherwise:
			s.line("outputs", o.Name, "otherwise")
		case o.When != nil:
			s.line("outputs", o.Name, "when "+o.When.Source)
		default:
			s.line("outputs", o.Name)
		}
	}
	if d := m.Errors.Rejected.DeadLetter; d != nil {
		s.line("dead letters", d.Name)
	}
	for _, v := range m.Vars {
		given := "the project has to give it"
		if v.Default != nil {
			given = "default " + *v.Default
		}
		s.line("variables", v.Name, v.Type, given)
	}
	f.printTables(s)
	s.line("steps", fmt.Sprint(len(m.Steps)))
	f.printLineage(s)
	s.line("module", bytesText(f.Module))
	f.printBuild(s)
}

func (f *inspectedFlow) printTables(s *sheet) {
	for _, t := range f.Manifest.Tables {
		s.line("tables", t.Name, "read at the start", "key "+strings.Join(t.Key, ", "))
	}
	if f.Build == nil {
		return
	}
	for _, source := range f.Build.Sources {
		if source.Role == contract.SourceTable {
			s.line("tables", source.Path, "compiled in", fmt.Sprintf("%d rows, %s", source.Rows, bytesText(source.Bytes)))
		}
	}
}

// printLineage shows what is made and where sensitive fields go; what is
// copied under its own name is not of interest here.
func (f *inspectedFlow) printLineage(s *sheet) {
	sensitive := map[string][]string{}
	for _, field := range f.Manifest.Sensitive {
		sensitive[field.Path] = nil
	}
	if f.Lineage != nil {
		for _, o := range f.Lineage.Outputs {
			for _, field := range o.Fields {
				names := from(field.Sources)
				if len(names) > 0 && (len(names) > 1 || names[0] != field.Path) && field.Path != "" {
					s.line("fields", o.Output, field.Path, "from "+strings.Join(names, ", "))
				}
			}
			for _, one := range o.Sensitive {
				for _, reach := range one.Reaches {
					sensitive[one.Field] = append(sensitive[one.Field], o.Output+" "+reach.Path+" ("+reach.How+")")
				}
			}
		}
	}
	for _, field := range f.Manifest.Sensitive {
		s.line("sensitive", field.Path, strings.Join(sensitive[field.Path], "; "))
	}
}

func (f *inspectedFlow) printBuild(s *sheet) {
	b := f.Build
	if b == nil {
		s.line("built", "the artifact doesn't say how")
		return
	}
	s.line("built as", b.Target)
	s.line("built by", compilersText(b.Compilers))
	for _, source := range b.Sources {
		s.line("built of", source.Path, source.Role, "sha256:"+source.SHA256[:12])
	}
	s.line("crates", fmt.Sprintf("%d; --sbom lists them", len(b.Crates)))
}
