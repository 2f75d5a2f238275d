// Package rust prints a flow's IR as a Rust crate: constants, and calls into
// the guest crate.
package rust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/ir"
)

// guestCrate is what every flow calls.
const guestCrate = "weavster_guest"

// Print is the crate's files by name: lib.rs, and in tables/ the blobs of
// tables that are compiled in. An error is a mistake of the compiler's: IR that doesn't hold
// together.
func Print(p *ir.Program) (map[string][]byte, error) {
	c := newCrate(p)
	flow := c.flow()
	blobs, tables := c.tables()
	var out strings.Builder
	indent(&out, 0, "//! Generated from "+comment(p.File)+" by flowc. Edits are lost.")
	indent(&out, 0, "")
	indent(&out, 0, "use "+guestCrate+"::*;")
	indent(&out, 0, "")
	c.constants(&out)
	out.WriteString(tables)
	out.WriteString(flow)
	for _, f := range c.functions {
		indent(&out, 0, "")
		out.WriteString(f)
	}
	indent(&out, 0, "")
	indent(&out, 0, "export!(Compiled);")
	if err := c.err(); err != nil {
		return nil, err
	}
	blobs["lib.rs"] = []byte(out.String())
	return blobs, nil
}

// Crates are the guest crates that a program's crate names.
func Crates(p *ir.Program) []string {
	crates := []string{guestCrate}
	if UsesJinja(p) {
		crates = append(crates, jinjaCrate)
	}
	if usesPatternsInJinja(p) {
		crates = append(crates, jinjaRegexCrate)
	}
	if len(p.Patterns) > 0 {
		crates = append(crates, regexCrate)
	}
	return crates
}

// constants prints paths, long texts and templates. They may be of any width,
// so rustfmt is told to leave them.
func (c *crate) constants(out *strings.Builder) {
	indent(out, 0, "#[rustfmt::skip]")
	indent(out, 0, "const PATHS: &[Path] = &[")
	for i, p := range c.paths {
		indent(out, 1, c.pathEntry(i, p)+",")
	}
	indent(out, 0, "];")
	for i, p := range c.paths {
		indent(out, 0, fmt.Sprintf("const %s: &Path = &PATHS[%d];", c.pathNames[p.String()], i))
	}
	for _, text := range c.texts {
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, fmt.Sprintf("const %s: &str = %s;", c.textNames[text], literal(text)))
	}
	for _, shape := range c.shapes {
		indent(out, 0, "#[rustfmt::skip]")
		indent(out, 0, shape)
	}
	c.patterns(out)
	c.printTemplates(out)
	indent(out, 0, "")
}

func (c *crate) pathEntry(i int, p ir.Path) string {
	var first string
	rest := make([]string, 0, len(p))
	for at, step := range p {
		switch step := step.(type) {
		case string:
			if at == 0 {
				first = step
			} else {
				rest = append(rest, "key("+literal(step)+")")
			}
		case int:
			rest = append(rest, fmt.Sprintf("item(%d)", step))
			if step != int(int32(step)) {
				c.errorf("the path %s has an index outside of 32 bits", p)
			}
		default:
			c.errorf("the path %s has a step of type %T", p, step)
		}
	}
	if _, named := firstStep(p); !named || i > 0xffff {
		c.errorf("the path %q doesn't begin with a name, or is one too many", p.String())
	}
	if len(rest) == 0 && first == p.String() {
		return fmt.Sprintf("Path::field(%d, %s)", i, literal(first))
	}
	return fmt.Sprintf("Path::deep(%d, %s, %s, &[%s])", i, literal(p.String()), literal(first), strings.Join(rest, ", "))
}

func firstStep(p ir.Path) (string, bool) {
	if len(p) == 0 {
		return "", false
	}
	name, ok := p[0].(string)
	return name, ok
}

// tables prints the list of tables, and gives the blobs by their file names.
func (c *crate) tables() (map[string][]byte, string) {
	blobs, files := map[string][]byte{}, names{}
	var out strings.Builder
	indent(&out, 0, "#[rustfmt::skip]")
	indent(&out, 0, "const TABLES: &[Source] = &[")
	for _, t := range c.program.Tables {
		columns := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			columns[i] = literal(column)
		}
		blob := "None"
		if t.Blob != nil {
			file := "tables/" + files.file(t.Name) + ".bin"
			blobs[file] = t.Blob
			blob = fmt.Sprintf("Some(include_bytes!(%s))", literal(file))
		}
		indent(&out, 1, fmt.Sprintf("Source { columns: &[%s], blob: %s },", strings.Join(columns, ", "), blob))
	}
	indent(&out, 0, "];")
	indent(&out, 0, "")
	return blobs, out.String()
}

// Files are the names of a crate's files in order.
func Files(crate map[string][]byte) []string { return slices.Sorted(maps.Keys(crate)) }
