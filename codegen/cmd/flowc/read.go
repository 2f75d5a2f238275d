package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/contract"
	"github.com/weavster/weavster/codegen/minijinja"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/codegen/transform"
)

// split takes apart what a flag names: `name=path` or `name=path,shown`.
func split(value string) (name, path, shown string) {
	name, path, _ = strings.Cut(value, "=")
	path, shown, ok := strings.Cut(path, ",")
	if !ok {
		shown = path
	}
	return name, path, shown
}

func (o *options) read(shelf shelf) (compile.Input, error) {
	in := compile.Input{Name: o.name}
	var err error
	if in.File, err = shelf.read(contract.SourceFlow, o.name, o.flow, o.fileName); err != nil {
		return in, err
	}
	for _, table := range o.tables {
		name, path, shown := split(table)
		file, err := shelf.read(contract.SourceTable, name, path, shown)
		if err != nil {
			return in, err
		}
		in.Tables = append(in.Tables, compile.NewTableFile(name, file))
	}
	for _, library := range o.libraries {
		name, path, shown := split(library)
		file, err := shelf.read(contract.SourceLibrary, name, path, shown)
		if err != nil {
			return in, err
		}
		in.Libraries = append(in.Libraries, &transform.Library{Name: name, File: file})
	}
	return in, nil
}

func (o *options) readMacros(ctx context.Context, engine *minijinja.Engine, shelf shelf, diags *source.Diagnostics) (*minijinja.Macros, error) {
	files := map[string]*source.File{}
	for _, macro := range o.macros {
		name, path, shown := split(macro)
		if first := files[name]; first != nil {
			return nil, fmt.Errorf("%s and %s are both %s to a template", first.Name, shown, name)
		}
		file, err := shelf.read(contract.SourceMacro, name, path, shown)
		if err != nil {
			return nil, err
		}
		files[name] = file
	}
	return compile.Macros(ctx, engine, files, diags)
}

// A schema is the one that the flow is compiled with.
type schema struct {
	file  *source.File // nil: there is none
	named bool
}

func (o *options) readSchema(shelf shelf) (*schema, error) {
	if o.schema == "" {
		return &schema{}, nil
	}
	shown, path, _ := strings.Cut(o.schema, "=")
	file, err := shelf.read(contract.SourceSchema, "", path, shown)
	return &schema{file: file}, err
}

// find gives the schema where the flow means it: by its path in the workspace
// or, as a project may lie deeper, the end of that.
func (s *schema) find(path string) (*source.File, error) {
	if s.file == nil || s.file.Name != path && !strings.HasSuffix(s.file.Name, "/"+path) {
		return nil, nil
	}
	s.named = true
	return s.file, nil
}
