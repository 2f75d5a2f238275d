package validate

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/weavster/weavster/codegen/compile"
	"github.com/weavster/weavster/codegen/source"
	"github.com/weavster/weavster/runtime/fixture"
	"github.com/weavster/weavster/runtime/project"
)

// A flow is one that is looked at, beside others.
type flow struct {
	*directory
	file *source.File

	diags     source.Diagnostics
	compiled  *project.Flow // nil where it has an error
	libraries []string      // that it uses
	cases     int
	err       error
}

// check compiles the flow as far as its manifest, and reads its fixtures. Their
// messages show the compiler what is usual.
func (f *flow) check() error {
	fixtures, err := f.fixtures()
	if err != nil {
		return err
	}
	in := compile.Input{Name: stem(f.file, ".yaml"), File: f.file, Tables: f.tables, Macros: f.macros, Libraries: f.directory.libraries, Schema: f.schema}
	if fixtures != nil {
		in.Samples = fixture.Inputs(fixtures, f.beside)
	}
	out, err := compile.Flow(f.ctx, f.settings.Engine, in, &f.diags)
	if err != nil {
		return fmt.Errorf("%s: %w", f.file.Name, err)
	}
	if out != nil {
		f.compiled, f.libraries = &project.Flow{Manifest: out.Manifest, Source: f.file}, out.Libraries
	}
	switch {
	case fixtures == nil:
	case f.compiled == nil:
		// The flow can't say what they need, so they are held against their form alone.
		fixture.Check(fixtures, &f.diags)
	default:
		f.cases = len(fixture.Load(fixtures, f.beside, f.compiled.Manifest, &f.diags).Cases)
	}
	return nil
}

// fixtures is the file of a flow's cases, nil where there is none beside it.
func (f *flow) fixtures() (*source.File, error) {
	shown := strings.TrimPrefix(strings.TrimPrefix(f.file.Name, f.settings.Prefix), "/")
	return f.found(f.read(strings.TrimSuffix(shown, ".yaml") + fixtureEnding))
}

// beside reads a file that fixtures name.
func (f *flow) beside(name string) ([]byte, error) {
	return fs.ReadFile(f.settings.Files, strings.TrimPrefix(strings.TrimPrefix(name, f.settings.Prefix), "/"))
}

// schema finds a schema by its path in the project.
func (f *flow) schema(path string) (*source.File, error) {
	if !fs.ValidPath(path) {
		return nil, nil
	}
	return f.found(f.read(path))
}

func (f *flow) found(file *source.File, err error) (*source.File, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return file, err
}
