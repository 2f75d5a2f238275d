package minijinja

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/weavster/weavster/codegen/source"
)

// Macros are those of a project's macros folder. Each can be called by its
// name, without an import, unless the name begins with an underscore.
type Macros struct {
	Files  map[string]*MacroFile // by name, such as net.jinja
	byName map[string]*Macro
}

// A MacroFile is one file of macros.
type MacroFile struct {
	Name string
	File *source.File
	Body []Stmt
}

// A Macro is one macro.
type Macro struct {
	Name string
	File *MacroFile
	*Block
}

// ReadMacros reads files by their names. A macro's name may be taken once, and
// not by one of the functions that templates have anyway. What is wrong goes to
// diags; the error is for what isn't the files' fault.
func (e *Engine) ReadMacros(ctx context.Context, files map[string]*source.File, functions []string, diags *source.Diagnostics) (*Macros, error) {
	m := &Macros{Files: map[string]*MacroFile{}, byName: map[string]*Macro{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := &MacroFile{Name: name, File: files[name]}
		var err error
		var bad *Error
		if file.Body, err = e.ParseTemplate(ctx, string(file.File.Text)); errors.As(err, &bad) {
			diags.Errorf(file.File, bad.At, source.BadTemplate, "%s", bad.Message)
			continue
		} else if err != nil {
			return nil, err
		}
		m.Files[name] = file
		for _, macro := range file.Macros() {
			if !strings.HasPrefix(macro.Name, "_") {
				m.add(macro, functions, diags)
			}
		}
	}
	return m, nil
}

func (m *Macros) add(macro *Macro, functions []string, diags *source.Diagnostics) {
	if first := m.byName[macro.Name]; first != nil {
		diags.Errorf(macro.File.File, macro.Span(), source.DuplicateName, "the macro %q is in %s already", macro.Name, first.File.File.Name)
		return
	}
	if slices.Contains(functions, macro.Name) {
		diags.Errorf(macro.File.File, macro.Span(), source.DuplicateName, "%q is a function of every template, and can't be a macro", macro.Name)
	}
	m.byName[macro.Name] = macro
}

// Find is the macro of a name, or nil.
func (m *Macros) Find(name string) *Macro {
	if m == nil {
		return nil
	}
	return m.byName[name]
}

// Names are the names that can be called, sorted.
func (m *Macros) Names() []string {
	if m == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.byName))
}

// Macros are those that the file declares, also those that only it can call.
func (f *MacroFile) Macros() (list []*Macro) {
	for _, stmt := range f.Body {
		if block, ok := stmt.(*Block); ok && block.Tag == "macro" {
			list = append(list, &Macro{Name: block.Name, File: f, Block: block})
		}
	}
	return list
}

// Callable are the names that can be called without an import, by file.
func (m *Macros) Callable() map[string][]string {
	names := map[string][]string{}
	if m != nil {
		for _, name := range m.Names() {
			file := m.byName[name].File.Name
			names[file] = append(names[file], name)
		}
	}
	return names
}
