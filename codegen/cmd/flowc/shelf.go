package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/facts"
	"github.com/weavster/weavster/codegen/rust"
	"github.com/weavster/weavster/codegen/source"
)

// A shelf knows the files that were read, by role and name. Which of them are
// part of the flow is known once it is compiled.
type shelf map[shelved]contract.Source

type shelved struct{ role, name string }

// read reads a file, as it lies there: a source may leave a byte order mark out.
func (s shelf) read(role, name, path, shown string) (*source.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	s[shelved{role, name}] = contract.Source{Role: role, Path: shown, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(text))}
	return source.NewFile(shown, text), nil
}

// facts are what is known of a flow that was compiled.
func (s shelf) facts(in compile.Input, out *compile.Output) *facts.Flow {
	f := &facts.Flow{Flow: in.Name, Crates: rust.Crates(out.Program)}
	take := func(role, name string) {
		if found, ok := s[shelved{role, name}]; ok {
			f.Sources = append(f.Sources, found)
			delete(s, shelved{role, name}) // a table may be looked up by several keys
		}
	}
	take(contract.SourceFlow, in.Name)
	for _, table := range out.Program.Tables {
		if table.Blob != nil {
			s.count(in, table.Name)
			take(contract.SourceTable, table.Name)
		}
	}
	for _, macros := range out.Program.Macros {
		take(contract.SourceMacro, macros.Name)
	}
	for _, library := range out.Libraries {
		take(contract.SourceLibrary, library)
	}
	take(contract.SourceSchema, "")
	return f
}

// count notes how many rows a table has. The flow was compiled with it, so it
// could be read.
func (s shelf) count(in compile.Input, name string) {
	for _, table := range in.Tables {
		key := shelved{contract.SourceTable, name}
		if found, ok := s[key]; ok && table.Name == name {
			if rows, err := table.Read(); err == nil {
				found.Rows = len(rows.Rows)
				s[key] = found
			}
		}
	}
}
